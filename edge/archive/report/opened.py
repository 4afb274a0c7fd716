"""Rows of many chains, opened and put in order: what every count of a report begins with."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final, TypeVar

from edge.errors import MessageError
from edge.messages.acts import Act, ActRow, read_act

ActT = TypeVar("ActT", bound=Act)
_PUT_BACK_S: Final = 60.0
_BESIDE: Final = frozenset(
    "came took heard receipt view touch filter log-out silent export pictures".split()
)
"""Acts that no figure counts; their payloads are not read."""
_EPOCH: Final = "1970-01-01T00:00:00.000Z"
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")


@dataclass(frozen=True, slots=True)
class Period:
    """What a report is about: whole days of UTC, *until* excluded; RFC 3339."""

    since: str
    until: str

    def holds(self, at: str) -> bool:
        """Say whether *at* lies in it."""
        return bool(at) and seconds(self.since) <= seconds(at) < seconds(self.until)

    def days(self) -> tuple[str, ...]:
        """Return its days, ``2026-11-01`` first."""
        first = datetime.fromtimestamp(seconds(self.since), UTC)
        count = round((seconds(self.until) - seconds(self.since)) / 86_400)
        return tuple(f"{first + timedelta(days=n):%Y-%m-%d}" for n in range(count))


@dataclass(frozen=True, slots=True)
class Opened:
    """One row with its act; None where there is none to be counted.

    It was erased, is not ours to open, is not understood, or no figure is made of it.
    """

    row: ActRow
    act: Act | None


@dataclass(slots=True)
class Chain:
    """The rows of one store that were given, in order."""

    name: str
    epoch: str
    rows: list[Opened] = field(default_factory=list)
    unread: int = 0

    @property
    def numbers(self) -> list[int]:
        """The numbers of the rows."""
        return [one.row.number for one in self.rows]

    def missing(self) -> int:
        """Return how many rows are not here, from row 1 to the newest that is."""
        return (max(self.numbers, default=0)) - len(self.rows)

    def erased(self) -> int:
        """Return how many rows came without their payload."""
        return sum(one.row.payload is None for one in self.rows)

    def put_back(self) -> int:
        """Return how often a row is dated well before the one before it."""
        times = [seconds(one.row.at) for one in self.rows]
        return sum(later < earlier - _PUT_BACK_S for earlier, later in pairwise(times))


def seconds(at: str) -> float:
    """Return an RFC 3339 time as seconds since 1970."""
    return datetime.fromisoformat(at).timestamp()


def stamp(at: float) -> str:
    """Return seconds since 1970 as RFC 3339 without milliseconds."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def chains_of(acts: Iterable[ActRow]) -> tuple[Chain, ...]:
    """Return all rows by their stores, each store's in order, a row that came twice once."""
    found: dict[tuple[str, str], dict[int, ActRow]] = defaultdict(dict)
    for row in acts:
        found[row.name, row.epoch][row.number] = row
    chains = [_chain(name, epoch, rows) for (name, epoch), rows in found.items()]
    return tuple(sorted(chains, key=lambda one: (one.name, _begun(one), one.epoch)))


def of_kind(
    chains: Sequence[Chain], kind: str, act: type[ActT], period: Period | None = None
) -> Iterator[tuple[ActRow, ActT]]:
    """Yield the acts of one kind that can be read; in *period*, where one is given."""
    for chain in chains:
        for one in chain.rows:
            if one.row.kind != kind or not isinstance(one.act, act):
                continue
            if period is None or period.holds(one.row.at):
                yield one.row, one.act


def _begun(chain: Chain) -> str:
    return chain.rows[0].row.at if chain.rows else ""


def _chain(name: str, epoch: str, rows: dict[int, ActRow]) -> Chain:
    chain = Chain(name, epoch)
    at = _EPOCH
    for _, row in sorted(rows.items()):
        act = _act(row) if row.kind not in _BESIDE else None
        if row.payload is not None and act is None and row.kind not in _BESIDE:
            chain.unread += 1  # named in the report: what it cannot know
        if _is_time(row.at):
            at = row.at
        else:
            row = replace(row, at=at)  # noqa: PLW2901 - a row without a date stands where it is
        chain.rows.append(Opened(row, act))
    return chain


def _act(row: ActRow) -> Act | None:
    """Return the act of a row; None where there is none that can be understood."""
    if row.payload is None:
        return None
    try:
        act = read_act(row.kind, row.payload)
    except MessageError:
        return None
    texts = [value for _, value in act if isinstance(value, str)]
    return act if all(_is_time(text) for text in texts if _TIME.fullmatch(text)) else None


def _is_time(text: str) -> bool:
    """Say whether *text* is a time that exists: no 31st of November stops a report."""
    if not _TIME.fullmatch(text):
        return False
    try:
        seconds(text)
    except ValueError:
        return False
    return True
