"""One file with everything that a root's folder cannot be without, and the way back from it.

Its keys are locked with the passphrase that they had: keep the file in two places, and the
passphrase in neither.
"""

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

from pydantic import Field

from edge.errors import KeysError
from edge.keys import canonical, files, ledger, town
from edge.keys.parties import NAME, Name
from edge.keys.trust import ROOT_FILE, ROSTER_FILE, install_roster

_PRIVATE = (town.ROOT_KEY, town.AUTHORITY_KEY)
_PUBLIC = (town.AUTHORITY_FILE, town.REVOKED_FILE, ledger.FILE, ROSTER_FILE, ROOT_FILE)
_REQUEST = re.compile(rf"{town.REQUESTS}/{NAME[1:-1]}\.party")


class _Row(canonical.Row):
    v: Literal[1]
    town: Name
    files: Annotated[dict[str, str], Field(max_length=20_000)]


def back_up(of: town.Town, file: Path, passphrase: str) -> None:
    """Write a backup, and return only when a town was restored from it and opened.

    Raises:
        KeysError: the passphrase is wrong, or the backup cannot be written or restored.
    """
    of.check_passphrase(passphrase)
    requests = sorted((of.folder / town.REQUESTS).glob("*.party"))
    names = [*_PRIVATE, *_PUBLIC, *(f"{town.REQUESTS}/{one.name}" for one in requests)]
    kept = {name: canonical.to_text(files.read_public(of.folder / name)) for name in names}
    row = _Row(v=1, town=of.root().town, files=kept)
    files.write(file, canonical.write(row), private=True)
    with TemporaryDirectory(prefix="edge-restore-", dir=of.folder) as scratch:
        restored = restore(file, Path(scratch) / "town", passphrase)
        if restored.roster() != of.roster():
            raise KeysError(f"{file}: does not restore to the roster in force: make it again")


def restore(file: Path, folder: Path, passphrase: str, newer: Path | None = None) -> town.Town:
    """Make a root's folder anew from a backup; it is there whole, or not at all.

    Args:
        newer: a copy of the newest roster, from any process of the town; without it the next
            signature may give a number that is in use.

    Raises:
        KeysError: *folder* is not empty, the file is no backup, the passphrase is wrong, or
            *newer* is not this town's or older than the backup.
    """
    row = canonical.read(_Row, files.read_public(file, 64_000_000), str(file))
    strange = [name for name in row.files if not _known(name)]
    missing = [name for name in (*_PRIVATE, *_PUBLIC) if name not in row.files]
    if strange or missing:
        raise KeysError(f"{file}: is no whole backup (wrong: {', '.join(strange + missing)[:120]})")
    if folder.exists() and any(folder.iterdir()):
        raise KeysError(f"{folder}: is not empty; name a folder that is not there yet")
    files.make_folder(folder.absolute().parent, private=False)
    with TemporaryDirectory(prefix=".restore-", dir=folder.absolute().parent) as scratch:
        made = Path(scratch) / "town"
        _write(row, made, str(file))
        town.Town(made).check_passphrase(passphrase)
        if newer is not None:
            install_roster(files.read_public(newer), str(newer), made)
        files.move(made, folder)
    return town.Town(folder)


def _write(row: _Row, folder: Path, what: str) -> None:
    files.make_folder(folder)
    for name, text in row.files.items():
        if "/" in name:
            files.make_folder(folder / town.REQUESTS)
        files.write(folder / name, canonical.from_text(text, what), private=name in _PRIVATE)


def _known(name: str) -> bool:
    return name in (*_PRIVATE, *_PUBLIC) or _REQUEST.fullmatch(name) is not None
