"""Install a signed list: verify, then swap. Every way in ends here.

All that a new list needs is written and on the disk before one rename puts it in force; a power
cut at any moment leaves the old list or the new one, whole, with the sequence that belongs to it.
"""

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from edge.clock import Clock
from edge.config.hotlist import HotlistSection
from edge.disk import sync
from edge.errors import BundleRefused, HotlistError, KeysError
from edge.hotlist import bundle_place as place
from edge.hotlist.bundle import SEALED, Bundle, Kind, expand, opened, unpack
from edge.hotlist.bundle_check import Held, Limits, Time, again, check
from edge.hotlist.bundle_rows import COLUMNS, changed, in_order
from edge.hotlist.csvfile import load_csv
from edge.hotlist.index import Hotlist
from edge.hotlist.indexfile import write_index
from edge.keys.parties import Party
from edge.keys.sealed import open_sealed
from edge.keys.trust import Trust

MB = 1_000_000


class _Written(NamedTuple):
    digest: str
    entries: int


class Installer:
    """Puts bundles in force in one folder.

    Args:
        town: this unit's; a bundle for another is refused.
        trust: asked for each bundle, so that a new roster counts at once.
    """

    def __init__(
        self, section: HotlistSection, town: str, trust: Callable[[], Trust], clock: Clock
    ) -> None:
        self._section = section
        self._town = town
        self._trust = trust
        self._clock = clock
        self._folder = Path(section.folder)

    @property
    def largest(self) -> int:
        """Bytes of a bundle; a larger one need not be read."""
        return int(self._section.max_bundle_mb * MB)

    def open(self, blob: bytes) -> Bundle:
        """Return what is in a sealed bundle; who signed it is not looked at.

        Raises:
            BundleRefused: it is too large, not sealed, sealed to others, or damaged.
            KeysError: this unit has no keys, or no sound roster.
        """
        return self._open(blob, self._trust())

    def held(self) -> Held:
        """Return what a new bundle has to follow."""
        return place.held(self._folder, self._town, self._section.list)

    def install(self, blob: bytes) -> place.InForce:
        """Put a bundle in force, or change nothing.

        A bundle that is in force already is no error and changes nothing.

        Raises:
            BundleRefused: with the reason.
            HotlistError: the folder cannot be read or written; try again.
            KeysError: this unit has no keys, or no sound roster.
        """
        trust = self._trust()
        bundle = self._open(blob, trust)
        with self._alone():
            now = self._now()
            if now is not None and again(bundle.header, self.held()):
                return now
            signers = check(bundle, trust.roster, self.held(), self._limits(), self._time())
            try:
                return self._swap(bundle, now, signers)
            except OSError as error:
                raise HotlistError(
                    f"{self._folder}: {bundle.header.name} cannot be installed: {error.strerror}"
                ) from error
            finally:
                self._tidy()

    def doubt(self) -> str:
        """Return why the list in force should be replaced soon; empty while nothing is against it.

        It stays: a revoked issuer's list of yesterday is better than none, and it ends by its date.

        Raises:
            KeysError: this unit has no keys, or no sound roster.
        """
        now = self._now()
        if now is None:
            return ""
        revoked = {one.verify_key.raw.hex() for one in self._trust().roster.revoked}
        if revoked.isdisjoint(now.keys):
            return ""
        return (
            f"{now.name} comes from a key that is revoked since; install a full list of another "
            "issuer"
        )

    def refused(self, file: str, error: BundleRefused) -> None:
        """Leave word for people of what was refused; the journal and health have it as well."""
        word = place.Refused(at=self._utc(), file=file, why=error.why, sentence=str(error))
        draft = self._folder / f"{place.REFUSED}.new"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            draft.write_text(word.model_dump_json(), encoding="utf-8")
            draft.replace(self._folder / place.REFUSED)
        except OSError as failed:
            raise HotlistError(
                f"{self._folder}: cannot be written: {failed.strerror}; see hotlist.folder"
            ) from failed

    def _open(self, blob: bytes, trust: Trust) -> Bundle:
        if len(blob) > self.largest:
            raise BundleRefused("large", f"has {len(blob)} bytes, at most {self.largest} are taken")
        if opened(blob):
            raise BundleRefused("sealed", "is not sealed: lists travel sealed; sign it again")
        try:
            return unpack(open_sealed(SEALED, blob, trust.identity))
        except KeysError as error:
            raise BundleRefused("sealed", str(error)) from error

    def _swap(
        self, bundle: Bundle, before: place.InForce | None, signers: Sequence[Party]
    ) -> place.InForce:
        after = place.after(bundle.header, self.held(), signers, self._utc())
        rows = self._folder / (after.name + place.ROWS)
        self._tidy()
        self._write(rows, bundle, before)
        write_index(self._load(rows), self._folder / (after.name + place.INDEX))
        sync(self._folder)
        draft = self._folder / f"{place.POINTER}.new"
        draft.write_text(after.model_dump_json(), encoding="utf-8")
        sync(draft)
        draft.replace(self._folder / place.POINTER)
        sync(self._folder)
        return after

    def _write(self, file: Path, bundle: Bundle, before: place.InForce | None) -> None:
        if bundle.header.kind is Kind.FULL:
            written = _written(file, in_order(expand(bundle)))
        else:
            base = self._base(before)
            written = _written(file, changed(base, expand(bundle)))
        if written != (bundle.header.result, bundle.header.entries):
            raise BundleRefused(
                "content", "does not give the list that its header names; send a full list"
            )
        sync(file)

    def _base(self, before: place.InForce | None) -> Iterator[str]:
        if before is None:
            raise BundleRefused("base", "changes a list that is not here; send a full list")
        try:
            with (self._folder / (before.name + place.ROWS)).open(encoding="utf-8") as file:
                next(file, "")
                yield from (line.removesuffix("\n") for line in file)
        except (OSError, UnicodeDecodeError):
            raise BundleRefused(
                "base", "changes a list whose rows are damaged here; send a full list"
            ) from None

    def _load(self, rows: Path) -> Hotlist:
        try:
            return load_csv(rows, self._section.max_entries)
        except HotlistError as error:
            head = str(error).partition("\n")[0]  # the rest names plates, and goes to health
            raise BundleRefused("content", f"has rows that this unit refuses: {head}") from error

    def _now(self) -> place.InForce | None:
        try:
            return place.in_force(self._folder)
        except HotlistError:  # damaged: a full list may take its place, and health has said it
            return None

    def _tidy(self) -> None:
        """Remove what is not in force; left-overs take room and are tried again next time."""
        with suppress(OSError):
            for file in place.strangers(self._folder, self._now()):
                file.unlink()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            door = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise HotlistError(
                f"{self._folder}: cannot be used: {error.strerror}; see hotlist.folder"
            ) from error
        try:
            _lock(door, self._folder)
            yield
        finally:
            os.close(door)

    def _limits(self) -> Limits:
        section = self._section
        return Limits(
            entries=section.max_entries,
            body_bytes=int(section.max_unpacked_mb * MB),
            reject_share=section.max_reject_share,
            urgent_hours=section.urgent_hours,
        )

    def _time(self) -> Time:
        return Time(self._utc(), self._clock.trusted())

    def _utc(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now().utc_ns // 1_000_000_000, UTC)


def _written(file: Path, rows: Iterable[str]) -> _Written:
    """Write rows behind their header."""
    digest, count = hashlib.sha256(), 0
    with file.open("xb", buffering=MB) as out:
        for count, row in enumerate(chain((COLUMNS,), rows)):  # noqa: B007 - used below
            line = row.encode() + b"\n"
            out.write(line)
            digest.update(line)
    return _Written(digest.hexdigest(), count)


def _lock(door: int, folder: Path) -> None:
    try:
        fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise HotlistError(f"{folder}: another list is just being installed; try again") from None
