"""One step of the delivering loop: what came together is settled together, and confirmed after."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.config import load
from edge.delivery.events import Acknowledged, Connected, Event, Lost, Received
from edge.errors import StoreFull
from edge.messages.letter import unpack
from edge.messages.receipt import sign_receipt
from edge.services.deliver import DeliverLoop
from edge.store import Store, open_store
from tests.alerts import UNIT, an_alert, opened, sealed, store_section
from tests.fakes import FakeClock
from tests.keys.cast import ROSTER, keys_of, rosters_of
from tests.services.delivering import RECEIPT


class Line:
    """A link to nobody: events are put in, what is published and confirmed is written down."""

    def __init__(self, other: Store) -> None:
        self.events: list[Event] = []
        self.sent: list[bytes] = []
        self.confirmed: list[tuple[int, int]] = []  # token, and what another process sees waiting
        self._other = other

    def take(self, _timeout_s: float) -> Event | None:
        return self.events.pop(0) if self.events else None

    def publish(self, topic: str, payload: bytes, **_: object) -> int | None:
        if not topic.endswith("/alert"):
            return 0
        self.sent.append(payload)
        return len(self.sent)

    def done(self, received: Received) -> None:
        self.confirmed.append((received.token, self._other.outbox.depth()))


class Bench:
    """A loop over a real store, and a second process's view of it."""

    def __init__(self, folder: Path, store: Store, other: Store, clock: FakeClock) -> None:
        site = folder / "site.toml"
        site.write_text(
            f'[unit]\ntown = "{UNIT.town}"\nname = "{UNIT.name}"\n'
            f'[runtime]\nfolder = "{folder}"\n[delivery]\nreceivers = ["archive"]\n'
        )
        self.store, self.clock = store, clock
        self.line = Line(other)
        settings = load([site]).settings
        self.loop = DeliverLoop(settings, store, self.line, RECEIPT, clock, rosters_of(ROSTER))

    def come(self, *events: Event) -> None:
        self.line.events += events
        self.loop.step()

    def receipt(self, number: int) -> Received:
        """Return the archive's receipt for the message that was sent as *number*, from 1."""
        letter = unpack(self.line.sent[number - 1], "it", 10**6)
        row = next(row for row in self.store.outbox.newest(100) if row.body == letter.body)
        blob = sign_receipt(opened(letter.body), row.digest, keys_of("archive"), self.clock.now())
        return Received(RECEIPT, blob, 100 + number, retained=False)


@pytest.fixture
def bench(tmp_path: Path, clock: FakeClock) -> Iterator[Bench]:
    section = store_section(tmp_path)
    with (
        open_store(section, UNIT.name, clock) as store,
        open_store(section, UNIT.name, clock) as other,
    ):
        for _ in range(8):
            store.commit_alert(an_alert(at=clock.now()), sealed)
        yield Bench(tmp_path, store, other, clock)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def test_a_burst_is_settled_before_any_of_it_is_confirmed(bench: Bench):
    """PUBACKs and receipts of one burst: when the first is confirmed, all are on the disk."""
    bench.come(Connected(resumed=True, refused=(), window=16))
    assert len(bench.line.sent) == 8
    acknowledged = [Acknowledged(token, 0) for token in range(1, 9)]
    receipts = [bench.receipt(number) for number in range(1, 7)]
    bench.come(*acknowledged[:4], receipts[0], *acknowledged[4:], *receipts[1:])
    assert bench.line.confirmed == [(100 + number, 2) for number in range(1, 7)]
    assert bench.store.audit.count("receipt") == 6


def test_what_cannot_be_written_is_not_confirmed(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """On a full disk none of the burst is confirmed, and all of it settles when it comes again."""
    bench.come(Connected(resumed=True, refused=(), window=16))
    receipts = [bench.receipt(number) for number in (1, 2, 3)]

    def full(*_: object) -> None:
        raise StoreFull("no space left")

    with monkeypatch.context() as patched:
        patched.setattr(bench.store.audit, "append", full)
        bench.come(*receipts)
    assert bench.line.confirmed == []
    assert bench.store.outbox.depth() == 8
    bench.come(*receipts)
    assert [token for token, _ in bench.line.confirmed] == [101, 102, 103]


def test_a_connection_lost_within_a_burst(bench: Bench):
    """What came before the loss counts, and what had no PUBACK is sent again after it."""
    bench.come(Connected(resumed=True, refused=(), window=16))
    bench.come(
        Acknowledged(1, 0),
        bench.receipt(2),
        Lost("gone", 1.0),
        Connected(resumed=True, refused=(), window=16),
    )
    assert bench.store.outbox.depth() == 7
    assert len(bench.line.sent) == 8 + 6, "all but the acknowledged one and the received one"
