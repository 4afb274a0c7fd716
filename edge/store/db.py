"""The only door to SQLite: opened safely, written in explicit transactions, errors as sentences.

The write-ahead log is synced at each commit (``synchronous=FULL``): the ignition may cut the power
right after, and the commit stands. Two processes share the file; a writer waits for the other.
Freed pages are overwritten with zeros (``secure_delete``), so that erased means erased.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from edge.disk import alone, free_bytes
from edge.errors import StoreError, StoreFull
from edge.log import Log

BUSY_S: Final = 10.0
# Modes of the session; journal_mode stays in the file.
PRAGMAS: Final = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "secure_delete": "ON",
    "temp_store": "MEMORY",
    "wal_autocheckpoint": "1000",
    "journal_size_limit": "4194304",
    "trusted_schema": "OFF",
    "cell_size_check": "ON",
}
_NOTHING_FREE = 64 * 1024
_SENTENCES: Final = {
    sqlite3.SQLITE_READONLY: "the disk or the folder is read-only; make it writable for this user",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened or made; the folder must exist and be writable",
    sqlite3.SQLITE_CORRUPT: (
        "is damaged; move the folder away to start anew, and keep it: alerts may be saved from it"
    ),
    sqlite3.SQLITE_NOTADB: "is no database; move the file away, and look who wrote it",
    sqlite3.SQLITE_BUSY: f"another process has kept it for more than {BUSY_S:.0f} s",
    sqlite3.SQLITE_IOERR: (
        "the disk failed or became read-only; see `journalctl -k`, the medium may be worn out"
    ),
}

_log = Log("edge.store")

Answer = TypeVar("Answer")
Values = Sequence[str | int | float | bytes | None]


class Database:
    """One SQLite file; safe to use from several threads, one transaction at a time.

    Args:
        application_id: what kind of database it is; another's is refused.
        scripts: the tables, one script per version.
        spare: gives up space on a full disk, if there is any left to give.
    """

    def __init__(
        self,
        file: Path,
        application_id: int,
        scripts: Sequence[str],
        spare: Callable[[], bool] = lambda: False,
    ) -> None:
        self.file = file
        self._application_id = application_id
        self._scripts = scripts
        self._spare = spare
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    def open(self) -> None:
        """Open the file, or make it, and bring its tables to this version.

        Raises:
            StoreError: not ours, damaged, from a newer version, or not writable.
            StoreFull: there is no space left to open it.
        """
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with alone(self.file.parent):
                self._make()
                self._connect()
        except OSError as error:
            full = error.errno in {28, 122}  # ENOSPC, EDQUOT
            kind = StoreFull if full else StoreError
            mend = "make room" if full else "its folder must be one that this user may write"
            raise kind(f"{self.file}: cannot be opened: {error.strerror}; {mend}") from error

    def close(self) -> None:
        """Close the file; twice does no harm."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the block as one transaction: all of it is on the disk afterwards, or nothing is.

        Raises:
            StoreFull: no space for it.
            StoreError: the disk failed, is read-only, or another process does not let go.
        """
        with self._lock:
            self.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.execute("COMMIT")
            except StoreFull:
                self._roll_back()
                self.settle_log()
                raise
            except BaseException:
                self._roll_back()
                raise

    def write(self, act: Callable[[], Answer]) -> Answer:
        """Run *act* as one transaction; on a full disk give up the spare space, try once again.

        For what makes the store smaller: without it a full disk would never be emptied.
        """
        try:
            with self.transaction():
                return act()
        except StoreFull:
            self._spare()  # if it is gone already, the log that has just been settled may do
        with self.transaction():
            return act()

    @contextmanager
    def soon(self) -> Iterator[None]:
        """Run the block as one transaction that no kill takes back, but perhaps a power cut.

        For what may as well be done again: the disk need not be waited for.
        """
        with self._lock:
            self.execute("PRAGMA synchronous=NORMAL")
            try:
                with self.transaction():
                    yield
            finally:
                self.execute(f"PRAGMA synchronous={PRAGMAS['synchronous']}")

    def execute(self, statement: str, values: Values = ()) -> int:
        """Run one statement that returns nothing and return the number of rows that it changed."""
        with self._lock, self._told():
            return self._open().execute(statement, values).rowcount

    def insert(self, statement: str, values: Values = ()) -> int:
        """Run one INSERT and return the row's number."""
        with self._lock, self._told():
            return int(self._open().execute(statement, values).lastrowid or 0)

    def rows(self, statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with self._lock, self._told():
            return self._open().execute(statement, values).fetchall()

    def row(self, statement: str, values: Values = ()) -> tuple[Any, ...] | None:
        """Return the first row of a query, None when there is none."""
        rows = self.rows(statement, values)
        return rows[0] if rows else None

    def changes(self) -> int:
        """Return a number that differs after another connection has committed; cheap to ask."""
        return int(self.rows("PRAGMA data_version")[0][0])

    def used_bytes(self) -> int:
        """Return the size of the pages in use; the file may be larger by pages to be used again."""
        pages, free, size = (
            int(self.rows(f"PRAGMA {what}")[0][0])
            for what in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * size

    def settle_log(self) -> None:
        """Bring as much of the log into the database as goes, without waiting for anybody.

        The log is then used again from its start: short of space it must not grow.
        """
        try:
            self.rows("PRAGMA wal_checkpoint(PASSIVE)")
        except StoreFull as error:
            _log.warning("no space to settle the log", error=error)

    def truncate_log(self) -> bool:
        """Bring the log into the database and empty it; False when another process still reads."""
        return int(self.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]) == 0

    def check(self) -> None:
        """Read the whole database.

        Raises:
            StoreError: it is damaged.
        """
        found = self.rows("PRAGMA integrity_check(1)")[0][0]
        if found != "ok":
            raise StoreError(f"{self.file}: {_SENTENCES[sqlite3.SQLITE_CORRUPT]} ({found})")

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StoreError(f"{self.file}: is not open")
        return self._connection

    def _make(self) -> None:
        """Make the empty file: SQLite would make it readable for everybody.

        Only where there is none: to close a file drops all POSIX locks that this process has on it.
        """
        if not self.file.exists():
            os.close(os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660))
            folder = os.open(self.file.parent, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(folder)  # SQLite does so for its log, not for the file itself
            finally:
                os.close(folder)

    def _connect(self) -> None:
        with self._told():
            self._connection = sqlite3.connect(
                self.file, timeout=BUSY_S, isolation_level=None, check_same_thread=False
            )
        try:
            self._check_kind()
            for name, mode in PRAGMAS.items():
                self.rows(f"PRAGMA {name}={mode}")
            self._migrate()
        except BaseException:
            self.close()
            raise

    def _check_kind(self) -> None:
        kind = self.rows("PRAGMA application_id")[0][0]
        tables = self.rows("SELECT count(*) FROM sqlite_schema")[0][0]
        if kind != self._application_id and (kind or tables):
            raise StoreError(
                f"{self.file}: is another program's database; name another folder in [store]"
            )
        version = self._version()
        if version > len(self._scripts):
            raise StoreError(
                f"{self.file}: was made by a newer edge (version {version} of the tables, this one "
                f"knows {len(self._scripts)}); install that version again"
            )

    def _migrate(self) -> None:
        with self.transaction():
            for number, script in enumerate(self._scripts[self._version() :], self._version() + 1):
                for statement in filter(str.strip, script.split(";")):
                    self.execute(statement)
                self.execute(f"PRAGMA user_version={number}")
            self.execute(f"PRAGMA application_id={self._application_id}")

    def _version(self) -> int:
        return int(self.rows("PRAGMA user_version")[0][0])

    def _roll_back(self) -> None:
        connection = self._connection
        if connection is not None and connection.in_transaction:
            connection.rollback()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn SQLite's errors into sentences."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._sentence(error) from error

    def _sentence(self, error: sqlite3.Error) -> StoreError:
        code = getattr(error, "sqlite_errorcode", 0)
        primary = code & 0xFF
        if primary == sqlite3.SQLITE_FULL or (
            primary in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN} and self._nothing_free()
        ):
            return StoreFull(f"{self.file}: no space left, not even for an alert ({error})")
        sentence = _SENTENCES.get(primary, "cannot be used")
        return StoreError(f"{self.file}: {sentence} ({error})")

    def _nothing_free(self) -> bool:
        try:
            return free_bytes(self.file.parent) < _NOTHING_FREE
        except OSError:
            return False  # the folder itself is gone: that is not "full"
