"""What both ways of fetching lists share: which manifest is believed, what of it is wanted.

A manifest comes by https or over the broker, its bundles as well. Either way the same things are
asked of it here, one memory says which was the newest, and a whole file gets its name in the inbox
that watch installs from.
"""

import os
import random
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from edge.clock import Clock, Moment
from edge.config.settings import Settings
from edge.delivery.backoff import Backoff
from edge.errors import HotlistError
from edge.hotlist import bundle_place as place
from edge.hotlist.bundle import SUFFIX, Digest
from edge.hotlist.bundle_check import Held
from edge.hotlist.manifest import Manifest, Offer, plan, read
from edge.keys.trust import open_roster
from edge.log import Log
from edge.messages.envelope import digest

_MB: Final = 1_000_000
_MEMORY: Final = ".manifest.json"
_LONGEST_S: Final = 3600.0  # between two goes at a file that was not what was signed for

_ONE_AT_A_TIME: Final = threading.Lock()  # both ways may be on, in threads of their own

_WITHHELD: Final = (
    "the issuer of lists knows roster {}, and this unit has {}: a revocation may have been kept"
    " from it; send it ('edge orders send'), or bring it ('edge keys roster install')"
)

_log = Log("deliver.lists")


class _Seen(BaseModel):
    """The newest manifest that was believed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    town: str
    list: str
    sequence: int
    digest: Digest


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a manifest is to be loaded, in that order.

    Attributes:
        problem: why the newest list cannot be had; empty when it can, or is here.
    """

    offers: tuple[Offer, ...]
    problem: str = ""


class ListInbox:
    """The inbox of one unit; each way in has an object of its own.

    Attributes:
        folder: where it is.
        withheld: word of a roster that this unit should have and has not; else empty.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._section = settings.hotlist
        self._town = settings.unit.town
        self._keys = Path(settings.keys.folder)
        self._clock = clock
        self.folder = Path(settings.hotlist.inbox)
        self.withheld = ""

    @property
    def newest(self) -> int:
        """Number of the newest manifest that was believed; 0 before the first."""
        seen = self._seen()
        ours = seen is not None and (seen.town, seen.list) == (self._town, self._section.list)
        return seen.sequence if seen is not None and ours else 0

    def believed(self, blob: bytes, what: str) -> Manifest:
        """Return the manifest in *blob*, and remember it as the newest.

        Args:
            what: names where it came from in errors.

        Raises:
            KeysError: it is not signed by an issuer whose key counts.
            HotlistError: it is of another town or list, older than one seen before, or another one
                of the same number.
            OSError: it cannot be remembered.
        """
        now = self._clock.now()
        at = datetime.fromtimestamp(now.utc_ns // 1_000_000_000, UTC)
        trusted = at if self._clock.trusted() else None
        roster = open_roster(self._keys)
        manifest = read(blob, what, self._town, roster, trusted)
        if manifest.list != self._section.list:
            raise HotlistError(
                f"{what}: offers the list {manifest.list!r}, this unit takes "
                f"{self._section.list!r} (hotlist.list)"
            )
        with _ONE_AT_A_TIME:
            self._remember(manifest, digest(manifest.model_dump_json().encode()), what)
        late = manifest.roster > roster.sequence
        self.withheld = _WITHHELD.format(manifest.roster, roster.sequence) if late else ""
        return manifest

    def wanted(self, manifest: Manifest) -> Wanted:
        """Return what leads from the list in force to the newest, and is not here already.

        Raises:
            HotlistError: the folder of lists cannot be read.
        """
        largest = int(self._section.max_bundle_mb * _MB)
        refused = {
            one.digest
            for one in manifest.bundles
            if (self.folder / "refused" / _name(manifest, one)).exists()
        }
        chosen = plan(manifest.bundles, self._held(), largest, refused)
        missing = (one for one in chosen.offers if not self._came(manifest, one))
        return Wanted(tuple(missing), chosen.problem)

    def part(self, offer: Offer, suffix: str) -> Path:
        """Return where the beginning of a file is collected; each way has a suffix of its own."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder / f".{offer.digest}{suffix}"

    def tidy(self, wanted: Wanted, suffix: str) -> None:
        """Remove beginnings of files that nobody wants any more."""
        kept = {one.digest for one in wanted.offers}
        for part in self.folder.glob(f".*{suffix}"):
            if part.name[1:].removesuffix(suffix) not in kept:
                part.unlink(missing_ok=True)

    def finish(self, manifest: Manifest, offer: Offer, part: Path) -> None:
        """Give a file that is whole its name, by which watch takes it."""
        with part.open("rb") as whole:  # or a power cut could leave the name and not the bytes
            os.fsync(whole.fileno())
        if self._came(manifest, offer):  # the other way was faster
            part.unlink()
            return
        part.replace(self._place(manifest, offer))
        _log.info(
            "a list is loaded", list=manifest.list, sequence=offer.sequence, of=str(offer.kind)
        )

    def _remember(self, manifest: Manifest, mark: str, what: str) -> None:
        """Refuse an older manifest than was seen, and remember a newer one."""
        seen = self._seen()
        if seen is not None and (seen.town, seen.list) == (manifest.town, manifest.list):
            if manifest.sequence < seen.sequence:
                raise HotlistError(
                    f"{what}: is number {manifest.sequence}, and number {seen.sequence} was there "
                    "already: somebody plays an old manifest back; publish again"
                )
            if manifest.sequence == seen.sequence:
                if mark != seen.digest:
                    raise HotlistError(
                        f"{what}: is another manifest of number {seen.sequence}; publish again"
                    )
                return
        file = self.folder / _MEMORY
        draft = file.with_suffix(".new")
        word = _Seen(
            town=manifest.town, list=manifest.list, sequence=manifest.sequence, digest=mark
        )
        self.folder.mkdir(parents=True, exist_ok=True)
        draft.write_text(word.model_dump_json(), encoding="utf-8")
        draft.replace(file)

    def _seen(self) -> _Seen | None:
        file = self.folder / _MEMORY
        try:
            return _Seen.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError:  # torn by a power cut; each bundle is held against its own number
            _log.warning("which manifest was the newest is not known any more", file=file)
            return None

    def _held(self) -> Held:
        folder = Path(self._section.folder)
        if not folder.exists():  # watch makes it with the first list
            return Held(self._town, self._section.list)
        return place.held(folder, self._town, self._section.list)

    def _came(self, manifest: Manifest, offer: Offer) -> bool:
        return self._place(manifest, offer).exists()

    def _place(self, manifest: Manifest, offer: Offer) -> Path:
        return self.folder / _name(manifest, offer)


class Patience:
    """Holds off from a file that was not what was signed for, longer each time.

    Args:
        first_s: the first time.
    """

    def __init__(self, first_s: float, chance: random.Random) -> None:
        self._backoff = Backoff(first_s, max(_LONGEST_S, first_s), chance)
        self._until: Moment | None = None
        self._was = ""

    def why(self, now: Moment) -> str:
        """Return what was wrong while it is too early to try again; then nothing."""
        return self._was if self._until is not None and now.since(self._until) < 0 else ""

    def wrong(self, sentence: str, now: Moment) -> None:
        """Take note of a failure."""
        self._was, self._until = sentence, now.later(self._backoff.next())

    def forget(self) -> None:
        """Begin anew: there is another manifest."""
        self._until = None
        self._backoff.reset()


def _name(manifest: Manifest, offer: Offer) -> str:
    """Return what a file is called in the inbox: no word of the server's is in it."""
    return f"{manifest.list}-{offer.sequence}-{offer.digest[:12]}{SUFFIX}"
