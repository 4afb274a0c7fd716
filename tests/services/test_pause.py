"""Pauses on one unit: what holds over restarts, deletions, full disks and clocks that jump."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.errors import KeysError, PauseError, StoreError, StoreFull
from edge.keys.signed import Signed
from edge.policy.pauses import APPROVAL, LIFT, PAUSE
from edge.services.capture import Capture
from edge.services.pause import PauseWatch, told_pause
from edge.services.pause_folder import PauseTaker
from tests.keys.cast import ROSTER, keys_of
from tests.services.pausing import NOW, Stand, body, lift, order


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    one = Stand(tmp_path)
    yield one
    one.store.close()


def test_from_the_order_to_the_lift(stand: Stand) -> None:
    """It begins with the order and ends with two signatures; the chain tells both."""
    assert not stand.look()
    number = stand.put(order())
    assert stand.look()
    assert stand.keeper.current is not None
    assert "until 2026-01-31T10:00:00Z: vote of 12 May" in told_pause(stand.keeper.current)
    stand.pauses.put_lift(*lift(number), ROSTER, NOW)
    assert not stand.look()
    assert stand.acts() == ["begun", "lifted"]


def test_it_survives_restarts_and_its_own_file(stand: Stand) -> None:
    """A restart begins it again on the chain; without its file the store still knows it."""
    stand.put(order())
    assert stand.look()
    stand.again()
    assert stand.keeper.current is not None, "not paused before the first look of the loop"
    assert stand.look()
    for file in stand.pauses.folder.iterdir():
        file.unlink()
    stand.again()
    assert stand.look()
    assert stand.acts() == ["begun", "begun", "begun"]


def test_a_new_store_finds_it_in_the_folder(stand: Stand, tmp_path: Path) -> None:
    """A unit that lost its store is paused all the same."""
    stand.put(order())
    assert stand.look()
    stand.section = stand.section.model_copy(update={"folder": str(tmp_path / "new")})
    stand.again()
    assert stand.keeper.current is not None


def test_a_lifted_pause_never_comes_back(stand: Stand) -> None:
    """Neither by the order sent again, nor by its file without the lift's."""
    signed = order()
    number = stand.put(signed)
    assert stand.look()
    stand.pauses.put_lift(*lift(number), ROSTER, NOW)
    assert not stand.look()
    with pytest.raises(PauseError, match="was lifted: another needs a new order"):
        stand.put(signed)
    for name in ("lift", "lifted"):
        (stand.pauses.folder / f"{number}.{name}").unlink()
    stand.again()
    assert not stand.look()
    with pytest.raises(PauseError, match="was lifted"):
        stand.put(signed)
    assert stand.put(order(reason="another vote"))
    assert stand.look()


@pytest.mark.parametrize("missing", [LIFT, APPROVAL])
def test_one_key_lifts_nothing(stand: Stand, missing: str) -> None:
    """An order with one of the two words is refused, and the pause holds."""
    number = stand.put(order())
    word, approval = lift(number)
    found = {LIFT: body(word), APPROVAL: body(approval)}
    del found[missing]
    with pytest.raises(PauseError, match=f"lacks the {missing}: one key alone"):
        PauseTaker(stand.pauses, "main-street").take(found, ROSTER, NOW)
    assert stand.look()


def test_files_by_hand_are_checked_too(stand: Stand) -> None:
    """A lift whose approval was swapped for another's, put there by hand, lifts nothing."""
    number = stand.put(order())
    assert stand.look()
    word, _ = lift(number)
    _, other = lift("0" * 64)
    (stand.pauses.folder / f"{number}.lift").write_bytes(body(word))
    (stand.pauses.folder / f"{number}.lifted").write_bytes(body(other))
    assert stand.look()
    assert "another lift" in stand.keeper.problem


def test_a_forged_order_pauses_nothing_and_is_told(stand: Stand) -> None:
    """A stranger's order is refused by desk and folder, in a sentence."""
    signed = order()
    forged = Signed(signed.kind, signed.payload, "ada", signed.signature)
    with pytest.raises(KeysError, match="does not hold"):
        PauseTaker(stand.pauses, "main-street").take({PAUSE: body(forged)}, ROSTER, NOW)
    stand.pauses.folder.mkdir()
    (stand.pauses.folder / f"{'a' * 64}.pause").write_bytes(body(forged))
    assert not stand.look()
    assert "does not hold" in stand.keeper.problem


def test_a_damaged_file_ends_no_pause(stand: Stand) -> None:
    """A file that a failing disk changed is told of; what it said was noted when it came."""
    number = stand.put(order())
    assert stand.look()
    (stand.pauses.folder / f"{number}.pause").write_bytes(b"rust")
    stand.again()
    assert stand.look()
    assert "is not a signed document" in stand.keeper.problem


def test_it_is_for_others(stand: Stand) -> None:
    """An order that names other units stops nothing here."""
    words = PauseTaker(stand.pauses, "main-street").take(
        {PAUSE: body(order(units=["bridge-2"]))}, ROSTER, NOW
    )
    assert words.endswith("is for others")
    assert not stand.look()


def test_it_lapses_by_a_trusted_clock_only(stand: Stand) -> None:
    """At its end reading goes on, unless nobody has set the clock."""
    stand.put(order(days=1))
    assert stand.look()
    stand.clock.believed = False
    stand.jump(days=2)
    assert stand.look()
    stand.clock.believed = True
    assert not stand.look()
    assert stand.acts() == ["begun", "lapsed"]
    stand.clock.believed = False  # the next start, before the network sets the clock
    stand.jump(days=-300)
    stand.again()
    assert not stand.look()


def test_a_clock_set_back_by_a_year_ends_nothing(stand: Stand) -> None:
    """Begun is begun; and one that had lapsed counts again where the clock says it does."""
    stand.put(order(days=1))
    assert stand.look()
    stand.jump(days=-365)
    assert stand.look()
    stand.again()
    assert stand.look()
    stand.jump(days=365 + 2)
    assert not stand.look()
    stand.jump(days=-365)
    assert stand.look()
    assert stand.acts() == ["begun", "begun", "lapsed", "begun"]


def test_the_longest_is_told(stand: Stand) -> None:
    """Two pauses overlap: reading goes on when the last is over."""
    stand.put(order(days=1))
    stand.put(order("ada", days=9))
    assert stand.look()
    assert stand.keeper.current is not None
    assert stand.keeper.current.signer == "ada"
    stand.jump(days=2)
    assert stand.look()
    stand.jump(days=9)
    assert not stand.look()
    assert sorted(stand.acts()) == ["begun", "begun", "lapsed", "lapsed"]


def test_damaged_notes_read_nothing(stand: Stand) -> None:
    """A store that no longer knows what was ordered is no leave to read."""
    stand.store.note("pauses", "{rust")
    with pytest.raises(StoreError, match="note of the pauses"):
        stand.begin()


class Camera:
    """A capture that tells whether it is open."""

    def __init__(self) -> None:
        self.open = False

    def start(self) -> None:
        self.open = True

    def stop(self) -> None:
        self.open = False


class Full:
    """A store without room, for as long as it is told."""

    def __init__(self, stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = True
        record = stand.store.record

        def tried(*words: object, must: bool = False) -> object:
            if self.full:
                raise StoreFull("edge.db: no space left")
            return record(*words, must=must)  # type: ignore[arg-type]

        monkeypatch.setattr(stand.store, "record", tried)


def watched(stand: Stand, camera: Camera, told: list[str]) -> PauseWatch:
    capture: Capture = camera  # type: ignore[assignment]
    return PauseWatch(
        stand.keeper,
        capture,
        forget=lambda: told.append("forget"),
        close=lambda: told.append("close"),
        reopen=lambda: told.append("reopen"),
    )


def test_the_camera_is_closed_before_anything_is_written(stand: Stand) -> None:
    """Camera, open passes, the hour's counts, the row: in that order, each once."""
    told: list[str] = []
    camera = Camera()
    watch = watched(stand, camera, told)
    assert not watch.step()
    assert camera.open
    number = stand.put(order())
    for _ in range(3):
        stand.clock.advance(1)
        assert watch.step()
        assert not camera.open
    stand.pauses.put_lift(*lift(number), ROSTER, NOW)
    stand.clock.advance(1)
    assert not watch.step()
    assert camera.open
    assert told == ["forget", "close", "reopen"]
    assert stand.acts() == ["begun", "lifted"]


def test_a_full_disk_stops_reading_and_does_not_let_it_go_on(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pause that cannot be recorded holds; its lift waits for the record."""
    disk, told = Full(stand, monkeypatch), list[str]()
    camera = Camera()
    watch = watched(stand, camera, told)
    watch.step()
    number = stand.put(order())
    stand.clock.advance(1)
    assert watch.step()
    assert not camera.open
    assert "cannot be recorded" in stand.keeper.problem
    disk.full = False
    stand.clock.advance(6)
    assert watch.step()
    disk.full = True
    stand.pauses.put_lift(*lift(number), ROSTER, NOW)
    stand.clock.advance(6)
    assert watch.step()
    assert not camera.open
    disk.full = False
    stand.clock.advance(6)
    assert not watch.step()
    assert camera.open
    assert (stand.acts(), stand.keeper.problem) == (["begun", "lifted"], "")


def test_an_order_that_finds_no_room_holds(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts from memory, and goes to the disk once there is space."""

    def full(*_: object, **__: object) -> None:
        raise KeysError("no space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("edge.services.pause_folder.write", full)
        number = stand.put(order())
        assert stand.look()
    assert not list(stand.pauses.folder.glob("*.pause"))
    stand.put(order("ada"))
    assert stand.look()
    assert (stand.pauses.folder / f"{number}.pause").exists()


def test_a_party_without_the_right_lifts_nothing(stand: Stand) -> None:
    """A lift by the right names with an officer's key is refused."""
    number = stand.put(order())
    word, approval = lift(number)
    stolen = Signed(approval.kind, approval.payload, keys_of("dana").name, approval.signature)
    with pytest.raises(KeysError):
        stand.pauses.put_lift(word, stolen, ROSTER, NOW)
    assert stand.look()
