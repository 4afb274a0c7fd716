"""Pauses on a unit: whether it may read now, and what of that is owed to the chain.

To stop needs nothing but the order: a pause that cannot be recorded holds all the same, and is
recorded once it can be. To go on needs the record first. An order that was in force here stays so
without its file, and one that was lifted here never comes back: both are noted in the store.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.clock import Clock, Moment
from edge.errors import StoreError, StoreFull
from edge.keys.keeper import RosterKeeper
from edge.keys.parties import to_time
from edge.keys.signed import from_bytes
from edge.log import Log
from edge.messages.acts import act_row
from edge.messages.acts_town import Pause as PauseAct
from edge.policy import pauses
from edge.policy.pauses import Ordered
from edge.services.capture import Capture
from edge.services.pause_folder import Found, PauseFolder
from edge.store import Store

_NOTE: Final = "pauses"
_LOOK_S: Final = 0.4
_AGAIN_S: Final = 5.0  # a record that found no room
_log: Final = Log("edge.pauses")


class _Note(BaseModel):
    """What became of one pause here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order: str = ""  # base64 of the signed pause; empty where only its lift ever came
    begun: bool = False
    ended: Literal["", "lifted", "lapsed"] = ""


class _Notes(BaseModel):
    model_config = ConfigDict(extra="forbid")

    pauses: dict[str, _Note] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Act:
    """A row that is owed: what happened, and what the store is to remember with it."""

    act: Literal["begun", "lifted", "lapsed"]
    one: Ordered
    note: _Note
    signers: tuple[str, ...]
    documents: tuple[bytes, ...]


class PauseKeeper:
    """Says whether this unit may read.

    Attributes:
        current: the pause in force that ends last; None: reading is allowed.
        problem: an order that does not hold, or an act that cannot be recorded; a sentence.
    """

    def __init__(
        self, *, unit: str, folder: PauseFolder, store: Store, rosters: RosterKeeper, clock: Clock
    ) -> None:
        self.current: Ordered | None = None
        self.problem = ""
        self._unit = unit
        self._folder = folder
        self._store = store
        self._rosters = rosters
        self._clock = clock
        self._notes = _Notes()
        self._found = Found()
        self._known: object = None
        self._looked: Moment | None = None
        self._tried: Moment | None = None
        self._told: set[str] = set()  # begun, as this process has recorded
        self._owed: list[_Act] = []

    def open(self) -> None:
        """Read what the store remembers, and look for the first time.

        Raises:
            StoreError: what it remembers is damaged: nothing may be read on a guess.
        """
        try:
            self._notes = _Notes.model_validate_json(self._store.noted(_NOTE) or "{}")
        except ValidationError:
            raise StoreError(
                "the store's note of the pauses here is damaged: see `edge check`, or move the"
                " store away to start with a new epoch"
            ) from None
        self.refresh()

    def refresh(self) -> None:
        """Look at the folder and at the clock, several times a second at most."""
        now = self._clock.now()
        if self._looked is not None and now.since(self._looked) < _LOOK_S:
            return
        self._looked = now
        self._look()
        at, trusted = self._rosters.at(), self._clock.trusted()
        standing = [one for one in self._orders().values() if self._holds(one, at, trusted)]
        self.current = max(standing, key=lambda one: one.until, default=None)
        self._owed = self._acts(standing)

    def settle(self) -> bool:
        """Record what is owed; say whether all of it could be."""
        now = self._clock.now()
        if not self._owed:
            return True
        if self._tried is not None and now.since(self._tried) < _AGAIN_S:
            return False
        try:
            for act in self._owed:
                self._record(act)
        except StoreFull as error:
            self._tried = now
            self.problem = f"a pause cannot be recorded: {error}"
            return False
        self._owed, self._tried, self.problem = [], None, self._refused()
        return True

    def _look(self) -> None:
        known = (self._folder.marks(), self._rosters.roster.sequence)
        if known != self._known:
            self._known = known
            self._found = self._folder.read(self._rosters.roster, self._rosters.at())
            for name, why in self._found.refused.items():
                _log.warning("a pause's file does not hold", file=name, why=why)
            self.problem = self._refused()
        gone = {number for number, note in self._notes.pauses.items() if note.ended == "lifted"}
        self._folder.lifted = frozenset(gone)

    def _refused(self) -> str:
        return next(
            (f"{name[:12]}...: {why}" for name, why in sorted(self._found.refused.items())), ""
        )

    def _orders(self) -> dict[str, Ordered]:
        """Return all that name this unit, those of which only the store knows among them."""
        found = {
            number: one for number, one in self._found.ordered.items() if one.names(self._unit)
        }
        for number, note in self._notes.pauses.items():
            if number not in found and note.order:
                found[number] = self._remembered(note)
        return found

    def _remembered(self, note: _Note) -> Ordered:
        """Return a pause that was checked when it came: no roster is asked again."""
        signed = from_bytes(base64.b64decode(note.order), "the store's note", pauses.PAUSE)
        return pauses.ordered(signed)

    def _holds(self, one: Ordered, at: datetime, trusted: bool) -> bool:
        note = self._note(one.number)
        if one.number in self._found.lifted or note.ended == "lifted":
            return False
        lapsed = note.ended == "lapsed"
        return one.holds(at, trusted=trusted, begun=note.begun, lapsed=lapsed)

    def _note(self, number: str) -> _Note:
        return self._notes.pauses.get(number, _Note())

    def _acts(self, standing: list[Ordered]) -> list[_Act]:
        found: list[_Act] = []
        numbers = {one.number for one in standing}
        for number, one in self._orders().items():
            note = self._note(number)
            if number in numbers:
                if number not in self._told:
                    found.append(self._begun(one, note))
            elif number in self._found.lifted and note.ended != "lifted":
                found.append(self._lifted(one, note))
            elif note.begun and not note.ended:
                done = note.model_copy(update={"ended": "lapsed"})
                found.append(_Act("lapsed", one, done, (), ()))
        return found

    def _begun(self, one: Ordered, note: _Note) -> _Act:
        body = self._found.documents.get(f"{one.number}.pause")
        order = base64.b64encode(body).decode("ascii") if body else note.order
        begun = _Note(order=order, begun=True)
        return _Act("begun", one, begun, (one.signer,), (base64.b64decode(order),))

    def _lifted(self, one: Ordered, note: _Note) -> _Act:
        lifted, documents = self._found.lifted[one.number], self._found.documents
        both = tuple(documents[f"{one.number}.{kind}"] for kind in ("lift", "lifted"))
        done = note.model_copy(update={"ended": "lifted"})
        return _Act("lifted", one, done, lifted.signers, both)

    def _record(self, act: _Act) -> None:
        one, number = act.one, act.one.number
        row = PauseAct(
            act=act.act,
            number=number,
            scope=one.scope,
            since=to_time(one.since),
            until=to_time(one.until),
            reason=one.reason,
            signers=act.signers,
            documents=tuple(base64.b64encode(body).decode("ascii") for body in act.documents),
        )
        # to stop may take of the reserve; to go on waits for room
        self._store.record("pause", act_row("pause", row), must=act.act == "begun")
        self._notes.pauses[number] = act.note
        self._store.note(_NOTE, self._notes.model_dump_json())
        if act.act == "begun":
            self._told.add(number)
        else:
            self._told.discard(number)
        _log.info("a pause", act=act.act, number=number[:12], until=to_time(one.until))


class PauseWatch:
    """Keeps the camera closed while a pause is in force, and open otherwise.

    Args:
        forget: drops what the line knows of the passes that are open.
        close: called once after the camera is closed, before the pause is recorded: the counts of
            the hour that ends here.
        reopen: called before the camera is opened again: counts begin anew.
    """

    def __init__(
        self,
        keeper: PauseKeeper,
        capture: Capture,
        *,
        forget: Callable[[], object],
        close: Callable[[], object] = lambda: None,
        reopen: Callable[[], object] = lambda: None,
    ) -> None:
        self._keeper = keeper
        self._capture = capture
        self._forget = forget
        self._close = close
        self._reopen = reopen
        self._paused = False
        self._closed = False

    def step(self) -> bool:
        """Look once, open or close the camera, and say whether this unit is paused.

        Raises:
            StoreError: the store failed for another reason than room; the camera is closed by
                then if it must be.
        """
        self._keeper.refresh()
        if self._keeper.current is not None:
            self._rest()
            return True
        if self._paused and not self._keeper.settle():
            return True  # to go on without a record is not allowed
        self._keeper.settle()
        if self._paused:
            self._reopen()
            _log.info("reading goes on")
        self._paused = self._closed = False
        self._capture.start()
        return False

    def _rest(self) -> None:
        if not self._paused:
            was_open = self._capture.open
            self._capture.stop()
            self._forget()
            self._paused = True
            _log.info("paused: the camera is closed")
            if not was_open:
                self._keeper.settle()  # a start: the record has the pause before any counts
        if not self._closed:
            try:
                self._close()
            except StoreFull as error:
                _log.warning("the counts before a pause wait for room", why=error)
                return  # the pause itself holds; its rows come once there is room, in order
            self._closed = True
        self._keeper.settle()


def told_pause(one: Ordered) -> str:
    """Return the sentence for ``systemctl status``, the journal and pages."""
    return (
        f"paused by the town until {to_time(one.until)}: {one.reason}"
        f" (order {one.number[:12]}, {one.signer})"
    )
