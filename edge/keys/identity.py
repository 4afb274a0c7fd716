"""Who this process is: a name, a role, a town and the private keys, in one folder.

``identity.json`` (public), ``signing.key`` and, for those that things are sealed to,
``opening.key``; after a rotation also ``opening.earlier.key``, for what was sealed before it. A
private key may come as a systemd credential of the same name instead.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.errors import KeysError
from edge.keys import canonical, files
from edge.keys.crypto import OpeningKey, SealingKey, SigningKey, VerifyKey
from edge.keys.parties import Party
from edge.keys.roles import OPENS, Role

PUBLIC, SIGNING, OPENING, EARLIER = (
    "identity.json",
    "signing.key",
    "opening.key",
    "opening.earlier.key",
)
NAME = r"^[a-z0-9][a-z0-9-]{0,31}$"


@dataclass(frozen=True, slots=True)
class Identity:
    """A party with its private keys.

    Attributes:
        opening: None for a role that nothing is sealed to.
        earlier: opening keys that were rotated out; still tried.
    """

    name: str
    role: Role
    town: str
    signing: SigningKey
    opening: OpeningKey | None
    earlier: tuple[OpeningKey, ...] = field(default=())

    def party(self, since: datetime, until: datetime) -> Party:
        """Return what the roster says of this identity if it holds from *since* to *until*."""
        sealing = self.opening.public if self.opening else None
        return Party(self.name, self.role, self.signing.public, sealing, since, until, self.town)


def make_identity(name: str, role: Role, town: str) -> Identity:
    """Return an identity with new keys.

    Raises:
        KeysError: a name is not one.
    """
    for what, given in (("a party's name", name), ("a town's name", town)):
        if not re.fullmatch(NAME, given):
            raise KeysError(
                f"{given!r} cannot be {what}: small letters, digits and dashes, at most 32"
            )
    opening = OpeningKey.make() if role in OPENS else None
    return Identity(name, role, town, SigningKey.make(), opening)


def save_identity(identity: Identity, folder: Path) -> None:
    """Write *identity* into *folder*, which is made; the private keys first, readable by us alone.

    Raises:
        KeysError: it cannot be written, or others may look into the folder.
    """
    files.make_folder(folder)
    if identity.earlier:
        body = "".join(canonical.to_text(key.raw) + "\n" for key in identity.earlier)
        files.write(folder / EARLIER, body.encode("ascii"), private=True)
    if identity.opening:
        files.write(folder / OPENING, _line(identity.opening.raw), private=True)
    files.write(folder / SIGNING, _line(identity.signing.raw), private=True)
    public = _Public(
        v=1,
        name=identity.name,
        role=identity.role,
        town=identity.town,
        verify=canonical.to_text(identity.signing.public.raw),
        sealing=canonical.to_text(identity.opening.public.raw) if identity.opening else None,
    )
    files.write(folder / PUBLIC, canonical.encode(public.model_dump(mode="json")))


def load_identity(folder: Path) -> Identity:
    """Return the identity in *folder*, or in systemd's credentials.

    Raises:
        KeysError: a file is missing or damaged, others may read a private key, or the keys are not
            those that ``identity.json`` names.
    """
    public = _load_public(folder / PUBLIC)
    signing = SigningKey(_key(folder, SIGNING))
    opening = OpeningKey(_key(folder, OPENING)) if public.sealing else None
    earlier: tuple[OpeningKey, ...] = ()
    if files.has_private(folder, EARLIER):
        lines = files.read_private(folder, EARLIER).decode("ascii", "replace").splitlines()
        earlier = tuple(
            OpeningKey(canonical.from_text(one, str(folder / EARLIER))) for one in lines
        )
    named = (VerifyKey(_raw(folder, public.verify)), _sealing(folder, public.sealing))
    if named != (signing.public, opening.public if opening else None):
        raise KeysError(
            f"{folder}: {PUBLIC} and the private keys are not of one identity: restore the folder,"
            " or make the party new"
        )
    return Identity(public.name, public.role, public.town, signing, opening, earlier)


class _Public(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    v: Literal[1]
    name: Annotated[str, Field(pattern=NAME)]
    role: Role
    town: Annotated[str, Field(pattern=NAME)]
    verify: str
    sealing: str | None


def _load_public(file: Path) -> _Public:
    body = files.read_public(file)
    try:
        return _Public.model_validate(canonical.decode(body, str(file)))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise KeysError(f"{file}: {where}: {first['msg'].lower()}") from None


def _line(raw: bytes) -> bytes:
    return canonical.to_text(raw).encode("ascii") + b"\n"


def _key(folder: Path, name: str) -> bytes:
    text = files.read_private(folder, name).decode("ascii", "replace")
    return _raw(folder, text.removesuffix("\n"), name)


def _raw(folder: Path, text: str, name: str = PUBLIC) -> bytes:
    return canonical.from_text(text, str(folder / name))


def _sealing(folder: Path, text: str | None) -> SealingKey | None:
    return SealingKey(_raw(folder, text)) if text else None
