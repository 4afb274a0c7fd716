"""A broken disk or a broken database is told in a sentence that a person can act on."""

import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from edge.errors import StoreError, StoreFull
from edge.messages import parse_alert
from edge.store import Store, open_store
from edge.store.db import Database
from edge.store.schema import SEEN, SEEN_ID
from tests.alerts import UNIT, an_alert, store_section
from tests.fakes import FakeClock
from tests.store.letters import plain
from tests.store.power import Daemons, needs_compiler, stored


def _raises(match: str) -> AbstractContextManager[Any]:
    return pytest.raises(StoreError, match=match)


def _commit_until_full(store: Store) -> None:
    for _ in range(20):
        store.commit_alert(an_alert(), plain)


@contextmanager
def _nobody() -> Iterator[None]:
    """Be a user for whom permissions count: root's tests would write anywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_read_only_folder(clock: FakeClock) -> None:
    """A folder that cannot be written is named, with what to do."""
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to others
        folder = Path(name)
        folder.chmod(0o555)
        with _nobody(), _raises(f"{re.escape(name)}.*denied"):
            open_store(store_section(folder), UNIT.name, clock)


def test_read_only_database(clock: FakeClock) -> None:
    """A database that can only be read is refused at once, not at the first alert."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        open_store(store_section(folder), UNIT.name, clock).close()
        (folder / "edge.db").chmod(0o444)
        folder.chmod(0o555)
        with _nobody(), _raises("read-only; make it writable"):
            open_store(store_section(folder), UNIT.name, clock)


def test_folder_that_cannot_be_made(tmp_path: Path, clock: FakeClock) -> None:
    """A file in the place of the folder is an error with its name."""
    (tmp_path / "store").write_text("in the way")
    with _raises("store.*cannot be opened"):
        open_store(store_section(tmp_path / "store"), UNIT.name, clock)


def test_no_database(tmp_path: Path, clock: FakeClock) -> None:
    """A file that is no database is left as it is."""
    file = tmp_path / "edge.db"
    file.write_bytes(b"not a database, but somebody's notes" * 100)
    before = file.read_bytes()
    with _raises(r"edge\.db: is no database; move the file away"):
        open_store(store_section(tmp_path), UNIT.name, clock)
    assert file.read_bytes() == before


def test_foreign_database(tmp_path: Path, clock: FakeClock) -> None:
    """Another program's database is refused and not touched."""
    file = tmp_path / "edge.db"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    before = file.read_bytes()
    with _raises("another program's database"):
        open_store(store_section(tmp_path), UNIT.name, clock)
    assert file.read_bytes() == before


def test_receivers_memory_is_no_store(tmp_path: Path, clock: FakeClock) -> None:
    """Even our own other database is refused in the place of a store."""
    other = Database(tmp_path / "edge.db", SEEN_ID, SEEN)
    other.open()
    other.close()
    with _raises("another program's database"):
        open_store(store_section(tmp_path), UNIT.name, clock)


def test_newer_tables(tmp_path: Path, clock: FakeClock) -> None:
    """A store of a newer edge is not written by an older one."""
    open_store(store_section(tmp_path), UNIT.name, clock).close()
    connection = sqlite3.connect(tmp_path / "edge.db")
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with _raises("made by a newer edge .version 99"):
        open_store(store_section(tmp_path), UNIT.name, clock)


def test_damage_is_found(tmp_path: Path, clock: FakeClock) -> None:
    """Damage within the file is an error when it is read, never an empty outbox."""
    with open_store(store_section(tmp_path), UNIT.name, clock) as store:
        for _ in range(50):
            store.commit_alert(an_alert(), plain)
    file = tmp_path / "edge.db"
    data = bytearray(file.read_bytes())
    data[4096 * 2 :] = os.urandom(len(data) - 4096 * 2)
    file.write_bytes(data)
    with _raises("is damaged; move the folder away"):  # noqa: SIM117 - either may find it
        with open_store(store_section(tmp_path), UNIT.name, clock) as store:
            store.check()


def test_a_closed_store_says_so(tmp_path: Path, clock: FakeClock) -> None:
    """What is asked of a closed store is an error, not nothing."""
    store = open_store(store_section(tmp_path), UNIT.name, clock)
    store.close()
    with _raises("is not open"):
        store.outbox.pending(clock.now(), 1)


def test_full_database_spends_the_reserve(store: Store, tmp_path: Path) -> None:
    """When SQLite finds no space the reserve goes first, then the error says full."""
    pages = store._db.rows("PRAGMA page_count")[0][0]
    store._db.rows(f"PRAGMA max_page_count={pages + 3}")
    assert (tmp_path / "reserve").exists()
    with pytest.raises(StoreFull, match="no space left, not even for an alert"):
        _commit_until_full(store)
    assert not (tmp_path / "reserve").exists()
    assert "reserve for alerts is spent" in store.room().problem
    count = store.outbox.depth()
    store._db.rows("PRAGMA max_page_count=1000000")
    assert store.commit_alert(an_alert(), plain).sequence == count + 1, "no number was used up"
    store.check()


@needs_compiler
def test_full_disk_stops_pictures_first_never_an_alert(tmp_path: Path, shim: str) -> None:
    """On a disk that fills up, alerts lose their crops, then eat the reserve, then say full.

    Receipts still empty the store, and then alerts go in again.
    """
    folder = tmp_path / "disk"
    folder.mkdir()
    with Daemons(LD_PRELOAD=shim, POWER_DIR=str(folder), POWER_LIMIT="6000000") as daemons:
        told, code = daemons.run("watch", folder, 1, 100_000)
        assert (code, told[-1][:2]) == (1, ["error", "StoreFull"])
        again, code = daemons.run("watch", folder, 2, 100_000)
        assert (code, again[-1][:2]) == (1, ["error", "StoreFull"]), "and so at the next start"
        full = shutil.copytree(folder, tmp_path / "full")
        count = len(stored(told)) + len(stored(again))
        emptied, code = daemons.run("deliver", folder, 3, count)
        assert code == 0, emptied
        after, code = daemons.run("watch", folder, 4, 10)
        assert (code, len(stored(after))) == (0, 10), after
    _holds_alerts_without_crops(full, stored(told) + stored(again))


@needs_compiler
def test_store_opens_on_a_full_disk(tmp_path: Path, shim: str) -> None:
    """A start on a disk without a byte left spends the reserve and goes on; nothing is lost."""
    folder = tmp_path / "disk"
    folder.mkdir()
    with Daemons() as daemons:
        told, code = daemons.run("watch", folder, 1, 5)
        assert code == 0, told
    used = sum(file.stat().st_size for file in folder.iterdir())
    with Daemons(LD_PRELOAD=shim, POWER_DIR=str(folder), POWER_LIMIT=str(used)) as daemons:
        more, code = daemons.run("watch", folder, 2, 5)
        assert (code, len(stored(more))) == (0, 5), more
    assert not (folder / "reserve").exists()
    with open_store(store_section(folder, keep_sent_s=1e9), UNIT.name, FakeClock()) as store:
        store.check()
        assert store.outbox.depth() == 10


def _holds_alerts_without_crops(folder: Path, safe: list[tuple[int, int, str]]) -> None:
    assert not (folder / "reserve").exists()
    with open_store(store_section(folder, keep_sent_s=1e9), UNIT.name, FakeClock()) as store:
        store.check()
        rows = store._db.rows("SELECT sequence, revision, digest, body FROM outbox ORDER BY row")
    assert set(safe) == {row[:3] for row in rows}
    had = [parse_alert(row[3]).payload.crop is not None for row in rows]
    assert had == sorted(had, reverse=True), "once pictures stop they stay away"
    assert sum(had) > 10
    assert had.count(False) > 50, "alerts went on without pictures"


@needs_compiler
def test_disk_that_turns_read_only(tmp_path: Path, shim: str) -> None:
    """A disk that the kernel makes read-only ends the process with a sentence; nothing is lost."""
    folder, flag = tmp_path / "disk", tmp_path / "readonly"
    folder.mkdir()
    with Daemons(LD_PRELOAD=shim, POWER_DIR=str(folder), POWER_READONLY=str(flag)) as daemons:
        told, code = daemons.run("watch", folder, 1, 5)
        assert code == 0, told
        flag.touch()
        failed, code = daemons.run("watch", folder, 2, 5)
        assert code == 1, failed
        assert "read-only" in " ".join(failed[-1])
        assert stored(failed) == []
        flag.unlink()
        again, code = daemons.run("watch", folder, 3, 5)
        assert code == 0, again
    with open_store(store_section(folder, keep_sent_s=1e9), UNIT.name, FakeClock()) as store:
        store.check()
        assert store.outbox.depth() == 10
