"""Polls the town's server for newer lists and puts them into the inbox that watch installs from.

A thread of its own in the delivering daemon: whatever goes wrong here is a sentence in health, and
alerts go on. The list in force stays until watch has installed another.
"""

import random
import threading
from typing import Final

from edge.clock import Clock
from edge.config.settings import Settings
from edge.delivery.backoff import Backoff
from edge.delivery.list_server import ListServer
from edge.delivery.tls import TlsFiles, client_context
from edge.errors import EdgeError, HotlistError
from edge.hotlist.manifest import Manifest
from edge.log import Log
from edge.services.list_inbox import ListInbox, Patience

_PART: Final = ".part"
_FIRST_S: Final = 5.0  # a street of units gets its power back in the same second
_PATIENCE_S: Final = 2.0

_log = Log("deliver.lists")


class ListPoll:
    """Asks for the manifest, and loads what leads from the list in force to the newest.

    Attributes:
        problem: why the newest list cannot be had; empty while all is well.
        asked, loaded: how many times the server was asked for the manifest, and files that came.
    """

    def __init__(
        self, settings: Settings, clock: Clock, chance: random.Random | None = None
    ) -> None:
        self._section = settings.hotlist
        self._inbox = ListInbox(settings, clock)
        self._clock = clock
        self._chance = chance or random.Random()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lists", daemon=True)
        section = settings.hotlist
        tls = TlsFiles(
            "hotlist.manifest_",
            section.manifest_ca_file,
            section.manifest_certificate_file,
            section.manifest_key_file,
        )
        self._server = ListServer(
            section.manifest_url, lambda: client_context(tls), clock, self._stop.is_set
        )
        self._away = Backoff(section.poll_s, 4 * section.poll_s, self._chance)
        self._wrong = Patience(section.poll_s, self._chance)
        self._manifest: Manifest | None = None
        self.problem = ""
        self.asked = 0
        self.loaded = 0

    def start(self) -> None:
        """Begin; to be called once."""
        self._thread.start()

    def stop(self) -> None:
        """End; a file that is under way goes on after the next start."""
        self._stop.set()
        self._thread.join(_PATIENCE_S)

    def step(self) -> float:
        """Poll once; return the seconds to wait. What fails is told in :attr:`problem`."""
        before, self.problem = self.problem, ""
        try:
            wait_s = self._poll()
        except EdgeError as error:
            self.problem, wait_s = f"lists are not polled: {error}", self._away.next()
        except OSError as error:
            self.problem = f"{error.filename or self._inbox.folder}: {error.strerror or error}"
            wait_s = self._away.next()
        if self.problem and self.problem != before:
            _log.warning(self.problem)
        elif before and not self.problem:
            _log.info("lists are polled again")
        return wait_s

    def _run(self) -> None:
        wait_s = self._chance.uniform(0, min(_FIRST_S, self._section.poll_s))
        try:
            while not self._stop.wait(wait_s):
                # never at once: a server that comes back must not be asked by a thousand in turn
                wait_s = max(1.0, self.step())
        except Exception as error:  # noqa: BLE001 - told and logged; alerts must go on without lists
            self.problem = f"lists are polled no more, restart edge-deliver: {error!r}"[:400]
            _log.error(self.problem)

    def _poll(self) -> float:
        self.asked += 1
        blob = self._server.manifest()
        if blob is not None:
            self._server.forget()
            manifest = self._inbox.believed(blob, self._section.manifest_url)
            self._server.keep()
            if manifest != self._manifest:
                self._manifest = manifest
                self._wrong.forget()
        self._away.reset()
        if self._manifest is not None:
            self._load(self._manifest)
        return self._section.poll_s * self._chance.uniform(0.5, 1.0)

    def _load(self, manifest: Manifest) -> None:
        now = self._clock.now()
        if why := self._wrong.why(now):
            self.problem = why
            return
        wanted = self._inbox.wanted(manifest)
        self._inbox.tidy(wanted, _PART)
        try:
            for one in wanted.offers:
                part = self._inbox.part(one, _PART)
                self._server.load(one, part)
                self._inbox.finish(manifest, one, part)
                self.loaded += 1
        except HotlistError as error:
            self.problem = f"a list was not loaded: {error}"
            self._wrong.wrong(self.problem, now)
            return
        self.problem = wanted.problem or self._inbox.withheld
