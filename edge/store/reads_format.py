"""How kept reads stand on the disk: sealed batches of a slot's file, one behind the other.

A slot is a span of time with one key pair; whoever writes has the public half alone, whoever reads
holds the private one until it dies. A file begins with the slot's public key, an ephemeral one and
the writing unit's signature over both; then batches follow, each under a key of a ratchet that goes
forward only, so that the writer cannot read back what it wrote a moment ago either.

A batch is padded to 16, 32, 64... reads of one size each: its length tells how busy the street was
in those seconds (as the chain's hourly counts do), nothing of what was read. The times are inside.
"""

import hashlib
import struct
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from edge.clock import Moment
from edge.errors import KeysError
from edge.keys.canonical import parts
from edge.keys.crypto import (
    OpeningKey,
    SealingKey,
    SigningKey,
    VerifyKey,
    decrypt,
    derive,
    encrypt,
    ratchet,
)
from edge.keys.held import wipe
from edge.records import Direction, KeptRead

MAGIC: Final = b"EDGERDS\1"
_DOMAIN: Final = b"edge-plates kept reads 1"
_HEAD: Final = struct.Struct(">8s32s32s32s64s")  # magic, slot, ephemeral, signer, signature
_FRAME: Final = struct.Struct(">HI")  # reads in it, bytes that follow
_READ: Final = struct.Struct(">qfB12s8s")  # ns of UTC, probability, direction, text, jurisdiction
_LEAST: Final = 16  # reads in the smallest batch
MOST: Final = 4096  # reads in the largest
_TAG: Final = 16
_DIRECTIONS: Final = tuple(Direction)

HEAD_BYTES: Final = _HEAD.size

Agree = Callable[[SealingKey], bytes]
"""Returns the secret that a slot's private key shares with another's public half."""


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a file, whose signature holds."""

    slot: SealingKey
    ephemeral: SealingKey


class Sealer:
    """Seals batches for one slot: makes a file's head, then its frames in order."""

    def __init__(self, slot: SealingKey, own: SigningKey) -> None:
        ephemeral = OpeningKey.make()
        secret = ephemeral.agree(slot)
        self._chain = _root(secret, slot, ephemeral.public)
        wipe(secret)
        wipe(ephemeral.raw)
        self._bound = slot.raw + ephemeral.public.raw
        self._number = 0
        covered = parts(_DOMAIN, self._bound)
        self.head = _HEAD.pack(
            MAGIC, slot.raw, ephemeral.public.raw, own.public.raw, own.sign(covered)
        )

    def seal(self, reads: Sequence[KeptRead]) -> bytes:
        """Return one frame with at most ``MOST`` *reads*; what it holds this object cannot open."""
        room = _LEAST
        while room < len(reads):
            room *= 2
        plain = b"".join(_pack(one) for one in reads).ljust(room * _READ.size, b"\0")
        key, chain = ratchet(self._chain)
        wipe(self._chain)
        self._chain = chain
        box = encrypt(key, plain, _about(self._bound, self._number, len(reads)))
        wipe(key)
        self._number += 1
        return _FRAME.pack(len(reads), len(box)) + box


def read_head(blob: bytes, slot: SealingKey, signers: Collection[VerifyKey]) -> Head:
    """Return the head of a file.

    Args:
        slot: whose file it must be.
        signers: the unit's own keys; anybody could seal to a public key.

    Raises:
        KeysError: it is torn, no such file, or none of *signers* wrote it.
    """
    if len(blob) < HEAD_BYTES:
        raise KeysError("is cut short in its head")
    magic, owner, ephemeral, signer, signature = _HEAD.unpack_from(blob)
    if magic != MAGIC:
        raise KeysError("holds no kept reads of this version of edge")
    key = VerifyKey(signer)
    if key not in signers or not key.verify(parts(_DOMAIN, owner + ephemeral), signature):
        raise KeysError("was not written by this unit")
    if owner != slot.raw:
        raise KeysError("is another slot's")
    return Head(slot, SealingKey(ephemeral))


def frames(blob: bytes) -> Iterator[tuple[int, int, int]]:
    """Return reads, begin and end of each whole frame of a file; a torn tail is left out."""
    at = HEAD_BYTES
    while at + _FRAME.size <= len(blob):
        count, size = _FRAME.unpack_from(blob, at)
        begin = at + _FRAME.size
        if size < _TAG or begin + size > len(blob):
            return
        yield count, begin, begin + size
        at = begin + size


def whole_bytes(blob: bytes) -> int:
    """Return how much of a file is its head and whole frames; what is behind is torn."""
    last = HEAD_BYTES
    for _, _, last in frames(blob):  # noqa: B007 - the last one counts
        pass
    return min(last, len(blob))


def count_reads(blob: bytes) -> int:
    """Return how many reads stand in the whole frames of a file; that is told in the clear."""
    return sum(count for count, _, _ in frames(blob))


def open_reads(
    blob: bytes, head: Head, agree: Agree, wanted: Callable[[str, int], bool]
) -> tuple[list[KeptRead], int]:
    """Return the reads of a file that are *wanted*, by text and ns of UTC, in order.

    Returns:
        With them how many frames do not open: they were changed, or are another key's.
    """
    secret = agree(head.ephemeral)
    chain = _root(secret, head.slot, head.ephemeral)
    wipe(secret)
    bound = head.slot.raw + head.ephemeral.raw
    found: list[KeptRead] = []
    shut = 0
    for number, (count, begin, end) in enumerate(frames(blob)):
        key, following = ratchet(chain)
        wipe(chain)
        chain = following
        plain = decrypt(key, blob[begin:end], _about(bound, number, count))
        wipe(key)
        if plain is None or len(plain) < count * _READ.size:
            shut += 1
            continue
        found += _wanted(plain, count, wanted)
    wipe(chain)
    return found, shut


def _wanted(plain: bytes, count: int, wanted: Callable[[str, int], bool]) -> list[KeptRead]:
    rows = _READ.iter_unpack(memoryview(plain)[: count * _READ.size])
    found = []
    for at_ns, probability, direction, raw, place in rows:
        text = raw.rstrip(b"\0").decode("ascii")
        if wanted(text, at_ns):
            jurisdiction = place.rstrip(b"\0").decode("ascii")
            way = _DIRECTIONS[direction].value
            found.append(KeptRead(Moment(at_ns, 0), text, jurisdiction, probability, way))
    return found


def _pack(read: KeptRead) -> bytes:
    direction = _DIRECTIONS.index(Direction(read.direction))
    text = read.text.encode("ascii")
    return _READ.pack(
        read.at.utc_ns, read.probability, direction, text, read.jurisdiction.encode("ascii")
    )


def _root(secret: bytes, slot: SealingKey, ephemeral: SealingKey) -> bytes:
    told = parts(_DOMAIN, slot.raw, ephemeral.raw)
    return derive(secret, hashlib.sha256(told).digest(), _DOMAIN)


def _about(bound: bytes, number: int, count: int) -> bytes:
    return _DOMAIN + bound + struct.pack(">IH", number, count)
