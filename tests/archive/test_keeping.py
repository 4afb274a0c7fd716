"""Holds and misreads on the archive's own tables: the same acts as elsewhere, on both databases."""

from dataclasses import replace
from pathlib import Path

from edge.archive.store import ArchiveStore
from edge.messages.acts_town import Subject
from edge.messages.letter import Letter
from edge.store.holding import KeptHold
from edge.store.purges import KeptPurge
from tests.archive.places import Place
from tests.archive.test_store import ALERT, DAY, FACTS, erase_due, keep
from tests.fakes import START, FakeClock

HOLD = KeptHold(
    "a" * 64, str(ALERT), "26-114", "hit and run", "2026-03-01T00:00:00Z", "sue", ended=False
)
PURGE = KeptPurge(
    str(ALERT), f"car-12/{'cd' * 16}/3", "dana", "2026-01-01T10:05:00.000Z", done=False
)
OUTCOME = replace(FACTS, kind="verdict", number=replace(ALERT, unit="car-12"), about=str(ALERT))
PLANTED = b"a letter that is long enough to be found again in the bytes of a file"


def held(store: ArchiveStore) -> int:
    return sum(one.letter is not None for one in store.letters.all())


def kinds(store: ArchiveStore) -> list[str]:
    return [row.kind for row in store.acts()]


def test_a_held_letter_outlives_its_days(archive: ArchiveStore) -> None:
    """Retention leaves it and what was said of it; when the hold ends both go."""
    keep(archive)
    keep(archive, replace(FACTS, number=replace(ALERT, sequence=8)))
    assert archive.holds.begin(HOLD, START) is True
    assert archive.holds.begin(HOLD, START) is False
    alerts = (ALERT,) if archive.holds.holds(ALERT) else ()
    assert (erase_due(archive, 31, alerts), held(archive)) == (1, 1)
    assert archive.holds.expire(START.later(30 * DAY)) == 0
    assert archive.holds.expire(START.later(60 * DAY)) == 1
    assert (archive.holds.holds(ALERT), erase_due(archive, 61)) == (False, 1)
    assert kinds(archive) == ["hold", "hold"]


def test_an_ended_hold_stays_ended(archive: ArchiveStore) -> None:
    """Neither its own replay nor one whose end came first begins anew."""
    archive.holds.begin(HOLD, START)
    assert archive.holds.end(HOLD.number, "ada", START) is True
    assert archive.holds.end(HOLD.number, "ada", START) is False
    assert archive.holds.begin(HOLD, START) is False
    assert archive.holds.end("b" * 64, "ada", START) is False
    assert archive.holds.begin(replace(HOLD, number="b" * 64), START) is False
    assert archive.holds.standing() == []


def test_a_misread_takes_alert_and_outcomes(archive: ArchiveStore) -> None:
    """The letter, its revisions and what was said of it go; a later revision goes when it comes."""
    keep(archive)
    keep(archive, replace(FACTS, revision=1, mark="c" * 64))
    keep(archive, OUTCOME)
    keep(archive, replace(FACTS, number=replace(ALERT, sequence=8)))
    assert archive.purges.take(PURGE, START).done is True
    assert archive.purges.take(PURGE, START).done is True
    assert held(archive) == 1
    keep(archive, replace(FACTS, revision=2, mark="d" * 64))
    assert held(archive) == 2
    archive.purges.run(START)
    assert (held(archive), kinds(archive)) == (1, ["purged"])
    archive.check()


def test_a_held_misread_waits(archive: ArchiveStore) -> None:
    """It is noted, and purged by the first run after the hold's end."""
    keep(archive)
    archive.holds.begin(HOLD, START)
    assert archive.purges.take(PURGE, START).done is False
    assert (archive.purges.run(START), held(archive)) == (0, 1)
    archive.holds.end(HOLD.number, "ada", START)
    assert (archive.purges.run(START), held(archive)) == (1, 0)


def test_a_request_erases_and_is_recorded(archive: ArchiveStore) -> None:
    """What it names goes in one transaction with its row; the chain holds."""
    keep(archive)
    keep(archive, OUTCOME)
    act = Subject(act="erased", number="e" * 64, items=1, signers=("sue", "ada"))
    archive.purges.settle([str(ALERT)], act, START)
    archive.purges.clean()
    assert (held(archive), kinds(archive)) == (0, ["subject"])
    archive.check()


def test_no_byte_is_left_in_the_files(tmp_path: Path, clock: FakeClock) -> None:
    """Before the purge the search finds the letter in SQLite's files; after it, nowhere."""
    place = Place(tmp_path / "archive")
    with place.store(clock) as store:
        keep(store, letter=Letter(PLANTED * 50, PLANTED))
        files = list(place.folder.iterdir())
        assert any(PLANTED in file.read_bytes() for file in files)
        store.purges.take(PURGE, START)
        store.purges.clean()
        assert not any(PLANTED in file.read_bytes() for file in files)
