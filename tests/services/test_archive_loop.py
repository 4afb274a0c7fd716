"""The archive's loop without a broker: what it confirms, whom it misses, what it tells."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.config import load
from edge.delivery.events import Connected, Event, Lost, Received
from edge.messages import pack
from edge.messages.status import build_status
from edge.messages.topics import Kind, topic
from edge.records import AlertId
from edge.services.archive import Hall
from edge.services.archive_loop import ArchiveLoop
from edge.services.keyring import Keyring, open_keyring
from tests.alerts import UNIT, a_jpeg, an_alert, sealed
from tests.archive.places import Place
from tests.archive.test_full import narrow
from tests.fakes import START, FakeClock
from tests.keys.cast import PARTIES, TOWN, keys_folder
from tests.messages.chains import EPOCH

UNITS = {name for name, role in PARTIES.items() if role == "unit"}


class Stand:
    """A loop whose link is not started: events are put into its hand."""

    def __init__(self, hall: Hall, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = clock
        self.store = hall.store
        self.link = hall.join()
        self.loop: ArchiveLoop = hall.loop
        self.confirmed: list[int] = []
        self.said: list[str] = []
        monkeypatch.setattr(self.link, "done", lambda event: self.confirmed.append(event.token))
        monkeypatch.setattr(self.link, "publish", lambda where, _blob: self.said.append(where))
        monkeypatch.setattr("edge.services.archive_loop._POLL_S", 0.01)

    def step(self, *events: Event, seconds: float = 1.0) -> None:
        self.clock.advance(seconds)
        for event in events:
            self.link._events.put(event)
        self.loop.step()


@pytest.fixture
def stand(tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stand]:
    site = tmp_path / "site.toml"
    site.write_text(f'[unit]\ntown = "{TOWN}"\n[delivery]\ntls = false\nhost = "localhost"\n')
    keyring: Keyring = open_keyring(keys_folder(tmp_path / "keys", "archive"), clock, {"archive"})
    with Place(tmp_path / "archive").store(clock) as store:
        hall = Hall(load([site]).settings, keyring, store, clock)
        yield Stand(hall, clock, monkeypatch)


def an_event(sequence: int, token: int) -> Received:
    alert = an_alert(crop_jpeg=a_jpeg(size=60_000))
    letter = sealed(alert, AlertId(UNIT.name, EPOCH, sequence), 0, START)
    return Received(topic(TOWN, UNIT.name, Kind.ALERT), pack(letter), token, retained=False)


def online(token: int = 0) -> Received:
    where = topic(TOWN, UNIT.name, Kind.STATUS)
    return Received(where, build_status("online", UNIT, START, "1"), token, retained=False)


def test_everything_is_confirmed_once_it_is_kept(stand: Stand) -> None:
    """A burst is one transaction; what is garbage is confirmed too, lest it come for ever."""
    garbage = Received(topic(TOWN, UNIT.name, Kind.CHAIN), b"noise", 3, retained=False)
    strange = Received("some/where/else", b"", 4, retained=False)
    stand.step(an_event(1, 1), an_event(2, 2), garbage, strange)
    assert stand.confirmed == [1, 2, 3, 4]
    assert stand.said == [topic(TOWN, UNIT.name, Kind.RECEIPT)] * 2
    assert len(list(stand.store.letters.all())) == 2


def test_a_full_disk_confirms_nothing(stand: Stand) -> None:
    """Short of room it keeps the messages in its hand and asks for no more; with room all go on."""
    stand.step(an_event(1, 1))
    with narrow(stand.store, 100_000):
        stand.step(*(an_event(number, number) for number in range(2, 9)))
        stand.step(an_event(9, 9))
        assert stand.confirmed == [1]
        assert len(stand.said) == 1
        assert "no space left" in stand.loop.problems[0]
        assert stand.link._events.qsize() == 1, "nothing more is taken off the broker"
    stand.step()
    stand.step()
    assert stand.confirmed == list(range(1, 10))
    assert len(list(stand.store.letters.all())) == 9
    stand.step()
    assert not any("space" in one for one in stand.loop.problems)


def test_a_silent_unit_is_told_and_recorded(stand: Stand) -> None:
    """Whoever was not heard is named, also one that never was; and again once it is heard."""
    stand.step(online())
    stand.step(seconds=130.0)
    assert {one.split()[0] for one in stand.loop.problems if "silent" in one} == UNITS
    stand.step(online())
    stand.step()
    told = [
        (row.payload["act"], row.payload["name"])
        for row in stand.store.acts(["silent"])
        if row.payload
    ]
    assert told == [*(("silent", name) for name in sorted(UNITS)), ("heard", UNIT.name)]
    assert not any(UNIT.name in one for one in stand.loop.problems)


def test_the_broker_is_told_of(stand: Stand) -> None:
    """No connection, and topics that it does not let us hear, are problems until they are gone."""
    stand.step(Lost("the broker is away", 1.0))
    assert "the broker is away" in stand.loop.problems
    stand.step(Connected(resumed=True, refused=("edge/v1/windsor/+/chain",), window=20))
    assert any("does not let us hear" in one for one in stand.loop.problems)
    stand.step(Connected(resumed=True, refused=(), window=20))
    assert stand.loop.problems == ()
    assert "connected" in stand.loop.sentence


def test_a_letter_for_others_is_no_trouble(stand: Stand) -> None:
    """What is sealed to consoles alone is confirmed, and neither kept nor signed for."""
    letter = sealed(an_alert(), AlertId(UNIT.name, EPOCH, 1), 0, START, readers=["car-12"])
    where = topic(TOWN, UNIT.name, Kind.ALERT)
    stand.step(Received(where, pack(letter), 1, retained=False))
    assert (stand.confirmed, stand.said) == ([1], [])
    assert list(stand.store.letters.all()) == []
