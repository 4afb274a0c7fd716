"""A list of any length, compact and sorted by plate, in memory or in a mapped file.

Half a million entries as objects would take 500 MB. Here an entry is a record of numbers, its
words lie in one blob or, where lists repeat themselves (make, colour, owner), once in a pool; an
:class:`~edge.records.Entry` is made when somebody asks for it. All of it are plain buffers: of a
mapped file only the pages that were asked for are resident.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from struct import Struct
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from edge.hotlist.partial import Partials
from edge.hotlist.platekey import PARTIAL, key_of, plate_of
from edge.records import Category, Entry, ListVersion, Vehicle

__all__ = ["POOLED", "SEPARATOR", "Hotlist", "Index", "Pool", "Row", "key_of", "row_type"]

POOLED: Final = ("jurisdiction", "make", "model", "colour", "type", "owner")
SEPARATOR: Final = "\x1f"  # no field holds it: fields are printable
_CATEGORIES = tuple(Category)
_STEP = 64


class Index(Protocol):
    """What the matcher asks of a list, whatever holds it."""

    @property
    def version(self) -> ListVersion:
        """Which list this is."""

    @property
    def partials(self) -> Partials:
        """The plates that the list knows in part."""

    def __len__(self) -> int:
        """How many entries it has."""

    def has(self, key: int) -> bool:
        """Say whether the plate of a key stands on the list."""

    def entries(self, plate: str) -> tuple[Entry, ...]:
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


def row_type(pools: Mapping[str, tuple[str, ...]]) -> np.dtype[np.void]:
    """Return what a row holds beside its plate and its words, in one record.

    ``start`` and ``size`` of its words, ``entered`` and ``expires`` in seconds since 1970 UTC, its
    ``line`` in the file, its place in :class:`Category`, and its places in the *pools*. An entry is
    then in one or two cache lines, where columns of their own would be a dozen.
    """
    return np.dtype(
        [
            ("start", "<u8"),
            ("entered", "<i8"),
            ("expires", "<i8"),
            ("line", "<u4"),
            ("size", "<u2"),
            ("category", "u1"),
            *((name, np.min_scalar_type(max(1, len(pools[name])))) for name in POOLED),
        ]
    )


class Hotlist:
    """One list, whole and unchanging; rows count from 0 in the order of the plates.

    Args:
        keys: of the plates, uint64, ascending; equal ones in the order of the list.
        rows: records of :func:`row_type`, one for each key.
        pools: the values of each of :data:`POOLED`.
        words: entry id, reason and caution of each row, somewhere in it.

    Attributes:
        version: which list this is.
        lines: line of each row in its file.
        entered, expires: seconds since 1970 UTC of each row.
    """

    def __init__(
        self,
        version: ListVersion,
        keys: NDArray[np.uint64],
        rows: NDArray[np.void],
        pools: Mapping[str, tuple[str, ...]],
        words: memoryview,
    ) -> None:
        self.version = version
        self.keys = keys
        self.rows = rows
        self.pools = pools
        self.words = words
        self.lines = rows["line"]
        self.entered = rows["entered"]
        self.expires = rows["expires"]
        # a memory view gives Python's own numbers, four times as fast as numpy gives its scalars
        self._keys = keys.data
        self._steps = keys[::_STEP].copy().data  # small enough for a processor's cache
        self._bytes = rows.view(np.uint8).data
        self._struct = Struct(
            "<" + "".join(_letter(rows.dtype[name]) for name in rows.dtype.names or ())
        )
        self._partials: Partials | None = None

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def partials(self) -> Partials:
        """The plates that the list knows in part; sorted out when first asked for."""
        if self._partials is None:
            first = self._first(PARTIAL)
            self._partials = Partials({plate_of(key) for key in self._keys[first:]})
        return self._partials

    def has(self, key: int) -> bool:
        """Say whether the plate of a key stands on the list."""
        row = self._first(key)
        return row < len(self._keys) and self._keys[row] == key

    def entries(self, plate: str) -> tuple[Entry, ...]:
        """Return all entries of exactly this plate, in the order of the list."""
        key = key_of(plate)
        keys = self._keys
        row = self._first(key)
        found = []
        while row < len(keys) and keys[row] == key:
            found.append(self._entry(row, plate))
            row += 1
        return tuple(found)

    def entry(self, row: int) -> Entry:
        """Return the entry of a row."""
        return self._entry(row, self.plate(row))

    def plate(self, row: int) -> str:
        """Return the plate of a row."""
        return plate_of(self._keys[row])

    def value(self, column: str, row: int) -> str:
        """Return what a row has in one of the columns of :data:`POOLED`."""
        return self.pools[column][int(self.rows[column][row])]

    def texts(self, row: int) -> tuple[str, str, str]:
        """Return entry id, reason and caution of a row."""
        record = self.rows[row]
        return self._texts(int(record["start"]), int(record["size"]))

    def _first(self, key: int) -> int:
        """Return the first row whose plate is not before that of *key*."""
        after = bisect_left(self._steps, key) * _STEP
        return bisect_left(self._keys, key, max(0, after - _STEP), min(after, len(self._keys)))

    def _texts(self, start: int, size: int) -> tuple[str, str, str]:
        words = str(self.words[start : start + size], "utf-8")
        entry_id, reason, caution = words.split(SEPARATOR)
        return entry_id, reason, caution

    def _entry(self, row: int, plate: str) -> Entry:
        (start, entered, expires, _, size, category, place, make, model, colour, kind, owner) = (
            self._struct.unpack_from(self._bytes, row * self._struct.size)
        )
        entry_id, reason, caution = self._texts(start, size)
        pools = self.pools
        return Entry(
            entry_id,
            plate,
            pools["jurisdiction"][place],
            _CATEGORIES[category],
            reason,
            pools["owner"][owner],
            _moment(entered),
            _moment(expires),
            _vehicle(
                pools["make"][make],
                pools["model"][model],
                pools["colour"][colour],
                pools["type"][kind],
            ),
            caution,
        )


@lru_cache(maxsize=4096)
def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@lru_cache(maxsize=1024)
def _vehicle(make: str, model: str, colour: str, kind: str) -> Vehicle:
    return Vehicle(make, model, colour, kind)


def _letter(kind: np.dtype[Any]) -> str:
    """Return the letter by which ``struct`` knows a type of integers."""
    letter = {1: "B", 2: "H", 4: "I", 8: "Q"}[kind.itemsize]
    return letter if kind.kind == "u" else letter.lower()
