"""The patrol console: alerts in, a page for officers, their outcomes out; one process, one car."""

import threading
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

from edge.clock import Clock, SystemClock
from edge.config.settings import Settings
from edge.delivery.mqtt import Link
from edge.delivery.receipts import Receipts
from edge.delivery.sender import Sender
from edge.delivery.status import presence
from edge.errors import WebError
from edge.keys.files import read_public
from edge.keys.officers import OfficerFolder
from edge.keys.roles import Role
from edge.keys.x509 import hosts_of
from edge.log import Log
from edge.messages.opening import LETTER_LIMIT
from edge.messages.topics import Kind, every_unit, topic
from edge.services.chains import console_chain
from edge.services.console_loop import ConsoleLoop, Post
from edge.services.console_record import ConsoleRecord, open_console_record
from edge.services.console_search import ConsoleSearches
from edge.services.intake import Intake
from edge.services.keeping import console_takers
from edge.services.keyring import Keyring, open_keyring
from edge.services.law import check_law
from edge.services.misreads import MisreadDesk
from edge.services.notify import open_notifier
from edge.services.order_send import Spread
from edge.services.orders import OrderDesk
from edge.services.spreading import Spreading
from edge.sources.gps import Gps
from edge.store.console import ConsoleStore
from edge.web.console.acts import Acts
from edge.web.console.app import ConsolePages
from edge.web.console.claims import ClaimDesk
from edge.web.console.desk import ConsoleDesk, Parts
from edge.web.console.looking import Looking
from edge.web.console.memory import Memory
from edge.web.console.officers import ConsoleOfficers
from edge.web.console.surroundings import Surroundings
from edge.web.serve import Server

OFFICERS: Final = "officers"
CORRECTIONS: Final = "corrections"
HEARD: Final = (Kind.ALERT, Kind.VERDICT, Kind.STATUS, Kind.HEALTH, Kind.ANSWER)
_LOG: Final = Log("console")


def run_console(
    settings: Settings,
    stop: threading.Event,
    clock: Clock | None = None,
    ready: Callable[[int], None] = lambda _port: None,
) -> None:
    """Show alerts and take officers' words until *stop* is set.

    Args:
        ready: called with the page's port once it is served.

    Raises:
        ConfigError: keys, a certificate or a password file are missing or wrong.
        StoreError: the store cannot be opened or written.
        WebError: the page cannot be served.
    """
    check_law(settings)
    clock = clock or SystemClock(settings.clock.trust)
    folder = Path(settings.keys.folder)
    unit = settings.unit
    keyring = open_keyring(folder, clock, {Role.CONSOLE}, unit.name, unit.town)
    gps = Gps(settings.gps, clock) if settings.gps.enabled else None
    with ConsoleStore(Path(settings.console.folder), unit.name, clock) as store:
        parts = _parts(settings, keyring, store, clock, gps)
        desk = ConsoleDesk(parts)
        desk.load()
        officers = ConsoleOfficers(
            OfficerFolder(Path(settings.console.folder) / OFFICERS),
            store,
            keyring.rosters,
            clock,
            settings.console.session_timeout_s,
        )
        record = open_console_record(settings, store, keyring.rosters, clock)
        console = _Console(settings, keyring, parts, desk, officers, record, clock)
        if gps is not None:
            gps.start()
        try:
            console.run(stop, ready)
        finally:
            record.end()
            if gps is not None:
                gps.stop()
    _LOG.info("stopped")


class _Console:
    """The page and the broker's link, started and stopped together."""

    def __init__(
        self,
        settings: Settings,
        keyring: Keyring,
        parts: Parts,
        desk: ConsoleDesk,
        officers: ConsoleOfficers,
        record: ConsoleRecord,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._desk = desk
        self._clock = clock
        tls = bool(settings.console.certificate_file)
        tiles = Path(settings.console.tiles_folder) if settings.console.tiles_folder else None
        self._link = _link(settings, clock)
        searches = ConsoleSearches(
            settings, keyring, parts.store, desk, officers, self._link, clock
        )
        self._pages = ConsolePages(desk, officers, hosts(settings), tls, tiles, searches)
        self._server = _server(settings, self._pages, self._close)
        self._loop = _loop(
            settings, keyring, parts, desk, officers, record, searches, self._link, clock
        )

    def run(self, stop: threading.Event, ready: Callable[[int], None]) -> None:
        notifier = open_notifier(self._clock)
        self._pages.start()
        port = self._server.start()
        try:
            self._link.start()
            _LOG.info("the console's page is served", url=_url(self._settings, port))
            notifier.ready()
            ready(port)
            while not stop.is_set():
                self._loop.step()
                if not self._server.alive():
                    raise WebError("the page's server ended; it is started again")
                notifier.watchdog()
                notifier.status(self._loop.sentence)
        finally:
            notifier.stopping()
            self._link.stop()
            self._server.stop()

    def _close(self) -> None:
        self._desk.close()
        self._pages.stop()


def hosts(settings: Settings) -> Collection[str]:
    """Return the names under which the page may be asked for: its address, its certificate's."""
    section = settings.console
    found = {"localhost", "127.0.0.1", "::1", section.address.lower()}
    if section.certificate_file:
        found |= {one.lower() for one in hosts_of(read_public(Path(section.certificate_file)))}
    return found - {"0.0.0.0", "::"}  # noqa: S104 - no name to ask for


def _parts(
    settings: Settings, keyring: Keyring, store: ConsoleStore, clock: Clock, gps: Gps | None
) -> Parts:
    memory, days = Memory(store), settings.policy.correction_days

    def listed(text: str) -> bool:
        return text in memory.plates()

    rosters, section = keyring.rosters, settings.console
    return Parts(
        name=keyring.identity.name,
        section=section,
        store=store,
        acts=Acts(keyring.identity.name, rosters, clock, days, listed),
        claims=ClaimDesk(store, rosters, clock, days, listed),
        memory=memory,
        around=Surroundings(),
        clock=clock,
        looking=Looking(section, memory, clock, gps),
    )


def _server(settings: Settings, pages: ConsolePages, closing: Callable[[], None]) -> Server:
    section = settings.console
    certificate = Path(section.certificate_file) if section.certificate_file else None
    key = Path(section.key_file) if section.key_file else None
    return Server(pages.app, section.address, section.port, certificate, key, closing)


def _link(settings: Settings, clock: Clock) -> Link:
    unit = settings.unit
    return Link(
        settings.delivery,
        f"{unit.town}-{unit.name}",
        [
            *(every_unit(unit.town, kind) for kind in HEARD),
            topic(unit.town, unit.name, Kind.RECEIPT),
            topic(unit.town, unit.name, Kind.COMMAND),
        ],
        clock,
        presence=presence(unit, clock),
        largest=LETTER_LIMIT,
    )


def _loop(
    settings: Settings,
    keyring: Keyring,
    parts: Parts,
    desk: ConsoleDesk,
    officers: ConsoleOfficers,
    record: ConsoleRecord,
    searches: ConsoleSearches,
    link: Link,
    clock: Clock,
) -> ConsoleLoop:
    unit, store, rosters = settings.unit, parts.store, keyring.rosters
    own = topic(unit.town, unit.name, Kind.RECEIPT)
    spread = Spread(link, rosters, unit.name)
    spreading = Spreading(store, spread, rosters, unit.name, clock)
    grace_s = settings.console.purge_after_s
    misreads = MisreadDesk(store, spread, rosters, unit.name, clock, grace_s, desk.load)
    takers = console_takers(store, unit.name, clock, misreads.contested, desk.load)
    corrections = Path(settings.console.folder) / CORRECTIONS
    keys, days = Path(settings.keys.folder), settings.policy.correction_days
    return ConsoleLoop(
        keyring=keyring,
        store=store,
        desk=desk,
        officers=officers,
        link=link,
        post=Post(
            intake=Intake(
                keyring,
                store,
                desk,
                parts.claims,
                [spreading.health, misreads.health],
                clock,
                searches.answered,
            ),
            sender=Sender(settings.delivery, unit, store.outbox, link),
            receipts=Receipts(settings.delivery, own, store.outbox, rosters),
            orders=OrderDesk(keys, corrections, days, clock, takers=takers),
            spreading=spreading,
            misreads=misreads,
            chain=console_chain(store, keyring.identity, link, rosters, clock),
            record=record,
            searches=searches,
        ),
        corrections=corrections,
        receivers=len(settings.delivery.receivers),
        clock=clock,
    )


def _url(settings: Settings, port: int) -> str:
    section = settings.console
    scheme = "https" if section.certificate_file else "http"
    host = f"[{section.address}]" if ":" in section.address else section.address
    return f"{scheme}://{host}:{port}/"
