"""The record on its way: real daemons, a real broker, an archive in the test's hand."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.messages.chain import (
    ChainMessage,
    PayloadRow,
    open_chain_head,
    open_payloads,
    parse_chain,
)
from edge.messages.chain_receipt import ChainReceipt, sign_chain_receipt
from edge.messages.links import Link, verify
from edge.messages.topics import Kind, topic
from edge.store import Store
from tests.alerts import UNIT
from tests.brokers import Broker, Tap, until
from tests.keys.cast import ROSTER, keys_of, rosters_of
from tests.messages.chains import a_head, fill
from tests.services.consoles import Console
from tests.services.delivering import CLOCK, Site


class Archive:
    """What an archive does with one sender's chain, by hand."""

    def __init__(self, broker: Broker, sender: str) -> None:
        self.tap = Tap(broker, "archive", "edge/v1/windsor/+/chain")
        self.where = topic("windsor", sender, Kind.CHAIN)
        self.receipts = topic("windsor", sender, Kind.RECEIPT)
        self.held: list[Link] = []
        self.payloads: dict[int, PayloadRow] = {}
        self._read = 0

    def come(self) -> list[ChainMessage]:
        """Take what came since the last call, where it continues what is held."""
        blobs = [blob for where, blob, _ in list(self.tap.messages) if where == self.where]
        fresh = [parse_chain(blob, self.where) for blob in blobs[self._read :]]
        self._read = len(blobs)
        for message in fresh:
            new = [row for row in message.rows if row.number > len(self.held)]
            if new and new[0].number == len(self.held) + 1:
                self.held += new
            self.payloads |= {one.number: one for one in open_payloads(message, keys_of("archive"))}
        return fresh

    def say(self, epoch: str, number: int, by: str = "archive") -> None:
        """Sign for rows up to *number*."""
        own = self.held[number - 1].hash if number else ""
        name = self.receipts.split("/")[3]
        receipt = ChainReceipt(by, name, epoch, number, own, CLOCK.now().iso())
        self.tap.publish(self.receipts, sign_chain_receipt(receipt, keys_of(by)))

    def collect(self, rows: int) -> str:
        """Take and sign until *rows* are held; return the epoch."""
        epoch = ""

        def whole() -> bool:
            nonlocal epoch
            for message in self.come():
                epoch = message.epoch
                self.say(epoch, len(self.held))
            return len(self.held) >= rows

        until(whole, 40, f"{rows} rows")
        return epoch


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """Return a running mosquitto."""
    one = Broker(tmp_path / "broker").start()
    yield one
    one.stop()


def signed(store: Store, rows: int) -> None:
    """Put hours on the chain, and sign its head as watch does."""
    fill(store, rows)
    head = store.audit.links()
    store.proofs.keep_head(head[-1].number, a_head(head, keys_of(UNIT.name), store.epoch))


def test_a_units_record_reaches_the_archive_whole(tmp_path: Path, broker: Broker) -> None:
    """Every row and payload comes; a lower number brings rows again; a console confirms nothing."""
    site, archive = Site(tmp_path, broker), Archive(broker, UNIT.name)
    try:
        with site.store() as store:
            signed(store, 460)
            links = store.audit.links()
        site.deliver()
        until(archive.come, 20, "the first batch")
        epoch = parse_chain(archive.tap.messages[0][1], archive.where).epoch
        archive.say(epoch, 150, by="car-12")
        archive.say(epoch, len(archive.held))
        assert archive.collect(460) == epoch
        assert archive.held == links
        assert verify(archive.held, epoch) is None
        assert sorted(archive.payloads) == list(range(1, 461))
        newest = parse_chain(archive.tap.messages[-1][1], archive.where)
        head = open_chain_head(newest.head, ROSTER, rosters_of(ROSTER).at())
        assert (head.audit_number, head.audit_hash) == (460, links[-1].hash)
        firsts = [
            parse_chain(blob, archive.where).rows[0].number for _, blob, _ in archive.tap.messages
        ]
        assert firsts == [1, 201, 401]
        until(lambda: confirmed(site) == 460, 10, "the last receipt")
        archive.say(epoch, 100)
        until(archive.come, 20, "rows again")
        again = parse_chain(archive.tap.messages[-1][1], archive.where)
        assert again.rows[0].number == 101
    finally:
        site.close()
        archive.tap.close()


def confirmed(site: Site) -> int:
    """Return how far the unit knows that the archive is."""
    with site.store() as store:
        standing = store.proofs.standings().get("archive")
    return standing.number if standing else 0


@pytest.mark.machine
def test_a_consoles_record_reaches_the_archive(tmp_path: Path, broker: Broker) -> None:
    """Its start and the officers' log-ins come under heads that the console signs."""
    archive, console = Archive(broker, "car-12"), Console(tmp_path, "car-12", broker)
    try:
        console.start()
        console.page().log_in("dana")

        def logged_in() -> bool:
            archive.come()
            return any(row.kind == "log-in" for row in archive.held)

        until(logged_in, 20, "the log-in")
        blobs = [blob for where, blob, _ in archive.tap.messages if where == archive.where]
        newest = parse_chain(blobs[-1], archive.where)
        head = open_chain_head(newest.head, ROSTER, rosters_of(ROSTER).at())
        assert (head.unit, head.audit_hash) == ("car-12", archive.held[-1].hash)
        (row,) = [one for one in archive.held if one.kind == "log-in"]
        assert json.loads(archive.payloads[row.number].text)["officer"] == "dana"
    finally:
        console.close()
        archive.tap.close()
