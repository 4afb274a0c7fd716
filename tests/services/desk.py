"""A list desk with a published folder, a real broker, and a unit that asks; no daemon between."""

import hashlib
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from edge.clock import SystemClock
from edge.config import load
from edge.config.delivery import DeliverySection
from edge.config.settings import Settings
from edge.delivery.events import Acknowledged, Connected, Event, Lost, Received
from edge.delivery.mqtt import Link
from edge.hotlist.bundle import SEALED, unpack
from edge.hotlist.manifest import FILE, offer, to_be_signed, write
from edge.keys.files import write as put
from edge.keys.identity import Identity
from edge.keys.roster import Roster, sign_roster
from edge.keys.sealed import open_sealed
from edge.keys.trust import ROOT_FILE, ROSTER_FILE, Root, open_roster, save_root
from edge.messages.topics import Kind, every_unit
from edge.services.install_folders import Folders
from edge.services.list_desk import ListDesk
from edge.services.list_take import ListTake
from tests.brokers import Broker, until
from tests.hotlist.bundles import LIST, NOW, TOWN, Town
from tests.services.installing import Stage

CLOCK = SystemClock("always")


def section_of(broker: Broker, name: str) -> DeliverySection:
    """Return the settings with which *name* gets in."""
    return DeliverySection.model_validate(
        {**load([]).settings.delivery.model_dump(), **broker.settings(name)}
    )


class Served:
    """The folder that the desk serves, and the keys that everybody has."""

    def __init__(self, folder: Path, town: Town) -> None:
        self.town = town
        self.folder = folder / "served"
        self.keys = folder / "keys"
        for one in (self.folder, self.keys):
            one.mkdir(parents=True)
        save_root(Root(TOWN, town.root.public), self.keys / ROOT_FILE)
        (self.keys / ROSTER_FILE).write_bytes(sign_roster(town.roster, town.root))

    def roster(self) -> Roster:
        """Return the roster that everybody has."""
        return open_roster(self.keys)

    def publish(
        self, number: int, blobs: Iterable[bytes], by: Identity | None = None, roster: int = 1
    ) -> bytes:
        """Put bundles and a manifest there, as ``edge hotlist publish`` does; return the latter."""
        offers = []
        for blob in blobs:
            header = unpack(open_sealed(SEALED, blob, self.town.unit)).header
            offers.append(offer(header, hashlib.sha256(blob).hexdigest(), len(blob)))
            put(self.folder / offers[-1].url, blob)
        signer = by or self.town.issuer
        signed = write(to_be_signed(signer.town, LIST, number, NOW, offers, roster), signer)
        put(self.folder / FILE, signed)
        return signed


class Unit:
    """What a unit has of it: the inbox, the thread that installs, and the guest of deliver."""

    def __init__(self, folder: Path, served: Served) -> None:
        self.stage = Stage(folder, served.town, max_entries=20_000)
        self.inbox = Path(self.stage.section.inbox)
        settings = load([]).settings
        self.settings: Settings = settings.model_copy(
            update={
                "unit": settings.unit.model_copy(
                    update={"town": TOWN, "name": served.town.unit.name}
                ),
                "keys": settings.keys.model_copy(update={"folder": str(served.keys)}),
                "hotlist": self.stage.section.model_copy(update={"over_mqtt": True}),
            }
        )
        self.folders = Folders(self.stage.installer, self.inbox, (), self.stage.clock, 5.0)
        self.restart()

    def restart(self) -> None:
        """Forget all that only memory holds."""
        self.take = ListTake(self.settings, self.stage.clock)

    def install(self) -> None:
        """Let the unit's watch look into its inbox until what is there has kept still."""
        for _ in range(2):
            self.stage.clock.advance(6.0)
            self.folders.look()

    def arrived(self) -> list[str]:
        return sorted(one.name for one in self.inbox.glob("*.bundle"))

    def parts(self) -> list[int]:
        """Return the sizes of what has begun to come."""
        return [one.stat().st_size for one in self.inbox.glob(".*.pieces")]


class Round:
    """Desk and unit in one thread, with a real broker between them."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        self.served = Served(folder, Town())
        self.town = self.served.town
        self.unit = Unit(folder / "unit", self.served)
        self.stage = self.unit.stage
        section = section_of(broker, "list-desk")
        self.desk_link = Link(section, "desk", [every_unit(TOWN, Kind.ASK)], CLOCK)
        self.unit_link = Link(section, "unit", self.unit.take.topics, CLOCK)
        self.heard: list[Event] = []
        self.deaf: Callable[[Received], bool] = lambda _: False
        self.open_desk()
        self.desk_link.start()
        self.unit_link.start()

    def open_desk(self) -> None:
        """Start the desk, as after its restart."""
        served = self.served
        self.desk = ListDesk(served.folder, TOWN, served.roster, self.desk_link, self.stage.clock)

    def turn(self) -> None:
        """Let each do what is due; the unit's clock goes a little faster than ours."""
        self.stage.clock.advance(1.0)
        self.desk.step(0.005)
        while (event := self.unit_link.take(0.005)) is not None:
            self.give(event)
        self.unit.take.step(self.stage.clock.now())

    def give(self, event: Event) -> None:
        take = self.unit.take
        match event:
            case Connected():
                take.connected(self.unit_link)
            case Lost():
                take.lost()
            case Received():
                self.heard.append(event)
                if not self.deaf(event):
                    take.take(event)
                self.unit_link.done(event)
            case Acknowledged():
                pass

    def until(self, true: Callable[[], bool], what: str) -> None:
        """Turn until *true()* holds."""

        def turned() -> bool:
            self.turn()
            return true()

        until(turned, 30, what)

    def load(self, count: int = 1) -> None:
        """Wait for so many more files, and install them."""
        wanted = self.unit.take.loaded + count
        self.until(lambda: self.unit.take.loaded >= wanted, f"{count} files")
        self.unit.install()

    def close(self) -> None:
        self.unit.take.stop()
        other = threading.Thread(target=self.unit_link.stop)
        other.start()
        self.desk_link.stop()
        other.join()
