"""A key wrapped for one other key: 32 bytes that travel or lie about, and open with that one alone.

A fresh X25519 key agrees with the recipient's, HKDF-SHA-256 makes a key of it, AES-256-GCM encrypts
the 32 bytes, bound to both public halves and to what they are about.
"""

import hashlib
from collections.abc import Callable
from typing import Final

from edge.errors import KeysError
from edge.keys.canonical import parts
from edge.keys.crypto import KEY_BYTES, OpeningKey, SealingKey, decrypt, derive, encrypt
from edge.keys.held import wipe

_DOMAIN: Final = b"edge-plates wrapped key 1"
WRAPPED_BYTES: Final = 2 * KEY_BYTES + 16


def wrap(raw: bytes, to: SealingKey, about: bytes) -> bytes:
    """Return the key *raw* for whoever holds the private half of *to*."""
    ephemeral = OpeningKey.make()
    secret = ephemeral.agree(to)
    key = derive(secret, _salt(ephemeral.public, to), _DOMAIN)
    box = encrypt(key, raw, _DOMAIN + about)
    for one in (secret, key, ephemeral.raw):
        wipe(one)
    return ephemeral.public.raw + box


def unwrap(
    blob: bytes, to: SealingKey, agree: Callable[[SealingKey], bytes], about: bytes
) -> bytes:
    """Return the key in *blob*; whoever has used it wipes it.

    Args:
        agree: of the private half of *to*.

    Raises:
        KeysError: it is wrapped for another key, is about something else, or was changed.
    """
    if len(blob) != WRAPPED_BYTES:
        raise KeysError(f"a wrapped key has {WRAPPED_BYTES} bytes, not {len(blob)}")
    ephemeral = SealingKey(blob[:KEY_BYTES])
    secret = agree(ephemeral)
    key = derive(secret, _salt(ephemeral, to), _DOMAIN)
    raw = decrypt(key, blob[KEY_BYTES:], _DOMAIN + about)
    wipe(secret)
    wipe(key)
    if raw is None:
        raise KeysError("a wrapped key does not open: it is another's, or was changed")
    return raw


def _salt(ephemeral: SealingKey, to: SealingKey) -> bytes:
    return hashlib.sha256(parts(_DOMAIN, ephemeral.raw, to.raw)).digest()
