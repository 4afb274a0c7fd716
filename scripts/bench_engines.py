"""The engines that could hold a list, behind the matcher's own protocol, to be measured.

``arrays`` is what the product does; the others stand here only to be compared with it. LMDB needs
``pip install lmdb``, which the product does not.
"""

import hashlib
import importlib
import importlib.util
import sqlite3
import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from edge.hotlist.index import POOLED, Hotlist, Index
from edge.hotlist.indexfile import open_index, write_index
from edge.hotlist.partial import Partials
from edge.hotlist.platekey import PARTIAL, key_of, plate_of
from edge.records import Category, Entry, ListVersion, Vehicle

_COLUMNS = (
    "plate entry_id place category reason owner entered expires make model colour type caution"
)
_LMDB_ROOM = 1 << 30
_VERSION = ListVersion("bench", datetime(2026, 1, 1, tzinfo=UTC), 0)


class SqliteIndex:
    """One table, clustered by the plate's integer."""

    version = _VERSION

    def __init__(self, file: Path) -> None:
        self._file = file

    @staticmethod
    def build(hotlist: Hotlist, file: Path) -> None:
        db = sqlite3.connect(file)
        names = _COLUMNS.split()
        db.execute("pragma journal_mode=off")
        db.execute(
            f"create table entries (key integer, row integer, {', '.join(names)}, "
            "primary key (key, row)) without rowid"
        )
        rows = ((key_of(v[0]), n, *v) for n, v in enumerate(_values(hotlist)))
        marks = ", ".join("?" * (len(names) + 2))
        db.executemany(f"insert into entries values ({marks})", rows)  # noqa: S608 - our own words
        db.execute("create table about as select ? as count", (len(hotlist),))
        db.commit()
        db.close()

    def open(self) -> "SqliteIndex":
        _digest(self._file)
        db = sqlite3.connect(f"file:{self._file}?mode=ro&immutable=1", uri=True)
        self._run = db.execute
        (self._count,) = db.execute("select count from about").fetchone()
        rows = db.execute("select distinct plate from entries where key >= ?", (PARTIAL,))
        self.partials = Partials([plate for (plate,) in rows])
        self._get = f"select {', '.join(_COLUMNS.split())} from entries where key=? order by row"  # noqa: S608
        return self

    def __len__(self) -> int:
        return self._count

    def has(self, key: int) -> bool:
        found = self._run("select 1 from entries where key=? limit 1", (key,))
        return found.fetchone() is not None

    def entries(self, plate: str) -> tuple[Entry, ...]:
        return tuple(_entry(*row) for row in self._run(self._get, (key_of(plate),)))


class LmdbIndex:
    """A B+ tree in a mapped file; values are the fields, packed."""

    version = _VERSION

    def __init__(self, file: Path) -> None:
        self._file = file

    @staticmethod
    def build(hotlist: Hotlist, file: Path) -> None:
        env = _lmdb().open(str(file), subdir=False, map_size=_LMDB_ROOM, lock=False)
        with env.begin(write=True) as change:
            for number, values in enumerate(_values(hotlist)):
                packed = "\x1f".join(map(str, values)).encode()
                change.put(struct.pack(">QI", key_of(values[0]), number), packed, append=True)
        env.close()

    def open(self) -> "LmdbIndex":
        _digest(self._file)
        env = _lmdb().open(str(self._file), subdir=False, readonly=True, lock=False)
        self._cursor = env.begin(buffers=True).cursor()
        self._count = env.stat()["entries"]
        self._cursor.set_range(PARTIAL.to_bytes(8, "big"))
        keys = self._cursor.iternext(keys=True, values=False)
        self.partials = Partials({plate_of(int.from_bytes(key[:8], "big")) for key in keys})
        return self

    def __len__(self) -> int:
        return self._count

    def has(self, key: int) -> bool:
        start = key.to_bytes(8, "big")
        return bool(self._cursor.set_range(start)) and self._cursor.key()[:8] == start

    def entries(self, plate: str) -> tuple[Entry, ...]:
        return tuple(self._found(key_of(plate).to_bytes(8, "big")))

    def _found(self, start: bytes) -> Iterator[Entry]:
        more = self._cursor.set_range(start)
        while more and self._cursor.key()[:8] == start:
            values: list[Any] = str(self._cursor.value(), "utf-8").split("\x1f")
            for number in (3, 6, 7):
                values[number] = int(values[number])
            yield _entry(*values)
            more = self._cursor.next()


BUILDS: dict[str, Callable[[Hotlist, Path], None]] = {
    "arrays": write_index,
    "sqlite": SqliteIndex.build,
    "lmdb": LmdbIndex.build,
}


def open_engine(name: str, file: Path) -> Index:
    """Open what was built, after a digest of all of it."""
    if name == "arrays":
        return open_index(file)
    return {"sqlite": SqliteIndex, "lmdb": LmdbIndex}[name](file).open()


def available() -> list[str]:
    """Return the names of the engines that can be measured here."""
    return [name for name in BUILDS if name != "lmdb" or importlib.util.find_spec("lmdb")]


def _values(hotlist: Hotlist) -> Iterator[tuple[Any, ...]]:
    """Yield the fields of each row in the order of :data:`_COLUMNS`."""
    for row in range(len(hotlist)):
        entry_id, reason, caution = hotlist.texts(row)
        place, make, model, colour, kind, owner = (hotlist.value(name, row) for name in POOLED)
        dates = int(hotlist.entered[row]), int(hotlist.expires[row])
        category = int(hotlist.rows["category"][row])
        vehicle = make, model, colour, kind
        yield (
            hotlist.plate(row),
            entry_id,
            place,
            category,
            reason,
            owner,
            *dates,
            *vehicle,
            caution,
        )


def _entry(
    plate: str,
    entry_id: str,
    place: str,
    category: int,
    reason: str,
    owner: str,
    entered: int,
    expires: int,
    *rest: str,
) -> Entry:
    *vehicle, caution = rest
    return Entry(
        entry_id,
        plate,
        place,
        _CATEGORIES[category],
        reason,
        owner,
        _moment(entered),
        _moment(expires),
        _vehicle(*vehicle),
        caution,
    )


_CATEGORIES = tuple(Category)
_vehicle = lru_cache(maxsize=1024)(Vehicle)


@lru_cache(maxsize=4096)
def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _lmdb() -> Any:
    return importlib.import_module("lmdb")


def _digest(file: Path) -> None:
    with file.open("rb") as source:
        hashlib.file_digest(source, "sha256")
