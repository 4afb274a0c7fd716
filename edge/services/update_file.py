"""A release as one file: what was signed, then the bundle that ``scripts/bundle`` made.

``EDGEUPD1``, the length of the signed release and that release, the length of the approval (0
without one) and the approval, then the bundle's bytes. The small part is read and judged before a
byte of the large one is used; of that nothing is used before it is copied, and the copy's digest
is the signed one.
"""

import hashlib
import os
import struct
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from edge.disk import free_bytes, open_plain, sync
from edge.errors import KeysError, UpdateError, UpdateLaterError
from edge.keys.signed import Signed, from_bytes, to_bytes
from edge.policy.updates import APPROVAL, RELEASE, Release

SUFFIX: Final = ".update"
_MAGIC: Final = b"EDGEUPD1"
_LENGTH: Final = struct.Struct(">I")
_LONGEST: Final = 1_000_000  # of either document
_STEP: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class UpdateFile:
    """The small part of a file, not yet believed.

    Attributes:
        start: where the bundle begins; *size* bytes of it are there now.
    """

    file: Path
    signed: Signed
    approval: Signed | None
    start: int
    size: int


def read_update(file: Path) -> UpdateFile:
    """Return what *file* says of itself.

    Raises:
        UpdateError: it cannot be read, or is no such file.
    """
    try:
        with open_plain(file) as opened:
            if opened.read(len(_MAGIC)) != _MAGIC:
                raise UpdateError(f"{file}: is no update of edge, or is cut short: copy it again")
            release, approval = _part(opened, file), _part(opened, file)
            start = opened.tell()
            size = os.fstat(opened.fileno()).st_size - start
    except OSError as error:
        raise UpdateError(f"{file}: cannot be read: {error.strerror}") from error
    try:
        signed = from_bytes(release, str(file), RELEASE)
        second = from_bytes(approval, str(file), APPROVAL) if approval else None
    except KeysError as error:
        raise UpdateError(str(error)) from error
    return UpdateFile(file, signed, second, start, size)


def write_update(out: Path, signed: Signed, approval: Signed | None, bundle: IO[bytes]) -> None:
    """Write a release with the rest of *bundle* into *out*, whole or not at all.

    Raises:
        UpdateError: it cannot be written.
    """
    draft = out.with_name(f".{out.name}.part")
    try:
        with draft.open("wb") as target:
            target.write(_MAGIC)
            for one in (to_bytes(signed), to_bytes(approval) if approval else b""):
                target.write(_LENGTH.pack(len(one)) + one)
            while chunk := bundle.read(_STEP):
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        draft.replace(out)
        sync(out.parent)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise UpdateError(f"{out}: cannot be written: {error.strerror}") from error


def copy_bundle(found: UpdateFile, release: Release, place: Path) -> None:
    """Put the bundle at *place* if it is the one that was signed.

    Raises:
        UpdateError: it is another one or cut short; nothing is left then.
        UpdateLaterError: there is no room, or it cannot be read or written; nothing is left then.
    """
    try:
        _room(place.parent, release.size)
        mark = hashlib.sha256()
        with open_plain(found.file) as source, place.open("wb") as target:
            source.seek(found.start)
            for chunk in _chunks(source, release.size):
                mark.update(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        sync(place.parent)
    except OSError as error:
        place.unlink(missing_ok=True)
        raise UpdateLaterError(f"{place}: cannot be written: {error.strerror}") from error
    if mark.hexdigest() != release.digest:
        place.unlink()
        raise UpdateError(
            f"{found.file}: holds another bundle than was signed: copy it again, use nothing of it"
        )


def _room(folder: Path, size: int) -> None:
    """Raise UpdateLaterError where *size* bytes have no room, before one is written."""
    free = free_bytes(folder)
    if free < size:
        raise UpdateLaterError(
            f"{folder}: {free // 1_000_000} MB free, {size // 1_000_000 + 1} are needed"
        )


def check_bundle(found: UpdateFile, release: Release) -> None:
    """Raise UpdateError unless the bundle in the file is the one that was signed."""
    mark = hashlib.sha256()
    try:
        with open_plain(found.file) as source:
            source.seek(found.start)
            for chunk in _chunks(source, release.size):
                mark.update(chunk)
    except OSError as error:
        raise UpdateError(f"{found.file}: cannot be read: {error.strerror}") from error
    if mark.hexdigest() != release.digest:
        raise UpdateError(f"{found.file}: holds another bundle than was signed: copy it again")


def bundle_facts(bundle: Path) -> tuple[str, str, dict[str, str], str, int]:
    """Return a bundle's version, architecture, files with their digests, own digest and size.

    Raises:
        UpdateError: it is no bundle of ``scripts/bundle``, or its manifest is not true of it.
    """
    try:
        with bundle.open("rb") as opened:
            mark = hashlib.file_digest(opened, "sha256").hexdigest()
        with tarfile.open(bundle, "r:") as tar:
            found = {
                one.name.split("/", 1)[1]: _digest(tar.extractfile(one))
                for one in tar
                if one.isfile()
            }
            name = tar.getmembers()[0].name.split("/", 1)[0]
            manifest, about = (_text(tar, f"{name}/{one}") for one in ("MANIFEST", "ABOUT"))
    except (OSError, tarfile.TarError, IndexError, KeyError, UnicodeDecodeError) as error:
        raise UpdateError(f"{bundle}: is no bundle that scripts/bundle made ({error})") from error
    lines = [line.split("  ", 1) for line in manifest.splitlines()]
    said = {line[-1]: line[0] for line in lines}
    if said != {path: one for path, one in found.items() if path != "MANIFEST"}:
        raise UpdateError(f"{bundle}: its files differ from its manifest: make it again")
    words = about.split()
    if len(words) != 4 or words[0] != "edge" or words[2] != "for":
        raise UpdateError(f"{bundle}: ABOUT says {about!r}, not 'edge VERSION for ARCH'")
    return words[1], words[3], found, mark, bundle.stat().st_size


def _part(opened: IO[bytes], file: Path) -> bytes:
    head = opened.read(_LENGTH.size)
    length = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else _LONGEST + 1
    body = opened.read(length) if length <= _LONGEST else b""
    if len(body) != length:
        raise UpdateError(f"{file}: is cut short or damaged: copy it again")
    return body


def _chunks(source: IO[bytes], size: int) -> Iterator[bytes]:
    """Yield *size* bytes, or what there is; no more, whatever was put behind them."""
    while size > 0 and (chunk := source.read(min(_STEP, size))):
        size -= len(chunk)
        yield chunk


def _digest(member: IO[bytes] | None) -> str:
    if member is None:
        return ""
    mark = hashlib.sha256()
    while chunk := member.read(_STEP):
        mark.update(chunk)
    return mark.hexdigest()


def _text(tar: tarfile.TarFile, name: str) -> str:
    member = tar.extractfile(name)
    return member.read().decode("utf-8") if member else ""
