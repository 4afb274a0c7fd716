"""A letter: one MQTT message of sealed words and, where there is one, a sealed picture.

The words are signed first and then sealed, so that the broker does not even learn who wrote them.
A content key of its own for each letter; the picture is locked with a second key that only the
words' key gives, and bound to these very words. So it may be left out, by a unit that is short of
space or on the way, and the words still open; it can never be put beside other words.

On the wire: ``EDGELTR`` and a 1, the length of the words (32 bits, big-endian), the sealed words,
the sealed picture to the end. Receipts name the SHA-256 of the sealed words alone.
"""

import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from edge.errors import MessageError
from edge.keys.identity import Identity
from edge.keys.parties import Party
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.sealed import open_pair, seal_pair
from edge.keys.signed import from_bytes, sign, to_bytes

_MAGIC: Final = b"EDGELTR\1"
_HEAD: Final = len(_MAGIC) + 4


@dataclass(frozen=True, slots=True)
class Letter:
    """What is stored and sent.

    Attributes:
        body: the sealed words; their digest is what receipts name.
        picture: sealed as well, or empty.
    """

    body: bytes
    picture: bytes = b""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a recipient finds.

    Attributes:
        words: canonical JSON, signed by *sender*.
        picture: a JPEG that the words name by its digest; empty when there is none, or it was
            left out.
        sender: on the roster, in one of the roles that were asked for.
        signed: the signed document that the words stand in.
    """

    words: bytes
    picture: bytes
    sender: Party
    signed: bytes


def seal_letter(
    kind: str, words: bytes, picture: bytes, sender: Identity, recipients: Sequence[Party]
) -> Letter:
    """Return *words* signed by *sender*, and *picture*, for *recipients* alone.

    Raises:
        KeysError: nobody to seal to, more than one town, or a recipient without a sealing key.
    """
    body, box = seal_pair(kind, to_bytes(sign(kind, words, sender)), picture, recipients)
    return Letter(body, box)


def open_letter(
    kind: str,
    letter: Letter,
    own: Identity,
    roster: Roster,
    roles: Role | Collection[Role],
    at: datetime,
) -> Opened:
    """Return what *letter* says, if somebody of *roles* has said it.

    Args:
        at: the present, by which the sender's key must count.

    Raises:
        KeysError: it is not sealed to *own*, was changed, or its signer may not say such a thing.
    """
    inner, picture = open_pair(kind, letter.body, letter.picture, own)
    signed = from_bytes(inner, f"sealed {kind}", kind)
    sender = roster.check(signed, roles, at)
    return Opened(signed.payload, picture, sender, inner)


def open_own(kind: str, letter: Letter, own: Identity) -> tuple[bytes, bytes]:
    """Return words and picture that *own* once wrote, from its own store.

    Only the seal is judged, not the signature: it may be by a key that *own* has since exchanged,
    and whoever writes in the store of a process needs no forged letters.

    Raises:
        KeysError: it is not sealed to *own*, or was changed.
    """
    inner, picture = open_pair(kind, letter.body, letter.picture, own)
    return from_bytes(inner, f"sealed {kind}", kind).payload, picture


def pack(letter: Letter) -> bytes:
    """Return the letter as it goes over the wire."""
    return b"".join((_MAGIC, struct.pack(">I", len(letter.body)), letter.body, letter.picture))


def unpack(blob: bytes, what: str, limit: int) -> Letter:
    """Return the letter in *blob*, still sealed.

    Args:
        what: names the message in errors.
        limit: most bytes of all.

    Raises:
        MessageError: too large, or no letter.
    """
    if len(blob) > limit:
        raise MessageError(f"{what}: {len(blob)} bytes are over the limit of {limit}")
    if not blob.startswith(_MAGIC) or len(blob) < _HEAD:
        raise MessageError(f"{what}: is no sealed letter of this version of edge")
    (length,) = struct.unpack(">I", blob[len(_MAGIC) : _HEAD])
    if length == 0 or len(blob) - _HEAD < length:
        raise MessageError(f"{what}: the letter is cut short")
    return Letter(blob[_HEAD : _HEAD + length], blob[_HEAD + length :])
