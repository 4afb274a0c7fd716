"""A list in memory, compact and sorted by plate.

Half a million entries as objects would take 500 MB. Here an entry is a few numbers in arrays, its
words lie in one blob or, where lists repeat themselves (make, colour, owner), once in a pool; an
:class:`~edge.records.Entry` is made when somebody asks for it.

A plate becomes one integer that sorts like the text: its characters as digits of base 36, filled
up to ten with zeros, then its length. All plates that begin alike then lie side by side.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from edge.hotlist.platekey import key_of as key_of  # noqa: PLC0414 - the index's own word
from edge.hotlist.platekey import plate_of
from edge.plates.alphabet import SLOTS
from edge.records import Category, Entry, ListVersion, Vehicle

POOLED = ("jurisdiction", "make", "model", "colour", "type", "owner")
_CATEGORIES = tuple(Category)
_SEPARATOR = "\x1f"  # no field holds it: fields are printable


class Span(NamedTuple):
    """A run of plates in the order of the index, *end* excluded."""

    start: int
    end: int


class Index(Protocol):
    """What the matcher asks of a list, whatever holds it."""

    @property
    def version(self) -> ListVersion:
        """Which list this is."""

    def narrow(self, prefix: str, within: Span | None = None) -> Span:
        """Return the run of plates that begin with *prefix*, inside the run of a shorter one."""

    def entries(self, plate: str, within: Span | None = None) -> tuple[Entry, ...]:
        """Return all entries of exactly this plate, in the order of the list."""


class Row(NamedTuple):
    """One checked line; the pooled columns as numbers."""

    entry_id: str
    plate: str
    jurisdiction: int
    category: int
    make: int
    model: int
    colour: int
    type: int
    caution: str
    reason: str
    owner: int
    entered: int
    expires: int


class Pool(dict[str, int]):
    """Numbers for the values of one column; a value is checked when it is first met."""

    def __init__(self, check: Callable[[str], str]) -> None:
        super().__init__()
        self._check = check
        self.values_in_order: list[str] = []
        self._numbers: dict[str, int] = {}

    def __missing__(self, raw: str) -> int:
        """Return the number of a spelling not met before.

        Raises:
            ValueError: the value is wrong.
        """
        value = self._check(raw)
        number = self._numbers.setdefault(value, len(self._numbers))
        if number == len(self.values_in_order):
            self.values_in_order.append(value)
        self[raw] = number
        return number


class Builder:
    """Takes checked rows one by one and makes the list of them."""

    def __init__(self) -> None:
        self._keys = array("Q")
        self._lines = array("I")
        self._categories = array("B")
        self._entered = array("q")
        self._expires = array("q")
        self._pooled = {name: array("I") for name in POOLED}
        self._ends = array("Q")
        self._ids = array("q")
        self._words = bytearray()

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, row: Row, line: int) -> None:
        """Take the row that stands on *line* of the file."""
        self._keys.append(key_of(row.plate))
        self._lines.append(line)
        self._categories.append(row.category)
        self._entered.append(row.entered)
        self._expires.append(row.expires)
        pooled = self._pooled
        pooled["jurisdiction"].append(row.jurisdiction)
        pooled["make"].append(row.make)
        pooled["model"].append(row.model)
        pooled["colour"].append(row.colour)
        pooled["type"].append(row.type)
        pooled["owner"].append(row.owner)
        self._words += _SEPARATOR.join((row.entry_id, row.reason, row.caution)).encode()
        self._ends.append(len(self._words))
        self._ids.append(hash(row.entry_id))

    def same_ids(self) -> list[tuple[int, int, str]]:
        """Return line, line of the first such, and id of each entry whose id stood there before."""
        hashes = np.array(self._ids, np.int64)
        order = np.argsort(hashes, kind="stable")
        twice = np.flatnonzero(hashes[order][1:] == hashes[order][:-1])
        first: dict[str, int] = {}
        found = []
        for row in sorted(set(order[twice].tolist()) | set(order[twice + 1].tolist())):
            entry_id = self._entry_id(row)
            if entry_id in first:
                found.append((self._lines[row], first[entry_id], entry_id))
            first.setdefault(entry_id, self._lines[row])
        return found

    def build(self, version: ListVersion, pools: dict[str, Pool]) -> "Hotlist":
        """Return the finished list; the builder is of no use afterwards."""
        keys = np.array(self._keys, np.uint64)
        order = np.argsort(keys, kind="stable")
        ends = np.array(self._ends, np.int64)
        starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])[: len(ends)]
        return Hotlist(
            version=version,
            keys=array("Q", keys[order].tobytes()),
            lines=np.array(self._lines, np.uint32)[order],
            categories=np.array(self._categories, np.uint8)[order],
            entered=np.array(self._entered, np.int64)[order],
            expires=np.array(self._expires, np.int64)[order],
            pooled={
                name: np.array(numbers, np.min_scalar_type(len(pools[name].values_in_order)))[order]
                for name, numbers in self._pooled.items()
            },
            pools={name: tuple(pools[name].values_in_order) for name in POOLED},
            places=np.stack([starts, ends], axis=1)[order],
            words=bytes(self._words),
        )

    def _entry_id(self, row: int) -> str:
        start = self._ends[row - 1] if row else 0
        words = self._words[start : self._ends[row]].decode()
        return words.split(_SEPARATOR)[0]


class Hotlist:
    """One list, whole and unchanging; rows count from 0 in the order of the plates.

    Attributes:
        version: which list this is.
        lines: line of each row in its file.
        entered, expires: seconds since 1970 UTC of each row.
    """

    def __init__(
        self,
        *,
        version: ListVersion,
        keys: "array[int]",
        lines: NDArray[np.uint32],
        categories: NDArray[np.uint8],
        entered: NDArray[np.int64],
        expires: NDArray[np.int64],
        pooled: Mapping[str, NDArray[Any]],
        pools: Mapping[str, tuple[str, ...]],
        places: NDArray[np.int64],
        words: bytes,
    ) -> None:
        self.version = version
        self.lines = lines
        self.entered = entered
        self.expires = expires
        self._keys = keys
        self._categories = categories
        self._pooled = pooled
        self._pools = pools
        self._places = places
        self._words = words

    def __len__(self) -> int:
        return len(self._keys)

    def narrow(self, prefix: str, within: Span | None = None) -> Span:
        """Return the run of plates that begin with *prefix*, inside the run of a shorter one."""
        start, end = within or Span(0, len(self._keys))
        first = key_of(prefix)
        last = int(prefix.ljust(SLOTS, "Z"), 36) << 4 | 0xF
        start = bisect_left(self._keys, first, start, end)
        return Span(start, bisect_left(self._keys, last, start, end))

    def entries(self, plate: str, within: Span | None = None) -> tuple[Entry, ...]:
        """Return all entries of exactly this plate, in the order of the list."""
        start, end = within or Span(0, len(self._keys))
        key = key_of(plate)
        start = bisect_left(self._keys, key, start, end)
        end = bisect_left(self._keys, key + 1, start, end)
        return tuple(self.entry(row) for row in range(start, end))

    def entry(self, row: int) -> Entry:
        """Return the entry of a row."""
        entry_id, reason, caution = self.texts(row)
        return Entry(
            entry_id=entry_id,
            plate=self.plate(row),
            jurisdiction=self.value("jurisdiction", row),
            category=_CATEGORIES[self._categories[row]],
            reason=reason,
            owner=self.value("owner", row),
            entered=datetime.fromtimestamp(int(self.entered[row]), UTC),
            expires=datetime.fromtimestamp(int(self.expires[row]), UTC),
            vehicle=Vehicle(*(self.value(n, row) for n in ("make", "model", "colour", "type"))),
            caution=caution,
        )

    def plate(self, row: int) -> str:
        """Return the plate of a row."""
        return plate_of(self._keys[row])

    def value(self, column: str, row: int) -> str:
        """Return what a row has in one of the columns of :data:`POOLED`."""
        return self._pools[column][int(self._pooled[column][row])]

    def texts(self, row: int) -> tuple[str, str, str]:
        """Return entry id, reason and caution of a row."""
        start, end = self._places[row]
        entry_id, reason, caution = self._words[start:end].decode().split(_SEPARATOR)
        return entry_id, reason, caution
