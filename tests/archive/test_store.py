"""The archive's store: its own chain, its letters, what units said."""

from dataclasses import replace

import pytest

from edge.archive.letters import Facts, Novelty
from edge.archive.store import ArchiveStore
from edge.errors import MessageError, StoreError
from edge.messages.letter import Letter
from edge.messages.links import verify
from edge.records import AlertId
from tests.archive.batches import EPOCH, a_chain, give
from tests.archive.places import Place
from tests.fakes import START, FakeClock

ALERT = AlertId("bridge-2", EPOCH, 7)
LETTER = Letter(b"sealed words", b"sealed picture")
FACTS = Facts("alert", ALERT, 0, "a" * 64, "b" * 64, "stolen_vehicle")
DAYS = {"stolen_vehicle": 30.0, "verdict": 90.0, "answer": 30.0}
DAY = 86_400.0


def keep(store: ArchiveStore, facts: Facts = FACTS, letter: Letter = LETTER) -> Novelty:
    with store.transaction():
        return store.letters.take(facts, letter, START, trusted=True)


def erase_due(store: ArchiveStore, days: float, held: tuple[AlertId, ...] = ()) -> int:
    with store.transaction():
        due = store.letters.due(DAYS, START.later(days * DAY), held.__contains__)
        return store.letters.erase_ids(due)


def test_own_acts_are_a_chain_that_verifies(place: Place, clock: FakeClock) -> None:
    """What is recorded is there after the store was opened again, and the chain goes on."""
    for number in (1, 2):
        with place.store(clock) as store:
            assert store.new_epoch is (number == 1)
            row = store.record("ended", {"process": "archive", "why": ""})
            assert row.number == number
            links = list(store.rows("archive", store.epoch))
            assert verify(links, store.epoch, row) is None
            own = store.own()
            assert own is not None
            assert (own.number, own.hash) == (number, row.hash)
            store.check()


def test_an_act_that_nobody_could_read_is_refused(archive: ArchiveStore) -> None:
    """A plate cannot slip into the chain: no act has a place for it."""
    with pytest.raises(MessageError, match="plate"):
        archive.record("ended", {"process": "archive", "plate": "AB12345"})
    assert archive.own() is None


def test_acts_are_chosen_by_kind_and_time(archive: ArchiveStore) -> None:
    """Counters ask for the rows of a month and a kind, and get them of every chain."""
    chain = a_chain(30)
    give(archive, chain, 1, 30)
    archive.record("ended", {"process": "archive", "why": ""})
    found = list(archive.acts(["hour"], chain[0][4].at, chain[0][9].at))
    assert [row.number for row in found] == [5, 6, 7, 8, 9]
    assert {row.name for row in archive.acts()} == {"bridge-2", "archive"}


def test_another_archives_database_is_refused(place: Place) -> None:
    """Two archives never share a database: the second says whose it is."""
    with place.store() as store:
        epoch = store.epoch
    with pytest.raises(StoreError, match="is the archive archive of windsor, and not other"):
        place.store(name="other").open()
    with place.store() as store:
        assert (store.epoch, store.new_epoch) == (epoch, False)


def test_a_letter_is_kept_once_as_it_came(archive: ArchiveStore) -> None:
    """Again it is known; with other words under the same number it contradicts, and is not kept."""
    assert keep(archive) is Novelty.NEW
    assert keep(archive) is Novelty.KNOWN
    assert keep(archive, replace(FACTS, mark="c" * 64)) is Novelty.CONTRADICTS
    assert keep(archive, replace(FACTS, revision=1, mark="c" * 64)) is Novelty.NEW
    assert [one.letter for one in archive.letters.of(ALERT)] == [LETTER, LETTER]


def test_a_picture_that_comes_later_is_added(archive: ArchiveStore) -> None:
    """Words sealed anew with their picture replace the words without; not the other way round."""
    keep(archive, letter=Letter(b"sealed words"))
    anew = Letter(b"sealed anew", b"a picture")
    assert keep(archive, replace(FACTS, digest="d" * 64), anew) is Novelty.KNOWN
    assert keep(archive, letter=Letter(b"sealed words")) is Novelty.KNOWN
    assert archive.letters.of(ALERT)[0].letter == anew


def test_letters_go_after_the_days_of_their_category(archive: ArchiveStore) -> None:
    """A letter is there up to its last day and gone after it; its number stays taken."""
    keep(archive)
    assert erase_due(archive, 29.9) == 0
    assert erase_due(archive, 30.1) == 1
    assert archive.letters.of(ALERT)[0].letter is None
    assert keep(archive) is Novelty.KNOWN
    assert archive.letters.of(ALERT)[0].letter is None
    assert erase_due(archive, 30.2) == 0


def test_a_hold_keeps_a_letter_and_what_speaks_of_it(archive: ArchiveStore) -> None:
    """While a case holds an alert, neither it nor its outcomes are erased; then both are."""
    outcome = Facts("verdict", AlertId("car-12", EPOCH, 1), 0, "e" * 64, "f" * 64, about=str(ALERT))
    keep(archive)
    keep(archive, outcome)
    assert erase_due(archive, 400.0, held=(ALERT,)) == 0
    assert [one.number for one in archive.letters.about(ALERT)] == [outcome.number]
    assert erase_due(archive, 400.0) == 2


def test_days_under_an_untrusted_clock_count_from_the_first_trusted_moment(
    archive: ArchiveStore,
) -> None:
    """A clock that was wrong neither erases early nor keeps for ever."""
    with archive.transaction():
        archive.letters.take(FACTS, LETTER, START.later(-9000 * DAY), trusted=False)
    future = replace(FACTS, revision=1, mark="c" * 64)
    with archive.transaction():
        archive.letters.take(future, LETTER, START.later(9000 * DAY), trusted=True)
    assert erase_due(archive, 10_000) == 1, "only the one that a wrong clock in the future dated"
    with archive.transaction():
        archive.letters.settle_ages(START)
    assert erase_due(archive, 29.9) == 0
    assert erase_due(archive, 30.1) == 1


def test_nothing_is_half_kept(archive: ArchiveStore) -> None:
    """A letter and its act stand or fall together."""

    def fail() -> None:
        with archive.transaction():
            keep(archive)
            archive.record("no such act", {})

    with pytest.raises(MessageError):
        fail()
    assert archive.letters.of(ALERT) == []
