"""What root's updater did, told by the reading daemon: in health, and on the chain.

The updater has no right on the unit's store. It writes down its acts; watch, of whichever version,
records those that are not recorded.
"""

from pathlib import Path
from typing import Final

from edge.clock import Clock, Moment
from edge.errors import UpdateError
from edge.messages.acts_unit import Update
from edge.messages.health import UpdateHealth
from edge.messages.wire import clip
from edge.policy import updating
from edge.policy.fetching import overdue
from edge.policy.updating import Act, State
from edge.services.recorder import Recorder
from edge.services.update_fetched import FetchedFolder
from edge.services.update_state import STATE, read_state

_LOOK_S: Final = 2.0


class UpdateNews:
    """Looks at the updater's state now and then; only the line's thread calls it.

    Args:
        folder: the updater's.

    Attributes:
        health: None before the first update.
        problem: an update was taken back or refused, nobody knows where one stands, or no release
            could be fetched for days.
    """

    def __init__(self, folder: Path, recorder: Recorder, clock: Clock) -> None:
        self._folder = folder
        self._fetched = FetchedFolder(folder)
        self._recorder = recorder
        self._clock = clock
        self._looked: Moment | None = None
        self._mark: tuple[int, int] | None = None
        self._known = {(row.get("number"), row.get("at")) for row in recorder.recent("update")}
        self.health: UpdateHealth | None = None
        self.problem = ""
        self._wrong = ""

    def step(self) -> None:
        """Record what happened since the last look."""
        now = self._clock.now()
        if self._looked is not None and now.since(self._looked) < _LOOK_S:
            return
        self._looked = now
        self._look()
        self.problem = "; ".join(one for one in (self._wrong, self._silent(now)) if one)

    def _silent(self, now: Moment) -> str:
        """Return why no release comes from the town's web server, where one should."""
        fetched = self._fetched.read()
        if fetched is None:
            return "what is known of fetching releases cannot be read"
        return overdue(fetched, now.utc_ns // 1_000_000_000)

    def _look(self) -> None:
        mark = self._stat()
        if mark == self._mark:
            return
        self._mark = mark
        try:
            state = read_state(self._folder)
        except UpdateError as error:
            self._wrong = str(error)
            return
        if state is None:
            self._wrong = "where an update stood is not known any more"
            return
        self._wrong = updating.problem(state)
        self.health = _health(state)
        for act in state.acts:
            self._record(act)

    def _record(self, act: Act) -> None:
        fields = act.model_dump(mode="json")
        row = Update.model_validate({**fields, "signers": tuple(act.signers)})
        key = (row.number, row.at)
        if key not in self._known:
            self._known.add(key)
            self._recorder.tell("update", row)

    def _stat(self) -> tuple[int, int] | None:
        try:
            found = (self._folder / STATE).stat()
        except OSError:
            return None  # there was no update as yet; or reading says why
        return found.st_ino, found.st_mtime_ns


def _health(state: State) -> UpdateHealth | None:
    if not state.version:
        return None
    return UpdateHealth(
        phase=state.phase.value,
        version=clip(state.version, 80),
        before=clip(state.version_before, 80),
        sequence=state.sequence,
        sentence=clip(updating.sentence(state), 400),
    )
