"""A private key locked with a passphrase: scrypt makes the key, AES-256-GCM locks.

One guess costs 128 MiB of memory and a third of a second; a passphrase of five dice words then
outlasts whoever finds the file.
"""

import secrets
from typing import Annotated, Literal

from pydantic import Field

from edge.errors import KeysError
from edge.keys import canonical
from edge.keys.crypto import decrypt, encrypt, stretch

COST = 2**17
LEAST_PASSPHRASE = 12


class _Locked(canonical.Row):
    v: Literal[1]
    what: Annotated[str, Field(max_length=80)]
    salt: str
    cost: Annotated[int, Field(ge=2**10, le=2**20)]
    box: str


def lock(secret: bytes, passphrase: str, what: str, cost: int = COST) -> bytes:
    """Return *secret* locked, as a file of text.

    Args:
        what: is bound to it: a file renamed into another's place does not open.

    Raises:
        KeysError: the passphrase is too short to keep anybody out.
    """
    if len(passphrase) < LEAST_PASSPHRASE:
        raise KeysError(
            f"a passphrase has at least {LEAST_PASSPHRASE} characters; five words drawn by dice are"
            " good ones"
        )
    salt = secrets.token_bytes(16)
    box = encrypt(stretch(passphrase, salt, cost), secret, _bound(what))
    locked = _Locked(
        v=1, what=what, salt=canonical.to_text(salt), cost=cost, box=canonical.to_text(box)
    )
    return canonical.write(locked)


def unlock(blob: bytes, passphrase: str, what: str, file: str) -> bytes:
    """Return what :func:`lock` locked.

    Args:
        file: names it in errors.

    Raises:
        KeysError: it is no such file, or the passphrase is another one.
    """
    locked = canonical.read(_Locked, blob, file)
    if locked.what != what:
        raise KeysError(f"{file}: is a {locked.what}, and a {what} is wanted")
    key = stretch(passphrase, canonical.from_text(locked.salt, file), locked.cost)
    secret = decrypt(key, canonical.from_text(locked.box, file), _bound(what))
    if secret is None:
        raise KeysError(f"{file}: the passphrase is wrong, or the file damaged")
    return secret


def _bound(what: str) -> bytes:
    return canonical.parts(b"edge-plates locked key 1", what.encode("utf-8"))
