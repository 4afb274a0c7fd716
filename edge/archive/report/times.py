"""Time: what units counted by the hour, when they stood still, and of which hours nothing is known.

Hours stand on the chain as each unit counted them. The public report adds them up by the day: an
hour at night with one read in it would tell when somebody drove home.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from edge.archive.report.opened import Chain, Period, of_kind, seconds, stamp
from edge.archive.report.words import blackened, named
from edge.messages.acts_town import Pause
from edge.messages.acts_unit import Ended, Hour, Started

_SLACK_S: Final = 120.0  # between two hours; a start of the daemon takes some of it
_READER: Final = "watch"
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class DayLine:
    """One day of all units together; *watched_h* is the sum over units."""

    day: str
    frames: int
    passes: int
    reads: int
    alarms: int
    verifies: int
    watched_h: float


@dataclass(frozen=True, slots=True)
class OutageLine:
    """A time without counts that no pause explains."""

    unit: str
    since: str
    until: str
    hours: float
    why: str


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One unit over the period, in hours; the five times add up to the period.

    Attributes:
        blind_h: the daemon ran, and its camera gave no frames.
        out_h: the daemon did not run, and no pause says why.
        unknown_h: before its first row that is held, and after its last.
    """

    unit: str
    reads: int
    watched_h: float
    paused_h: float
    blind_h: float
    out_h: float
    unknown_h: float
    watching: tuple[tuple[str, str], ...] = ()
    paused: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Times:
    """All of it."""

    days: tuple[DayLine, ...]
    units: tuple[UnitLine, ...]
    outages: tuple[OutageLine, ...]


def count_times(chains: Sequence[Chain], period: Period, hits: dict[str, tuple[int, int]]) -> Times:
    """Return the time of every unit, which is whoever counts hours.

    Args:
        hits: alarms and verifies by day, as alerts tell of them.
    """
    units, outages, hours = [], [], []
    for name, own in groupby(chains, key=lambda chain: chain.name):
        of_unit = list(own)
        counted = _hours(of_unit, period)
        if not any(True for _ in of_kind(of_unit, "hour", Hour)):
            continue
        hours += counted
        line, out = _unit(name, of_unit, counted, period)
        units.append(line)
        outages += out
    return Times(_days(hours, period, hits), tuple(units), tuple(outages))


def _hours(chains: Sequence[Chain], period: Period) -> list[Hour]:
    """Return the hours that begin in *period*."""
    return [act for _, act in of_kind(chains, "hour", Hour) if period.holds(act.since)]


def _unit(
    name: str, chains: Sequence[Chain], hours: Sequence[Hour], period: Period
) -> tuple[UnitLine, list[OutageLine]]:
    begin, end = seconds(period.since), seconds(period.until)
    rows = [seconds(one.row.at) for chain in chains for one in chain.rows]
    rows += [seconds(hour.since) for hour in hours]
    known = max(begin, min(rows)), min(end, max(rows))
    if known[1] <= known[0]:
        known = begin, begin
    ran = _merged((max(begin, seconds(h.since)), min(end, seconds(h.until))) for h in hours)
    paused = _clipped(_pauses(chains, end), known)
    gaps = _without(_without([known], ran), paused)
    gaps = [gap for gap in gaps if gap[1] - gap[0] > _SLACK_S]
    watched, still = sum(h.watched_s for h in hours), sum(h.paused_s for h in hours)
    still += _length(_without(paused, ran))
    out = _length(gaps)
    unknown = (end - begin) - (known[1] - known[0])
    line = UnitLine(
        unit=named(name),
        reads=sum(hour.reads for hour in hours),
        watched_h=_h(watched),
        paused_h=_h(still),
        blind_h=_h(max(0.0, end - begin - watched - still - out - unknown)),
        out_h=_h(out),
        unknown_h=_h(unknown),
        watching=_told(_without(ran, paused)),
        paused=_told(paused),
    )
    return line, [_outage(name, gap, chains) for gap in gaps]


def _outage(name: str, gap: Span, chains: Sequence[Chain]) -> OutageLine:
    hours = round((gap[1] - gap[0]) / 3600, 2)
    return OutageLine(named(name), stamp(gap[0]), stamp(gap[1]), hours, _why(gap, chains))


def _why(gap: Span, chains: Sequence[Chain]) -> str:
    """Say what the chain tells about the edges of a gap."""

    def beside(at: str) -> bool:
        return gap[0] - _SLACK_S <= seconds(at) <= gap[1] + _SLACK_S

    ends = [a for r, a in of_kind(chains, "ended", Ended) if a.process == _READER and beside(r.at)]
    starts = [
        a for r, a in of_kind(chains, "started", Started) if a.process == _READER and beside(r.at)
    ]
    if any(act.new_epoch for act in starts):
        return "came back with a new store: the old one was lost"
    if any(act.before for act in starts):
        return "other software was installed"
    if ends:
        return blackened(ends[-1].why) or "stopped in good order"
    return "ended without a word: power, or a crash" if starts else "nothing is told of it"


def _pauses(chains: Sequence[Chain], end: float) -> list[Span]:
    """Return when capture was stopped, until it was lifted or lapsed."""
    begun: dict[str, float] = {}
    spans: list[Span] = []
    for row, act in of_kind(chains, "pause", Pause):
        if act.act == "begun":
            begun.setdefault(act.number, seconds(row.at))
        elif act.act != "refused" and act.number in begun:
            spans.append((begun.pop(act.number), seconds(row.at)))
    return _merged([*spans, *((since, end) for since in begun.values())])


def _days(
    hours: Iterable[Hour], period: Period, hits: dict[str, tuple[int, int]]
) -> tuple[DayLine, ...]:
    sums: dict[str, Counter[str]] = {day: Counter() for day in period.days()}
    watched: dict[str, float] = dict.fromkeys(sums, 0.0)
    for hour in hours:
        day = hour.since[:10]
        sums[day].update(frames=hour.frames, passes=hour.passes, reads=hour.reads)
        watched[day] += hour.watched_s
    return tuple(
        DayLine(day, one["frames"], one["passes"], one["reads"], *hits[day], _h(watched[day]))
        for day, one in sums.items()
    )


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Return *spans* in order; what touches or overlaps is one."""
    found: list[Span] = []
    for since, until in sorted(span for span in spans if span[1] > span[0]):
        if found and since - found[-1][1] <= 1.0:
            found[-1] = found[-1][0], max(until, found[-1][1])
        else:
            found.append((since, until))
    return found


def _without(spans: Iterable[Span], holes: Sequence[Span]) -> list[Span]:
    """Return what is left of *spans* where *holes*, merged and in order, are cut out."""
    left: list[Span] = []
    for since, until in spans:
        start = since
        for low, high in holes:
            if high <= start or low >= until:
                continue
            if low > start:
                left.append((start, low))
            start = max(start, high)
        if start < until:
            left.append((start, until))
    return left


def _clipped(spans: Iterable[Span], to: Span) -> list[Span]:
    cut = [(max(since, to[0]), min(until, to[1])) for since, until in spans]
    return [(since, until) for since, until in cut if until > since]


def _length(spans: Iterable[Span]) -> float:
    return sum(until - since for since, until in spans)


def _told(spans: Iterable[Span]) -> tuple[tuple[str, str], ...]:
    return tuple((stamp(since), stamp(until)) for since, until in spans)


def _h(secs: float) -> float:
    return round(secs / 3600, 2)
