"""The public report as figures: counted from the rows of chains, and from nothing else.

Pure: rows in, figures out, the same for the same rows. No plate, no officer and no case number is
in it; words that people wrote are blackened (``words``), names are those of the roster. It says
itself what it cannot know.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any, Final

from edge.archive.report.hits import Hits, count_hits
from edge.archive.report.law import (
    GrantLine,
    ListLine,
    PauseLine,
    count_grants,
    count_lists,
    count_pauses,
)
from edge.archive.report.opened import Chain, Period, chains_of, of_kind, seconds, stamp
from edge.archive.report.rest import Rest, count_rest
from edge.archive.report.searches import Searches, count_searches
from edge.archive.report.times import Times, count_times
from edge.archive.report.words import named
from edge.messages.acts import ActRow
from edge.messages.acts_unit import AlertAct, Hour

_EDGE_S: Final = 5.0  # an alert may be stored a moment after the hour that counts it
_NOTHING: Final = "No row of this period is held."


@dataclass(frozen=True, slots=True)
class Held:
    """How far a chain is held, as whoever holds it has verified.

    Attributes:
        head: hash of row *number*.
        published: the newest row that its sender signed for; 0 where that is not known.
        broken: where and how it does not hold; empty while it does.
    """

    name: str
    epoch: str
    number: int
    head: str
    published: int = 0
    broken: str = ""


@dataclass(frozen=True, slots=True)
class ChainLine:
    """One chain that the report was counted from, and what it lacks.

    Attributes:
        rows: rows counted, of any time; *erased*: those without a payload to read;
            *unread*: those that this edge does not understand.
        missing: rows that its sender made, up to the newest that is known of, and that are not
            here.
        put_back: how often a row is dated well before the one before it: a clock that was wrong.
    """

    name: str
    epoch: str
    first: str
    last: str
    number: int
    head: str
    rows: int
    missing: int
    erased: int
    unread: int
    put_back: int
    broken: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the report tells; *unknown* are sentences about what it cannot."""

    town: str
    period: Period
    times: Times
    hits: Hits
    searches: Searches
    lists: tuple[ListLine, ...]
    grants: tuple[GrantLine, ...]
    pauses: tuple[PauseLine, ...]
    pauses_refused: int
    rest: Rest
    chains: tuple[ChainLine, ...]
    unknown: tuple[str, ...]

    def reads(self) -> int:
        """Return the reads of all days."""
        return sum(day.reads for day in self.times.days)


def count(
    acts: Iterable[ActRow], since: str, until: str, *, town: str = "", held: Sequence[Held] = ()
) -> Report:
    """Return the report of *since* to *until* (RFC 3339, excluded).

    Args:
        acts: rows of all chains, of all times: lists and grants that began earlier count too. A
            word on a hit counts whenever it was said.
        held: what the holder of the chains knows of them; without it, only gaps between rows show.
    """
    period, chains = Period(since, until), chains_of(acts)
    hits = count_hits(chains, period)
    pauses, refused = count_pauses(chains, period)
    lines = _chain_lines(chains, held)
    times = count_times(chains, period, hits.by_day)
    return Report(
        town=named(town),
        period=period,
        times=times,
        hits=hits,
        searches=count_searches(chains, period),
        lists=count_lists(chains, period),
        grants=count_grants(chains, period),
        pauses=pauses,
        pauses_refused=refused,
        rest=count_rest(chains, period),
        chains=lines,
        unknown=(*_unknown(lines, times), *_fewer(chains, period)),
    )


def figures(report: Report) -> dict[str, Any]:
    """Return the whole tree as JSON can carry it."""
    return asdict(report)


def _chain_lines(chains: Sequence[Chain], held: Sequence[Held]) -> tuple[ChainLine, ...]:
    known: Mapping[tuple[str, str], Held] = {(one.name, one.epoch): one for one in held}
    given = {(one.name, one.epoch): one for one in chains}
    keys = list(given) + sorted(set(known) - set(given))
    lines = [
        _chain_line(given.get(key) or Chain(*key), known.get(key) or Held(*key, 0, ""))
        for key in keys
    ]
    return tuple(sorted(lines, key=lambda line: (line.name, line.first, line.epoch)))


def _chain_line(chain: Chain, held: Held) -> ChainLine:
    newest = max([held.number, held.published, *chain.numbers])
    times = [one.row.at for one in chain.rows]
    return ChainLine(
        name=named(chain.name),
        epoch=chain.epoch,
        first=times[0] if times else "",
        last=times[-1] if times else "",
        number=held.number or max(chain.numbers, default=0),
        head=held.head,
        rows=len(chain.rows),
        missing=newest - len(chain.rows),
        erased=chain.erased(),
        unread=chain.unread,
        put_back=chain.put_back(),
        broken=held.broken,
    )


def _unknown(lines: Sequence[ChainLine], times: Times) -> Iterable[str]:
    """Yield what this report cannot know, a sentence each."""
    if not lines:
        yield _NOTHING
    for line in lines:
        which = f"{line.name}, store {line.epoch[:8]}"
        if line.broken:
            yield f"{which}: the chain does not hold: {line.broken}"
        if line.missing:
            yield f"{which}: {_rows(line.missing)} of {line.rows + line.missing} never came."
        if line.erased:
            yield f"{which}: {_rows(line.erased)} came without words that can be opened."
        if line.unread:
            tell = "tells" if line.unread == 1 else "tell"
            yield f"{which}: {_rows(line.unread)} {tell} of acts that this edge does not know."
        if line.put_back:
            yield (
                f"{which}: its clock was put back {_times(line.put_back)}; counts of those hours "
                "may stand on other days."
            )
    for unit in times.units:
        if unit.unknown_h > 0.05:
            yield f"{unit.unit}: of {unit.unknown_h:g} hours of the period no row is held."


def _fewer(chains: Sequence[Chain], period: Period) -> Iterable[str]:
    """Yield the units whose hours count more hits than alerts can be read on their chains."""
    near = Period(stamp(seconds(period.since) - _EDGE_S), stamp(seconds(period.until) + _EDGE_S))
    for name, group in groupby(chains, key=lambda chain: chain.name):
        own = list(group)
        hours = of_kind(own, "hour", Hour)
        hits = sum(act.hits for _, act in hours if period.holds(act.since))
        found = of_kind(own, "alert", AlertAct, near)
        alerts = sum(act.revision == 0 and not act.test for _, act in found)
        if hits > alerts:
            yield f"{named(name)}: its hours count {hits} hits; alerts on its chain: {alerts}."


def _rows(count_: int) -> str:
    return "1 row" if count_ == 1 else f"{count_:,} rows".replace(",", " ")


def _times(count_: int) -> str:
    return "once" if count_ == 1 else f"{count_} times"
