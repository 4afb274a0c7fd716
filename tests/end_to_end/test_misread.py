"""An officer says misread in one car: plate and crop go from every store, and only the count stays.

A real broker, the unit's deliver, two consoles and the archive as processes. The unit's watch,
which takes up orders, is its order folder with its store; kills fall between word and purge.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from edge.keys.parties import Revocation
from edge.keys.signed import sign, to_bytes
from edge.messages.order import Order, seal_order
from edge.messages.outcome import AlertRef, build_outcome
from edge.messages.topics import Kind, topic
from edge.records import AlertId
from edge.services.keeping import unit_takers
from edge.services.order_inbox import FOLDER, OrderFolder
from edge.services.orders import OrderDesk
from edge.store.console import ConsoleStore
from edge.store.store import Store
from tests.alerts import UNIT, a_jpeg, an_alert, sealed
from tests.brokers import Broker, Tap, until
from tests.hotlist.bundles import NOW
from tests.keys.cast import TOWN, keys_folder, keys_of, party_of, put_roster, roster_of
from tests.policy.test_misreads import NUMBER, said
from tests.services.archiving import Archive
from tests.services.archiving import sign as sign_head
from tests.services.consoles import Console, Page
from tests.services.delivering import CLOCK, Site
from tests.web.console.stand import later
from tests.web.console.told import alarm

pytestmark = pytest.mark.machine
ENOUGH_S = 40.0
GRACE = "[console]\npurge_after_s = 1.0\n"
PLATES = ("AB12345", "CD67890")
SECRETS = (PLATES[0].encode(), b"seen near mill 0", a_jpeg(seed=0)[40:140])


@dataclass
class Town:
    """Everybody, and the number of each of the unit's alerts."""

    folder: Path
    broker: Broker
    site: Site
    archive: Archive
    one: Console
    other: Console
    numbers: list[AlertId] = field(default_factory=list)

    def hit(self) -> str:
        """Commit an alarm of this moment as watch does, and return its number."""
        count = len(self.numbers)
        plain = alarm(hit=an_alert(PLATES[count]).hit, crop_jpeg=a_jpeg(seed=count))
        seconds = (CLOCK.now().utc_ns - plain.hit.sighting.last_seen.utc_ns) / 1e9
        entry = replace(plain.hit.entry, entry_id=f"W-{count}", reason=f"seen near mill {count}")
        fresh = later(replace(plain, hit=replace(plain.hit, entry=entry)), seconds)
        with self.site.store() as store:
            self.numbers.append(store.commit_alert(fresh, sealed, keep_days=30.0))
        return str(self.numbers[-1])

    def orders(self) -> str:
        """Take up orders at the unit as watch does; return what became of the newest."""
        with self.site.store() as store:
            folder = OrderFolder(self.folder / "inbox" / FOLDER, self._desk(store), CLOCK)
            folder.look()
            return folder.told[-1].sentence if folder.told else ""

    def purged(self) -> list[str]:
        """Return who still holds the first alert, or has not recorded that it went."""
        first = self.numbers[0]
        held = []
        with self.site.store() as store:
            if any(alert_id == first for alert_id, _, _ in store.newest_alerts(99)):
                held.append(UNIT.name)
        with self.archive.look() as hall:
            if any(one.letter for one in hall.letters.of(first)):
                held.append("archive")
        for console in (self.one, self.other):
            with ConsoleStore(console.folder / "console", console.name, CLOCK) as store:
                if store.alerts.of(first) or not store.audit.count("purged"):
                    held.append(console.name)
        return held

    def _desk(self, store: Store) -> OrderDesk:
        keys = keys_folder(self.folder / "watch", UNIT.name)
        takers = unit_takers(store, keys_of(UNIT.name), None, CLOCK)
        return OrderDesk(keys, None, 90.0, CLOCK, takers=takers)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with ExitStack() as stack:
        broker = Broker(tmp_path / "broker").start()
        stack.callback(broker.stop)
        site, archive = Site(tmp_path, broker), Archive(tmp_path, broker)
        stack.callback(site.close)
        stack.callback(archive.close)
        site.config.write_text(site.config.read_text() + f'[hotlist]\ninbox = "{tmp_path}/inbox"\n')
        archive.config.write_text(archive.config.read_text() + GRACE)
        consoles = [Console(tmp_path, name, broker, receivers=["archive"]) for name in CARS]
        for console in consoles:
            stack.callback(console.close)
            plain = console.config.read_text()
            console.config.write_text(plain.replace("[console]\n", GRACE))
            console.start()
        archive.start()
        site.deliver()
        for console in consoles:
            page = console.page()
            until(lambda page=page: page.desk()["state"]["online"], ENOUGH_S)
        yield Town(tmp_path, broker, site, archive, *consoles)


CARS = ("car-12", "car-13")


def _shown(page: Page) -> set[str]:
    return {card["number"] for card in page.cards()}


def _misread(page: Page, number: str) -> None:
    page.log_in("dana")
    (card,) = [one for one in page.cards() if one["number"] == number]
    page.answer(card, "7")
    page.post(f"/api/card/{number}/outcome", outcome="misread", note="", text="")


def _bytes_of(*folders: Path) -> list[str]:
    """Return files under *folders* that hold a secret in the clear."""
    return [
        str(file)
        for folder in folders
        for file in folder.rglob("*")
        if file.is_file() and any(secret in file.read_bytes() for secret in SECRETS)
    ]


def test_a_misread_goes_from_everywhere(town: Town) -> None:
    """Through kill -9 of the console that said it, and of those who were to hear of it."""
    first, second = town.hit(), town.hit()
    pages = [town.one.page(), town.other.page()]
    for page in pages:
        until(lambda page=page: _shown(page) == {first, second}, ENOUGH_S, "both alerts")
    until(lambda: town.site.depth() == 0, ENOUGH_S, "the archive's receipts")
    stores = [console.folder / "console" for console in (town.one, town.other)]
    assert len(_bytes_of(*stores)) >= 2, "the control: the search finds what is held"

    town.other.kill()
    town.archive.kill()
    _misread(pages[0], first)
    town.one.kill()
    town.one.start()
    town.other.start()
    town.archive.start()
    until(lambda: town.orders().endswith("purged"), ENOUGH_S, "the order at the unit")
    until(lambda: not town.purged(), ENOUGH_S, "the purge everywhere")
    for console in (town.one, town.other):
        assert _shown(console.page()) == {second}

    _replays_and_forgeries(town, second)
    town.one.stop()
    town.other.stop()
    _leaves_the_count(town)


def _replays_and_forgeries(town: Town, number: str) -> None:
    """Nobody but an officer whose key counts erases the other alert, over the same topics."""
    good, other = town.numbers
    replayed = _order(good, "dana")
    forged = _order(other, "car-13")
    gone = Revocation("erin", keys_of("erin").signing.public, NOW, "stolen")
    newer = replace(roster_of(sequence=2), issued=NOW, revoked=(gone,))
    for keys in (town.folder / "watch", town.one.folder / "keys", town.archive.folder / "keys"):
        put_roster(keys, newer)
    tap = Tap(town.broker)
    for name in (UNIT.name, "car-12", "archive"):
        for document in (replayed, forged, _order(other, "erin")):
            where = topic(TOWN, name, Kind.COMMAND)
            tap.publish(where, seal_order(Order("car-13", (document,)), party_of(name)))
    waiting = town.folder / "inbox" / FOLDER
    until(lambda: len(list(waiting.glob("*.order"))) == 3, ENOUGH_S, "all orders at the unit")
    town.orders()
    until(lambda: "stolen" in town.archive.said(), ENOUGH_S, "the archive's refusal")
    tap.close()
    assert _shown(town.one.page()) == {number}
    with town.site.store() as store:
        assert [one for one, _, _ in store.newest_alerts(9)] == [other]
        assert store.audit.count("purged") == 1
    with town.archive.look() as hall:
        assert all(one.letter for one in hall.letters.of(other))


def _order(alert: AlertId, signer: str) -> bytes:
    ref = AlertRef(unit=alert.unit, epoch=alert.epoch, sequence=alert.sequence, revision=0)
    officer = signer if signer in {"dana", "erin"} else "dana"
    words = build_outcome(TOWN, NUMBER, 0, said(officer=officer, alert=ref))
    return to_bytes(sign("verdict", words, keys_of(signer)))


def _leaves_the_count(town: Town) -> None:
    """Chains hold and tell of one purge each; no file of a store has plate, words or crop of it."""
    first = town.numbers[0]
    folders = [console.folder / "console" for console in (town.one, town.other)]
    assert _bytes_of(*folders, town.archive.place.folder, town.folder / "store") == []
    for console in (town.one, town.other):
        with ConsoleStore(console.folder / "console", console.name, CLOCK) as store:
            assert store.audit.count("purged") == 1
            assert store.alerts.missing() == {}
            store.check()
        assert "AB12345" not in console.said()
    with town.site.store() as store:
        assert store.last_sequence() == 2
        store.check()
    sign_head(town.site)
    until(lambda: town.archive.holds(town.site), ENOUGH_S, "the unit's whole chain")
    with town.archive.look() as hall:
        counted = {row.name for row in hall.acts(["purged"]) if row.payload}
        assert {row.payload["alert"] for row in hall.acts(["purged"]) if row.payload} == {
            str(first)
        }
        assert {UNIT.name, "archive"} <= counted
        hall.check()
    assert "AB12345" not in town.archive.said()
