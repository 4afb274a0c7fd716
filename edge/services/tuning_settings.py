"""The settings as the technician's page has them: shown, compared, tried, and gone back from."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from edge.clock import Clock, Moment
from edge.config import load
from edge.config.knobs import knobs
from edge.config.settings import Settings
from edge.errors import ConfigError, StoreError
from edge.log import Log
from edge.messages.acts_unit import Minute as MinuteAct
from edge.services.act_door import by_watch
from edge.services.trial import TrialFolder
from edge.services.tune import Proposal, Tuning, open_tuning
from edge.services.tune_apart import compare_apart
from edge.services.tune_child import Ask
from edge.services.tuning_clips import folder_of, recording, recordings
from edge.services.tuning_jobs import Jobs, Progress
from edge.services.tuning_minute import Minute
from edge.web.tuning.settings_contract import CLIP, MINUTE

_LEFT_OUT: Final = ("source.address", "policy.corrections", "source.paced", "source.loop")
_UNSEEN: Final = frozenset({"source", "exposure", "policy", "log"})
_AGAIN_S: Final = 5.0
_log: Final = Log("edge.tuning")


class SettingsRoom:
    """See :class:`edge.web.tuning.settings_contract.SettingsDesk`.

    Args:
        files: of the settings, as the process was given them; None for the usual ones.
        trials: the tuning file; None where none of *files* is one, and nothing can be saved.

    Attributes:
        minute: is given each look.
    """

    def __init__(self, files: list[Path] | None, trials: TrialFolder | None, clock: Clock) -> None:
        self._files = files
        self._trials = trials
        self._clock = clock
        self._jobs = Jobs()
        self._armed_by = ""
        self._record = by_watch(files)
        self._untold: deque[MinuteAct] = deque()
        self._telling = threading.Lock()
        self._settled: Moment | None = None
        self.minute = Minute(clock)

    def settings(self) -> dict[str, Any]:
        """Return every setting that may be tuned, and what else the panel shows."""
        loaded = load(self._files)
        shown = [one for one in knobs(loaded, load([]).settings) if one.path not in _LEFT_OUT]
        return {
            "settings": [asdict(one) for one in shown],
            "saving": self._problem(),
            "clips": [{"name": one.name} for one in recordings(folder_of(loaded.settings))],
            "minute": self.minute.told(),
            "job": self._jobs.told(),
        }

    def propose(self, changes: Mapping[str, str]) -> dict[str, Any]:
        """Return what *changes* would make of the settings."""
        return _told(self._proposed(changes))

    def propose_back(self, number: int) -> dict[str, Any]:
        """Return what version *number* would make of the settings."""
        return _told(self._hand().propose_back(number))

    def compare(self, changes: Mapping[str, str], source: str) -> int:
        """Begin a comparison."""
        old, proposal = load(self._files).settings, self._proposed(changes)
        ask, pictures = self._ask(old, proposal.settings, source)
        unseen = [one.path for one in proposal.changes if one.path.partition(".")[0] in _UNSEEN]

        def work(progress: Progress) -> Mapping[str, Any]:
            return {
                **compare_apart(ask, pictures, progress),
                "source": source,
                "seconds": ask.offsets_ns[-1] / 1e9 if ask.offsets_ns else None,
                "unseen": unseen,
            }

        return self._jobs.begin("compare", work)

    def save(self, changes: Mapping[str, str], who: str, why: str) -> int:
        """Begin a trial of *changes*."""
        hand = self._hand()
        proposal = hand.propose(changes)
        reason = why or "set " + " ".join(f"{name}={one}" for name, one in changes.items())
        return self._jobs.begin("save", _saving(hand, proposal, who, reason))

    def back(self, number: int, who: str, why: str) -> int:
        """Begin a trial of an earlier version."""
        hand = self._hand()
        proposal = hand.propose_back(number)
        reason = f"back to version {number}" + (f": {why}" if why else "")
        return self._jobs.begin("save", _saving(hand, proposal, who, reason))

    def history(self) -> dict[str, Any]:
        """Return all versions that are kept."""
        versions = [asdict(one) for one in self._hand().history()]
        stood = [one["number"] for one in versions if not one["undone"]]
        for one in versions:
            one["current"] = bool(stood) and one["number"] == stood[-1]
        return {"versions": versions}

    def job(self) -> dict[str, Any] | None:
        """Return how far the newest job is."""
        return self._jobs.told()

    def stop(self) -> None:
        """Stop a comparison."""
        self._jobs.stop()

    def kept(self) -> dict[str, Any]:
        """Return whether the last minute is kept, and how much of it there is."""
        return self.minute.told()

    def arm(self, who: str, *, armed: bool) -> dict[str, Any]:
        """Keep the last minute's pictures, or forget them."""
        if armed and not self.minute.armed:
            self.retell()
            self._record("minute", MinuteAct(act="kept", officer=who))
            self._armed_by = who
            self.minute.arm()
        elif not armed:
            self.forget_minute("asked")
        return self.minute.told()

    def forget_minute(self, why: str) -> None:
        """Keep no pictures any more, nor what is being made of them."""
        if not self.minute.armed:
            return
        self._jobs.forget()
        self.minute.clear()
        self._untold.append(MinuteAct(act="forgotten", officer=self._armed_by, why=why))
        try:
            self.retell()
        except StoreError as error:  # they are gone all the same
            _log.warning("the end of the kept minute is not on the record yet", why=error)

    def retell(self) -> None:
        """Have recorded what has happened and could not be told.

        Raises:
            StoreError: it still cannot.
        """
        with self._telling:
            while self._untold:
                self._record("minute", self._untold[0])
                self._untold.popleft()

    def settle(self) -> None:
        """Have recorded what could not be before, every few seconds until watch takes it."""
        now = self._clock.now()
        if not self._untold or (self._settled and now.since(self._settled) < _AGAIN_S):
            return
        self._settled = now
        try:
            self.retell()
        except StoreError as error:
            _log.info("what is over waits for its place on the record", why=error)

    def forget(self) -> None:
        """Keep nothing of what a session did; a trial that goes on goes on."""
        self.forget_minute("the session ended")
        self._jobs.forget()
        self.minute.forget()

    def _ask(self, old: Settings, new: Settings, source: str) -> tuple[Ask, tuple[bytes, ...]]:
        ask = Ask(
            old=old,
            new=new,
            start=self._clock.now().utc_ns,
            masked=self.minute.masked,
            own=self.minute.own,
        )
        if source == MINUTE:
            reel = self.minute.reel()
            sizes = tuple(map(len, reel.pictures))
            more: dict[str, Any] = {"offsets_ns": reel.offsets_ns, "sizes": sizes}
            return ask.model_copy(update={"start": reel.start, **more}), reel.pictures
        if not source.startswith(CLIP):
            raise ConfigError(f"{source}: is no source: the last minute, or a clip of this unit")
        found = recording(folder_of(old), source.removeprefix(CLIP))
        more = {"clip": str(found.file), "truth": str(found.truth or "")}
        return ask.model_copy(update=more), ()

    def _proposed(self, changes: Mapping[str, str]) -> Proposal:
        return self._hand().propose(changes)

    def _hand(self) -> Tuning:
        return open_tuning(self._files, self._trials, self._clock, self._record)

    def _problem(self) -> str:
        try:
            self._hand()
        except ConfigError as error:
            return str(error)
        return ""


def _saving(
    hand: Tuning, proposal: Proposal, who: str, why: str
) -> Callable[[Progress], Mapping[str, Any]]:
    def work(progress: Progress) -> Mapping[str, Any]:
        return asdict(hand.save(proposal, who, why, progress.tell))

    return work


def _told(proposal: Proposal) -> dict[str, Any]:
    changes = [{**asdict(one), "file": one.file.name} for one in proposal.changes]
    return {"changes": changes, "restart": any(one.restart for one in proposal.changes)}
