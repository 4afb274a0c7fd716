"""The manifest of an export: every file by its digest, signed by the archive that wrote it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.errors import ConfigError, KeysError
from edge.keys import canonical
from edge.keys.identity import Identity
from edge.keys.parties import Name
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.signed import from_bytes, sign, to_bytes
from edge.messages.wire import Count, Digest, Time

KIND: Final = "export-manifest"
SIGNED: Final = "manifest.signed"
PLAIN: Final = "manifest.json"
_WHAT: Final = "the manifest of an export"
_PIECE: Final = 1 << 20


class FileRow(canonical.Row):
    """One file of an export."""

    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9./_-]*$", max_length=300)]
    sha256: Digest
    bytes: Count
    rows: Count


class Manifest(canonical.Row):
    """What an export holds."""

    v: Literal[1]
    town: Name
    archive: Name
    made_at: Time
    since: str = Field(description="Of letters, when they came; empty from the first.")
    until: str
    files: list[FileRow]


@dataclass(frozen=True, slots=True)
class Checked:
    """What an export was found to be.

    Attributes:
        wrong: a sentence for each file that is missing, changed, or not in the manifest.
    """

    manifest: Manifest
    wrong: tuple[str, ...]


def measure(folder: Path, file: Path, rows: int) -> FileRow:
    """Return the manifest's line for *file*."""
    digest, size = _digest(file)
    name = file.relative_to(folder).as_posix()
    return FileRow(file=name, sha256=digest, bytes=size, rows=rows)


def write_manifest(folder: Path, manifest: Manifest, archive: Identity) -> None:
    """Write the manifest for people, and signed, for whoever checks."""
    words = canonical.write(manifest)
    (folder / PLAIN).write_bytes(words + b"\n")
    (folder / SIGNED).write_bytes(to_bytes(sign(KIND, words, archive)))


def check_export(folder: Path, roster: Roster) -> Checked:
    """Return what an export holds, and what of it is not as the archive wrote it.

    The signature is judged at the time that the manifest names: a revoked key counts no more.

    Raises:
        ConfigError: there is no export.
        KeysError: an archive of this town has not signed the manifest.
    """
    try:
        blob = (folder / SIGNED).read_bytes()
    except OSError as error:
        raise ConfigError(f"{folder / SIGNED}: cannot be read: {error.strerror}") from error
    signed = from_bytes(blob, _WHAT, KIND)
    manifest = canonical.read(Manifest, signed.payload, _WHAT)
    made = datetime.fromisoformat(manifest.made_at)
    signer = roster.check(signed, Role.ARCHIVE, made)
    if (manifest.town, manifest.archive) != (roster.town, signer.name):
        raise KeysError(f"{_WHAT}: of {manifest.archive}, and signed by {signer.name}")
    return Checked(manifest, tuple(_wrong(folder, manifest)))


def _wrong(folder: Path, manifest: Manifest) -> list[str]:
    told: Mapping[str, FileRow] = {row.file: row for row in manifest.files}
    there = {
        file.relative_to(folder).as_posix()
        for file in folder.rglob("*")
        if file.is_file() and file.name not in {SIGNED, PLAIN}
    }
    found = [f"{name}: is missing" for name in sorted(told.keys() - there)]
    found += [f"{name}: is not in the manifest" for name in sorted(there - told.keys())]
    for name in sorted(there & told.keys()):
        if _digest(folder / name) != (told[name].sha256, told[name].bytes):
            found.append(f"{name}: was changed")
    return found


def _digest(file: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    try:
        with file.open("rb") as opened:
            while piece := opened.read(_PIECE):
                digest.update(piece)
                size += len(piece)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    return digest.hexdigest(), size
