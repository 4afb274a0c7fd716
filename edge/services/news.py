"""What changes around a process, as acts: the list, the roster, orders, the clock."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from edge.clock import Clock, Moment, suspended_ns
from edge.errors import HotlistError, KeysError
from edge.hotlist import bundle_place
from edge.hotlist.keeper import NO_LIST, HotlistKeeper
from edge.keys import files
from edge.keys.keeper import RosterKeeper
from edge.keys.trust import ROSTER_FILE
from edge.messages.acts_town import OrderAct
from edge.messages.acts_unit import Clock as ClockAct
from edge.messages.acts_unit import ListAct, RosterAct
from edge.messages.health import OrderHealth
from edge.messages.wire import rfc3339
from edge.records import ListVersion
from edge.services.recorder import Recorder

_NS: Final = 1_000_000_000
JUMP_NS: Final = 2 * _NS
_OFTEN_S: Final = 600.0  # between two rows that say that lists are refused


class ListNews:
    """Installs, refusals and the end of hotlists.

    Args:
        folder: of signed lists; None where a plain file is read.
    """

    def __init__(
        self, keeper: HotlistKeeper, folder: Path | None, recorder: Recorder, clock: Clock
    ) -> None:
        self._keeper = keeper
        self._folder = folder
        self._recorder = recorder
        self._clock = clock
        last = recorder.last("list", lambda row: row.get("act") != "refused")
        self._known = str(last.get("version", ""))
        self._over = last.get("act") == "expired"
        self._problem = ""
        self._told: Moment | None = None

    def step(self) -> None:
        """Record what changed."""
        current = self._keeper.current
        if current is not None:
            self._look(current.version)
        problem = self._keeper.problem
        if problem != self._problem:
            self._problem = problem
            if problem and problem != NO_LIST:
                self._refused(problem)

    def _look(self, version: ListVersion) -> None:
        if version.version != self._known:
            self._known, self._over = version.version, False
            self._recorder.tell("list", self._act(version))
        ends = version.expires
        if ends is None or self._over or not self._clock.trusted():
            return
        if datetime.fromtimestamp(self._clock.now().utc_ns / _NS, UTC) >= ends:
            self._over = True
            act = self._act(version).model_copy(update={"act": "expired"})
            self._recorder.tell("list", act)

    def _act(self, version: ListVersion) -> ListAct:
        found = self._installed()
        signed = found is not None and found.name == version.version
        return ListAct(
            list=found.list if found and signed else version.version.split(" ")[0],
            version=version.version,
            sequence=found.sequence if found and signed else 0,
            issuer=", ".join(found.signers) if found and signed else "",
            entries=version.entries,
            issued_at=rfc3339(version.issued),
            expires_at=rfc3339(version.expires) if version.expires else "",
            act="installed",
        )

    def _installed(self) -> bundle_place.InForce | None:
        try:
            return bundle_place.in_force(self._folder) if self._folder else None
        except HotlistError:
            return None  # the keeper says so in its problem

    def _refused(self, why: str) -> None:
        now = self._clock.now()
        if self._told is not None and now.since(self._told) < _OFTEN_S:
            return
        self._told = now
        self._recorder.tell("list", ListAct(list=self._known, act="refused", why=why))


class RosterNews:
    """Another roster in force."""

    def __init__(self, rosters: RosterKeeper, recorder: Recorder) -> None:
        self._rosters = rosters
        self._recorder = recorder
        last = recorder.last("roster")
        self._known = int(last.get("number", 0))

    def step(self) -> None:
        """Record it, if there is another."""
        number = self._rosters.roster.sequence
        if number == self._known:
            return
        self._known = number
        self._recorder.tell("roster", RosterAct(number=number, digest=self._digest()))

    def _digest(self) -> str:
        try:
            return hashlib.sha256(files.read_public(self._rosters.folder / ROSTER_FILE)).hexdigest()
        except KeysError:
            return ""  # the one in force holds; the keeper tells what became of its file


class OrderNews:
    """Orders that were taken or refused.

    Args:
        told: returns what became of the last ones.
        kinds: returns what the order of that number brought; empty where nobody knows any more.
    """

    def __init__(
        self,
        told: Callable[[], tuple[OrderHealth, ...]],
        recorder: Recorder,
        kinds: Callable[[str], tuple[str, ...]] = lambda _: (),
    ) -> None:
        self._told = told
        self._kinds = kinds
        self._recorder = recorder
        self._seen: tuple[OrderHealth, ...] = ()
        self._known: set[tuple[str, str]] = set()
        for row in recorder.recent("order"):
            self._known.add((str(row.get("number")), str(row.get("sentence"))))

    def step(self) -> None:
        """Record those that are not on the record."""
        told = self._told()
        if told is self._seen:
            return
        self._seen = told
        for one in told:
            fields = {"number": one.number, "taken": one.taken, "sentence": one.sentence}
            act = OrderAct.model_validate({**fields, "kinds": self._kinds(one.number)})
            key = (act.number, act.sentence)
            if key not in self._known:
                self._known.add(key)
                self._recorder.tell("order", act)


class ClockNews:
    """Corrections of the clock, and whether it is believed.

    Args:
        before: when the last act of an earlier process was recorded; empty for none.
    """

    def __init__(self, recorder: Recorder, clock: Clock, before: str) -> None:
        self._recorder = recorder
        self._clock = clock
        self._trusted = clock.trusted()
        now = clock.now()
        self._offset = self._between(now)
        if before > now.iso():
            then = datetime.fromisoformat(before).timestamp()
            self._tell(before, now, now.utc_ns / _NS - then)

    def step(self) -> None:
        """Record a jump of more than two seconds against the steady clock, or another trust."""
        now, trusted = self._clock.now(), self._clock.trusted()
        offset = self._between(now)
        jump = offset - self._offset
        if abs(jump) <= JUMP_NS and trusted == self._trusted:
            return
        self._offset, self._trusted = offset, trusted
        self._tell(Moment(now.utc_ns - jump, 0).iso(), now, jump / _NS)

    def _tell(self, before: str, now: Moment, offset_s: float) -> None:
        act = ClockAct(
            before=before, after=now.iso(), offset_s=round(offset_s, 3), trusted=self._trusted
        )
        self._recorder.tell("clock", act)

    @staticmethod
    def _between(now: Moment) -> int:
        return now.utc_ns - now.monotonic_ns - suspended_ns()
