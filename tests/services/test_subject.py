"""A person's request at each kind of store: what is handed out, what is erased, what is told."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edge.archive.database import Database
from edge.archive.letters import Facts
from edge.archive.store import ArchiveStore
from edge.errors import StoreFull, SubjectError
from edge.keys.signed import to_bytes
from edge.messages.letter import Letter
from edge.policy.ledger import Claim, sign_claim
from edge.policy.subject import Standing
from edge.records import AlertId
from edge.services.archive_keeping import ArchiveKeeper
from edge.services.subject import Keeper, erase, export
from edge.services.subject_stores import ConsoleKeeper, UnitKeeper
from edge.store import open_store
from edge.store.holding import KeptHold
from tests.alerts import UNIT, an_alert, sealed, store_section
from tests.fakes import START, FakeClock
from tests.keys.cast import TOWN, keys_of
from tests.store.test_retention import _receive_all
from tests.web.console.stand import stand
from tests.web.console.told import alarm

REQUEST = Standing("a" * 64, "AB12345", "26-7", "sue", "ada")
HOLD_ENDS = "2027-01-01T00:00:00Z"


@dataclass
class Place:
    """A store with three alerts of AB12345 and one of QX7R2ZK; the second one is held.

    Attributes:
        check: reads the whole store and its chain.
        rows: returns the payloads of the rows ``subject`` on its chain.
    """

    keeper: Keeper
    alerts: list[str]
    check: Callable[[], None]
    rows: Callable[[], list[dict[str, Any] | None]]
    close: Callable[[], None]


def _hold(alert: str) -> KeptHold:
    return KeptHold("b" * 64, alert, "26-114", "hit and run", HOLD_ENDS, "sue", ended=False)


PLATES = ("AB12345", "AB12345", "AB12345", "QX7R2ZK")


def _unit(folder: Path, clock: FakeClock) -> Place:
    store = open_store(store_section(folder / "store"), UNIT.name, clock)
    for plate in PLATES:
        alert = store.commit_alert(an_alert(plate), sealed, keep_days=30.0)
    _receive_all(store, clock)
    alerts = [f"{UNIT.name}/{store.epoch}/{n}" for n in range(1, alert.sequence + 1)]
    store.holds.begin(_hold(alerts[1]), clock.now())
    links = store.audit.links
    return Place(
        UnitKeeper(store, keys_of(UNIT.name), None),
        alerts,
        store.check,
        lambda: [store.audit.payload(one.number) for one in links() if one.kind == "subject"],
        store.close,
    )


def _console(folder: Path, clock: FakeClock) -> Place:
    car = stand(folder, "car-12", clock)
    for count, plate in enumerate(PLATES, 1):
        car.hear(alarm(hit=an_alert(plate).hit), sequence=count)
    alerts = sorted(str(one) for one in car.store.alerts.held())
    car.store.holds.begin(_hold(alerts[1]), clock.now())
    dana = car.log_in()
    car.desk.answer(alerts[0], dana, "3")
    store = car.store
    links = store.audit.links
    return Place(
        ConsoleKeeper(store, "car-12"),
        alerts,
        store.check,
        lambda: [store.audit.payload(one.number) for one in links() if one.kind == "subject"],
        store.close,
    )


def _archive(folder: Path, clock: FakeClock) -> Place:
    store = ArchiveStore(Database(folder / "archive"), TOWN, "archive", clock).open()
    alerts = []
    for count, plate in enumerate(PLATES, 1):
        number = AlertId(UNIT.name, "ab" * 16, count)
        letter = sealed(an_alert(plate), number, 0, START)
        facts = Facts("alert", number, 0, f"{count}" * 64, "c" * 64, "stolen_vehicle")
        with store.transaction():
            store.letters.take(facts, letter, START, trusted=True)
        alerts.append(str(number))
    store.holds.begin(_hold(alerts[1]), clock.now())
    return Place(
        ArchiveKeeper(store, keys_of("archive")),
        alerts,
        store.check,
        lambda: [row.payload for row in store.acts(["subject"])],
        store.close,
    )


@pytest.fixture(params=[_unit, _console, _archive], ids=["unit", "console", "archive"])
def place(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> Iterator[Place]:
    """Return each kind of store in turn."""
    made: Place = request.param(tmp_path, clock)
    yield made
    made.close()


def _left(place: Place) -> list[str]:
    found = [item.alert for plate in set(PLATES) for item in place.keeper.items(plate)]
    return sorted(set(found))


def test_everything_on_a_plate_is_handed_out(place: Place, tmp_path: Path) -> None:
    """Words, crops, since when, for whom, and how it was found; nothing of another plate."""
    folder = tmp_path / "out"
    assert export(place.keeper, "AB12345", "d" * 64, folder, START) == 3
    manifest = json.loads((folder / "manifest.json").read_text())
    assert [one["alert"] for one in manifest["alerts"]] == place.alerts[:3]
    first, second, _ = manifest["alerts"]
    assert first["found_as"] == ["read", "raw read", "listed"]
    assert (first["held_for_a_case_until"], second["held_for_a_case_until"]) == ("", HOLD_ENDS)
    for one in manifest["alerts"]:
        for name in one["files"]:
            assert (folder / name).stat().st_size > 100
    words = json.loads((folder / first["files"][0]).read_text())
    assert words["payload"]["read"]["text"] == "AB12345"
    assert (folder / first["files"][1]).read_bytes() == an_alert().crop_jpeg
    assert "QX7R2ZK" not in "".join(file.read_text("latin-1") for file in folder.iterdir())
    assert any("on no list are not in here" in note for note in manifest["notes"])
    assert folder.stat().st_mode & 0o77 == 0
    ((row),) = place.rows()
    assert row is not None
    assert (row["act"], row["items"], row["number"]) == ("exported", 3, "d" * 64)
    assert "AB12345" not in str(row)
    with pytest.raises(SubjectError, match="already"):
        export(place.keeper, "AB12345", "d" * 64, folder, START)


def test_what_no_case_holds_is_erased(place: Place) -> None:
    """Two go, the held one stays and its end is told, the other plate is untouched."""
    done = erase(place.keeper, REQUEST, START)
    assert (done.alerts, dict(done.held_back)) == (2, {place.alerts[1]: HOLD_ENDS})
    assert _left(place) == [place.alerts[1], place.alerts[3]]
    assert f"held back by cases until {HOLD_ENDS}" in done.sentence(REQUEST.number)
    assert "AB12345" not in done.sentence(REQUEST.number)
    (row,) = place.rows()
    assert row == {
        "act": "erased",
        "number": REQUEST.number,
        "items": 2,
        "held_back": 1,
        "signers": ["sue", "ada"],
    }
    assert erase(place.keeper, REQUEST, START).alerts == 0
    place.check()


def test_nothing_is_found_on_a_plate_that_was_never_seen(place: Place, tmp_path: Path) -> None:
    """The answer is an empty folder with its manifest, and it is on the record as well."""
    assert export(place.keeper, "ZZ99999", "d" * 64, tmp_path / "out", START) == 0
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["manifest.json"]
    assert len(place.rows()) == 1


def test_what_cannot_be_recorded_is_not_handed_out(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without room for its row nothing is written, and nothing erased."""

    def full(*_: object) -> None:
        raise StoreFull("no space left")

    monkeypatch.setattr(type(place.keeper), "settle", full)
    with pytest.raises(StoreFull):
        export(place.keeper, "AB12345", "d" * 64, tmp_path / "out", START)
    with pytest.raises(StoreFull):
        erase(place.keeper, REQUEST, START)
    assert not (tmp_path / "out").exists()
    assert _left(place) == place.alerts


def test_who_has_seen_it_is_told(tmp_path: Path, clock: FakeClock) -> None:
    """A unit tells by receipts who received it, a console by its record who viewed it."""
    unit = _unit(tmp_path / "unit", clock)
    assert [(one.who, one.what) for one in unit.keeper.seen(unit.alerts[0])] == [
        ("archive", "received")
    ]
    unit.close()
    car = _console(tmp_path / "car", clock)
    assert [(one.who, one.what) for one in car.keeper.seen(car.alerts[0])] == [
        ("dana", "answered"),
        ("dana", "viewed"),
    ]
    assert car.keeper.seen(car.alerts[2]) == ()
    car.close()


def test_every_revision_of_a_found_alert_is_handed_out(tmp_path: Path, clock: FakeClock) -> None:
    """One revision names the plate, an earlier one read it otherwise: both are the person's."""
    with open_store(store_section(tmp_path / "store"), UNIT.name, clock) as store:
        first = store.commit_alert(an_alert("QX7R2ZK"), sealed)
        store.commit_alert(an_alert("AB12345", revises=first), sealed)
        keeper = UnitKeeper(store, keys_of(UNIT.name), None)
        assert export(keeper, "AB12345", "d" * 64, tmp_path / "out", START) == 1
    assert len(list((tmp_path / "out").glob("*.json"))) == 3


def test_corrections_are_told_and_stay(tmp_path: Path, clock: FakeClock) -> None:
    """What protects a driver is named with its end, counted as held back, and not erased."""
    claim = Claim(
        v=1,
        town=TOWN,
        alert=f"{UNIT.name}/{'ab' * 16}/1",
        text="QX7R2ZK",
        plate="AB12345",
        entry_id="W-17",
        owner="Windsor PD",
        reason="misread",
        made="2026-01-01T00:00:00Z",
        until="2026-03-01T00:00:00Z",
    )
    signed = to_bytes(sign_claim(claim, keys_of("dana"), 90.0, lambda _: False))
    folder = tmp_path / "corrections"
    folder.mkdir()
    (folder / "one.claim").write_bytes(signed)
    with open_store(store_section(tmp_path / "store"), UNIT.name, clock) as store:
        keeper = UnitKeeper(store, keys_of(UNIT.name), folder)
        done = erase(keeper, Standing("a" * 64, "QX7R2ZK", "26-7", "sue", "ada"), START)
    assert done.alerts == 0
    (told,) = done.other
    assert "until 2026-03-01T00:00:00Z" in told
    assert "QX7R2ZK" not in told
    assert (folder / "one.claim").read_bytes() == signed


def test_a_thief_of_the_disk_opens_nothing(tmp_path: Path, clock: FakeClock) -> None:
    """The folder of a store without its key: no plate in its bytes, no letter for another unit."""
    unit = _unit(tmp_path, clock)
    assert len(list(unit.keeper.items("AB12345"))) == 3, "the control: with the key they open"
    unit.close()
    for file in (tmp_path / "store").iterdir():
        blob = file.read_bytes()
        for secret in (b"AB12345", b"QX7R2ZK", b"Poquonock", an_alert().crop_jpeg[40:140]):
            assert secret not in blob
    with open_store(store_section(tmp_path / "store"), UNIT.name, clock) as store:
        for name in ("main-street", "sue", "ada", "dana", "bristol-pd"):
            assert list(UnitKeeper(store, keys_of(name), None).items("AB12345")) == []
        letters = [letter for _, _, letter in store.newest_alerts(9)]
    assert all(isinstance(letter, Letter) for letter in letters)
    assert len(letters) == 4
