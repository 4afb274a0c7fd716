"""Hits and what became of them, counted from the alerts of units and the words of officers."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from edge.archive.report.opened import Chain, Period, of_kind
from edge.archive.report.words import named
from edge.messages.acts_car import OutcomeAct
from edge.messages.acts_unit import AlertAct, Withdrawn
from edge.messages.outcome import FINAL, Outcome
from edge.records import Category

_Z: Final = 1.959964  # 95 %
_ORDER: Final = ("none", "verify", "alarm")


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """The hits of one category, and the last final word on each.

    Attributes:
        hits: alerts, each once however often it was revised; the sum of *alarms* and *verifies*.
        alarms: hits that were an alarm in one of their revisions.
        retracted: hits that were taken back by the unit itself.
        unanswered: hits without a final word.
    """

    category: str
    hits: int
    alarms: int
    verifies: int
    retracted: int
    confirmed: int
    misread: int
    wrong_vehicle: int
    wrong_jurisdiction: int
    stale: int
    no_contact: int
    unanswered: int


@dataclass(frozen=True, slots=True)
class Precision:
    """How many of the hits whose outcome is known were right.

    Attributes:
        known: hits with an outcome that tells; no contact tells nothing.
        low, high: Wilson's interval, 95 %; 0 and 1 of none.
    """

    of: str
    right: int
    known: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Hits:
    """All of it; installers' tests are apart and in no other figure."""

    categories: tuple[CategoryLine, ...]
    precision: tuple[Precision, ...]
    tests: int
    elsewhere: int  # final words on hits of another time, or that no row tells of
    by_day: dict[str, tuple[int, int]] = field(default_factory=dict)  # alarms, verifies

    def total(self, what: str) -> int:
        """Return the sum of a column over all categories."""
        return sum(int(getattr(line, what)) for line in self.categories)


@dataclass(slots=True)
class _Hit:
    category: str
    test: bool
    at: str
    grade: str = "none"
    retracted: bool = False
    outcome: str = ""


def count_hits(chains: Sequence[Chain], period: Period) -> Hits:
    """Return the hits whose first row lies in *period*, with the last word said on each by now."""
    hits = {key: hit for key, hit in _hits(chains).items() if period.holds(hit.at)}
    elsewhere = _settle(chains, hits, period)
    real = [hit for hit in hits.values() if not hit.test and hit.grade != "none"]
    names = sorted({hit.category for hit in real}, key=_rank)
    return Hits(
        categories=tuple(_line(name, [h for h in real if h.category == name]) for name in names),
        precision=_precisions(real),
        tests=sum(hit.test for hit in hits.values()),
        elsewhere=elsewhere,
        by_day=_by_day(real, period),
    )


def interval(right: int, known: int) -> tuple[float, float]:
    """Return Wilson's interval for a share, 95 %; of none: everything.

    Source: Wilson, J. Am. Stat. Assoc. 22 (1927): sound for small numbers and shares near 1.
    """
    if not known:
        return 0.0, 1.0
    share, weight = right / known, 1 + _Z * _Z / known
    centre = (share + _Z * _Z / (2 * known)) / weight
    half = _Z * math.sqrt(share * (1 - share) / known + _Z * _Z / (4 * known**2)) / weight
    return max(0.0, centre - half), min(1.0, centre + half)


def _hits(chains: Sequence[Chain]) -> dict[str, _Hit]:
    found: dict[str, _Hit] = {}
    for row, act in of_kind(chains, "alert", AlertAct):
        key = f"{row.name}/{row.epoch}/{act.sequence}"
        test = act.test or act.category == Category.TEST.value
        hit = found.setdefault(key, _Hit(named(act.category.replace("_", "-")), test, row.at))
        hit.grade = max(hit.grade, act.grade, key=_ORDER.index)
        hit.retracted = hit.retracted or act.retracts
    for row, gone in of_kind(chains, "withdrawn", Withdrawn):
        if hit_ := found.get(f"{row.name}/{row.epoch}/{gone.sequence}"):
            hit_.retracted = True
    return found


def _settle(chains: Sequence[Chain], hits: dict[str, _Hit], period: Period) -> int:
    """Give each hit the last final word on it; return how many words are on other hits."""
    final = {outcome.value for outcome in FINAL}
    said = [
        (row.at, row.name, row.number, act.alert, act.outcome)
        for row, act in of_kind(chains, "outcome", OutcomeAct)
        if act.outcome in final
    ]
    elsewhere = 0
    for at, _, _, alert, outcome in sorted(said):
        if hit := hits.get(alert):
            hit.outcome = outcome
        else:
            elsewhere += period.holds(at)
    return elsewhere


def _line(category: str, hits: Sequence[_Hit]) -> CategoryLine:
    grades = Counter(hit.grade for hit in hits)
    said = Counter(hit.outcome for hit in hits)
    return CategoryLine(
        category=category,
        hits=len(hits),
        alarms=grades["alarm"],
        verifies=grades["verify"],
        retracted=sum(hit.retracted for hit in hits),
        confirmed=said[Outcome.CONFIRMED.value],
        misread=said[Outcome.MISREAD.value],
        wrong_vehicle=said[Outcome.WRONG_VEHICLE.value],
        wrong_jurisdiction=said[Outcome.WRONG_JURISDICTION.value],
        stale=said[Outcome.STALE.value],
        no_contact=said[Outcome.NO_CONTACT.value],
        unanswered=said[""],
    )


def _precisions(hits: Sequence[_Hit]) -> tuple[Precision, ...]:
    """Return it of all hits, of each grade, and how many were at least read right."""
    told = [hit for hit in hits if hit.outcome not in ("", Outcome.NO_CONTACT.value)]
    groups = {
        "all hits": told,
        "alarms": [hit for hit in told if hit.grade == "alarm"],
        "to verify": [hit for hit in told if hit.grade == "verify"],
    }
    confirmed, misread = Outcome.CONFIRMED.value, Outcome.MISREAD.value
    found = [
        _precision(of, sum(hit.outcome == confirmed for hit in group), len(group))
        for of, group in groups.items()
    ]
    return (
        *found,
        _precision("text read right", sum(h.outcome != misread for h in told), len(told)),
    )


def _precision(of: str, right: int, known: int) -> Precision:
    low, high = interval(right, known)
    return Precision(of, right, known, right / known if known else 0.0, low, high)


def _by_day(hits: Sequence[_Hit], period: Period) -> dict[str, tuple[int, int]]:
    found = Counter((hit.at[:10], hit.grade) for hit in hits)
    return {day: (found[day, "alarm"], found[day, "verify"]) for day in period.days()}


def _rank(category: str) -> tuple[int, str]:
    known = [one.value.replace("_", "-") for one in Category]
    return (known.index(category) if category in known else len(known)), category
