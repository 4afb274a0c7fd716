"""A hotlist from a CSV file: all of it, or none of it and the reasons.

The first line that is no comment names the columns, in any order::

    # issued: 2026-01-31T05:00:00Z
    entry_id,plate,jurisdiction,category,make,model,colour,type,caution,reason,owner,entered,expires

``entry_id, plate, category, entered, expires`` must be there; a column of another name is refused.
UTF-8, with or without a byte order mark. Dates are ISO 8601; without a zone they are UTC.
"""

import csv
import hashlib
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

from edge.errors import HotlistError
from edge.hotlist import fields
from edge.hotlist.builder import Builder
from edge.hotlist.index import POOLED, Hotlist, Pool, Row
from edge.hotlist.problems import Problems
from edge.records import ListVersion

_LONGEST_LINE = 65_536
_ISSUED = "issued:"


class _Column(NamedTuple):
    name: str
    place: int
    convert: Callable[[str], str | int]


def load_csv(path: Path, max_entries: int) -> Hotlist:
    """Read and check a whole list.

    Raises:
        HotlistError: the file cannot be read, has more than *max_entries* entries, or is wrong
            somewhere; lists the first problems as ``file:line:column: sentence``.
    """
    try:
        with path.open("rb") as file:
            return _Loader(path, max_entries).load(file)
    except OSError as error:
        raise HotlistError(f"{path}: cannot be read: {error.strerror}; see hotlist.path") from error


class _Loader:
    """The state of one load."""

    def __init__(self, path: Path, max_entries: int) -> None:
        self._path = path
        self._max_entries = max_entries
        self._problems = Problems(path)
        self._lines = _Lines(path, self._problems)
        self._pools = {name: Pool(_text_check(name)) for name in POOLED}
        self._builder = Builder()

    def load(self, file: BinaryIO) -> Hotlist:
        before = os.fstat(file.fileno())
        rows = csv.reader(self._lines.read(file), strict=True)
        try:
            self._read(rows)
        except csv.Error as error:
            self._problems.add(self._lines.number, "", f"is not CSV: {error}; check the quotes")
        after = os.fstat(file.fileno())
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise HotlistError(f"{self._path}: changed while it was read; replace it by a rename")
        for line, first, entry_id in self._builder.same_ids():
            sentence = f"{entry_id!r} stands on line {first} already; give each entry its own"
            self._problems.add(line, "entry_id", sentence)
        self._problems.refuse_if_any()
        issued = self._lines.issued or datetime.fromtimestamp(int(before.st_mtime), UTC)
        name = f"{self._path.stem}-{self._lines.digest.hexdigest()[:12]}"
        return self._builder.build(ListVersion(name, issued, len(self._builder)), self._pools)

    def _read(self, rows: Iterator[list[str]]) -> None:
        header = next(rows, [])
        columns = self._columns(header)
        self._problems.refuse_if_any()  # without a header nothing else can be said
        read_to = self._lines.number
        for texts in rows:
            line, read_to = read_to + 1, self._lines.number
            if texts:
                self._take(texts, len(header), columns, line)

    def _take(self, texts: list[str], width: int, columns: list[_Column], line: int) -> None:
        if len(texts) != width:
            sentence = f"has {len(texts)} fields, the header has {width}; check commas and quotes"
            self._problems.add(line, "", sentence)
            return
        texts.append("")  # where missing columns point to
        try:
            row = Row._make([column.convert(texts[column.place]) for column in columns])
        except ValueError:
            self._explain(texts, columns, line)
            return
        if row.expires <= row.entered:
            sentence = "is not after 'entered'; an entry needs a time in which it is valid"
            self._problems.add(line, "expires", sentence)
            return
        if len(self._builder) == self._max_entries:
            raise HotlistError(
                f"{self._path}:{line}: has more than {self._max_entries} entries; "
                "split the list or raise hotlist.max_entries"
            )
        self._builder.add(row, line)

    def _explain(self, texts: list[str], columns: list[_Column], line: int) -> None:
        for column in columns:
            try:
                column.convert(texts[column.place])
            except ValueError as error:
                self._problems.add(line, column.name, str(error))

    def _columns(self, header: list[str]) -> list[_Column]:
        """Return the columns in the order of :class:`Row`; note what is wrong."""
        names = [name.strip().lower() for name in header]
        line = max(self._lines.number, 1)
        for name in names:
            if name not in Row._fields:
                known = ", ".join(Row._fields)
                self._problems.add(
                    line, name or "(empty)", f"is no known column; known are {known}"
                )
            elif names.count(name) > 1:
                self._problems.add(line, name, "stands there twice; keep one of them")
        for name in fields.REQUIRED:
            if name not in names:
                self._problems.add(line, name, "is missing in the header; the first line names it")
        return [
            _Column(name, names.index(name) if name in names else len(names), self._convert(name))
            for name in Row._fields
        ]

    def _convert(self, name: str) -> Callable[[str], str | int]:
        return self._pools[name].__getitem__ if name in POOLED else fields.CHECKS[name]


class _Lines:
    """Lines of the file as text; digests all bytes and takes the comments out at the top."""

    def __init__(self, path: Path, problems: Problems) -> None:
        self.number = 0
        self.issued: datetime | None = None
        self.digest = hashlib.sha256()
        self._path = path
        self._problems = problems

    def read(self, file: BinaryIO) -> Iterator[str]:
        at_top = True
        while raw := file.readline(_LONGEST_LINE):
            self.number += 1
            self.digest.update(raw)
            line = self._decoded(raw)
            if at_top and (not line.strip() or line.startswith("#")):
                self._comment(line)
                continue
            at_top = False
            yield line

    def _decoded(self, raw: bytes) -> str:
        if len(raw) == _LONGEST_LINE:
            raise HotlistError(
                f"{self._path}:{self.number}: has {_LONGEST_LINE} bytes and more; is this CSV?"
            )
        try:
            return raw.decode("utf-8-sig" if self.number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise HotlistError(
                f"{self._path}:{self.number}: is not UTF-8 (byte {error.start + 1} of the line); "
                "save the list as UTF-8"
            ) from None

    def _comment(self, line: str) -> None:
        text = line.lstrip("# ").strip()
        if not text.lower().startswith(_ISSUED):
            return
        try:
            self.issued = datetime.fromtimestamp(fields.seconds(text[len(_ISSUED) :]), UTC)
        except ValueError as error:
            self._problems.add(self.number, "issued", str(error))


def _text_check(name: str) -> Callable[[str], str]:
    return fields.jurisdiction if name == "jurisdiction" else fields.words
