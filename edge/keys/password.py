"""An officer's identity locked by a password: Argon2id makes the key, AES-256-GCM locks.

The costs are those of RFC 9106's second recommended option: 64 MiB of memory, three passes, four
lanes; a third of a second on a Raspberry Pi. A password is shorter than a passphrase, so whoever
takes the tablet must find each guess expensive.
"""

import secrets
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.errors import KeysError
from edge.keys import canonical
from edge.keys.crypto import decrypt, encrypt, stretch_password
from edge.keys.identity import Identity, read_identity, write_identity
from edge.keys.parties import Name, RoleName

LEAST_PASSWORD: Final = 10
_MOST_PASSWORD: Final = 1000
_LEAST_DIFFERENT: Final = 5


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess costs."""

    passes: int = 3
    lanes: int = 4
    memory_kb: int = 64 * 1024


class _Locked(canonical.Row):
    v: Literal[1]
    name: Name
    role: RoleName
    town: Name
    salt: str
    passes: Annotated[int, Field(ge=1, le=16)]
    lanes: Annotated[int, Field(ge=1, le=16)]
    memory_kb: Annotated[int, Field(ge=8 * 16, le=1024 * 1024)]
    box: str


@dataclass(frozen=True, slots=True)
class Label:
    """What can be read without the password: whose it says it is."""

    name: str
    role: str
    town: str


def check_password(password: str, name: str) -> None:
    """Refuse a password that somebody guesses.

    Raises:
        KeysError: too short, too uniform, or the officer's own name.
    """
    if not LEAST_PASSWORD <= len(password) <= _MOST_PASSWORD:
        raise KeysError(
            f"a password has at least {LEAST_PASSWORD} characters; three or four words do well"
        )
    if len(set(password)) < _LEAST_DIFFERENT or name in password.lower():
        raise KeysError(
            "this password is guessed too easily: it repeats itself or holds the officer's name"
        )


def lock_identity(identity: Identity, password: str, cost: Cost | None = None) -> bytes:
    """Return *identity* locked, as a file of text.

    Raises:
        KeysError: the password is too weak (:func:`check_password`).
    """
    check_password(password, identity.name)
    cost, salt = cost or Cost(), secrets.token_bytes(16)
    key = stretch_password(password, salt, cost.passes, cost.lanes, cost.memory_kb)
    bound = _bound(identity.name, identity.role, identity.town)
    row = _Locked(
        v=1,
        name=identity.name,
        role=identity.role,
        town=identity.town,
        salt=canonical.to_text(salt),
        passes=cost.passes,
        lanes=cost.lanes,
        memory_kb=cost.memory_kb,
        box=canonical.to_text(encrypt(key, write_identity(identity), bound)),
    )
    return canonical.write(row)


def unlock_identity(blob: bytes, password: str, file: str) -> Identity | None:
    """Return the identity in *blob*, which errors call *file*; None when the password is wrong.

    Raises:
        KeysError: it is no such file.
    """
    row = canonical.read(_Locked, blob, file)
    salt = canonical.from_text(row.salt, file)
    if len(password) > _MOST_PASSWORD or len(salt) < 8:
        return None
    key = stretch_password(password, salt, row.passes, row.lanes, row.memory_kb)
    bound = _bound(row.name, row.role, row.town)
    plain = decrypt(key, canonical.from_text(row.box, file), bound)
    return None if plain is None else read_identity(plain, file)


def label_of(blob: bytes, file: str) -> Label:
    """Return what stands on a locked identity; only the password proves it.

    Raises:
        KeysError: it is no such file.
    """
    row = canonical.read(_Locked, blob, file)
    return Label(row.name, row.role.value, row.town)


def _bound(name: str, role: str, town: str) -> bytes:
    told = (role, name, town)
    return canonical.parts(b"edge-plates locked officer 1", *(one.encode("utf-8") for one in told))
