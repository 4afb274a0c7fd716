"""What is doubtful about a list that loads: each finding has cost somebody a wrongful stop.

A list with findings may go live; somebody should look at them first.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from edge.hotlist.index import Hotlist, key_of
from edge.plates import syntax
from edge.plates.lookalikes import folded

_DAY_S = 86_400
_LONG_DEAD_S = 30 * _DAY_S
_LONG_LIFE_S = 5 * 366 * _DAY_S


@dataclass(frozen=True, slots=True)
class Finding:
    """One doubt about one line of a list.

    Attributes:
        line: of the file.
        kind: ``twin``, ``duplicate``, ``jurisdiction``, ``format``, ``expiry``, ``entered``,
            ``reason`` or ``owner``.
        sentence: what is doubtful and how to mend it.
    """

    line: int
    kind: str
    entry_id: str
    sentence: str


_Doubt = tuple[int, str, str]  # row, kind, sentence


def lint(hotlist: Hotlist, now: datetime) -> list[Finding]:
    """Return all doubts about a list, in the order of its lines; empty for none.

    Args:
        now: with a zone; for entries that expired long ago or begin later.
    """
    seconds = int(now.timestamp())
    doubts = [
        *_same_plates(hotlist),
        *_twins(hotlist),
        *_origins(hotlist),
        *_dates(hotlist, seconds),
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
        if (plate == other) == (kind == "duplicate"):
            line = int(hotlist.lines[first])
            yield row, kind, sentence.format(plate=plate, other=other, line=line)


def _origins(hotlist: Hotlist) -> Iterator[_Doubt]:
    for row in range(len(hotlist)):
        code, plate = hotlist.value("jurisdiction", row), hotlist.plate(row)
        if not code:
            yield row, "jurisdiction", "no jurisdiction: it can never be more than 'verify'"
        elif code not in syntax.JURISDICTIONS:
            yield row, "jurisdiction", f"{code}: its plate forms are not known here, check the code"
        elif not syntax.fits(plate, code):
            yield row, "format", f"{plate} has none of the common forms of {code}: check both"


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
