"""The course of one import: header, headings, data, trailer, each in its place and counted."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

from edge.errors import HotlistError
from edge.hotlist.importing.convert import Converter
from edge.hotlist.importing.dates import DateReader
from edge.hotlist.importing.layouts import Delimited, Layout, Record, layout_of
from edge.hotlist.importing.lines import Line, lines
from edge.hotlist.importing.mapping import Count, Envelope, Mapping
from edge.hotlist.importing.places import Where
from edge.hotlist.importing.rejects import FieldError, Rejects


@dataclass(slots=True)
class Counted:
    """How many records there were of each kind, and entries from them."""

    data: int = 0
    skipped: int = 0
    envelopes: int = 0
    entries: int = 0

    def stated_as(self, count: Count) -> int:
        """Return what the agency should have stated."""
        records = self.data + self.skipped
        return records + self.envelopes if count.counts == "all" else records


class Begun(NamedTuple):
    """The date of issue, and the rows that follow."""

    issued: datetime
    rows: Iterator[list[str]]


class Intake:
    """Reads one file by a map.

    Attributes:
        counted: grows while the rows are taken.
    """

    def __init__(self, mapping: Mapping, path: Path, rejects: Rejects, max_entries: int) -> None:
        self.counted = Counted()
        self._mapping = mapping
        self._path = path
        self._rejects = rejects
        self._max_entries = max_entries
        self._layout = layout_of(mapping.file)
        self._stated: list[tuple[Record, Count, int]] = []
        self._ids: dict[str, int] = {}

    def begin(self, file: BinaryIO, issued: datetime | None) -> Begun:
        """Read header and headings; the rest comes with the rows.

        Raises:
            HotlistError: now or with the rows: the file is not what the map says, not whole, or
                its counts do not hold.
        """
        records = self._layout.records(
            self._no_comments(lines(file, self._path, self._mapping.file))
        )
        header = self._header(records)
        when = self._issued(file, header, issued)
        self._headings(records)
        try:
            converter = Converter(self._mapping.fields, self._layout, int(when.timestamp()))
            kinds = _Kinds(self._mapping, self._layout)
        except ValueError as error:
            raise HotlistError(f"{self._path}: does not fit the map: {error}") from None
        return Begun(when, self._rows(records, kinds, converter))

    def _no_comments(self, found: Iterator[Line]) -> Iterator[Line]:
        signs = self._mapping.file.comments
        for line in found:
            if not (signs and line.text.startswith(signs)):
                yield line

    def _header(self, records: Iterator[Record]) -> Record | None:
        header = self._mapping.header
        if header is None:
            return None
        record = next(records, None)
        if record is None or not _Test(header.where, self._layout).holds(record):
            line = record.line if record else 1
            raise HotlistError(f"{self._path}:{line}: is no header record as the map tells it")
        self._note(record, header)
        return record

    def _headings(self, records: Iterator[Record]) -> None:
        if not isinstance(self._layout, Delimited) or not self._mapping.file.headings:
            return
        record = next(records, None)
        if record is None or record.problem:
            why = record.problem if record else "there is no line with the names of the columns"
            raise HotlistError(f"{self._path}:{record.line if record else 1}: {why}")
        try:
            self._layout.take_headings(record)
        except ValueError as error:
            raise HotlistError(f"{self._path}:{record.line}: {error}") from None

    def _issued(self, file: BinaryIO, header: Record | None, asked: datetime | None) -> datetime:
        source = self._mapping.file.issued
        if source == "modified":
            return datetime.fromtimestamp(int(os.fstat(file.fileno()).st_mtime), UTC)
        if source == "asked" or header is None or self._mapping.header is None:
            if asked is None:
                raise HotlistError(
                    f"{self._path}: says not when it was issued, and its age decides what "
                    "may alarm; give --issued 2026-01-31T05:00:00Z"
                )
            return asked.astimezone(UTC)
        dates = self._mapping.header.issued
        assert dates is not None  # held when the map was read
        text = " ".join(self._layout.getter(place)(header) for place in dates.at).strip()
        try:
            return datetime.fromtimestamp(DateReader(dates).seconds(text), UTC)
        except ValueError as error:
            raise HotlistError(f"{self._path}:{header.line}:issued: {text!r} {error}") from None

    def _rows(
        self, records: Iterator[Record], kinds: "_Kinds", converter: Converter
    ) -> Iterator[list[str]]:
        ended = False
        for record in records:
            if ended:
                raise HotlistError(f"{self._path}:{record.line}: stands after the trailer record")
            if kinds.ends(record):
                assert self._mapping.trailer is not None
                self._note(record, self._mapping.trailer)
                ended = True
            elif kinds.skips(record):
                self.counted.skipped += 1
            else:
                self.counted.data += record.lines if record.problem else 1
                yield from self._taken(record, kinds, converter)
        if self._mapping.trailer is not None and not ended:
            raise HotlistError(f"{self._path}: has no trailer record: it was cut off on its way")
        self._hold_counts()

    def _taken(self, record: Record, kinds: "_Kinds", converter: Converter) -> list[list[str]]:
        """Return the rows of one data record; none if it is rejected."""
        problem = record.problem or self._layout.misfit(record)
        if not problem and not kinds.takes(record):
            problem = "is of no type that the map knows"
        if problem:
            self._rejects.add(record, "", problem)
            return []
        try:
            rows = converter.rows(record)
            self._hold_ids(rows, record)
        except FieldError as error:
            self._rejects.add(record, error.column, str(error), error.value)
            return []
        if not rows:
            self.counted.skipped += 1
            self.counted.data -= 1
        self.counted.entries += len(rows)
        if self.counted.entries > self._max_entries:
            raise HotlistError(
                f"{self._path}:{record.line}: makes more than {self._max_entries} entries; raise "
                "hotlist.max_entries"
            )
        return rows

    def _hold_ids(self, rows: list[list[str]], record: Record) -> None:
        for row in rows:
            if row[0] in self._ids:
                first = self._ids[row[0]]
                raise FieldError("entry_id", f"stands on line {first} already", row[0])
        self._ids.update((row[0], record.line) for row in rows)

    def _note(self, record: Record, envelope: Envelope) -> None:
        self.counted.envelopes += 1
        if envelope.records is None:
            return
        text = self._layout.getter(envelope.records.at)(record)
        if not (text.isascii() and text.isdigit()):
            raise HotlistError(f"{self._path}:{record.line}: {text!r} is no number of records")
        self._stated.append((record, envelope.records, int(text)))

    def _hold_counts(self) -> None:
        for record, count, stated in self._stated:
            there = self.counted.stated_as(count)
            if stated != there:
                raise HotlistError(
                    f"{self._path}:{record.line}: says {stated} records, there are {there}: it was "
                    "cut off or changed on its way"
                )


class _Test:
    """Whether a record has one of some texts at a place."""

    def __init__(self, where: Where, layout: Layout) -> None:
        self._get = layout.getter(where)
        self._texts = {text.strip() for text in where.equals}

    def holds(self, record: Record) -> bool:
        """Say so; a record that could not be cut has none."""
        return not record.problem and self._get(record) in self._texts


class _Kinds:
    """Tells data, trailer and other records apart."""

    def __init__(self, mapping: Mapping, layout: Layout) -> None:
        self._trailer = [_Test(mapping.trailer.where, layout)] if mapping.trailer else []
        self._data = [_Test(mapping.data.where, layout)] if mapping.data else []
        self._skips = [_Test(skip.where, layout) for skip in mapping.skip]

    def ends(self, record: Record) -> bool:
        """Say whether it is the trailer."""
        return any(test.holds(record) for test in self._trailer)

    def skips(self, record: Record) -> bool:
        """Say whether the map leaves it out."""
        return any(test.holds(record) for test in self._skips)

    def takes(self, record: Record) -> bool:
        """Say whether it is a data record."""
        return all(test.holds(record) for test in self._data)
