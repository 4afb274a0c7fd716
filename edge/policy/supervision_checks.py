"""The checks themselves: each turns searches into findings, or says that there are too few to say.

A share counts as a finding only when it is both large (three times the peers' or more) and unlikely
by an exact test that allows for how many officers and words were looked at. Repeats and cases count
cars, days and numbers; their limits stand in :class:`Limits` and are measured on a simulated half
year in ``tests/policy/test_supervision.py``.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log, log10
from statistics import median
from typing import Final

from edge.policy.exact import Share, at_least
from edge.policy.supervision import (
    Asked,
    Check,
    Finding,
    Staff,
    Unsaid,
    by_officer,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on something is a question to be asked.

    Attributes:
        repeats, repeat_days: one officer's searches for one car, and on how many days.
        case_plates: cars under one case number of one officer.
        case_queries: the same where queries are not open: searches for whole plates.
        plate_cases: case numbers over one car of one officer.
        least: an officer with fewer searches is not compared with peers.
        least_peers: peers with fewer searches together are no measure.
        ratio: a share is this many times the peers' or more.
        chance: of one false finding in a whole report by shares; divided by how many are tried.
        deviations: volume over the peers' median, in robust standard deviations of logarithms.
        stamp: a countersignature sooner than this after the query was hardly read.
        stamps, pairs: so many of them, at least.
    """

    repeats: int = 8
    repeat_days: int = 5
    case_plates: int = 8
    case_queries: int = 25
    plate_cases: int = 3
    least: int = 10
    least_peers: int = 50
    ratio: float = 3.0
    chance: float = 0.01
    deviations: float = 4.5
    stamp: timedelta = timedelta(seconds=20)
    stamps: int = 5
    pairs: int = 3


LIMITS: Final = Limits()
_LEAST_SPREAD: Final = 0.25  # of logarithms: peers who are alike by chance make nobody stand out


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of all checks."""

    findings: tuple[Finding, ...]
    unsaid: tuple[Unsaid, ...]


def check(
    asked: Sequence[Asked],
    staff: Staff,
    since: datetime,
    until: datetime,
    limits: Limits = LIMITS,
) -> Checked:
    """Return the findings of the time from *since* to *until*, the strongest first.

    All of *asked* is compared; a finding is told when one of its searches is of that time.
    """
    current = {one.query for one in asked if since <= one.at < until}
    found: list[Finding] = []
    unsaid: list[Unsaid] = []
    officers = by_officer(asked)
    for officer, mine in officers.items():
        found += _household(officer, mine)
        found += _repeats(officer, mine, limits)
        found += _cases(officer, mine, limits)
        told = list(_against_peers(officer, mine, asked, staff, len(officers), limits))
        found += [one for one in told if isinstance(one, Finding)]
        unsaid += [one for one in told if isinstance(one, Unsaid)]
        found += _volume(officer, officers, staff, limits)
    found += _pairs(asked, limits)
    found += _stamps(asked, limits)
    now = [one for one in found if not current.isdisjoint(one.queries)]
    now.sort(key=lambda one: (-one.weight, one.officer, one.check, one.sentence))
    return Checked(tuple(now), tuple(unsaid))


def _household(officer: str, mine: list[Asked]) -> Iterator[Finding]:
    own = [one for one in mine if one.opened is not None and one.opened.household]
    if own:
        sentence = f"{officer} searched {_times(own)} for a plate of a household or of staff"
        yield _finding(Check.HOUSEHOLD, officer, sentence, own, 100 + len(own))


def _repeats(officer: str, mine: list[Asked], limits: Limits) -> Iterator[Finding]:
    for cars in _by_plate(mine).values():
        days = {one.at.date() for one in cars}
        cases = {one.case for one in cars if one.case}
        if len(cars) >= limits.repeats and len(days) >= limits.repeat_days:
            sentence = (
                f"{officer} searched {_times(cars)} for one and the same plate, on {len(days)}"
                f" days, under {len(cases)} case numbers"
            )
            yield _finding(Check.REPEATS, officer, sentence, cars, len(cars) / limits.repeats)
        if len(cases) >= limits.plate_cases:
            sentence = (
                f"{officer} searched for one and the same plate under {len(cases)} case numbers,"
                f" {_times(cars)} in all"
            )
            yield _finding(Check.CASES, officer, sentence, cars, len(cases) / limits.plate_cases)


def _cases(officer: str, mine: list[Asked], limits: Limits) -> Iterator[Finding]:
    under: dict[str, list[Asked]] = defaultdict(list)
    for one in mine:
        if one.case and not one.refused:  # a unit has held it against the agency's form
            under[one.case].append(one)
    for case, searches in sorted(under.items()):
        plates = {one.opened.plate for one in searches if one.opened is not None}
        closed = sum(one.opened is None and one.whole for one in searches)
        if len(plates) >= limits.case_plates:
            sentence = f"{officer} searched for {len(plates)} plates under the one case {case}"
            weight = len(plates) / limits.case_plates
        elif closed >= limits.case_queries:
            sentence = (
                f"{officer} searched {closed} times under the one case {case}; for which plates"
                " is not known here"
            )
            weight = closed / limits.case_queries
        else:
            continue
        yield _finding(Check.CASE, officer, sentence, searches, weight)


def _against_peers(
    officer: str,
    mine: list[Asked],
    asked: Sequence[Asked],
    staff: Staff,
    officers: int,
    limits: Limits,
) -> Iterator[Finding | Unsaid]:
    peers = [one for one in asked if one.officer and staff.peers(officer, one.officer)]
    if len(mine) < limits.least or len(peers) < limits.least_peers:
        why = f"too few to say: {len(mine)} searches, and {len(peers)} of peers"
        for name in (Check.HOURS, Check.PURPOSE, Check.REFUSED, Check.NOTHING):
            yield Unsaid(name, officer, why)
        return
    purposes = sorted({one.purpose for one in mine if one.purpose and not one.refused})
    tried = officers * (len(purposes) + 3)
    for name, said, holds in _shares(staff, purposes):
        those = [one for one in mine if holds(one)]
        if name is Check.PURPOSE:  # the searches of one case have one purpose: it counts once
            own, others, what = _by_case(mine, holds), _by_case(peers, holds), "cases"
        else:
            own, what = Share(len(those), len(mine)), "searches"
            others = Share(sum(holds(one) for one in peers), len(peers))
        chance = at_least(own, others)
        if chance <= limits.chance / tried and own.value >= limits.ratio * others.value:
            sentence = (
                f"{own.part} of {own.whole} {what} of {officer} {said}; of the peers'"
                f" {others.part} of {others.whole} (by chance: less than 1 in"
                f" {_round(chance)})"
            )
            yield _finding(name, officer, sentence, those, -log10(max(chance, 1e-300)) / 10)


def _by_case(asked: Iterable[Asked], holds: Callable[[Asked], bool]) -> Share:
    cases = {(one.officer, one.case or one.query): one for one in asked}
    return Share(sum(holds(one) for one in cases.values()), len(cases))


def _shares(
    staff: Staff, purposes: Iterable[str]
) -> Iterator[tuple[Check, str, Callable[[Asked], bool]]]:
    """Return what shares are taken of, in words and as a question to each search."""

    def purposed(word: str) -> Callable[[Asked], bool]:
        return lambda one: one.purpose == word

    yield Check.HOURS, "were outside the shifts", lambda o: not staff.on_duty(o.officer, o.at)
    yield Check.REFUSED, "were refused", lambda one: bool(one.refused)
    yield Check.NOTHING, "found nothing", lambda one: not one.refused and not one.found
    for purpose in purposes:
        yield Check.PURPOSE, f"were for the purpose {purpose!r}", purposed(purpose)


def _volume(
    officer: str, officers: dict[str, list[Asked]], staff: Staff, limits: Limits
) -> Iterator[Finding]:
    mine = officers[officer]
    peers = [len(of) for name, of in officers.items() if staff.peers(officer, name)]
    if len(peers) < 4:
        return
    logs = [log(count) for count in peers]  # officers differ by factors, not by counts
    middle = median(logs)
    spread = 1.4826 * median(abs(one - middle) for one in logs)
    beyond = (log(len(mine)) - middle) / max(spread, _LEAST_SPREAD)
    if beyond >= limits.deviations and len(mine) >= limits.least:
        sentence = (
            f"{officer} searched {len(mine)} times; half of the peers {median(peers):.0f} or fewer"
        )
        yield _finding(Check.VOLUME, officer, sentence, mine, beyond / limits.deviations)


def _pairs(asked: Iterable[Asked], limits: Limits) -> Iterator[Finding]:
    signed: dict[tuple[str, str], list[Asked]] = defaultdict(list)
    for one in asked:
        if one.supervisor:
            signed[one.officer, one.supervisor].append(one)
    for (left, right), given in sorted(signed.items()):
        back = signed.get((right, left), [])
        if left < right and min(len(given), len(back)) >= limits.pairs:
            sentence = (
                f"{left} and {right} countersign each other: {right} {_times(given)},"
                f" {left} {_times(back)}"
            )
            weight = min(len(given), len(back)) / limits.pairs
            yield _finding(Check.PAIR, left, sentence, [*given, *back], weight)


def _stamps(asked: Iterable[Asked], limits: Limits) -> Iterator[Finding]:
    signed: dict[str, list[tuple[Asked, bool]]] = defaultdict(list)
    for one in asked:
        if one.opened is not None and one.opened.approved is not None and one.supervisor:
            soon = one.opened.approved - one.opened.made < limits.stamp
            signed[one.supervisor].append((one, soon))
    for supervisor, given in sorted(signed.items()):
        quick = [each for each, soon in given if soon]
        if len(quick) >= limits.stamps and 2 * len(quick) >= len(given):
            officers = Counter(each.officer for each in quick)
            most, count = officers.most_common(1)[0]
            sentence = (
                f"{supervisor} countersigned {len(quick)} of {len(given)} searches within"
                f" {limits.stamp.seconds} s of their being made, {count} of them {most}'s"
            )
            yield _finding(Check.STAMP, supervisor, sentence, quick, len(quick) / limits.stamps)


def _by_plate(mine: Iterable[Asked]) -> dict[str, list[Asked]]:
    found: dict[str, list[Asked]] = defaultdict(list)
    for one in mine:
        if one.opened is not None:
            found[one.opened.plate].append(one)
    return found


def _finding(
    name: Check, officer: str, sentence: str, about: Sequence[Asked], weight: float
) -> Finding:
    ordered = sorted(about, key=lambda one: (one.at, one.query))
    return Finding(name, officer, sentence, tuple(one.query for one in ordered), weight)


def _times(of: Sequence[Asked]) -> str:
    return "once" if len(of) == 1 else f"{len(of)} times"


def _round(chance: float) -> str:
    """Return one over *chance* as a power of ten, which claims no more than it knows."""
    power = int(-log10(max(chance, 1e-300)))
    return f"10^{power}"
