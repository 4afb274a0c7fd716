"""An order over a real broker: who takes it, who refuses, who says nothing."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.clock import SystemClock
from edge.config import load
from edge.config.delivery import DeliverySection
from edge.delivery.events import Connected, Event, Received
from edge.delivery.mqtt import Link
from edge.errors import KeysError
from edge.keys.keeper import RosterKeeper
from edge.keys.parties import Revocation
from edge.keys.roster import sign_roster
from edge.keys.trust import open_roster
from edge.messages.health import parse_health
from edge.messages.order import Order
from edge.messages.topics import Kind, topic
from edge.services.order_send import KEEPERS, OrderSender, Spread, Word, addressees, topics_of
from edge.services.orders import OrderDesk
from tests.brokers import Broker, Tap, until
from tests.keys.cast import ROSTER, TOWN, keys_folder, keys_of, root_of, roster_of
from tests.messages.samples import DELIVER, UNIT, WATCH, build_health

CLOCK = SystemClock("always")
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    made = Broker(tmp_path / "broker").start()
    yield made
    made.stop()


@pytest.fixture
def stage() -> Iterator[ExitStack]:
    """End every connection at the end of the test."""
    with ExitStack() as stack:
        yield stack


def link(broker: Broker, stage: ExitStack, name: str, *topics: str) -> Link:
    """Return a link that is let in."""
    section = DeliverySection.model_validate(
        {**load([]).settings.delivery.model_dump(), **broker.settings(name)}
    )
    made = Link(section, name, topics, CLOCK)
    made.start()
    stage.callback(made.stop)
    return made


def connected(one: Link) -> Link:
    assert isinstance(one.take(30), Connected)
    return one


class _Again:
    """A link whose connection stands already, for a second sender."""

    def __init__(self, one: Link) -> None:
        self._link = one
        self._first = True

    def take(self, timeout_s: float) -> Event | None:
        if self._first:
            self._first = False
            return Connected(resumed=True, refused=(), window=20)
        return self._link.take(timeout_s)

    def __getattr__(self, name: str) -> object:
        return getattr(self._link, name)


class Console:
    """A car's console, as far as orders go: takes one, and answers."""

    def __init__(self, folder: Path, broker: Broker, stage: ExitStack, name: str) -> None:
        self.keys = keys_folder(folder / name, name)
        self._desk = OrderDesk(self.keys, folder / f"{name}.corrections", 90.0, CLOCK)
        where = topic(TOWN, name, Kind.COMMAND)
        self._link = connected(link(broker, stage, name, where))
        self._over = threading.Event()
        thread = threading.Thread(target=self._run)
        thread.start()
        stage.callback(thread.join)
        stage.callback(self._over.set)

    def _run(self) -> None:
        while not self._over.is_set():
            event = self._link.take(0.05)
            if isinstance(event, Received):
                taken = self._desk.take(event.payload)
                if taken.number:
                    self._link.publish(*self._desk.answer(taken))
                self._link.done(event)


def revoking(sequence: int = 2) -> bytes:
    gone = Revocation("car-13", keys_of("car-13").signing.public, NOW, "stolen")
    roster = replace(roster_of(sequence=sequence), issued=NOW, revoked=(gone,))
    return sign_roster(roster, root_of(TOWN))


def test_each_addressee_is_told_of(tmp_path: Path, broker: Broker, stage: ExitStack):
    """One console takes it, one has a newer roster, a unit says so in health, others nothing."""
    console = Console(tmp_path, broker, stage, "car-12")
    ahead = Console(tmp_path, broker, stage, "dispatch")
    (ahead.keys / "roster").write_bytes(revoking(9))
    order = Order("archive", (revoking(),))
    unit = Tap(broker, "bridge-2", topic(TOWN, "bridge-2", Kind.COMMAND))
    stage.callback(unit.close)
    to = addressees(ROSTER, ("car-12", "dispatch", "bridge-2"), NOW)
    sending = link(broker, stage, "archive", *topics_of(TOWN, "archive"))
    words: list[Word] = []
    sender = OrderSender(sending, order, to, ROSTER, CLOCK)
    thread = threading.Thread(target=lambda: words.extend(sender.send(40.0)))
    thread.start()
    until(lambda: bool(unit.payloads("/command")), what="the order at the unit")
    said = WATCH.orders[0].model_copy(update={"number": order.number})
    health = build_health(
        WATCH.model_copy(update={"orders": (said,)}), DELIVER, (), UNIT, CLOCK.now(), "test"
    )
    assert parse_health(health).unit == "bridge-2"
    unit.publish(topic(TOWN, "bridge-2", Kind.HEALTH), health)
    unit.publish(topic(TOWN, "bridge-2", Kind.HEALTH), b"noise")
    unit.publish(topic(TOWN, "archive", Kind.RECEIPT), b"noise")
    thread.join()
    found = {word.name: word for word in words}
    assert found["car-12"].sentence == "taken: roster 2"
    assert (found["dispatch"].taken, found["bridge-2"].taken) == (False, True)
    assert "plays an old roster back" in found["dispatch"].sentence
    garage = addressees(ROSTER, ("car-13",), NOW)
    (word,) = OrderSender(_Again(sending), order, garage, ROSTER, CLOCK).send(2.0)
    assert (word.taken, "never connected" in word.sentence) == (None, True)
    assert open_roster(console.keys).sequence == 2


def test_a_supervisors_console_spreads_what_it_confirmed(
    tmp_path: Path, broker: Broker, stage: ExitStack
):
    """One call sends documents to all others; nothing travels in the clear."""
    console = Console(tmp_path, broker, stage, "car-12")
    tap = Tap(broker, "tap", f"edge/v1/{TOWN}/+/command")
    stage.callback(tap.close)
    rosters = RosterKeeper(keys_folder(tmp_path / "own", "dispatch"), CLOCK)
    rosters.open()
    publisher = connected(link(broker, stage, "dispatch"))
    sent = Spread(publisher, rosters, "dispatch").send("roster", [revoking()])
    assert set(sent) == {"bridge-2", "main-street", "listen", "car-12", "car-13"}
    until(lambda: open_roster(console.keys).sequence == 2, what="the roster at the console")
    until(lambda: len(tap.messages) == len(sent), what="all messages")
    assert not any(b"car-13" in payload or b"roster" in payload for _, payload, _ in tap.messages)


def test_what_concerns_letters_goes_to_archives_as_well():
    """Holds, misreads and requests are for whoever keeps letters; a roster or a grant is not."""
    names = {one.name for one in addressees(ROSTER, (), NOW, KEEPERS)}
    assert names - {one.name for one in addressees(ROSTER, (), NOW)} == {"archive"}


def test_only_units_and_consoles_that_count_are_addressed():
    """A name that is none of them, or revoked, is refused before anything is sent."""
    gone = Revocation("car-13", keys_of("car-13").signing.public, NOW, "stolen")
    roster = replace(ROSTER, issued=NOW, revoked=(gone,))
    assert [one.name for one in addressees(roster, ("car-12",), NOW)] == ["car-12"]
    for name in ("car-13", "dana", "nobody"):
        with pytest.raises(KeysError, match=name):
            addressees(roster, (name,), NOW)
