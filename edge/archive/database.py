"""The archive's only door to SQLAlchemy: SQLite in its folder, or a PostgreSQL server.

Either is synced at each commit. One transaction writes at a time, as SQLite would have it; on
PostgreSQL a lock of the whole database sees to it, so that what was read in a transaction still
holds when it writes. Errors are sentences, without a password or what a statement was to write.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Executable,
    Table,
    and_,
    create_engine,
    delete,
    event,
    func,
    insert,
    inspect,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from edge.archive.faults import fault
from edge.archive.folder import alone, make_file
from edge.archive.tables import META, METADATA, MIGRATIONS
from edge.errors import StoreError

__all__ = ["Database", "and_", "delete", "func", "insert", "or_", "select", "update"]

DATABASE: Final = "archive.db"
BUSY_S: Final = 10
_PRAGMAS: Final = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "secure_delete": "ON",
    "temp_store": "MEMORY",
    "journal_size_limit": "4194304",
    "trusted_schema": "OFF",
    "cell_size_check": "ON",
}
_SERVER: Final = {
    "synchronous_commit": "on",
    "lock_timeout": f"{BUSY_S}s",
    "idle_in_transaction_session_timeout": "60s",
}
_LOCK: Final = 0x45504C54  # "EPLT"
_WRITES: Final = "edge_writes"
_OUTSIDE: Final = "edge_outside"

Row = tuple[Any, ...]


class Database:
    """One archive's tables; safe to use from several threads.

    Args:
        folder: where SQLite's file is; 0700.
        server: ``postgresql+psycopg://...`` without a password, or empty for SQLite.
        password: of that server; empty leaves it to pgpass.
        migrations: for tests; see :data:`edge.archive.tables.MIGRATIONS`.
    """

    def __init__(
        self,
        folder: Path,
        server: str = "",
        password: str = "",
        migrations: Sequence[Sequence[str]] = MIGRATIONS,
    ) -> None:
        self._folder = folder
        self._server = server
        self._password = password
        self._migrations = migrations
        self._lock = threading.RLock()
        self._engine: Engine | None = None
        self._writing: Connection | None = None
        self._owner = 0

    @property
    def folder(self) -> Path:
        """The archive's own folder; it has one with a server too."""
        return self._folder

    @property
    def where(self) -> str:
        """Name the database for a person; never with a password."""
        if not self._server:
            return str(self._folder / DATABASE)
        return make_url(self._server).render_as_string(hide_password=True)

    def open(self) -> None:
        """Open it, or make its tables, and bring older ones to this version.

        Raises:
            StoreError: not ours, damaged, from a newer version, not reachable, not writable.
            StoreFull: there is no space left to open it.
        """
        try:
            with alone(self._folder):
                if not self._server:
                    make_file(self._folder / DATABASE)
                self._engine = self._make_engine()
                with self.transaction():
                    self._migrate()
        except OSError as error:
            raise fault(self.where, error, self._folder) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close all connections; twice does no harm."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the block as one transaction: all of it is on the disk afterwards, or nothing is.

        Inside another one of the same thread it is a part of that.

        Raises:
            StoreFull: no space for it.
            StoreError: the disk or the server failed, or another process does not let go.
        """
        with self._lock:
            if self._writing is not None:
                yield
                return
            with self._told(), self._opened().connect() as connection:
                connection.execution_options(**{_WRITES: True})
                with connection.begin():
                    self._exclude(connection)
                    self._writing, self._owner = connection, threading.get_ident()
                    try:
                        yield
                    finally:
                        self._writing = None

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Run the block inside a transaction; if it raises, nothing of the block is left in it."""
        with self._told():
            point = self._current().begin_nested()
            try:
                yield
            except StoreError:
                raise  # the database itself failed: the whole transaction is undone, not to here
            except BaseException:
                point.rollback()
                raise
            point.commit()

    def execute(self, statement: Executable, values: Sequence[Mapping[str, Any]] = ()) -> int:
        """Run a statement inside a transaction; return the number of rows that it changed."""
        with self._told():
            found = self._current().execute(statement, list(values) or None)
            return int(getattr(found, "rowcount", 0))

    def insert(self, table: Table, **values: Any) -> int:
        """Insert one row inside a transaction; return its own number, if it has one."""
        with self._told():
            found = self._current().execute(insert(table).values(**values))
            key = found.inserted_primary_key
            return key[0] if key and isinstance(key[0], int) else 0

    def rows(self, statement: Executable) -> list[Row]:
        """Return all rows of a query: of the transaction, or else of what is committed."""
        with self._told():
            if self._writing is not None and self._owner == threading.get_ident():
                return [tuple(row) for row in self._writing.execute(statement)]
            with self._opened().connect() as connection:
                return [tuple(row) for row in connection.execute(statement)]

    def row(self, statement: Executable) -> Row | None:
        """Return the first row of a query, None when there is none."""
        found = self.rows(statement)
        return found[0] if found else None

    def stream(self, statement: Executable, at_once: int = 1000) -> Iterator[Row]:
        """Return the rows of a query one by one, all of one state of the database."""
        with (
            self._told(),
            self._opened().connect() as connection,
            connection.execution_options(yield_per=at_once).execute(statement) as found,
        ):
            for row in found:
                yield tuple(row)

    def settle(self) -> bool:
        """Leave as little as can be of what was erased, in logs and in freed space.

        Returns:
            False when another process still reads: then once more later.
        """
        with self._told(), self._opened().connect() as connection:
            outside = connection.execution_options(isolation_level="AUTOCOMMIT", **{_OUTSIDE: True})
            if self._server:
                outside.execute(text("VACUUM letters, chain_payloads"))
                return True
            return bool(outside.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()[0] == 0)

    def check(self) -> None:
        """Read the whole database.

        Raises:
            StoreError: it is damaged.
        """
        if self._server:
            for table in METADATA.sorted_tables:
                for _ in self.stream(select(table)):
                    pass
            return
        found = self.rows(text("PRAGMA integrity_check(1)"))[0][0]
        if found != "ok":
            raise StoreError(
                f"{self.where}: is damaged; move the folder away to start anew, and keep it: its"
                f" chains may be saved from it ({found})"
            )

    def _make_engine(self) -> Engine:
        if self._server:
            return self._make_server_engine()
        url = URL.create("sqlite", database=str(self._folder / DATABASE))
        engine = create_engine(
            url, connect_args={"timeout": BUSY_S}, hide_parameters=True, max_overflow=-1
        )
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin)
        return engine

    def _make_server_engine(self) -> Engine:
        url = make_url(self._server)
        if self._password:
            url = url.set(password=self._password)
        modes = " ".join(f"-c {name}={value}" for name, value in _SERVER.items())
        return create_engine(
            url,
            connect_args={"connect_timeout": BUSY_S, "options": modes},
            hide_parameters=True,
            pool_pre_ping=True,
            max_overflow=20,
        )

    def _exclude(self, connection: Connection) -> None:
        """Let no other process write while this transaction lasts; SQLite has seen to it."""
        if self._server:
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))

    def _migrate(self) -> None:
        newest = len(self._migrations) + 1
        version = self._version()
        if version > newest:
            raise StoreError(
                f"{self.where}: was made by a newer edge (version {version} of the tables, this one"
                f" knows {newest}); install that version again"
            )
        if not version:
            METADATA.create_all(self._current())
            self.insert(META, key="version", value=str(newest))
            return
        for statement in (one for step in self._migrations[version - 1 :] for one in step):
            self.execute(text(statement))
        self.execute(update(META).where(META.c.key == "version").values(value=str(newest)))

    def _version(self) -> int:
        """Return the version of the tables; 0 where there are none."""
        names = inspect(self._current()).get_table_names()
        if not names:
            return 0
        known = META.name in names and self.row(select(META.c.value).where(META.c.key == "version"))
        if not known or not str(known[0]).isdigit():
            raise StoreError(
                f"{self.where}: is another program's database; name another one in [archive]"
            )
        return int(known[0])

    def _opened(self) -> Engine:
        if self._engine is None:
            raise StoreError(f"{self.where}: is not open")
        return self._engine

    def _current(self) -> Connection:
        if self._writing is None or self._owner != threading.get_ident():
            raise StoreError(f"{self.where}: nothing is written outside a transaction")
        return self._writing

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn the driver's errors into sentences."""
        try:
            yield
        except DBAPIError as error:
            raise fault(self.where, error.orig or error, self._folder) from None
        except SQLAlchemyError as error:
            raise StoreError(f"{self.where}: cannot be used ({type(error).__name__})") from None


def _set_pragmas(raw: Any, _record: object) -> None:
    """Let transactions begin where we say, not where the driver guesses; then the modes."""
    raw.isolation_level = None
    for name, mode in _PRAGMAS.items():
        raw.execute(f"PRAGMA {name}={mode}").close()


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get(_OUTSIDE, False):
        return
    writes = options.get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
