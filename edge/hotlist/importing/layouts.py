"""Lines to records: fields by a sign, or by their place."""

import csv
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol

from edge.hotlist.importing.lines import Line
from edge.hotlist.importing.mapping import FileForm
from edge.hotlist.importing.places import Place


class Record(NamedTuple):
    """One record.

    Attributes:
        line: where it begins, from 1.
        lines: how many lines it takes.
        text: as it stands in the file.
        parts: its fields; a fixed record has its text as its only one.
        problem: why it cannot be taken; empty when it can.
    """

    line: int
    lines: int
    text: str
    parts: tuple[str, ...]
    problem: str = ""


_MOST_LINES = 100  # of one record: a quote that is never closed must not swallow the file
Getter = Callable[[Record], str]


class Layout(Protocol):
    """How records are cut and their fields found."""

    def records(self, lines: Iterable[Line]) -> Iterator[Record]:
        """Yield the records of all lines; blank lines are none."""

    def getter(self, place: Place) -> Getter:
        """Return what takes a field out of a record, without spaces at its ends; empty if short.

        Raises:
            ValueError: the file has no such column.
        """

    def misfit(self, record: Record) -> str:
        """Return why a data record has not the right size; empty when it has."""


def layout_of(form: FileForm) -> "Delimited | Fixed":
    """Return the layout that a map asks for."""
    return Fixed(form) if form.form == "fixed" else Delimited(form)


class Fixed:
    """Fields by start and length."""

    def __init__(self, form: FileForm) -> None:
        self._length = form.record_length or 0
        self._blanks_cut = form.blanks_cut

    def records(self, lines: Iterable[Line]) -> Iterator[Record]:
        """Yield each line that is not blank."""
        for line in lines:
            if line.problem or line.text.strip(" \x1a"):
                yield Record(line.number, 1, line.text, (line.text,), line.problem)

    def getter(self, place: Place) -> Getter:
        """Return the run of characters of *place*."""
        first = (place.start or 1) - 1
        last = first + (place.length or 0)
        return lambda record: record.text[first:last].strip()

    def misfit(self, record: Record) -> str:
        """Compare the length; where blanks were cut, a record may be shorter."""
        length = len(record.text)
        if length == self._length or (self._blanks_cut and length < self._length):
            return ""
        return f"has {length} characters, a record has {self._length}"


class Delimited:
    """Fields between delimiters; *headings* are to be told before columns are asked by name."""

    def __init__(self, form: FileForm) -> None:
        self._form = form
        self._width = form.columns
        self._names: dict[str, int] = {}

    def records(self, lines: Iterable[Line]) -> Iterator[Record]:
        """Yield records; a line with a broken quote is one with a problem."""
        cut = self._across_lines if self._form.breaks_in_quotes else self._line_by_line
        return cut(lines)

    def take_headings(self, record: Record) -> None:
        """Take the names of the columns.

        Raises:
            ValueError: a name stands there twice.
        """
        names = [name.strip().casefold() for name in record.parts]
        twice = {name for name in names if name and names.count(name) > 1}
        if twice:
            raise ValueError(f"columns have the same name: {', '.join(sorted(twice))}")
        self._names = {name: place for place, name in enumerate(names)}
        self._width = len(names)

    def getter(self, place: Place) -> Getter:
        """Return the field of a column."""
        if isinstance(place.column, str):
            index = self._names.get(place.column.strip().casefold(), -1)
            if index < 0:
                there = ", ".join(self._names) or "none"
                raise ValueError(f"there is no column {place.column!r}; there are: {there}")
        else:
            index = (place.column or 1) - 1

        def get(record: Record) -> str:
            return record.parts[index].strip() if index < len(record.parts) else ""

        return get

    def misfit(self, record: Record) -> str:
        """Compare the number of fields."""
        if self._width in (None, len(record.parts)):
            return ""
        return f"has {len(record.parts)} fields, a record has {self._width}: delimiters or quotes"

    def _line_by_line(self, lines: Iterable[Line]) -> Iterator[Record]:
        for line in lines:
            if line.problem:
                yield Record(line.number, 1, "", (), line.problem)
            elif line.text.strip(" \x1a"):
                yield self._cut(line.number, [line.text])

    def _across_lines(self, lines: Iterable[Line]) -> Iterator[Record]:
        held: list[Line] = []
        quotes = 0
        for line in lines:
            held.append(line)
            quotes += line.text.count(self._form.quote) if self._form.quote else 0
            # doubled quotes inside a field keep the count even
            if line.problem or quotes % 2 == 0 or len(held) == _MOST_LINES:
                yield from self._close(held)
                held, quotes = [], 0
        if held:
            yield from self._close(held)

    def _close(self, held: list[Line]) -> Iterator[Record]:
        broken = next((line for line in held if line.problem), None)
        if broken:
            yield Record(held[0].number, len(held), "", (), broken.problem)
        elif any(line.text.strip(" \x1a") for line in held):
            yield self._cut(held[0].number, [line.text for line in held])

    def _cut(self, number: int, texts: list[str]) -> Record:
        form = self._form
        text = "\n".join(texts)
        rows = csv.reader(
            [one + "\n" for one in texts],
            delimiter=form.delimiter,
            quotechar=form.quote or None,
            quoting=csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE,
            strict=True,
        )
        try:
            parts = next(rows, [])
        except csv.Error as error:
            return Record(number, len(texts), text, (), f"cannot be cut into fields: {error}")
        return Record(number, len(texts), text, tuple(parts))
