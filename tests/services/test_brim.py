"""A disk filled to its last block: alerts and a pause go on, acts of people wait, whole."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from edge.errors import KeysError
from edge.keys.parties import to_time
from edge.keys.signed import to_bytes
from edge.messages.order import Order, seal_order
from edge.policy.grants import Grant, sign_approval, sign_grant
from edge.policy.holds import Hold, sign_hold
from edge.policy.pauses import PAUSE
from edge.records import Category
from edge.services.keeping import unit_takers
from edge.services.orders import OrderDesk
from edge.services.pause import PauseKeeper
from edge.services.pause_folder import PauseFolder, PauseTaker
from tests.alerts import UNIT, an_alert, sealed
from tests.end_to_end.disk import Disk
from tests.fakes import START
from tests.keys.cast import ROSTER, keys_of, party_of
from tests.services.pausing import NOW, body, order
from tests.services.searching import Searched, a_bundle

pytestmark = [pytest.mark.machine, pytest.mark.xdist_group("disk")]


class Brim:
    """A unit on a small disk of its own that can be filled and emptied."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        folder = disk.mount / "unit"
        folder.mkdir()
        self.unit = Searched(folder)
        self.held = self.unit.saw("AB12345")
        self.pauses = PauseFolder(self.unit.keys / "pauses", lasting=True)
        takers = unit_takers(self.unit.store, keys_of(UNIT.name), None, self.unit.clock)
        self.desk = OrderDesk(
            self.unit.keys,
            None,
            1.0,
            self.unit.clock,
            takers=[*takers, PauseTaker(self.pauses, UNIT.name)],
        )
        self.pause = PauseKeeper(
            unit=UNIT.name,
            folder=self.pauses,
            store=self.unit.store,
            rosters=self.unit.keyring.rosters,
            clock=self.unit.clock,
        )
        self.pause.open()

    def fill(self) -> None:
        """Leave not one block."""
        with (self.disk.mount / "ballast").open("ab", buffering=0) as ballast:
            for size in (1 << 20, 1 << 10, 1 << 10):
                with pytest.raises(OSError, match="No space left"):
                    _pour(ballast.write, size)
                os.fsync(ballast.fileno())  # what was promised is taken, the rest comes free
        assert os.statvfs(self.disk.mount).f_bavail == 0

    def empty(self) -> None:
        (self.disk.mount / "ballast").unlink()

    def files(self) -> set[str]:
        """Return all files of the unit but the store's own."""
        names = (str(one.relative_to(self.disk.mount)) for one in self.disk.mount.rglob("*"))
        return {name for name in names if "/store" not in name and name != "ballast"}

    def send(self, *documents: bytes) -> str:
        blob = seal_order(Order("archive", documents), party_of(UNIT.name))
        return self.desk.take(blob).sentence

    def acts(self) -> dict[str, int]:
        """Return how many rows of each kind there are; the chain holds."""
        assert self.unit.store.audit.verify() is None
        rows = self.unit.store._db.rows("SELECT kind, count(*) FROM audit GROUP BY kind")
        return {str(kind): int(count) for kind, count in rows}


def _pour(write: Callable[[bytes], object], size: int) -> None:
    while True:
        write(b"\0" * size)


@pytest.fixture
def brim() -> Iterator[Brim]:
    disk = Disk(size_mb=24, sync=False)
    try:
        one = Brim(disk.start())
        yield one
        one.unit.close()
    finally:
        disk.stop()


def grant() -> tuple[bytes, bytes]:
    """Return a grant with its approval."""
    one = sign_grant(
        Grant(
            v=1,
            town="windsor",
            who="bristol-pd",
            categories=[Category.STOLEN_VEHICLE],
            why="agreement 7",
            since=to_time(NOW),
            until=to_time(NOW + timedelta(days=9)),
        ),
        keys_of("sue"),
    )
    return to_bytes(one), to_bytes(sign_approval(one, keys_of("ada"), ROSTER, NOW))


def hold(brim: Brim) -> bytes:
    """Return a supervisor's hold on the unit's one alert."""
    one = brim.held
    fields = Hold(
        v=1,
        town="windsor",
        alert=f"{one.unit}/{one.epoch}/{one.sequence}",
        case="26-01234",
        why="a court asks",
        made=to_time(NOW),
        until=to_time(NOW + timedelta(days=9)),
    )
    return to_bytes(sign_hold(fields, keys_of("sue")))


ACTS: dict[str, Callable[[Brim], str]] = {
    "grant": lambda brim: brim.send(*grant()),
    "hold": lambda brim: brim.send(hold(brim)),
}


@pytest.mark.parametrize("act", sorted(ACTS))
def test_acts_of_people_wait_for_room(brim: Brim, act: str) -> None:
    """A grant or a hold that cannot be kept is refused in a sentence, and leaves no half."""
    before, rows = brim.files(), brim.acts()
    brim.fill()
    said = ACTS[act](brim)
    assert said.startswith("refused: "), said
    assert "no space" in said.lower()
    assert (brim.files(), brim.acts()) == (before, rows)
    brim.empty()
    assert ACTS[act](brim).startswith("taken: ")
    assert brim.acts() != rows or brim.files() != before


def test_a_search_waits_for_room(brim: Brim) -> None:
    """No row, no answer; with room it is answered once."""
    brim.unit.lay(a_bundle())
    brim.fill()
    assert brim.unit.desk.step() == 0
    assert "cannot be recorded" in brim.unit.desk.problem
    assert (brim.unit.answers(), brim.unit.acts()) == ([], [])
    brim.empty()
    assert brim.unit.desk.step() == 1
    assert (len(brim.unit.answers()), len(brim.unit.acts())) == (1, 1)


def test_a_command_that_ends_says_that_it_kept_nothing(brim: Brim) -> None:
    """`edge pause install` has no memory that lasts: it fails where watch would remember."""
    before = brim.files()
    brim.fill()
    taker = PauseTaker(PauseFolder(brim.unit.keys / "pauses"), UNIT.name)
    with pytest.raises(KeysError, match="No space left"):
        taker.take({PAUSE: body(order())}, ROSTER, NOW)
    assert brim.files() - before <= {"unit/keys/pauses"}


def test_alerts_and_a_pause_go_on(brim: Brim) -> None:
    """Out of the reserve: three alerts with their rows, and an order to stop reading."""
    brim.fill()
    for number in range(3):
        brim.unit.store.commit_alert(
            an_alert(f"CD{number}2345", START.later(number)), sealed, keep_days=30.0
        )
    assert brim.send(body(order())).startswith("taken: pause")
    brim.unit.clock.advance(2)
    brim.pause.refresh()
    assert brim.pause.current is not None
    assert brim.pause.settle()
    acts = brim.acts()
    assert (acts["alert"], acts["pause"]) == (4, 1)
    brim.unit.store.check()
