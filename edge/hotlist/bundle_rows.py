"""The rows of a list in one canonical form, so that a digest of them names it.

One row a line, in the columns of the CSV file, sorted by the owner's number; a list can then be
compared with another, and a delta applied, in one pass that holds two rows in memory. A delta has
the same rows behind a sign: ``+`` added, ``~`` changed, ``-`` removed (the number alone).
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from edge.errors import BundleRefused
from edge.hotlist import fields
from edge.hotlist.index import Hotlist
from edge.records import Entry

COLUMNS: Final = (
    "entry_id,plate,jurisdiction,category,make,model,colour,type,caution,reason,owner,entered,"
    "expires"
)
_EXPIRES: Final = COLUMNS.split(",").index("expires")
_VERBS: Final = {"+": "add", "~": "change", "-": "remove"}
_LAST: Final = "\U0010ffff"  # sorts behind every number: fields hold printable characters only


def rows_of(hotlist: Hotlist) -> list[str]:
    """Return the canonical rows of a list that was read and checked."""
    lines = [line_of(hotlist.entry(row)) for row in range(len(hotlist))]
    return sorted(lines, key=number_of)


def line_of(entry: Entry) -> str:
    """Return the row of one entry."""
    car = entry.vehicle
    return _quoted(
        entry.entry_id,
        entry.plate,
        entry.jurisdiction,
        entry.category.value,
        car.make,
        car.model,
        car.colour,
        car.type,
        entry.caution,
        entry.reason,
        entry.owner,
        _date(entry.entered),
        _date(entry.expires),
    )


def number_of(line: str) -> str:
    """Return the owner's number that a row begins with.

    Raises:
        BundleRefused: the quotes of the row do not match.
    """
    if not line.startswith('"'):
        return line.partition(",")[0]
    try:
        return next(csv.reader([line], strict=True))[0]
    except csv.Error as error:
        raise BundleRefused("content", f"has a row that is not CSV: {error}") from None


def entry_ends(line: str) -> datetime:
    """Return when the entry of a row expires.

    Raises:
        BundleRefused: the row does not say.
    """
    try:
        texts = next(csv.reader([line], strict=True))
        return datetime.fromtimestamp(fields.seconds(texts[_EXPIRES]), UTC)
    except (csv.Error, ValueError, IndexError, OverflowError) as error:
        raise BundleRefused("content", f"has a row without a sound end: {error}") from None


def digest_of(lines: Iterable[str]) -> str:
    """Return the SHA-256 of rows, as it names a list: that of the file they make with a header."""
    digest = hashlib.sha256(COLUMNS.encode() + b"\n")
    for line in lines:
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def in_order(lines: Iterable[str]) -> Iterator[str]:
    """Pass rows on.

    Raises:
        BundleRefused: they are not sorted, or a number stands there twice.
    """
    last = ""
    for line in lines:
        number = number_of(line)
        if number <= last:
            raise BundleRefused("content", f"is not in order at entry {number!r}")
        last = number
        yield line


def changes(base: Iterable[str], fresh: Iterable[str]) -> Iterator[str]:
    """Yield what makes *fresh* of *base*, in order: the body of a delta."""
    olds, news = _numbered(base), _numbered(fresh)
    (old_number, old), (new_number, new) = next(olds), next(news)
    while (old_number, new_number) != (_LAST, _LAST):
        if old_number < new_number:
            yield "-" + _quoted(old_number)
            old_number, old = next(olds)
        elif new_number < old_number:
            yield "+" + new
            new_number, new = next(news)
        else:
            if old != new:
                yield "~" + new
            (old_number, old), (new_number, new) = next(olds), next(news)


def changed(base: Iterable[str], delta: Iterable[str]) -> Iterator[str]:
    """Yield the rows that a delta makes of its base.

    Raises:
        BundleRefused: it adds what is there, changes or removes what is not, or is out of order.
    """
    olds = _numbered(base)
    number, old = next(olds)
    last = ""
    for step in delta:
        sign, line = step[:1], step[1:]
        wanted = number_of(line)
        if sign not in {"+", "~", "-"} or wanted <= last:
            raise BundleRefused("content", f"has no sound change at entry {wanted!r}")
        last = wanted
        while number < wanted:
            yield old
            number, old = next(olds)
        if (number == wanted) == (sign == "+"):
            there = "is there already" if sign == "+" else "is not there"
            raise BundleRefused("content", f"wants to {_VERBS[sign]} {wanted!r}, which {there}")
        if sign != "-":
            yield line
        if sign != "+":
            number, old = next(olds)
    while number != _LAST:
        yield old
        number, old = next(olds)


def _numbered(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        yield number_of(line), line
    while True:
        yield _LAST, ""


def _quoted(*texts: str) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(texts)
    return line.getvalue()


def _date(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
