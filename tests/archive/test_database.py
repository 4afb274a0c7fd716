"""The archive's two databases keep the same promises."""

import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from edge.archive.database import DATABASE, Database, delete, select
from edge.archive.tables import META, METADATA
from edge.errors import StoreError, StoreFull
from tests.archive.places import Place
from tests.archive.postgres import PASSWORD, Postgres


def note(database: Database, key: str) -> None:
    database.insert(META, key=key, value="x")


def notes(database: Database) -> set[str]:
    return {row[0] for row in database.rows(select(META.c.key))} - {"version"}


def test_a_transaction_is_whole_or_nothing(database: Database) -> None:
    """What was written in a block that failed is not there; what was before it is."""
    with database.transaction():
        note(database, "kept")

    def fail() -> None:
        with database.transaction():
            note(database, "lost")
            with database.transaction():
                note(database, "lost too")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert notes(database) == {"kept"}


def test_an_attempt_leaves_nothing_behind(database: Database) -> None:
    """What fails within a transaction takes only itself back."""

    def fail() -> None:
        with database.attempt():
            note(database, "lost")
            raise ZeroDivisionError

    with database.transaction():
        note(database, "kept")
        with pytest.raises(ZeroDivisionError):
            fail()
        with database.attempt():
            note(database, "kept too")
    assert notes(database) == {"kept", "kept too"}


def test_others_see_only_what_is_committed(database: Database) -> None:
    """Another thread does not see a transaction's rows before its end."""
    seen: list[set[str]] = []

    def look() -> None:
        seen.append(notes(database))

    with database.transaction():
        note(database, "new")
        _in_thread(look)
        assert notes(database) == {"new"}
    _in_thread(look)
    assert seen == [set(), {"new"}]


def test_writers_wait_for_each_other(place: Place, database: Database) -> None:
    """Two processes that read, reckon and write do not lose each other's work."""
    other = place.database()
    other.open()
    with database.transaction():
        note(database, "n-0")

    def count(own: Database) -> None:
        for _ in range(10):
            with own.transaction():
                note(own, f"n-{len(notes(own))}")

    threads = [threading.Thread(target=count, args=(one,)) for one in (database, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert notes(database) == {f"n-{number}" for number in range(21)}


def test_nothing_is_written_outside_a_transaction(database: Database) -> None:
    """A statement without a transaction is refused, and changes nothing."""
    with pytest.raises(StoreError, match="outside a transaction"):
        note(database, "stray")
    assert notes(database) == set()


def test_a_newer_version_is_refused(place: Place, database: Database) -> None:
    """Tables of a later edge are not touched; the sentence says what to do."""
    database.close()
    newer = place.database(migrations=[["CREATE TABLE more (id INTEGER PRIMARY KEY)"]])
    newer.open()
    newer.close()
    with pytest.raises(StoreError, match="newer edge \\(version 2"):
        database.open()


def test_older_tables_become_these(place: Place, database: Database) -> None:
    """A migration runs once, in one transaction with the version's number."""
    with database.transaction():
        note(database, "old")
    database.close()
    steps = [["CREATE TABLE more (id INTEGER PRIMARY KEY)", "INSERT INTO more VALUES (7)"]]
    for _ in range(2):
        newer = place.database(migrations=steps)
        newer.open()
        assert newer.rows(text("SELECT id FROM more")) == [(7,)]
        assert notes(newer) == {"old"}
        newer.close()


def test_a_migration_that_fails_changes_nothing(place: Place, database: Database) -> None:
    """After a step that breaks, the old tables stand as they were, in their version."""
    database.close()
    with pytest.raises(StoreError):
        place.database(migrations=[["CREATE TABLE more (id INTEGER)", "NO SQL"]]).open()
    database.open()
    with pytest.raises(StoreError):
        database.rows(text("SELECT id FROM more"))


def test_another_programs_database_is_refused(place: Place, database: Database) -> None:
    """Tables that are not ours are left alone."""
    with database.transaction():
        for table in reversed(METADATA.sorted_tables):
            database.execute(text(f"DROP TABLE {table.name}"))
        database.execute(text("CREATE TABLE recipes (id INTEGER PRIMARY KEY)"))
    database.close()
    with pytest.raises(StoreError, match="another program's"):
        place.database().open()


def test_a_whole_database_passes_its_check(database: Database) -> None:
    """Each table is read to its end."""
    with database.transaction():
        note(database, "x")
    database.check()
    assert list(database.stream(select(META.c.key).where(META.c.key == "x"))) == [("x",)]


def test_sqlite_is_synced_private_and_overwrites(tmp_path: Path) -> None:
    """The modes that a power cut and a thief ask for are on, the files are the owner's alone."""
    database = Database(tmp_path / "archive")
    database.open()
    modes = {"synchronous": 2, "secure_delete": 1, "foreign_keys": 1, "journal_mode": "wal"}
    found = {name: database.rows(text(f"PRAGMA {name}"))[0][0] for name in modes}
    assert found == modes
    rights = {file.name: stat.S_IMODE(file.stat().st_mode) for file in database_files(tmp_path)}
    database.close()
    assert set(rights.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "archive").stat().st_mode) == 0o700


def database_files(folder: Path) -> list[Path]:
    return list((folder / "archive").iterdir())


def _damage(file: Path) -> None:
    body = bytearray(file.read_bytes())
    for page in range(1, len(body) // 4096):
        body[page * 4096 : page * 4096 + 64] = bytes(range(64))
    file.write_bytes(body)


def test_what_was_erased_is_not_in_the_files(tmp_path: Path) -> None:
    """After settling neither the database nor its log has the bytes; before, the log has them."""
    database, mark = Database(tmp_path / "archive"), "a mark that nobody else has"
    database.open()
    with database.transaction():
        note(database, mark)
    with database.transaction():
        database.execute(delete(META).where(META.c.key == mark))
    found = [mark.encode() in file.read_bytes() for file in database_files(tmp_path)]
    assert any(found)
    assert database.settle()
    found = [mark.encode() in file.read_bytes() for file in database_files(tmp_path)]
    database.close()
    assert not any(found)


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "no-database": (lambda file: file.write_bytes(b"no database at all" * 100), "is no database"),
    "damaged": (_damage, "is damaged"),
    "open-folder": (lambda file: file.parent.chmod(0o755), "chmod 700"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_bad_file_is_told_in_a_sentence(tmp_path: Path, name: str) -> None:
    """Damage and open folders are told by file, with the mend."""
    database = Database(tmp_path / "archive")
    database.open()
    database.close()
    spoil, sentence = FAULTS[name]
    spoil(tmp_path / "archive" / DATABASE)

    def use() -> None:
        database.open()
        database.check()

    with pytest.raises(StoreError, match=sentence):
        use()
    database.close()


def test_a_server_that_is_not_there_is_told(tmp_path: Path, postgres: Postgres) -> None:
    """A wrong port, password or database each have their sentence, and none tells a password."""
    wrong = {
        postgres.url("nothing"): 'database "nothing" does not exist',
        postgres.url("postgres", "nobody"): "password_file.*authentication failed",
        "postgresql+psycopg://edge@127.0.0.1:9/postgres": "is it running.*refused",
    }
    for url, sentence in wrong.items():
        database = Database(tmp_path / "archive", url, PASSWORD)
        with pytest.raises(StoreError, match=sentence) as told:
            database.open()
        assert PASSWORD not in str(told.value)
        assert PASSWORD not in database.where


def test_a_lost_server_is_told_and_found_again(tmp_path: Path, postgres: Postgres) -> None:
    """A connection that the server ended is a sentence; the next transaction has a new one."""
    database = Database(tmp_path / "archive", postgres.make(), PASSWORD)
    database.open()
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'archive%'"

    def lose() -> None:
        with database.transaction():
            note(database, "lost")
            postgres.say(end)
            note(database, "lost too")

    with pytest.raises(StoreError, match="server"):
        lose()
    with database.transaction():
        note(database, "found")
    assert notes(database) == {"found"}
    database.close()


STATES = {
    "53100": (StoreFull, "no space left on the server's disk"),
    "25006": (StoreError, "read-only"),
    "57P01": (StoreError, "was stopped"),
    "58030": (StoreError, "disk failed"),
    "XX001": (StoreError, "restore it"),
    "42501": (StoreError, "own the database"),
}


@pytest.mark.parametrize("state", STATES)
def test_what_a_server_complains_of_is_a_sentence(
    tmp_path: Path, postgres: Postgres, state: str
) -> None:
    """Each trouble that a real server can tell of has its sentence; a full disk is told as such."""
    kind, sentence = STATES[state]
    database = Database(tmp_path / "archive", postgres.make(), PASSWORD)
    database.open()
    complaint = f"DO $$ BEGIN RAISE EXCEPTION 'trouble' USING ERRCODE = '{state}'; END $$"
    with pytest.raises(kind, match=sentence):
        database.rows(text(complaint))
    database.close()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file in the folder's place is a sentence with its name."""
    (tmp_path / "file").write_text("")
    database = Database(tmp_path / "file" / "archive")
    with pytest.raises(StoreError, match="cannot be opened"):
        database.open()


def _in_thread(act: Callable[[], None]) -> None:
    thread = threading.Thread(target=act)
    thread.start()
    thread.join()
