"""A stream between two that nobody in between reads, changes, repeats or cuts a piece out of.

Each side brings a fresh X25519 key and forgets it; what both signed about these keys goes into the
derivation, so that a stream belongs to one request and one answer. Each way has a key of its own
(HKDF-SHA-256, ChaCha20-Poly1305), and its records are numbered from 0 without a gap.
"""

import hashlib
import struct
from typing import Final

from edge.errors import TunnelError
from edge.keys import canonical
from edge.keys.crypto import (
    OpeningKey,
    SealingKey,
    decrypt_numbered,
    derive,
    encrypt_numbered,
)

MAGIC: Final = b"EDGETUN\1"
SESSION_BYTES: Final = 16
OVERHEAD: Final = len(MAGIC) + SESSION_BYTES + 8 + 16
"""Bytes of a record beside its content: magic, session, number, and what proves it."""
_HEAD: Final = struct.Struct(f">{len(MAGIC)}s{SESSION_BYTES}sQ")
_DOMAIN: Final = b"edge-plates tunnel 1"
_INWARD: Final = b"edge-plates tunnel inward 1"
_OUTWARD: Final = b"edge-plates tunnel outward 1"


class Sealing:
    """One end's way out: makes records."""

    def __init__(self, key: bytes, session: bytes) -> None:
        self._key = key
        self._session = session
        self._number = 0

    def seal(self, plain: bytes) -> bytes:
        """Return *plain* as the next record."""
        head = _HEAD.pack(MAGIC, self._session, self._number)
        box = encrypt_numbered(self._key, self._number, plain, head)
        self._number += 1
        return head + box


class Opening:
    """One end's way in: opens records, each once and in order.

    Attributes:
        foreign: records that were dropped: another session's, changed on the way, or forged.
        repeated: records that were dropped because they had been here before.
    """

    def __init__(self, key: bytes, session: bytes) -> None:
        self._key = key
        self._session = session
        self._number = 0
        self.foreign = 0
        self.repeated = 0

    def open(self, record: bytes) -> bytes | None:
        """Return what the next record says; None for one to be dropped: whoever can send may try.

        Raises:
            TunnelError: a true record came after one that is missing.
        """
        if len(record) < OVERHEAD:
            self.foreign += 1
            return None
        magic, session, number = _HEAD.unpack_from(record)
        head, box = record[: _HEAD.size], record[_HEAD.size :]
        plain = None
        if (magic, session) == (MAGIC, self._session):
            plain = decrypt_numbered(self._key, number, box, head)
        if plain is None:
            self.foreign += 1
            return None
        if number < self._number:
            self.repeated += 1
            return None
        if number > self._number:
            raise TunnelError(
                f"record {self._number} was lost, held back or changed on the way: {number} came",
                again=True,
            )
        self._number += 1
        return plain


class Pair:
    """One end of a stream.

    Args:
        own: this end's fresh key, never used for anything else.
        other: the other end's, as its signed document says.
        session: names the stream in the clear.
        said: the two signed documents, request first; both ends must have the very same.
        inward: this end is the one that asked.
    """

    def __init__(
        self,
        own: OpeningKey,
        other: SealingKey,
        session: bytes,
        said: tuple[bytes, bytes],
        *,
        inward: bool,
    ) -> None:
        secret = own.agree(other)
        salt = hashlib.sha256(canonical.parts(_DOMAIN, session, *said)).digest()
        there, back = derive(secret, salt, _INWARD), derive(secret, salt, _OUTWARD)
        self.sealing = Sealing(there if inward else back, session)
        self.opening = Opening(back if inward else there, session)
