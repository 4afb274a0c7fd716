"""Who this process is: a name, a role, a town and the private keys, in one file.

One file, so that a rotation cut short leaves the old identity or the new one and never a mixture.
It is ``identity.key`` in the folder of keys, or the systemd credential of that name.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from edge.errors import KeysError
from edge.keys import canonical, files
from edge.keys.crypto import OpeningKey, SigningKey, fingerprint
from edge.keys.parties import NAME, Name, Party, RoleName
from edge.keys.roles import OPENS, Role

FILE = "identity.key"
NAME_OF_PARTY = "a party's name"


@dataclass(frozen=True, slots=True)
class Identity:
    """A party with its private keys.

    Attributes:
        opening: None for a role that nothing is sealed to.
        earlier: the opening key before the last rotation; still tried.
    """

    name: str
    role: Role
    town: str
    signing: SigningKey
    opening: OpeningKey | None
    earlier: tuple[OpeningKey, ...] = ()

    @property
    def fingerprint(self) -> str:
        """The thirty digits that the roster shows for it, to be compared by voice."""
        opening = (self.opening.public,) if self.opening else ()
        return fingerprint(self.signing.public, *opening)

    def party(self, since: datetime, until: datetime) -> Party:
        """Return what the roster says of this identity if it holds from *since* to *until*."""
        sealing = self.opening.public if self.opening else None
        return Party(self.name, self.role, self.signing.public, sealing, since, until, self.town)


def make_identity(name: str, role: Role, town: str) -> Identity:
    """Return an identity with new keys.

    Raises:
        KeysError: a name is not one.
    """
    check_name(name, NAME_OF_PARTY)
    check_name(town, "a town's name")
    opening = OpeningKey.make() if role in OPENS else None
    return Identity(name, role, town, SigningKey.make(), opening)


def check_name(name: str, what: str) -> None:
    """Raise KeysError unless *name* is safe in a topic, in a certificate and as a file's name."""
    if not re.fullmatch(NAME, name):
        raise KeysError(f"{name!r} cannot be {what}: small letters, digits and dashes, at most 32")


def successor(identity: Identity) -> Identity:
    """Return the same party with new keys, which still opens what was sealed to the old ones."""
    made = make_identity(identity.name, identity.role, identity.town)
    return replace(made, earlier=(identity.opening,) if identity.opening else ())


def save_identity(identity: Identity, folder: Path, name: str = FILE) -> None:
    """Write *identity* into *folder*, which is made if need be, readable by its owner alone.

    Raises:
        KeysError: it cannot be written, or others may look into the folder.
    """
    files.make_folder(folder)
    files.write(folder / name, write_identity(identity), private=True)


def write_identity(identity: Identity) -> bytes:
    """Return *identity* with its private keys, as the file has it; for whoever locks it away."""
    row = _Row(
        v=1,
        name=identity.name,
        role=identity.role,
        town=identity.town,
        signing=canonical.to_text(identity.signing.raw),
        opening=canonical.to_text(identity.opening.raw) if identity.opening else None,
        earlier=[canonical.to_text(key.raw) for key in identity.earlier],
    )
    return canonical.write(row)


def load_identity(folder: Path, name: str = FILE) -> Identity:
    """Return the identity in *folder*, or in systemd's credentials.

    Raises:
        KeysError: the file is missing or damaged, or others may read it.
    """
    return read_identity(files.read_private(folder, name), str(folder / name))


def read_identity(blob: bytes, what: str) -> Identity:
    """Return the identity that :func:`write_identity` wrote; errors call it *what*.

    Raises:
        KeysError: it is damaged.
    """
    row = canonical.read(_Row, blob, what)
    if (row.opening is not None) is not (row.role in OPENS):
        raise KeysError(f"{what}: has not the keys of the role {row.role}: make the party anew")
    opening = OpeningKey(canonical.from_text(row.opening, what)) if row.opening else None
    earlier = tuple(OpeningKey(canonical.from_text(key, what)) for key in row.earlier)
    signing = SigningKey(canonical.from_text(row.signing, what))
    return Identity(row.name, row.role, row.town, signing, opening, earlier)


class _Row(canonical.Row):
    v: Literal[1]
    name: Name
    role: RoleName
    town: Name
    signing: str
    opening: str | None
    earlier: Annotated[list[str], Field(max_length=4)]
