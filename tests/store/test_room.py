"""Space is watched: pictures stop below the reserve, the reserve comes back with the space."""

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from edge.store import Store, open_store
from tests.alerts import UNIT, an_alert, store_section
from tests.fakes import FakeClock
from tests.store.letters import plain

MB = 1024 * 1024
SetFree = Callable[[float], None]


@pytest.fixture
def set_free(monkeypatch: pytest.MonkeyPatch) -> SetFree:
    """Return a function that sets the free megabytes that the system tells."""

    def set_to(free_mb: float) -> None:
        facts = SimpleNamespace(f_bavail=int(free_mb * MB), f_frsize=1)
        monkeypatch.setattr(os, "statvfs", lambda _: facts)

    return set_to


def test_pictures_stop_and_come_back(store: Store, clock: FakeClock, set_free: SetFree) -> None:
    """Below the reserve an alert goes without its crop, says so, and later ones have it again."""
    for free_mb in (5, 0.9, 5):
        set_free(free_mb)
        store.commit_alert(an_alert(), plain)
    rows = sorted(store.outbox.pending(clock.now(), 10), key=lambda row: row.row)
    crops = [row.picture for row in rows]
    assert [bool(crop) for crop in crops] == [True, False, True]


def test_a_withdrawal_goes_without_its_picture_too(
    store: Store, clock: FakeClock, set_free: SetFree
) -> None:
    """Below the reserve a withdrawal does not store the alert's picture once more."""
    first = store.commit_alert(an_alert(), plain)
    for free_mb in (5, 0.9):
        set_free(free_mb)
        store.withdraw(first, lambda newest, _revision, _stored: newest)
    assert [bool(row.picture) for row in store.outbox.pending(clock.now(), 5)] == [
        True,
        True,
        False,
    ]


def test_room_tells_health(store: Store, set_free: SetFree) -> None:
    """Health learns the space, whether pictures are stored, and that the reserve is there."""
    set_free(5.5)
    room = store.room()
    assert (room.free_mb, room.pictures, room.reserve, room.problem) == (5, True, True, "")
    set_free(0.5)
    assert store.room().pictures is False


def test_reserve_is_real_space(store: Store, tmp_path: Path) -> None:
    """The reserve's blocks are on the disk, not only promised."""
    assert store.room().reserve
    for name in ("reserve", "reserve-last"):
        assert (tmp_path / name).stat().st_blocks * 512 >= MB


def test_reserve_waits_for_space(tmp_path: Path, clock: FakeClock, set_free: SetFree) -> None:
    """On a nearly full disk the store opens without its reserve, and makes it when it can."""
    set_free(1.5)
    with open_store(store_section(tmp_path), UNIT.name, clock) as store:
        assert store.room().reserve is False
        assert "reserve for alerts is spent" in store.room().problem
        store.commit_alert(an_alert(), plain)
        store.erase(clock.now())
        assert store.room().reserve is False
        set_free(2.5)
        store.erase(clock.now())
        assert store.room().reserve is True
