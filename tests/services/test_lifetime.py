"""Deliver and search stand on the chain with their start and their end, as watch does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import __version__
from edge.config import Settings, load
from edge.errors import StoreFull
from edge.keys.keeper import RosterKeeper
from edge.messages.acts import act_row, read_act
from edge.messages.acts_unit import Ended, Started
from edge.services import fingerprint
from edge.services.lifetime import on_record
from edge.store import open_store
from edge.store.store import Store
from tests.alerts import store_section
from tests.fakes import FakeClock
from tests.keys.cast import ROSTER

CLOCK = FakeClock()


@pytest.fixture
def settings() -> Settings:
    """Return a unit's settings."""
    return load([]).settings


@pytest.fixture
def rosters(tmp_path: Path) -> RosterKeeper:
    """Return the roster in force."""
    keeper = RosterKeeper(tmp_path, CLOCK)
    keeper.roster = ROSTER
    return keeper


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return a unit's store."""
    with open_store(store_section(tmp_path / "store"), "main-street", CLOCK) as one:
        yield one


def acts(store: Store, kind: str) -> list[object]:
    """Return the acts of a kind, the oldest first."""
    rows = (store.audit.intact(number) for number in store.audit.numbers(kind))
    return [read_act(kind, row) for row in rows if row is not None]


def test_start_and_end_name_process_and_settings(
    settings: Settings, rosters: RosterKeeper, store: Store
) -> None:
    """What runs, under which settings and roster; an ordinary end has no reason."""
    with on_record("deliver", settings, store, rosters, CLOCK):
        assert acts(store, "ended") == []
    mark = fingerprint.mark(fingerprint.told(settings))
    (begun,) = acts(store, "started")
    wanted = Started(process="deliver", software=__version__, settings=mark, roster=ROSTER.sequence)
    assert begun == wanted
    assert acts(store, "ended") == [Ended(process="deliver")]


def test_an_update_of_one_process_is_told_by_its_own_last_start(
    settings: Settings, rosters: RosterKeeper, store: Store
) -> None:
    """The version before is that of the same process, whatever others have started since."""
    old = Started(process="search", software="0.0.1")
    store.record("started", act_row("started", old))
    with (
        on_record("deliver", settings, store, rosters, CLOCK),
        on_record("search", settings, store, rosters, CLOCK),
    ):
        told = {one.process: one.before for one in acts(store, "started")[1:]}  # type: ignore[attr-defined]
    assert told == {"deliver": "", "search": "0.0.1"}


def test_what_broke_is_told_and_words_of_a_stranger_are_not(
    settings: Settings, rosters: RosterKeeper, store: Store
) -> None:
    """An error of ours is a sentence; of any other only its name: its words may hold a plate."""
    for error in (StoreFull("the disk is full"), KeyError("AB12345")):
        with (
            pytest.raises(type(error)),
            on_record("search", settings, store, rosters, CLOCK),
        ):
            raise error
    whys = [one.why for one in acts(store, "ended")]  # type: ignore[attr-defined]
    assert whys == ["the disk is full", "an unexpected KeyError"]
