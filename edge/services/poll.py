"""Polls the town's server for newer lists and puts them into the inbox that watch installs from.

A thread of its own in the delivering daemon: whatever goes wrong here is a sentence in health, and
alerts go on. The list in force stays until watch has installed another.
"""

import os
import random
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from edge.clock import Clock, Moment
from edge.config.settings import Settings
from edge.delivery.backoff import Backoff
from edge.delivery.list_server import ListServer
from edge.delivery.tls import TlsFiles, client_context
from edge.errors import EdgeError, HotlistError
from edge.hotlist import bundle_place as place
from edge.hotlist.bundle import SUFFIX, Digest
from edge.hotlist.bundle_check import Held
from edge.hotlist.manifest import Manifest, Offer, plan, read
from edge.keys.trust import open_roster
from edge.log import Log
from edge.messages.envelope import digest

_MB: Final = 1_000_000
_MEMORY: Final = ".manifest.json"
_PART: Final = ".part"
_FIRST_S: Final = 5.0  # a street of units gets its power back in the same second
_PATIENCE_S: Final = 2.0
_LONGEST_S: Final = 3600.0  # between two goes at a file that was not what was signed for

_log = Log("deliver.lists")


class _Seen(BaseModel):
    """The newest manifest that was believed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    town: str
    list: str
    sequence: int
    digest: Digest


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
        self._town = settings.unit.town
        self._keys = Path(settings.keys.folder)
        self._inbox = Path(settings.hotlist.inbox)
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
        self._wrong = Backoff(section.poll_s, max(_LONGEST_S, section.poll_s), self._chance)
        self._not_before: Moment | None = None
        self._wrong_was = ""
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
            self.problem = f"{error.filename or self._inbox}: {error.strerror or error}"
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
            manifest = self._believed(blob)
            self._server.keep()
            if manifest != self._manifest:
                self._manifest, self._not_before = manifest, None
                self._wrong.reset()
        self._away.reset()
        if self._manifest is not None:
            self._load(self._manifest)
        return self._section.poll_s * self._chance.uniform(0.5, 1.0)

    def _believed(self, blob: bytes) -> Manifest:
        now = self._clock.now()
        at = datetime.fromtimestamp(now.utc_ns // 1_000_000_000, UTC)
        url = self._section.manifest_url
        manifest = read(
            blob, url, self._town, open_roster(self._keys), at if self._clock.trusted() else None
        )
        if manifest.list != self._section.list:
            raise HotlistError(
                f"{url}: offers the list {manifest.list!r}, this unit takes "
                f"{self._section.list!r} (hotlist.list)"
            )
        self._newest(manifest, digest(manifest.model_dump_json().encode()))
        return manifest

    def _newest(self, manifest: Manifest, mark: str) -> None:
        """Refuse an older manifest than was seen, and remember a newer one."""
        file, url = self._inbox / _MEMORY, self._section.manifest_url
        seen = self._seen(file)
        if seen is not None and (seen.town, seen.list) == (manifest.town, manifest.list):
            if manifest.sequence < seen.sequence:
                raise HotlistError(
                    f"{url}: is number {manifest.sequence}, and number {seen.sequence} was there "
                    "already: somebody plays an old manifest back; publish again"
                )
            if manifest.sequence == seen.sequence:
                if mark != seen.digest:
                    raise HotlistError(
                        f"{url}: is another manifest of number {seen.sequence}; publish again"
                    )
                return
        draft = file.with_suffix(".new")
        word = _Seen(
            town=manifest.town, list=manifest.list, sequence=manifest.sequence, digest=mark
        )
        self._inbox.mkdir(parents=True, exist_ok=True)
        draft.write_text(word.model_dump_json(), encoding="utf-8")
        draft.replace(file)

    def _seen(self, file: Path) -> _Seen | None:
        try:
            return _Seen.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError:  # torn by a power cut; each bundle is held against its own number
            _log.warning("which manifest was the newest is not known any more", file=file)
            return None

    def _load(self, manifest: Manifest) -> None:
        now = self._clock.now()
        if self._not_before is not None and now.since(self._not_before) < 0:
            self.problem = self._wrong_was
            return
        held = self._held()
        largest = int(self._section.max_bundle_mb * _MB)
        refused = {
            one.digest
            for one in manifest.bundles
            if (self._inbox / "refused" / _name(manifest, one)).exists()
        }
        chosen = plan(manifest.bundles, held, largest, refused)
        wanted = [one for one in chosen.offers if not (self._inbox / _name(manifest, one)).exists()]
        self._tidy({one.digest for one in wanted})
        try:
            for one in wanted:
                self._fetch(manifest, one)
        except HotlistError as error:
            self._wrong_was = self.problem = f"a list was not loaded: {error}"
            self._not_before = now.later(self._wrong.next())
            return
        self.problem = chosen.problem

    def _held(self) -> Held:
        folder = Path(self._section.folder)
        if not folder.exists():  # watch makes it with the first list
            return Held(self._town, self._section.list)
        return place.held(folder, self._town, self._section.list)

    def _fetch(self, manifest: Manifest, offer: Offer) -> None:
        part = self._inbox / f".{offer.digest}{_PART}"
        self._server.load(offer, part)
        with part.open("rb") as whole:  # or a power cut could leave the name and not the bytes
            os.fsync(whole.fileno())
        part.replace(self._inbox / _name(manifest, offer))
        self.loaded += 1
        _log.info("a list is loaded", list=manifest.list, sequence=offer.sequence, of=offer.kind)

    def _tidy(self, wanted: set[str]) -> None:
        """Remove beginnings of files that nobody wants any more."""
        for part in self._inbox.glob(f".*{_PART}"):
            if part.name[1:].removesuffix(_PART) not in wanted:
                part.unlink(missing_ok=True)


def _name(manifest: Manifest, offer: Offer) -> str:
    """Return what a file is called in the inbox: no word of the server's is in it."""
    return f"{manifest.list}-{offer.sequence}-{offer.digest[:12]}{SUFFIX}"
