"""The chain on its way: after the alerts, again until an archive holds it, back when it asks."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from edge.delivery.chain import FIRST_WAIT_S, LULL_S, PAUSE_S, ChainSender
from edge.keys.roles import Role
from edge.messages.chain import ChainMessage, open_payloads, parse_chain
from edge.messages.chain_receipt import ChainReceipt, sign_chain_receipt
from edge.messages.topics import Kind, topic
from edge.store import Store, open_store
from tests.alerts import UNIT, store_section
from tests.fakes import FakeClock
from tests.keys.cast import keys_of, party_of, roster_of, rosters_of
from tests.messages.chains import a_head, fill

WHERE = topic(UNIT.town, UNIT.name, Kind.CHAIN)


@dataclass
class Bench:
    """A sender over a real store, a broker that writes down, and an archive in the test's hand."""

    store: Store
    clock: FakeClock

    def __post_init__(self) -> None:
        self.sent: list[bytes] = []
        self.alerts = False
        self.rosters = rosters_of(roster_of(extra=[party_of("vault", Role.ARCHIVE)]))
        self.sender = self.made()
        self.sender.connected()

    def made(self) -> ChainSender:
        return ChainSender(
            town=UNIT.town,
            name=UNIT.name,
            epoch=self.store.epoch,
            proofs=self.store.proofs,
            head=lambda: a_head([self.store.audit.head()], keys_of(UNIT.name), self.store.epoch),
            rosters=self.rosters,
            publisher=self,
            busy=lambda: self.alerts,
        )

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None
    ) -> int | None:
        assert (topic, retain, expiry_s) == (WHERE, False, 3600)
        self.sent.append(payload)
        return len(self.sent)

    def fill(self, rows: int) -> None:
        fill(self.store, rows)

    def run(self, seconds: float) -> list[tuple[int, int]]:
        """Let time pass; return first and last row of each batch that was sent meanwhile."""
        before, end = len(self.sent), self.clock.now().later(seconds)
        while self.clock.now().since(end) < 0:
            self.sender.step(self.clock.now())
            self.clock.advance(max(0.25, seconds / 300))
        return [(one.rows[0].number, one.rows[-1].number) for one in self.read(before)]

    def read(self, start: int = 0) -> list[ChainMessage]:
        return [parse_chain(blob, WHERE) for blob in self.sent[start:]]

    def answer(self, number: int, archive: str = "archive", **changes: str) -> None:
        """Let an archive say that it holds rows up to *number*."""
        link = self.store.proofs.row(number)
        at = self.clock.now().iso()
        said = ChainReceipt(
            archive, UNIT.name, self.store.epoch, number, link.hash if link else "", at
        )
        said = replace(said, **changes)
        role = Role.ARCHIVE if archive == "vault" else None
        self.sender.receipt(sign_chain_receipt(said, keys_of(archive, role)))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    clock = FakeClock()
    with open_store(store_section(tmp_path), UNIT.name, clock) as store:
        yield Bench(store, clock)


def test_rows_go_once_each_while_the_archives_keep_up(bench: Bench) -> None:
    """A backlog goes batch by batch as it is confirmed, and nothing is sent twice."""
    bench.fill(450)
    assert bench.run(3) == [(1, 200)]
    for archive in ("archive", "vault"):
        bench.answer(200, archive)
    assert bench.run(3) == [(201, 400)]
    for archive in ("archive", "vault"):
        bench.answer(400, archive)
    assert bench.run(LULL_S + 1) == [(401, 450)]
    for archive in ("archive", "vault"):
        bench.answer(450, archive)
    assert bench.run(3600) == []
    assert bench.sender.problem == ""
    (first, *_) = bench.read()
    assert len(open_payloads(first, keys_of("vault", Role.ARCHIVE))) == 200
    assert len(open_payloads(first, keys_of("ada"))) == 200


def test_without_an_answer_the_waits_double(bench: Bench) -> None:
    """An archive that is off costs the unit a few batches, not a stream; then health tells it."""
    bench.fill(120)
    assert bench.run(FIRST_WAIT_S * 2**5) == [(1, 120)] * 6
    assert bench.sender.problem == ""
    assert len(bench.run(4 * 3600)) <= 8
    assert "has held the record up to row 0" in bench.sender.problem


def test_a_lower_number_is_a_question(bench: Bench) -> None:
    """An archive that lost rows gets them again from where it says; an old receipt asks nothing."""
    bench.fill(300)
    for archive in ("archive", "vault"):
        bench.answer(300, archive)
    assert bench.run(60) == []
    old = bench.clock.now().later(-3600).iso()
    bench.answer(10, at=old)
    assert bench.run(60) == []
    bench.answer(100)
    assert bench.run(3) == [(101, 300)]
    bench.answer(300)
    assert bench.run(600) == []


def test_one_archive_does_not_hold_up_another(bench: Bench) -> None:
    """Each gets what it lacks; the one that is off is tried at its own waits."""
    bench.fill(250)
    assert bench.run(2) == [(1, 200)]
    bench.answer(200)
    assert bench.run(2) == [(201, 250)]
    bench.answer(250)
    assert set(bench.run(60)) == {(1, 200)}


def test_who_is_no_archive_confirms_nothing(bench: Bench) -> None:
    """Receipts by a console, of another town or for another chain change only a count."""
    bench.fill(120)
    bench.answer(120, "car-12")
    bench.answer(120, name="main-street")
    bench.answer(120, epoch="0" * 32)
    elsewhere = ChainReceipt(
        "archive", UNIT.name, bench.store.epoch, 120, "0" * 64, bench.clock.now().iso()
    )
    bench.sender.receipt(sign_chain_receipt(elsewhere, keys_of("archive", Role.ARCHIVE, "dover")))
    bench.sender.receipt(b'EDGESIG\1 "kind":"chain-receipt" or so')
    assert bench.sender.refused == 5
    assert bench.run(2) == [(1, 120)]
    assert bench.store.proofs.standings() == {}


def test_an_archive_that_holds_other_rows_is_told(bench: Bench) -> None:
    """A disk that was rolled back, or a chain rewritten, shows against what was sent before."""
    bench.fill(120)
    bench.answer(120, "vault")
    bench.answer(120, hash="a" * 64)
    assert "archive holds another row 120" in bench.sender.problem
    bench.answer(130, hash="b" * 64)
    assert "archive holds another row 130" in bench.sender.problem
    bench.answer(120)
    assert bench.sender.problem == ""


def test_alerts_go_before(bench: Bench) -> None:
    """No row is sent while an alert waits, but a backlog that never ends hides no record."""
    bench.fill(60)
    bench.alerts = True
    assert bench.run(59) == []
    assert bench.run(3) == [(1, 60)]
    bench.alerts = False
    assert bench.run(FIRST_WAIT_S) == [(1, 60)]


def test_a_step_sends_one_batch_at_most(bench: Bench) -> None:
    """However fast the archive answers, a pause stands between two batches."""
    bench.fill(450)
    for number in (200, 400):
        bench.sender.step(bench.clock.now())
        bench.sender.step(bench.clock.now())
        for archive in ("archive", "vault"):
            bench.answer(number, archive)
        bench.sender.step(bench.clock.now())
        bench.clock.advance(PAUSE_S)
    assert len(bench.sent) == 2


def test_a_restart_goes_on_where_the_archive_stands(bench: Bench) -> None:
    """What an archive has confirmed is remembered on the disk."""
    bench.fill(300)
    for archive in ("archive", "vault"):
        bench.answer(200, archive)
    bench.sender = bench.made()
    assert bench.run(3) == []
    bench.sender.connected()
    assert bench.run(3) == [(201, 300)]


def test_without_a_connection_or_an_archive_nothing_is_sent(bench: Bench) -> None:
    """A town without an archive keeps its record where it is."""
    bench.fill(60)
    bench.sender.lost()
    assert bench.run(60) == []
    parties = roster_of().parties
    bench.rosters.roster = replace(
        roster_of(), parties=tuple(one for one in parties if one.role is not Role.ARCHIVE)
    )
    bench.sender.connected()
    assert bench.run(60) == []
    assert bench.sender.problem == ""
