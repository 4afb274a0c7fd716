"""What a process believes and who it is, in one folder: root, roster, own keys.

``town.json`` holds the root's public key and is the one thing taken on trust: it is copied by
hand, and its fingerprint compared. ``roster`` is replaced only by a newer one that the root signed.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge.disk import absent
from edge.errors import KeysError
from edge.keys import canonical, files
from edge.keys.crypto import VerifyKey, fingerprint, weak
from edge.keys.identity import Identity, load_identity
from edge.keys.parties import Name
from edge.keys.roster import Roster, load_roster, read_roster

ROOT_FILE, ROSTER_FILE = "town.json", "roster"


@dataclass(frozen=True, slots=True)
class Root:
    """A town and the key that signs its rosters."""

    town: str
    key: VerifyKey

    @property
    def fingerprint(self) -> str:
        """Thirty digits, to be compared by voice before anything is believed."""
        return fingerprint(self.key)


@dataclass(frozen=True, slots=True)
class Trust:
    """What a process starts with."""

    identity: Identity
    root: Root
    roster: Roster


def load_root(file: Path) -> Root:
    """Return the town's root from its public file.

    Raises:
        KeysError: it cannot be read or is no such file.
    """
    if absent(file.parent):
        raise KeysError(
            f"{file.parent}: is not there: 'edge keys make ROLE NAME --town TOWN --folder"
            f" {file.parent}' makes a party's keys"
        )
    if absent(file):
        raise KeysError(
            f"{file}: is not there: copy {ROOT_FILE} here by hand from the root's folder (made by"
            " 'edge keys root'; at the desk: town), and compare its fingerprint by voice"
        )
    row = canonical.read(_RootRow, files.read_public(file), str(file))
    key = VerifyKey(canonical.from_text(row.root, str(file)))
    if weak(key):
        raise KeysError(f"{file}: holds a key under which anybody can sign: fetch the true one")
    return Root(row.town, key)


def save_root(root: Root, file: Path) -> None:
    """Write the public file that :func:`load_root` reads."""
    row = _RootRow(v=1, town=root.town, root=canonical.to_text(root.key.raw))
    files.write(file, canonical.write(row))


def open_trust(folder: Path, least_sequence: int = 0) -> Trust:
    """Return who this process is and whom it believes.

    Raises:
        KeysError: a file is missing or wrong, or the identity is of another town than the root.
    """
    identity, root = load_identity(folder), load_root(folder / ROOT_FILE)
    if identity.town != root.town:
        raise KeysError(
            f"{folder}: the keys are of {identity.town}, and {ROOT_FILE} is of {root.town}"
        )
    file = folder / ROSTER_FILE
    roster = _of_town(load_roster(file, root.key, least_sequence), root)
    return Trust(identity, root, roster)


def open_roster(folder: Path) -> Roster:
    """Return the town's roster, for a process without keys of its own.

    Raises:
        KeysError: a file is missing or wrong, or the root did not sign the roster.
    """
    root = load_root(folder / ROOT_FILE)
    return _of_town(load_roster(folder / ROSTER_FILE, root.key), root)


def install_roster(blob: bytes, what: str, folder: Path) -> Roster:
    """Put a roster from outside in force in *folder* and return it.

    Args:
        what: names the file or message in errors.

    Raises:
        KeysError: the root did not sign it, it is older than the one in force, or is another one
            of the same number; the one in force stays.
    """
    root, place = load_root(folder / ROOT_FILE), folder / ROSTER_FILE
    roster = _of_town(read_roster(blob, what, root.key), root)
    if place.exists():
        present = load_roster(place, root.key)
        read_roster(blob, what, root.key, present.sequence)
        if roster.sequence == present.sequence and roster != present:
            raise KeysError(
                f"{what}: is another roster with the number {roster.sequence} of the one in force:"
                " two copies of the root have signed; sign once more with the true one"
            )
    files.write(place, blob)
    return roster


class _RootRow(canonical.Row):
    v: Literal[1]
    town: Name
    root: str


def _of_town(roster: Roster, root: Root) -> Roster:
    if roster.town != root.town:
        raise KeysError(f"the roster is of {roster.town}, and the root of {root.town}")
    return roster
