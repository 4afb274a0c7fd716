"""What is doubtful about a list that loads: each finding has cost somebody a wrongful stop.

A list with findings may go live; somebody should look at them first.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from edge.hotlist.index import Hotlist, key_of
from edge.hotlist.partial import is_partial, lengths
from edge.hotlist.platekey import PARTIAL
from edge.plates import serials, syntax
from edge.plates.lookalikes import folded
from edge.records import Category

WIDEST: Final = 1e-5  # of all cars: one in 100,000, or one a day on a busy road

_DAY_S = 86_400
_LONG_DEAD_S = 30 * _DAY_S
_LONG_LIFE_S = 5 * 366 * _DAY_S
_CATEGORIES = tuple(Category)
# days after which most entries of a category are settled, and the rest should be asked about
_USUAL_DAYS: Final[Mapping[Category, int]] = {
    Category.STOLEN_VEHICLE: 365,
    Category.WANTED_PERSON: 365,
    Category.MISSING_PERSON: 60,
    Category.OTHER: 90,
    Category.TEST: 7,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One doubt about one line of a list.

    Attributes:
        line: of the file.
        kind: ``twin``, ``duplicate``, ``jurisdiction``, ``format``, ``wildcard``, ``expiry``,
            ``entered``, ``old``, ``reason`` or ``owner``.
        sentence: what is doubtful and how to mend it.
    """

    line: int
    kind: str
    entry_id: str
    sentence: str


_Doubt = tuple[int, str, str]  # row, kind, sentence


def lint(
    hotlist: Hotlist,
    now: datetime,
    place: Mapping[str, float] | None = None,
    widest: float = WIDEST,
) -> list[Finding]:
    """Return all doubts about a list, in the order of its lines; empty for none.

    Args:
        now: with a zone; for entries that expired long ago or begin later.
        place: how common each jurisdiction is where the list goes, see
            :func:`edge.plates.syntax.shares`; None takes a place of no jurisdiction.
        widest: a wildcard that covers a larger share of the cars there is too wide.
    """
    seconds = int(now.timestamp())
    doubts = [
        *_same_plates(hotlist),
        *_twins(hotlist),
        *_origins(hotlist),
        *_wildcards(hotlist, syntax.shares("", 1.0) if place is None else place, widest),
        *_dates(hotlist, seconds),
        *_old(hotlist, seconds),
        *_reasons(hotlist),
    ]
    findings = [
        Finding(int(hotlist.lines[row]), kind, hotlist.texts(row)[0], sentence)
        for row, kind, sentence in doubts
    ]
    return sorted(findings, key=lambda finding: (finding.line, finding.kind))


def _same_plates(hotlist: Hotlist) -> Iterator[_Doubt]:
    return _repeated(
        hotlist,
        hotlist.plate,
        "duplicate",
        "{plate} stands on line {line} as well: keep one entry, or make sure that both are meant",
    )


def _twins(hotlist: Hotlist) -> Iterator[_Doubt]:
    return _repeated(
        hotlist,
        lambda row: folded(hotlist.plate(row)),
        "twin",
        "{plate} and {other} on line {line} differ by look-alikes only: list the true plate alone, "
        "the reader weighs look-alikes itself",
    )


def _repeated(
    hotlist: Hotlist, text_of: Callable[[int], str], kind: str, sentence: str
) -> Iterator[_Doubt]:
    """Yield the rows whose text an earlier line has, too."""
    keys = np.array([key_of(text_of(row)) for row in range(len(hotlist))], np.uint64)
    order = np.lexsort((hotlist.lines, keys))
    again = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    for place in again:
        first, row = int(order[place]), int(order[place + 1])
        plate, other = hotlist.plate(row), hotlist.plate(first)
        codes = {hotlist.value("jurisdiction", one) for one in (row, first)} - {""}
        if (plate == other) == (kind == "duplicate") and len(codes) < 2:
            line = int(hotlist.lines[first])
            yield row, kind, sentence.format(plate=plate, other=other, line=line)


def _origins(hotlist: Hotlist) -> Iterator[_Doubt]:
    for row in range(len(hotlist)):
        code, plate = hotlist.value("jurisdiction", row), hotlist.plate(row)
        if not code:
            yield row, "jurisdiction", "no jurisdiction: it can never be more than 'verify'"
        elif code not in syntax.JURISDICTIONS:
            yield row, "jurisdiction", f"{code}: its plate forms are not known here, check the code"
        elif not _fits(plate, code):
            yield row, "format", f"{plate} has none of the common forms of {code}: check both"


def _fits(plate: str, code: str) -> bool:
    if not is_partial(plate):
        return syntax.fits(plate, code)
    return any(serials.covered(form, code) > 0.0 for form in lengths(plate))


def _wildcards(hotlist: Hotlist, place: Mapping[str, float], widest: float) -> Iterator[_Doubt]:
    for row in np.flatnonzero(hotlist.keys >= np.uint64(PARTIAL)).tolist():
        plate = hotlist.plate(row)
        share = sum(serials.anywhere(form, place) for form in lengths(plate))
        if share > widest:
            yield (
                row,
                "wildcard",
                f"{plate} covers one car in {1 / share:,.0f}, one in {1 / widest:,.0f} is the "
                "limit: find out more of the plate, or take it off",
            )


def _old(hotlist: Hotlist, now: int) -> Iterator[_Doubt]:
    alive = hotlist.expires > now
    for number, category in enumerate(_CATEGORIES):
        days = _USUAL_DAYS[category]
        old = alive & (hotlist.entered < now - days * _DAY_S)
        for row in np.flatnonzero(old & (hotlist.rows["category"] == number)).tolist():
            age = (now - int(hotlist.entered[row])) // _DAY_S
            yield (
                row,
                "old",
                f"stands for {age} days, entries of {category.value} usually for {days}: ask "
                "whether it still holds",
            )


def _dates(hotlist: Hotlist, now: int) -> Iterator[_Doubt]:
    expires, entered = hotlist.expires, hotlist.entered
    for row in np.flatnonzero(expires <= now).tolist():
        days = (now - int(expires[row])) // _DAY_S
        long = "long ago, " if now - int(expires[row]) >= _LONG_DEAD_S else ""
        yield row, "expiry", f"expired {long}{days} days back, it never alerts: take it off"
    for row in np.flatnonzero(expires - entered > _LONG_LIFE_S).tolist():
        yield row, "expiry", "lives for more than 5 years: entries that nobody renews go stale"
    for row in np.flatnonzero(entered > now).tolist():
        yield row, "entered", "is entered in the future, but alerts already: check the date"


def _reasons(hotlist: Hotlist) -> Iterator[_Doubt]:
    for row in range(len(hotlist)):
        if not hotlist.texts(row)[1]:
            yield row, "reason", "no reason: an officer will not know what to do"
        if not hotlist.value("owner", row):
            yield row, "owner", "no owner: nobody can be asked whether it still holds"
