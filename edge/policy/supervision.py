"""Checks on searches: what the rows of the chains, and the queries that an auditor opens, tell.

Pure. A free-text reason is no control, so what is looked at is what cannot be typed: how often one
officer asks for one car, how many cars stand under one case number, when, against how the officer's
peers search. A finding is a question to be asked, not a verdict. Plates stand here only as HMACs
with a key that the auditor alone has.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from edge.errors import MessageError
from edge.messages.acts import ActRow, read_act
from edge.messages.acts_town import SearchAct

KIND: Final = "search"


class Check(StrEnum):
    """What was looked for."""

    HOUSEHOLD = "household"  # a plate of the officers' own households, or of staff
    REPEATS = "repeats"  # one officer, one car, again and again
    CASE = "case"  # one case number for many cars
    CASES = "cases"  # one car under many case numbers
    HOURS = "hours"  # outside the officer's shifts
    PURPOSE = "purpose"  # one purpose far more often than the peers
    VOLUME = "volume"  # far more searches than the peers
    REFUSED = "refused"  # refused far more often than the peers
    NOTHING = "nothing"  # found nothing far more often than the peers
    PAIR = "pair"  # two supervisors who countersign each other
    STAMP = "stamp"  # a supervisor who countersigns within seconds


@dataclass(frozen=True, slots=True)
class Opened:
    """What only the query itself tells, to an auditor.

    Attributes:
        plate: HMAC of what was looked for, hex.
        household: it is on the list of household and staff plates.
        made: when the officer signed.
        approved: when the supervisor did; None without.
    """

    plate: str
    household: bool
    made: datetime
    approved: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One search, whatever number of units it went to.

    Attributes:
        query: digest of the signed query; where a unit could not read it, the row's own place.
        at: when the officer signed, or the first unit's row where the query is not open to us.
        refused: the reason's word where no unit answered; empty otherwise.
        found: hits and kept reads of all units.
        opened: None where the query is not held, or not ours to open.
    """

    query: str
    officer: str
    supervisor: str
    purpose: str
    case: str
    at: datetime
    whole: bool
    refused: str
    found: int
    units: int
    opened: Opened | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """When an officer works, in local time; a shift that ends before it begins goes over midnight.

    Attributes:
        days: of the week on which it begins, 0 for Monday.
    """

    begins: time
    ends: time
    days: frozenset[int]

    def holds(self, at: datetime) -> bool:
        """Say whether *at*, in local time, is within it."""
        hour = at.time()
        if self.begins <= self.ends:
            return at.weekday() in self.days and self.begins <= hour < self.ends
        if hour >= self.begins:
            return at.weekday() in self.days
        return hour < self.ends and (at.weekday() - 1) % 7 in self.days


OFFICE: Final = Shift(time(6), time(22), frozenset(range(5)))
"""Where nobody has said when an officer works: 06 to 22 on weekdays."""


@dataclass(frozen=True, slots=True)
class Staff:
    """What the auditor knows of the officers.

    Attributes:
        zone: in which shifts are told.
        shifts: by officer; :data:`OFFICE` for others.
        groups: by officer, with whom it is compared; who is in none is compared with all.
    """

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    shifts: Mapping[str, tuple[Shift, ...]] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)

    def on_duty(self, officer: str, at: datetime) -> bool:
        """Say whether *officer* works at *at*."""
        local = at.astimezone(self.zone)
        return any(one.holds(local) for one in self.shifts.get(officer, (OFFICE,)))

    def peers(self, officer: str, others: str) -> bool:
        """Say whether *officer* is compared with *others*: of its group, or all if it has none."""
        mine = self.groups.get(officer, "")
        return officer != others and (not mine or self.groups.get(others, "") == mine)


@dataclass(frozen=True, slots=True)
class Finding:
    """A question to be asked.

    Attributes:
        sentence: without a plate.
        queries: digests of the searches that it is about, oldest first.
        weight: how far beyond what is usual, to put the strongest first; no probability.
    """

    check: Check
    officer: str
    sentence: str
    queries: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A check that could not be made, and why: no finding there means nothing."""

    check: Check
    officer: str
    why: str


def gather(rows: Iterable[ActRow], opened: Mapping[str, Opened]) -> tuple[Asked, ...]:
    """Return the searches that *rows* tell of, oldest first; a query to several units is one.

    Args:
        opened: by the query's digest, what the query itself tells.
    """
    asked: dict[str, list[tuple[ActRow, SearchAct]]] = defaultdict(list)
    for row in rows:
        act = _act(row)
        if act is not None:
            asked[act.query or f"{row.name}/{row.epoch}/{row.number}"].append((row, act))
    found = [_asked(query, acts, opened.get(query)) for query, acts in asked.items()]
    return tuple(sorted(found, key=lambda one: (one.at, one.query)))


def unread(rows: Iterable[ActRow]) -> int:
    """Return how many rows of searches cannot be read: erased, or not ours to open."""
    return sum(row.kind == KIND and _act(row) is None for row in rows)


def by_officer(asked: Iterable[Asked]) -> dict[str, list[Asked]]:
    """Return the searches of each officer, sorted by name; those without a name are left out."""
    found: dict[str, list[Asked]] = defaultdict(list)
    for one in asked:
        if one.officer:
            found[one.officer].append(one)
    return dict(sorted(found.items()))


def _act(row: ActRow) -> SearchAct | None:
    if row.kind != KIND or row.payload is None:
        return None
    try:
        act = read_act(row.kind, row.payload)
    except MessageError:
        return None  # counted by `unread`, and so told
    return act if isinstance(act, SearchAct) else None


def _asked(query: str, acts: list[tuple[ActRow, SearchAct]], opened: Opened | None) -> Asked:
    first = min(acts, key=lambda one: one[0].at)
    every = [act for _, act in acts]
    done = [act for act in every if not act.refused]
    told = (done or every)[0]
    return Asked(
        query=query,
        officer=told.officer,
        supervisor=told.supervisor,
        purpose=told.purpose,
        case=told.case.strip().upper(),
        at=opened.made if opened else datetime.fromisoformat(first[0].at).astimezone(UTC),
        whole=told.whole,
        refused="" if done else told.refused,
        found=sum(act.hits + act.reads for act in done),
        units=len(acts),
        opened=opened,
    )
