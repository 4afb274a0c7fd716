"""Settings that are tried before they are kept, on the unit itself.

A change is shown as a diff, recorded, put beside the site's own file and tried: the daemon must
step frames under it soon, or the version before is in force again. The trial stands on the disk:
whichever process dies in it, and wherever the power goes, the version before comes back.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from edge.clock import Clock
from edge.config import Loaded, Settings, load
from edge.config.load import SITE_FILE, parse
from edge.config.tuning_file import Change, amended, differences, written
from edge.errors import ConfigError, MessageError, StoreError
from edge.messages.acts import Act, act_row
from edge.messages.acts_unit import Tuned
from edge.messages.health import WATCH_FILE, WatchHealth, parse_watch
from edge.services import fingerprint
from edge.services.law import check_law
from edge.services.trial import FILE, Trial, TrialFolder
from edge.services.tuning_history import Version, body_of, headed
from edge.store import open_store

TRY_S: Final = 20.0
_BACK_S: Final = 20.0  # for the daemon to step again under the version before
_FRESH_S: Final = 10.0  # older health is of no daemon that runs
_LOOK_S: Final = 0.2
_STEPS: Final = 2  # healths in a row, each with more frames than the last


class Records(Protocol):
    """What puts an act on the chain, or fails."""

    def __call__(self, kind: str, act: Act, /) -> None:
        """Record it."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Settings that would be in force.

    Attributes:
        body: of the tuning file.
        changes: against those in force.
        digest: of all settings then.
        settings: all of them.
    """

    body: str
    changes: tuple[Change, ...]
    digest: str
    settings: Settings


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a trial ended.

    Attributes:
        kept: the new version is in force; else the one before is.
        number: of the version that was tried.
        sentence: what happened, for a person.
    """

    kept: bool
    number: int
    sentence: str


class Tuning:
    """The technician's hand on the settings of this unit.

    Args:
        site: the files that stand before the tuning file.
        trials: the tuning file.
        record: puts an act on the unit's chain.
    """

    def __init__(
        self, site: Sequence[Path], trials: TrialFolder, record: Records, clock: Clock
    ) -> None:
        self._site = tuple(site)
        self._trials = trials
        self._record = record
        self._clock = clock

    def now(self) -> Loaded:
        """Return the settings in force, as the files have them."""
        file = self._trials.file
        return load([*self._site, *([file] if file.exists() else [])])

    def propose(self, changes: Mapping[str, str]) -> Proposal:
        """Return what *changes* would make of the settings; nothing is written.

        Args:
            changes: ``section.key`` to a value as TOML writes it.

        Raises:
            ConfigError: a value is refused, as the daemon would refuse it, or by the law profile.
        """
        file = self._trials.file
        table = parse(file) if file.exists() else {}
        return self._proposed(written(amended(table, changes)))

    def own(self) -> Proposal:
        """Return what the tuning file as it stands changes of the site's settings."""
        body = body_of(self._trials.text())
        after = self.now().settings
        return Proposal(body, differences(load(self._site), after), _digest(after), after)

    def propose_back(self, number: int) -> Proposal:
        """Return what the settings of version *number* would make of those in force.

        Raises:
            ConfigError: there is no such version, or this edge refuses it.
        """
        return self._proposed(body_of(self._trials.history.text(number)))

    def history(self) -> tuple[Version, ...]:
        """Return all versions that are kept, the oldest first."""
        return self._trials.history.versions()

    def save(
        self, proposal: Proposal, who: str, why: str, tell: Callable[[str], None] = lambda _: None
    ) -> Outcome:
        """Try *proposal*, and keep it if the daemon steps frames under it within 20 s.

        Args:
            tell: is told what goes on, in words.

        Raises:
            ConfigError: it changes nothing, nothing can be tried now, or another trial goes on.
            StoreError: it cannot be recorded, and does not happen.
        """
        if not proposal.changes:
            raise ConfigError("that is in force already: nothing would change")
        with self._trials.alone():
            self._ready()
            before = self.now()
            trial = self._begun(proposal, who, why)
            try:
                self._record("tuned", _told("tried", trial, proposal.changes))
                self._trials.place(trial)
                tell(f"version {trial.number} is tried: frames must go on within {TRY_S:.0f} s")
                self._await(before.settings, trial.digest, TRY_S, trial)
                self._record("tuned", _told("kept", trial))
                kept = self._trials.confirm(trial)
            except (ConfigError, StoreError, OSError) as error:
                tell(f"version {trial.number} did not stand, and is being undone: {error}")
                return self._undone(before.settings, trial, str(error))
            if not kept:
                return self._undone(before.settings, trial, "the daemon undid them")
        sentence = f"version {trial.number} is in force and frames go on"
        return Outcome(kept=True, number=trial.number, sentence=sentence)

    def _proposed(self, body: str) -> Proposal:
        with tempfile.TemporaryDirectory() as folder:
            draft = Path(folder) / FILE
            draft.write_text(body, "utf-8")
            try:
                after = load([*self._site, draft])
                check_law(after.settings, after.origins)
            except ConfigError as error:
                raise ConfigError(str(error).replace(str(draft), "proposal")) from None
        changes = differences(self.now(), after.settings)
        return Proposal(body, changes, _digest(after.settings), after.settings)

    def _ready(self) -> None:
        """Clear what an earlier trial has left, and see that the daemon reads."""
        left = self._trials.trial()
        if left is not None:
            self._trials.undo(left, "whoever tried them is gone")
            raise ConfigError(
                f"an earlier trial, of version {left.number}, was never confirmed and is undone "
                "now; try again in a few seconds"
            )
        health = self._health(self.now().settings)
        if health is None or health.source_state != "delivering" or health.stopped_by:
            raise ConfigError(
                "edge-watch does not read now, so nothing can be tried: see `edge check`"
            )
        if health.paused is not None:
            raise ConfigError("the town's pause is in force, so nothing can be tried")

    def _begun(self, proposal: Proposal, who: str, why: str) -> Trial:
        history = self._trials.history
        try:
            back = history.number_of(self._trials.text())
            number = history.next()
            at = self._clock.now().iso()
            trial = Trial(number=number, back=back, digest=proposal.digest, who=who, why=why)
            self._trials.begin(trial, headed(Version(number, at, who, why), proposal.body))
        except OSError as error:
            raise ConfigError(
                f"{self._trials.folder}: cannot be written: {error.strerror}; nothing has changed"
            ) from error
        return trial

    def _undone(self, before: Settings, trial: Trial, why: str) -> Outcome:
        """Put the version before back and wait for the daemon to step under it."""
        undone = self._trials.undo(trial, why)
        sentence = f"version {trial.number} is undone: {undone.undone or why}"
        try:
            self._await(before, _digest(before), _BACK_S)
            sentence += f"; version {trial.back} is in force and frames go on"
        except ConfigError as error:
            sentence += f"; version {trial.back} is in its place, but {error}: see `edge check`"
        return Outcome(kept=False, number=trial.number, sentence=sentence)

    def _await(
        self, where: Settings, digest: str, patience_s: float, trial: Trial | None = None
    ) -> None:
        """Return once frames were stepped under the settings of *digest*.

        Args:
            trial: that must go on meanwhile.

        Raises:
            ConfigError: they were not in time.
        """
        began = self._clock.now()
        seen, steps, problem = -1, 0, "the daemon did not take them"
        while self._clock.now().since(began) < patience_s:
            if trial is not None and self._trials.trial() != trial:
                raise ConfigError("the daemon could not begin with them, and went back by itself")
            health = self._health(where)
            if health is not None and health.stopped_by:
                problem = f"the daemon ended: {health.stopped_by}"
            elif health is not None and health.settings == digest:
                problem = health.source_problem or "no frame was stepped"
                steps += seen >= 0 and health.frames_seen > seen
                seen = health.frames_seen
                if steps >= _STEPS:
                    return
            elif health is not None and health.settings_problem:
                problem = health.settings_problem
            self._clock.sleep(_LOOK_S)
        raise ConfigError(f"{problem} within {patience_s:.0f} s")

    def _health(self, settings: Settings) -> WatchHealth | None:
        """Return what watch says; None where none has reported lately."""
        try:
            health = parse_watch((Path(settings.runtime.folder) / WATCH_FILE).read_bytes())
        except (OSError, MessageError):
            return None
        age_s = (self._clock.now().monotonic_ns - health.made_monotonic_ns) / 1e9
        return health if 0 <= age_s < _FRESH_S else None


def open_tuning(
    files: list[Path] | None,
    trials: TrialFolder | None,
    clock: Clock,
    record: Records | None = None,
) -> Tuning:
    """Return the hand on the settings that *files* are.

    Args:
        files: as given on the command line; None for the usual ones.
        record: None for whoever may write the unit's store.

    Raises:
        ConfigError: none of them is a tuning file.
    """
    if trials is None:
        raise ConfigError(f"none of the files is a {FILE}: name it last, as the daemon has it")
    site = [SITE_FILE] if files is None else [one for one in files if one != trials.file]
    there = [one for one in site if one.exists()]
    tuning = Tuning(there, trials, record or chain_of(files, clock), clock)
    trials.history.open()
    return tuning


def chain_of(files: list[Path] | None, clock: Clock) -> Records:
    """Return what puts an act on the chain of the unit whose settings *files* are."""

    def record(kind: str, act: Act) -> None:
        settings = load(files).settings
        with open_store(settings.store, settings.unit.name, clock) as store:
            store.record(kind, act_row(kind, act))

    return record


def _digest(settings: Settings) -> str:
    return fingerprint.mark(fingerprint.told(settings))


def _told(act: str, trial: Trial, changes: Sequence[Change] = ()) -> Tuned:
    return Tuned.model_validate(
        {
            "act": act,
            "version": trial.number,
            "before": trial.back,
            "who": trial.who,
            "why": trial.why,
            "changed": tuple((one.path, one.new) for one in changes),
        }
    )
