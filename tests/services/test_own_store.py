"""A unit without the keys of its store begins anew, and loses nothing of the old one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge.config import load
from edge.keys.identity import Identity, make_identity, successor
from edge.keys.roles import Role
from edge.services.own_store import Own, open_own_store
from edge.services.record import begin
from edge.store import open_store
from edge.store.store import DATABASE, Store
from tests.alerts import UNIT, an_alert, store_section
from tests.fakes import FakeClock
from tests.keys.cast import ROSTER, rosters_of
from tests.store.letters import plain


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that is believed."""
    return FakeClock()


@contextmanager
def opened(folder: Path, own: Identity, clock: FakeClock) -> Iterator[Own]:
    """Open the store as watch does, with the start on the record."""
    with open_own_store(store_section(folder), UNIT.name, own, clock) as found:
        begin(load([]).settings, found.store, rosters_of(ROSTER), clock, found.why)
        yield found


def test_other_keys_begin_a_new_epoch(tmp_path: Path, clock: FakeClock) -> None:
    """The old database lies aside whole with its letters, and the new one says why it is new."""
    lost, found = (make_identity(UNIT.name, Role.UNIT, "windsor") for _ in range(2))
    with opened(tmp_path, lost, clock) as own:
        epoch = own.store.epoch
        for _ in range(3):
            own.store.commit_alert(an_alert(), plain)
        links = own.store.audit.links()
    with opened(tmp_path, found, clock) as own:
        assert own.store.epoch != epoch
        assert "3 letters that nobody has confirmed" in own.why
        assert f"lost-{epoch[:12]}" in own.lost
        (number,) = own.store.audit.numbers("started")
        started = own.store.audit.payload(number)
        assert started is not None
        assert (started["new_epoch"], started["why"]) == (True, own.why)
        assert own.store.commit_alert(an_alert(), plain).sequence == 1
    aside = tmp_path / f"lost-{epoch[:12]}"
    with open_store(store_section(aside), UNIT.name, clock) as old:
        assert (old.epoch, old.outbox.depth(), old.audit.links()) == (epoch, 3, links)
        old.check()


def test_an_exchange_of_keys_keeps_the_store(tmp_path: Path, clock: FakeClock) -> None:
    """The control: who has the key before the last exchange is the same unit, each time."""
    own = make_identity(UNIT.name, Role.UNIT, "windsor")
    epochs, told = set(), []
    for _ in range(3):
        for _ in range(2):
            with opened(tmp_path, own, clock) as found:
                epochs.add(found.store.epoch)
                told.append("exchanged" in found.why)
                assert found.lost == ""
        own = successor(own)
    assert len(epochs) == 1
    assert told == [False, False, True, False, True, False]


def test_a_store_from_before_is_taken_over(tmp_path: Path, clock: FakeClock) -> None:
    """A store that has no note of its keys yet belongs to the first that open it."""
    with open_store(store_section(tmp_path), UNIT.name, clock) as store:
        store.commit_alert(an_alert(), plain)
        epoch = store.epoch
    with opened(tmp_path, make_identity(UNIT.name, Role.UNIT, "windsor"), clock) as own:
        assert (own.store.epoch, own.why) == (epoch, "")


def test_who_has_it_open_sees_that_it_was_moved(tmp_path: Path, clock: FakeClock) -> None:
    """Deliver, which had the old one open, learns that another lies in its place."""
    first, second = (make_identity(UNIT.name, Role.UNIT, "windsor") for _ in range(2))
    with opened(tmp_path, first, clock) as own:
        own.store.commit_alert(an_alert(), plain)
        epoch = own.store.epoch
    deliver = Store(store_section(tmp_path), UNIT.name, clock).open()
    assert not deliver.replaced()
    with opened(tmp_path, second, clock):
        assert deliver.replaced()
        assert deliver.outbox.depth() == 1
    deliver.close()
    aside = tmp_path / f"lost-{epoch[:12]}"
    assert (aside / DATABASE).exists()
    with open_store(store_section(aside), UNIT.name, clock) as old:
        assert old.outbox.depth() == 1
        old.check()
