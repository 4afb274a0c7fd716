"""A list of any length, compact and sorted by plate, in memory or in a mapped file.

Half a million entries as objects would take 500 MB. Here an entry is a few numbers in columns, its
words lie in one blob or, where lists repeat themselves (make, colour, owner), once in a pool; an
:class:`~edge.records.Entry` is made when somebody asks for it. The columns are plain buffers: of a
mapped file only the pages that were asked for are resident.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from edge.hotlist.partial import Partials
from edge.hotlist.platekey import PARTIAL, key_of, plate_of
from edge.records import Category, Entry, ListVersion, Vehicle

__all__ = ["POOLED", "SEPARATOR", "Columns", "Hotlist", "Index", "Pool", "Row", "key_of"]

POOLED: Final = ("jurisdiction", "make", "model", "colour", "type", "owner")
SEPARATOR: Final = "\x1f"  # no field holds it: fields are printable
_CATEGORIES = tuple(Category)


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


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The numbers of a list, one array a column, in the order of the plates.

    Attributes:
        keys: of the plates, uint64, ascending; equal ones in the order of the list.
        lines: of each row in its file, uint32.
        categories: places in :class:`Category`, uint8.
        entered, expires: seconds since 1970 UTC, int64.
        pooled: for each of :data:`POOLED` the places in its pool, uint8 to uint32.
        ends: where the words of each row end in the blob, uint64.
    """

    keys: NDArray[np.uint64]
    lines: NDArray[np.uint32]
    categories: NDArray[np.uint8]
    entered: NDArray[np.int64]
    expires: NDArray[np.int64]
    pooled: Mapping[str, NDArray[Any]]
    ends: NDArray[np.uint64]


class Hotlist:
    """One list, whole and unchanging; rows count from 0 in the order of the plates.

    Args:
        pools: the values of each of :data:`POOLED`.
        words: entry id, reason and caution of each row, in the order of the rows.

    Attributes:
        version: which list this is.
        columns: the numbers themselves, for whoever goes through the whole list.
        lines: line of each row in its file.
        entered, expires: seconds since 1970 UTC of each row.
    """

    def __init__(
        self,
        version: ListVersion,
        columns: Columns,
        pools: Mapping[str, tuple[str, ...]],
        words: memoryview,
    ) -> None:
        self.version = version
        self.columns = columns
        self.pools = pools
        self.words = words
        self.lines = columns.lines
        self.entered = columns.entered
        self.expires = columns.expires
        # a memory view gives Python's own numbers, four times as fast as numpy gives its scalars
        self._keys = columns.keys.data
        self._ends = columns.ends.data
        self._categories = columns.categories.data
        self._dates = (columns.entered.data, columns.expires.data)
        self._pooled = {name: (columns.pooled[name].data, pools[name]) for name in POOLED}
        self._partials: Partials | None = None

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def partials(self) -> Partials:
        """The plates that the list knows in part; sorted out when first asked for."""
        if self._partials is None:
            first = bisect_left(self._keys, PARTIAL)
            self._partials = Partials({plate_of(key) for key in self._keys[first:]})
        return self._partials

    def has(self, key: int) -> bool:
        """Say whether the plate of a key stands on the list."""
        row = bisect_left(self._keys, key)
        return row < len(self._keys) and self._keys[row] == key

    def entries(self, plate: str) -> tuple[Entry, ...]:
        """Return all entries of exactly this plate, in the order of the list."""
        key = key_of(plate)
        keys = self._keys
        row = bisect_left(keys, key)
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
        numbers, values = self._pooled[column]
        return values[numbers[row]]

    def texts(self, row: int) -> tuple[str, str, str]:
        """Return entry id, reason and caution of a row."""
        start = self._ends[row - 1] if row else 0
        entry_id, reason, caution = str(self.words[start : self._ends[row]], "utf-8").split(
            SEPARATOR
        )
        return entry_id, reason, caution

    def _entry(self, row: int, plate: str) -> Entry:
        entry_id, reason, caution = self.texts(row)
        place, make, model, colour, kind, owner = [
            values[numbers[row]] for numbers, values in self._pooled.values()
        ]
        entered, expires = self._dates
        return Entry(
            entry_id,
            plate,
            place,
            _CATEGORIES[self._categories[row]],
            reason,
            owner,
            _moment(entered[row]),
            _moment(expires[row]),
            _vehicle(make, model, colour, kind),
            caution,
        )


@lru_cache(maxsize=4096)
def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@lru_cache(maxsize=1024)
def _vehicle(make: str, model: str, colour: str, kind: str) -> Vehicle:
    return Vehicle(make, model, colour, kind)
