"""Lists, grants and pauses: by whose word units looked for what, told whom, and stood still."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Final

from edge.archive.report.opened import Chain, Period, of_kind, seconds, stamp
from edge.archive.report.words import blackened, named, versioned
from edge.messages.acts_town import GrantAct, Pause
from edge.messages.acts_unit import ListAct

_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class ListLine:
    """One version of a hotlist that units used.

    Attributes:
        units: how many had it in force.
        oldest_days: its age when a unit last used it, by the date that it was issued.
        refused, expired: at how many units it was refused, or ran out while it was in force.
    """

    list: str
    version: str
    issuer: str
    entries: int
    issued: str
    units: int
    oldest_days: float
    refused: int
    expired: int


@dataclass(frozen=True, slots=True)
class ListSum:
    """All versions of one list together; *version* and *entries* are the newest one's."""

    list: str
    issuer: str
    versions: int
    version: str
    entries: int
    units: int
    oldest_days: float
    refused: int
    expired: int


@dataclass(frozen=True, slots=True)
class GrantLine:
    """Who else could open what: in force at some time of the period."""

    who: str
    what: str
    why: str
    since: str
    until: str
    ended: str  # earlier than *until*; empty for not


@dataclass(frozen=True, slots=True)
class PauseLine:
    """Capture was stopped.

    Attributes:
        signers: how many people signed it, and lifted it.
        over: when it was lifted, or lapsed; empty while it goes on.
    """

    units: str
    since: str
    until: str
    reason: str
    signers: int
    over: str
    how: str


def count_lists(chains: Sequence[Chain], period: Period) -> tuple[ListLine, ...]:
    """Return every version that was in force, refused or expired in *period*."""
    acts: dict[str, list[tuple[str, str, ListAct]]] = defaultdict(list)
    ages: dict[str, dict[str, float]] = defaultdict(dict)
    for chain in chains:
        rows = [(row.at, act) for row, act in of_kind([chain], "list", ListAct)]
        for version, age in _ages(rows, chain, period):
            ages[version][chain.name] = max(age, ages[version].get(chain.name, 0.0))
        for at, act in rows:
            acts[act.version].append((chain.name, at, act))
    lines = [_list_line(version, acts[version], ages[version], period) for version in acts]
    used = [line for line in lines if line.units or line.refused or line.expired]
    return tuple(sorted(used, key=lambda line: (line.list, line.issued, line.version)))


def by_list(lines: Sequence[ListLine]) -> tuple[ListSum, ...]:
    """Return what *lines* tell of each list, one issuer's versions together."""
    groups: dict[tuple[str, str], list[ListLine]] = defaultdict(list)
    for line in lines:
        groups[line.list, line.issuer].append(line)
    return tuple(_sum(*key, group) for key, group in sorted(groups.items()))


def count_grants(chains: Sequence[Chain], period: Period) -> tuple[GrantLine, ...]:
    """Return every grant that was in force at some time of *period*."""
    found: dict[str, GrantAct] = {}
    ended: dict[str, str] = {}
    for row, act in of_kind(chains, "grant", GrantAct):
        if act.act == "in-force":
            found.setdefault(act.number, act)
        else:
            ended[act.number] = min(row.at, ended.get(act.number, row.at))
    lines = [_grant_line(act, ended.get(number, "")) for number, act in found.items()]
    overlap = [
        line
        for line in lines
        if _overlaps(line.since, line.ended or line.until, period)
    ]  # fmt: skip
    return tuple(sorted(overlap, key=lambda line: (line.who, line.since, line.what)))


def count_pauses(chains: Sequence[Chain], period: Period) -> tuple[tuple[PauseLine, ...], int]:
    """Return every pause that held at some time of *period*, and how many orders were refused."""
    found: dict[str, list[tuple[str, str, Pause]]] = defaultdict(list)
    refused = set()
    for row, act in of_kind(chains, "pause", Pause):
        if act.act == "refused":
            refused |= {act.number} if period.holds(row.at) else set()
        else:
            found[act.number].append((row.at, row.name, act))
    lines = [_pause_line(rows) for rows in found.values()]
    held = [line for line in lines if _overlaps(line.since, line.over or line.until, period)]
    return tuple(sorted(held, key=lambda line: (line.since, line.units))), len(refused)


def _ages(
    rows: Sequence[tuple[str, ListAct]], chain: Chain, period: Period
) -> Iterable[tuple[str, float]]:
    """Yield version and age at its last use in *period*, in seconds, of one store's lists."""
    newest = max((seconds(one.row.at) for one in chain.rows), default=0.0)
    end = min(newest, seconds(period.until))
    by_list = sorted(((act.list, at, act) for at, act in rows), key=itemgetter(0, 1))
    for _, group in groupby(by_list, key=itemgetter(0)):
        used: tuple[str, float, float] | None = None  # version, since, issued
        for _, at, act in group:
            if act.act == "refused":
                continue
            if used is not None:
                yield from _aged(used, min(seconds(at), end), period)
            used = None
            if act.act == "installed" and act.issued_at:
                used = act.version, seconds(at), seconds(act.issued_at)
        if used is not None:
            yield from _aged(used, end, period)


def _aged(
    used: tuple[str, float, float], until: float, period: Period
) -> Iterable[tuple[str, float]]:
    version, since, issued = used
    if until >= seconds(period.since) and since < seconds(period.until):
        yield version, max(0.0, until - issued)


def _list_line(
    version: str,
    rows: Sequence[tuple[str, str, ListAct]],
    ages: dict[str, float],
    period: Period,
) -> ListLine:
    told = max((act for _, _, act in rows), key=lambda act: act.entries)
    acts = Counter(
        (act.act, name) for name, at, act in rows if period.holds(at)
    )  # a refusal that is tried again is one
    return ListLine(
        list=named(told.list),
        version=versioned(version),
        issuer=named(told.issuer),
        entries=told.entries,
        issued=told.issued_at[:16] and f"{told.issued_at[:16]}Z",
        units=len(ages),
        oldest_days=round(max(ages.values(), default=0.0) / _DAY_S, 2),
        refused=sum(act == "refused" for act, _ in acts),
        expired=sum(act == "expired" for act, _ in acts),
    )


def _sum(name: str, issuer: str, group: Sequence[ListLine]) -> ListSum:
    used = [line for line in group if line.units] or list(group)
    newest = max(used, key=lambda line: line.issued)
    return ListSum(
        list=name,
        issuer=issuer,
        versions=sum(bool(line.units) for line in group),
        version=newest.version,
        entries=newest.entries,
        units=max(line.units for line in group),
        oldest_days=max(line.oldest_days for line in group),
        refused=sum(line.refused for line in group),
        expired=sum(line.expired for line in group),
    )


def _grant_line(act: GrantAct, ended: str) -> GrantLine:
    early = ended if ended and (not act.until or seconds(ended) < seconds(act.until)) else ""
    what = ", ".join(sorted(named(one.replace("_", "-")) for one in act.what))
    since, until = _minute(act.since), _minute(act.until)
    return GrantLine(named(act.who), what, blackened(act.why), since, until, _minute(early))


def _pause_line(rows: Sequence[tuple[str, str, Pause]]) -> PauseLine:
    begun = [(at, name, act) for at, name, act in rows if act.act == "begun"] or list(rows)
    over = [(at, act) for at, _, act in rows if act.act in ("lifted", "lapsed")]
    first = min(begun, key=itemgetter(0))
    signers = {one for _, _, act in rows for one in act.signers}
    last = (
        max(over, key=itemgetter(0)) if len(over) >= len({name for _, name, _ in begun}) else None
    )
    return PauseLine(
        units=", ".join(sorted({named(name) for _, name, _ in begun})),
        since=_minute(first[0]),
        until=_minute(first[2].until),
        reason=blackened(first[2].reason),
        signers=len(signers),
        over=_minute(last[0]) if last else "",
        how=last[1].act if last else "goes on",
    )


def _overlaps(since: str, until: str, period: Period) -> bool:
    begins = seconds(since) if since else 0.0
    ends = seconds(until) if until else seconds(period.until)
    return begins < seconds(period.until) and ends >= seconds(period.since)


def _minute(at: str) -> str:
    return f"{stamp(seconds(at))[:16]}Z" if at else ""
