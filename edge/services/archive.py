"""The town's archive: what units and consoles say comes to stay; one process, at town hall."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from edge import __version__
from edge.archive.asking import Asking
from edge.archive.database import Database
from edge.archive.retention import Retention, nothing_held
from edge.archive.store import ArchiveStore
from edge.clock import Clock, SystemClock
from edge.config.archive import ArchiveSection
from edge.config.settings import Settings
from edge.delivery.mqtt import Link
from edge.delivery.status import presence
from edge.errors import ConfigError, EdgeError, KeysError, StoreError
from edge.keys.files import read_private
from edge.keys.roles import Role
from edge.log import Log
from edge.messages.acts import act_row
from edge.messages.acts_unit import Ended, Started
from edge.messages.opening import LETTER_LIMIT
from edge.messages.topics import Kind, every_unit
from edge.records import AlertId
from edge.services.archive_guests import Guest, Stepping
from edge.services.archive_intake import Intake
from edge.services.archive_keeping import KeepingGuest
from edge.services.archive_loop import ArchiveLoop
from edge.services.archive_own import OwnChain
from edge.services.archive_page import ArchivePage
from edge.services.keyring import Keyring, open_keyring
from edge.services.law import check_law
from edge.services.notify import open_notifier
from edge.services.query_keep import FOLDER as QUERIES
from edge.services.query_keep import QueryKeeper
from edge.services.who_watch import KIND, open_sharing_watch
from edge.services.wrapping import open_wrapping

PROCESS: Final = "archive"
HEARD: Final = (Kind.ALERT, Kind.VERDICT, Kind.CHAIN, Kind.HEALTH, Kind.STATUS, Kind.ANSWER)
_LOG: Final = Log("archive")


class Hall:
    """What the archive is made of, for whoever runs beside it: its page, its guests.

    Attributes:
        loop: only after :meth:`join`; its ``problems`` and ``version`` may be read by any thread.
    """

    def __init__(
        self, settings: Settings, keyring: Keyring, store: ArchiveStore, clock: Clock
    ) -> None:
        self.settings = settings
        self.keyring = keyring
        self.store = store
        self.clock = clock
        self.loop: ArchiveLoop

    def join(
        self, guests: Sequence[Guest] = (), held: Callable[[AlertId], bool] = nothing_held
    ) -> Link:
        """Build loop and link, with the topics of all guests."""
        settings, asking = self.settings, Asking()
        intake = Intake(self.keyring, self.store, asking, self.clock)
        intake.load()
        link = self._link(guests)
        self.loop = ArchiveLoop(
            keyring=self.keyring,
            store=self.store,
            link=link,
            intake=intake,
            asking=asking,
            retention=Retention(
                self.store, settings.archive, settings.categories, self.clock, held
            ),
            silent_after_s=settings.archive.silent_after_s,
            guests=guests,
            clock=self.clock,
        )
        return link

    def _link(self, guests: Sequence[Guest]) -> Link:
        own = self.keyring.identity
        topics = [every_unit(own.town, kind) for kind in HEARD]
        topics += [topic for one in guests for topic in one.topics]
        unit = self.settings.unit.model_copy(update={"name": own.name, "town": own.town})
        return Link(
            self.settings.delivery,
            f"{own.town}-{own.name}",
            list(dict.fromkeys(topics)),
            self.clock,
            presence=presence(unit, self.clock),
            largest=LETTER_LIMIT,
        )


def open_archive(settings: Settings, keyring: Keyring, clock: Clock) -> ArchiveStore:
    """Return the archive's store, not yet open.

    Raises:
        ConfigError: the password of its server cannot be read.
    """
    own = keyring.identity
    database = open_database(settings.archive)
    return ArchiveStore(database, own.town, own.name, clock)


def open_database(section: ArchiveSection) -> Database:
    """Return the database that the settings name, not yet open.

    Raises:
        ConfigError: the password of its server cannot be read, or others may read it.
    """
    password = ""
    if section.password_file:
        file = Path(section.password_file)
        try:
            password = read_private(file.parent, file.name).decode("utf-8").strip()
        except (KeysError, UnicodeDecodeError) as error:
            raise ConfigError(f"archive.password_file: {error}") from error
    return Database(Path(section.folder), section.database, password)


def run_archive(
    settings: Settings,
    stop: threading.Event,
    clock: Clock | None = None,
    ready: Callable[[int], None] = lambda _port: None,
) -> None:
    """Keep what comes, and show it on the page, until *stop* is set.

    Args:
        ready: called with the page's port once it is served.

    Raises:
        ConfigError: keys, a certificate or a password file are missing or wrong.
        StoreError: the store cannot be opened or written; what was not confirmed comes again.
        WebError: the page cannot be served.
    """
    check_law(settings)
    clock = clock or SystemClock(settings.clock.trust)
    keyring = open_keyring(Path(settings.keys.folder), clock, {Role.ARCHIVE})
    with open_archive(settings, keyring, clock) as store:
        hall = Hall(settings, keyring, store, clock)
        link = hall.join(open_guests(hall), store.holds.holds)
        store.record("started", act_row("started", _started(hall)))
        try:
            page = ArchivePage(settings, keyring, store, hall.loop, clock)
            _serve(hall, link, page, stop, ready)
        except EdgeError as error:
            _end(store, str(error))
            raise
        finally:
            hall.loop.stop()
        _end(store, "")
    _LOG.info("stopped")


def _end(store: ArchiveStore, why: str) -> None:
    """Record the end; where the store is what failed, the journal alone tells of it."""
    try:
        store.record("ended", act_row("ended", Ended(process=PROCESS, why=why)))
    except StoreError as error:
        _LOG.error("the end is not on record", why=error)


def open_guests(hall: Hall) -> list[Guest]:
    """Return what else runs in the archive's loop."""
    own = hall.keyring.identity.name
    before = (row.payload for row in hall.store.acts([KIND]) if row.name == own and row.payload)
    watch = open_sharing_watch(
        hall.settings, hall.clock, hall.store.record, before, lambda: hall.store.acts(["grant"])
    )
    keeping = KeepingGuest(
        hall.store,
        hall.keyring,
        Path(hall.settings.keys.folder),
        hall.clock,
        hall.settings.console.purge_after_s,
    )
    wrapping = open_wrapping(hall.settings, hall.keyring, hall.clock)
    queries = QueryKeeper(
        Path(hall.settings.archive.folder) / QUERIES,
        hall.settings.archive.keep_queries_days,
        hall.keyring,
        hall.clock,
    )
    own_chain = OwnChain(hall.store, hall.keyring)
    sharing = Stepping(watch.step, lambda: watch.problems, watch.stop)
    return [own_chain, sharing, keeping, wrapping, queries]


def _serve(
    hall: Hall,
    link: Link,
    page: ArchivePage,
    stop: threading.Event,
    ready: Callable[[int], None],
) -> None:
    notifier = open_notifier(hall.clock)
    port = page.start()
    try:
        link.start()
        _LOG.info("the archive is open", database=hall.store.db.where, epoch=hall.store.epoch)
        notifier.ready()
        ready(port)
        while not stop.is_set():
            hall.loop.step()
            page.step(hall.clock.now())
            notifier.watchdog()
            notifier.status(hall.loop.sentence)
    finally:
        notifier.stopping()
        link.stop()
        page.stop()


def _started(hall: Hall) -> Started:
    """Return what is on record of a start: what runs, and what ran before."""
    before = ""
    for row in hall.store.acts(["started"]):
        if row.name == hall.keyring.identity.name and row.payload:
            before = str(row.payload.get("software", ""))
    return Started(
        process=PROCESS,
        software=__version__,
        before="" if before == __version__ else before,
        roster=hall.keyring.rosters.roster.sequence,
        new_epoch=hall.store.new_epoch,
        why="a new, empty archive: everything is asked for" if hall.store.new_epoch else "",
    )
