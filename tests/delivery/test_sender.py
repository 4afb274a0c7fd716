"""The sender over a real store: nothing leaves the outbox but by a receipt."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.delivery.events import NO_SUBSCRIBER, Acknowledged, Connected, Received
from edge.delivery.receipts import Receipts
from edge.delivery.sender import Sender
from edge.errors import StoreFull
from edge.messages.alert_parts import AlertMessage
from edge.messages.envelope import digest
from edge.messages.letter import unpack
from edge.messages.receipt import sign_receipt
from edge.records import AlertId
from edge.store.store import Store, open_store
from tests.alerts import UNIT, an_alert, opened, sealed, store_section
from tests.delivery.fixtures import section
from tests.fakes import FakeClock
from tests.keys.cast import ROSTER, keys_of, rosters_of

RECEIPT = "edge/v1/windsor/bridge-2/receipt"
DAY = 86_400.0


class Wire:
    """Records what is published; tokens count up."""

    def __init__(self) -> None:
        self.up = True
        self.sent: list[tuple[str, bytes, int | None]] = []

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None
    ) -> int | None:
        assert not retain, "an alert is never retained"
        if not self.up:
            return None
        self.sent.append((topic, payload, expiry_s))
        return len(self.sent)

    def sequences(self) -> list[int]:
        return [spoken(payload).sequence for _, payload, _ in self.sent]


def spoken(payload: bytes) -> AlertMessage:
    """Return the alert in a letter off the wire."""
    return opened(unpack(payload, "it", 10**6).body)


class Unit:
    """A store, a sender and what it sends."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.store: Store = open_store(store_section(folder), UNIT.name, self.clock)
        self.wire = Wire()
        chosen = section(receivers=["archive"], receipt_wait_s=30.0, window=3)
        self.sender = Sender(chosen, UNIT, self.store.outbox, self.wire)
        self.receipts = Receipts(chosen, RECEIPT, self.store.outbox, rosters_of(ROSTER))

    def connect(self, *, resumed: bool = True) -> None:
        self.sender.connected(Connected(resumed, (), 16))

    def alert(self) -> AlertId:
        return self.store.commit_alert(an_alert(at=self.clock.now()), sealed)

    def drain(self) -> int:
        return self.sender.drain(self.clock.now())

    def drain_all(self) -> int:
        """Drain until nothing more may go, each PUBACK at once, and return how many went."""
        begun = len(self.wire.sent)
        while count := self.drain():
            for token in range(len(self.wire.sent) - count, len(self.wire.sent)):
                self.puback(token + 1)
        return len(self.wire.sent) - begun

    def puback(self, token: int, reason: int = 0) -> None:
        self.sender.acknowledged([Acknowledged(token, reason)], self.clock.now())

    def answer(self, payload: bytes, receiver: str = "archive", mark: str = "") -> None:
        self.hear(self.receipt(payload, receiver, mark))

    def receipt(self, payload: bytes, receiver: str = "archive", mark: str = "") -> bytes:
        message, mark = spoken(payload), mark or digest(unpack(payload, "it", 10**6).body)
        return sign_receipt(message, mark, keys_of(receiver), self.clock.now())

    def hear(self, body: bytes, topic: str = RECEIPT) -> None:
        now = self.clock.now()
        self.sender.answered(
            self.receipts.take([Received(topic, body, 1, retained=False)], now), now
        )


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[Unit]:
    made = Unit(tmp_path)
    yield made
    made.store.close()


def test_puback_is_not_delivery(unit: Unit):
    """After PUBACK the row stays; the receipt of a named receiver takes it."""
    unit.alert()
    unit.connect()
    assert unit.drain() == 1
    topic, payload, expiry_s = unit.wire.sent[0]
    assert topic == "edge/v1/windsor/bridge-2/alert"
    assert expiry_s == 604_800
    unit.puback(1)
    assert unit.store.outbox.depth() == 1
    unit.answer(payload)
    assert unit.store.outbox.depth() == 0
    assert (unit.sender.published, unit.receipts.received) == (1, 1)


def test_no_receipt_means_again_and_later_each_time(unit: Unit):
    """Without a receipt the same bytes go out after 30, 60, 120 s."""
    unit.alert()
    unit.connect()
    for token, wait_s in ((1, 30.0), (2, 60.0), (3, 120.0)):
        assert unit.drain() == 1
        unit.puback(token)
        unit.clock.advance(wait_s - 1)
        assert unit.drain() == 0
        unit.clock.advance(2)
    assert unit.drain() == 1
    assert len({payload for _, payload, _ in unit.wire.sent}) == 1


def test_window_holds(unit: Unit):
    """No more than the window is in flight; each PUBACK lets one more go."""
    for _ in range(5):
        unit.alert()
    unit.connect()
    assert unit.drain() == 3
    assert unit.drain() == 0
    unit.puback(2)
    assert unit.drain() == 1
    assert unit.drain() == 0
    assert len(set(unit.wire.sequences())) == 4


def test_broker_with_a_small_window_is_respected(unit: Unit):
    """A broker that takes one at a time gets one at a time."""
    for _ in range(3):
        unit.alert()
    unit.sender.connected(Connected(resumed=True, refused=(), window=1))
    assert unit.drain() == 1
    assert unit.drain() == 0


def test_lost_connection_sends_what_flew_again(unit: Unit):
    """What had no PUBACK when the connection broke goes out first at the next one."""
    unit.alert()
    unit.connect()
    unit.drain()
    unit.sender.lost()
    assert unit.drain() == 0
    unit.puback(1)
    unit.connect()
    assert unit.drain() == 1
    assert unit.wire.sequences() == [1, 1]


def test_lost_session_sends_all_again(unit: Unit):
    """A broker that forgot our session forgot our messages: no row waits for its time."""
    unit.alert()
    unit.connect()
    unit.drain()
    unit.puback(1)
    unit.sender.lost()
    unit.connect(resumed=True)
    assert unit.drain() == 0
    unit.sender.lost()
    unit.connect(resumed=False)
    assert unit.drain() == 1


def test_days_offline_lose_nothing(unit: Unit):
    """Ten days without a broker: all is still there, and the live alert goes first."""
    for _ in range(10):
        unit.alert()
        unit.clock.advance(DAY)
        unit.store.erase(unit.clock.now())
    assert unit.drain() == 0
    newest = unit.alert()
    unit.connect()
    for _ in range(3):  # nobody answers: the broker gets the rest to keep, a little later
        unit.drain_all()
        unit.clock.advance(1.5)
    assert unit.wire.sequences()[0] == newest.sequence
    assert sorted(unit.wire.sequences()) == list(range(1, 12))


def test_backlog_waits_for_receipts_and_a_live_alert_for_nothing(unit: Unit):
    """Three windows are on their way at most; what is fresh passes them; a receipt lets one go."""
    for _ in range(30):
        unit.alert()
    unit.connect()
    assert unit.drain_all() == 9
    assert unit.drain_all() == 0
    fresh = unit.alert()
    assert unit.drain_all() == 1
    assert unit.wire.sequences()[-1] == fresh.sequence
    first, second, third = (payload for _, payload, _ in unit.wire.sent[:3])
    unit.answer(first)
    assert unit.drain_all() == 0, "the live one took the place"
    unit.answer(second)
    unit.answer(third)
    assert unit.drain_all() == 2
    assert len(set(unit.wire.sequences())) == 12


def test_without_any_receipt_the_broker_keeps_the_backlog(unit: Unit):
    """When nobody answers for a second, three more windows go out, and so on to the last."""
    for _ in range(20):
        unit.alert()
    unit.connect()
    sizes = []
    for _ in range(4):
        sizes.append(unit.drain_all())
        unit.clock.advance(1.1)
    assert sizes == [9, 9, 2, 0]


def test_a_receipt_may_come_before_its_puback(unit: Unit):
    """It frees the place in the backlog all the same, and the late PUBACK takes none."""
    for _ in range(30):
        unit.alert()
    unit.connect()
    for token in range(1, 31):
        if len(unit.wire.sent) < token:
            unit.drain()
        unit.answer(unit.wire.sent[token - 1][1])
        unit.puback(token)
    assert len(set(unit.wire.sequences())) == 30
    assert unit.store.outbox.depth() == 0


def test_a_fresh_revision_brings_the_older_ones_along(unit: Unit):
    """A revision of an old alert is live; the revisions that were never sent go before it."""
    old = unit.alert()
    for _ in range(30):
        unit.alert()
    unit.connect()
    unit.drain_all()
    unit.store.commit_alert(an_alert(at=unit.clock.now(), revises=old), sealed)
    unit.drain_all()
    said = [spoken(payload) for _, payload, _ in unit.wire.sent[9:]]
    assert [(one.sequence, one.revision) for one in said[:2]] == [(1, 0), (1, 1)]


def test_connection_that_breaks_while_draining(unit: Unit):
    """A publish that finds no connection marks nothing as sent."""
    unit.alert()
    unit.connect()
    unit.wire.up = False
    assert unit.drain() == 0
    unit.wire.up = True
    assert unit.drain() == 1


def test_nobody_subscribed_keeps_the_rows(unit: Unit):
    """Reason 0x10: one row tries again each 30 s, a fresh one at once; then all go out."""
    for _ in range(3):
        unit.alert()
    unit.connect()
    assert unit.drain() == 3
    for token in (1, 2, 3):
        unit.puback(token, NO_SUBSCRIBER)
    assert "nobody is subscribed" in unit.sender.problem
    assert unit.drain() == 0
    unit.clock.advance(31)
    assert unit.drain() == 1
    assert unit.drain() == 0
    unit.puback(4, NO_SUBSCRIBER)
    assert unit.drain() == 0
    fresh = unit.alert()
    assert unit.drain() == 1
    assert unit.wire.sequences()[-1] == fresh.sequence
    assert unit.store.outbox.depth() == 4
    unit.puback(5)
    assert unit.sender.problem == ""
    assert unit.drain() == 3
    assert set(unit.wire.sequences()[-3:]) == {1, 2, 3}


def test_refused_alert_keeps_the_row(unit: Unit):
    """A broker that does not take the alert is said; it does not count as published."""
    unit.alert()
    unit.connect()
    unit.drain()
    unit.puback(1, 0x87)
    assert "0x87" in unit.sender.problem
    assert unit.sender.published == 0
    assert unit.store.outbox.depth() == 1


def test_full_disk_does_not_stop_alerts(unit: Unit, monkeypatch: pytest.MonkeyPatch):
    """When "sent" cannot be noted the alert is not sent again and again at once."""
    unit.alert()
    unit.connect()
    unit.drain()

    def full(*_: object) -> None:
        raise StoreFull("no space")

    monkeypatch.setattr(unit.store.outbox, "sent", full)
    unit.puback(1)
    assert unit.drain() == 0
    assert unit.alert().sequence == 2
    assert unit.drain() == 1
    unit.clock.advance(31)
    assert unit.drain() == 1


def test_hostile_receipts_empty_nothing(unit: Unit):
    """A stranger's, other bytes' digest, other topic, garbage: counted, and that is all."""
    unit.alert()
    unit.connect()
    unit.drain()
    payload = unit.wire.sent[0][1]
    good = unit.receipt(payload)
    unit.answer(payload, receiver="dana")  # whose role signs no receipts
    unit.answer(payload, mark="0" * 64)
    for garbage in (b"", b"{}", b"\xff\x00", b"[" * 5000, good[:-2], good + b" " * 9000):
        unit.hear(garbage)
    unit.hear(good.replace(b'"sequence":1', b'"sequence":-1'))
    unit.hear(good.replace(b'"sequence":1', b'"sequence":2'))
    unit.hear(good.replace(unit.store.epoch.encode(), b"0" * 32))
    unit.hear(good, topic="edge/v1/windsor/bridge-3/receipt")
    assert unit.store.outbox.depth() == 1
    unit.hear(good)
    assert unit.store.outbox.depth() == 0
    assert (unit.receipts.received, unit.receipts.refused) == (1, 12)


def test_a_receipt_of_a_console_that_is_not_named_is_nothing_wrong(unit: Unit):
    """Every console answers every alert: the row stays, and health tells of no refusal."""
    unit.alert()
    unit.connect()
    unit.drain()
    unit.answer(unit.wire.sent[0][1], receiver="car-13")
    assert unit.store.outbox.depth() == 1
    assert (unit.receipts.received, unit.receipts.refused) == (0, 0)
