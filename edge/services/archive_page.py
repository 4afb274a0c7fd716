"""The archive's page, served by a thread beside the archive's loop."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

from edge.archive.store import ArchiveStore
from edge.clock import Clock, Moment
from edge.config.archive import ArchiveSection
from edge.config.settings import Settings
from edge.errors import WebError
from edge.keys.files import read_public
from edge.keys.officers import AT_TOWN_HALL, OfficerFolder
from edge.keys.x509 import hosts_of
from edge.log import Log
from edge.services.archive_desk import ArchiveDesk, Loop
from edge.services.archive_door import OFFICERS, ArchiveDoor, ArchiveRecord, WrongPasswords
from edge.services.keyring import Keyring
from edge.web.archive.app import ArchivePages
from edge.web.console.officers import ConsoleOfficers
from edge.web.serve import Server

_SWEEP_S: Final = 5.0
_LOG: Final = Log("archive")


class ArchivePage:
    """The page of one archive; ``start`` it, ``step`` it, ``stop`` it."""

    def __init__(
        self, settings: Settings, keyring: Keyring, store: ArchiveStore, loop: Loop, clock: Clock
    ) -> None:
        section = settings.archive
        folder = Path(section.folder)
        self._section = section
        self._tries = WrongPasswords(store, keyring.identity.name)
        officers = ConsoleOfficers(
            OfficerFolder(folder / OFFICERS, roles=AT_TOWN_HALL),
            ArchiveRecord(store, self._tries),
            keyring.rosters,
            clock,
            section.session_timeout_s,
            AT_TOWN_HALL,
        )
        self._door = ArchiveDoor(officers)
        self._desk = ArchiveDesk(store, keyring, loop, folder, Path(settings.keys.folder), clock)
        self._pages = ArchivePages(
            self._desk, self._door, hosts(section), bool(section.certificate_file)
        )
        self._server = _server(section, self._pages, self._close)
        self._swept: Moment | None = None

    def start(self) -> int:
        """Serve the page, and return its port.

        Raises:
            WebError: the port is taken, or the certificate does not fit.
        """
        self._tries.load()
        self._pages.start()
        try:
            port = self._server.start()
        except WebError:
            self._close()
            raise
        _LOG.info("the archive's page is served", url=_url(self._section, port))
        return port

    def step(self, now: Moment) -> None:
        """End sessions that are over.

        Raises:
            WebError: the page's server ended.
            StoreError: the end of a session cannot be recorded.
        """
        if not self._server.alive():
            raise WebError("the page's server ended; it is started again")
        if self._swept is None or now.since(self._swept) >= _SWEEP_S:
            self._swept = now
            self._door.sweep(now)

    def stop(self) -> None:
        """End all streams and the server. Twice is no error."""
        self._server.stop()

    def _close(self) -> None:
        self._desk.close()
        self._pages.stop()


def hosts(section: ArchiveSection) -> Collection[str]:
    """Return the names under which the page may be asked for: its address, its certificate's."""
    found = {"localhost", "127.0.0.1", "::1", section.address.lower()}
    if section.certificate_file:
        found |= {one.lower() for one in hosts_of(read_public(Path(section.certificate_file)))}
    return found - {"0.0.0.0", "::"}  # noqa: S104 - no name to ask for


def _server(section: ArchiveSection, pages: ArchivePages, closing: Callable[[], None]) -> Server:
    certificate = Path(section.certificate_file) if section.certificate_file else None
    key = Path(section.key_file) if section.key_file else None
    return Server(pages.app, section.address, section.port, certificate, key, closing)


def _url(section: ArchiveSection, port: int) -> str:
    scheme = "https" if section.certificate_file else "http"
    host = f"[{section.address}]" if ":" in section.address else section.address
    return f"{scheme}://{host}:{port}/"
