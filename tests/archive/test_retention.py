"""What the archive erases, by whose clock, and what its own rounds find."""

from dataclasses import replace

import pytest

from edge.archive.database import update
from edge.archive.retention import Retention
from edge.archive.rounds import Rounds
from edge.archive.store import ArchiveStore
from edge.archive.tables import ROWS
from edge.config import load
from edge.records import AlertId
from tests.alerts import UNIT
from tests.archive.batches import EPOCH, a_chain, give
from tests.archive.test_store import ALERT, DAY, FACTS, LETTER, keep
from tests.fakes import START, FakeClock

SETTINGS = load([]).settings
CHAIN = a_chain(1200)


def retention(store: ArchiveStore, clock: FakeClock, held: tuple[AlertId, ...] = ()) -> Retention:
    return Retention(store, SETTINGS.archive, SETTINGS.categories, clock, held.__contains__)


@pytest.mark.parametrize("category", [name for name, _ in SETTINGS.categories.items()])
def test_each_category_has_its_days(archive: ArchiveStore, clock: FakeClock, category: str) -> None:
    """Letters of every category that there is go after the days that its rules say, recorded."""
    days = dict(SETTINGS.categories.items())[category].keep_days
    keep(archive, replace(FACTS, category=category))
    run = retention(archive, clock)
    clock.advance((days - 0.01) * DAY)
    assert run.run(clock.now()) == 0
    clock.advance(0.02 * DAY)
    assert run.run(clock.now()) == 1
    assert archive.letters.of(ALERT)[0].letter is None
    assert [row.payload for row in archive.acts(["retention"])] == [{"erased": 1}]


def test_nothing_is_erased_by_a_clock_that_nobody_set(
    archive: ArchiveStore, clock: FakeClock
) -> None:
    """A clock that wakes up in the future erases nothing until it is trusted."""
    keep(archive)
    clock.advance(9000 * DAY)
    clock.believed = False
    assert retention(archive, clock).run(clock.now()) == 0
    clock.believed = True
    assert retention(archive, clock).run(clock.now()) == 1


def test_a_held_alert_stays_and_the_rest_goes(archive: ArchiveStore, clock: FakeClock) -> None:
    """One case does not keep other letters."""
    other = AlertId(UNIT.name, EPOCH, 8)
    keep(archive)
    keep(archive, replace(FACTS, number=other))
    clock.advance(400 * DAY)
    assert retention(archive, clock, (ALERT,)).run(clock.now()) == 1
    assert archive.letters.of(ALERT)[0].letter is not None
    assert archive.letters.of(other)[0].letter is None


def test_many_letters_go_in_few_runs(archive: ArchiveStore, clock: FakeClock) -> None:
    """After a month off everything due goes, each batch with its act in one transaction."""
    with archive.transaction():
        for number in range(1, 451):
            facts = replace(FACTS, number=AlertId(UNIT.name, EPOCH, number))
            archive.letters.take(facts, LETTER, START, trusted=True)
    clock.advance(400 * DAY)
    assert retention(archive, clock).run(clock.now()) == 450
    erased = [row.payload["erased"] for row in archive.acts(["retention"]) if row.payload]
    assert erased == [200, 200, 50]


def test_rounds_find_what_was_changed_in_the_database(archive: ArchiveStore) -> None:
    """The archive reads its own chains again and again, and names the row that was changed."""
    for first in range(1, 1201, 200):
        give(archive, CHAIN, first, first + 199)
    archive.record("ended", {"process": "archive", "why": ""})
    rounds = Rounds(archive)
    assert [rounds.step() for _ in range(8)] == [None] * 8
    assert (rounds.whole, rounds.found) == (1, {})
    with archive.transaction():
        archive.db.execute(update(ROWS).where(ROWS.c.number == 777).values(kind="ended"))
    told = [found for _ in range(12) if (found := rounds.step())]
    assert told == [(UNIT.name, EPOCH)], "told once"
    assert rounds.found[UNIT.name, EPOCH].number == 777
