"""After a restart the store's alerts are the last words about their entries."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge.clock import Moment
from edge.records import Alert, AlertId, Category, Grade, Handling
from edge.services.recall import last_words
from edge.store import Store, open_store
from tests.alerts import UNIT, an_alert, sealed, store_section
from tests.fakes import START, FakeClock
from tests.keys.cast import keys_of


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> Iterator[Store]:
    with open_store(store_section(tmp_path), UNIT.name, clock) as opened:
        yield opened


def tell(store: Store, alert: Alert, entry_id: str) -> AlertId:
    entry = replace(alert.hit.entry, entry_id=entry_id)
    return store.commit_alert(replace(alert, hit=replace(alert.hit, entry=entry)), sealed)


def test_nothing_told(store: Store, clock: FakeClock) -> None:
    """A new store has no words."""
    assert last_words(store, clock, keys_of(UNIT.name)) == []


def test_words_come_back(store: Store, clock: FakeClock) -> None:
    """Each entry's newest word, with its plate, grade and age; the oldest first."""
    tell(store, an_alert("AB12345"), "E1")
    clock.advance(50.0)
    tell(store, an_alert("KL98765"), "E2")
    clock.advance(100.0)
    first, second = last_words(store, clock, keys_of(UNIT.name))
    assert (first.entry_id, first.plate, first.grade) == ("E1", "AB12345", Grade.VERIFY)
    assert first.category is Category.STOLEN_VEHICLE
    assert clock.now().since(first.said) == pytest.approx(150.0, abs=0.01)
    assert (second.entry_id, second.plate) == ("E2", "KL98765")


def test_a_retraction_leaves_no_word(store: Store, clock: FakeClock) -> None:
    """A car whose alert was taken back may alert again."""
    alert = an_alert()
    alert_id = tell(store, alert, "E1")
    gone = replace(alert.verdict, grade=Grade.NONE)
    tell(store, replace(alert, verdict=gone, revises=alert_id, retracts=True), "E1")
    assert last_words(store, clock, keys_of(UNIT.name)) == []


def test_a_test_stays_one(store: Store, clock: FakeClock) -> None:
    """An installer's test is recalled as such, so that it hides no real car."""
    alert = an_alert()
    tell(store, replace(alert, verdict=replace(alert.verdict, handling=Handling(test=True))), "E1")
    (word,) = last_words(store, clock, keys_of(UNIT.name))
    assert word.category is Category.TEST


@pytest.mark.parametrize("change", ["untrusted", "set back"])
def test_times_that_cannot_be_compared(store: Store, clock: FakeClock, change: str) -> None:
    """With a clock that is not set, or was set back, a word keeps nobody quiet."""
    tell(store, an_alert(), "E1")
    clock.believed = change != "untrusted"
    if change == "set back":
        clock.moment = Moment(START.utc_ns - 3_600_000_000_000, START.monotonic_ns)
    (word,) = last_words(store, clock, keys_of(UNIT.name))
    assert clock.now().since(word.said) > 86_400.0
