"""An order: documents of the town, brought to one unit or console, sealed to it alone.

The order itself proves nothing and is signed by nobody: each document in it bears its own
signatures and is checked as if it had come by hand. The seal keeps from the broker what a
correction or a grant says. Sending an order again changes nothing.

In the clear an order is ``EDGEORD`` and a 1, the length of its canonical JSON (32 bits,
big-endian), that JSON, and the documents one behind the other. Its number is a digest of the
documents, so that the same ones have the same number whoever sends them.
"""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.errors import KeysError
from edge.keys import canonical
from edge.keys.identity import Identity
from edge.keys.parties import Name, Party
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.sealed import open_sealed, seal
from edge.keys.signed import from_bytes, sign, to_bytes

KIND: Final = "order"
ANSWER: Final = "order-answer"
ORDER_LIMIT: Final = 1_000_000  # bytes, sealed
MOST_DOCUMENTS: Final = 8
_ANSWER_LIMIT: Final = 4 * 1024
_SEAL: Final = 4_000  # what sealing to one party adds, at most
_MAGIC: Final = b"EDGEORD\1"
_HEAD: Final = len(_MAGIC) + 4


@dataclass(frozen=True, slots=True)
class Order:
    """What came.

    Attributes:
        sender: who says to have sent it: answers go there, and nothing is believed for it.
    """

    sender: str
    documents: tuple[bytes, ...]

    @property
    def number(self) -> str:
        """SHA-256 over the digests of the documents, hex."""
        return number_of(self.documents)


class _Words(canonical.Row):
    v: Literal[1]
    sender: Name
    sizes: Annotated[list[int], Field(min_length=1, max_length=MOST_DOCUMENTS)]


def number_of(documents: Sequence[bytes]) -> str:
    """Return the number of an order with *documents*."""
    return hashlib.sha256(b"".join(hashlib.sha256(one).digest() for one in documents)).hexdigest()


def seal_order(order: Order, addressee: Party) -> bytes:
    """Return the order as it goes over the wire to one party.

    Raises:
        KeysError: nothing can be sealed to that party, or the documents are too large.
    """
    words = _Words(v=1, sender=order.sender, sizes=[len(one) for one in order.documents])
    head = canonical.write(words)
    body = b"".join((_MAGIC, struct.pack(">I", len(head)), head, *order.documents))
    if len(body) + _SEAL > ORDER_LIMIT:
        raise KeysError(
            f"the documents have {len(body)} bytes, and an order carries at most "
            f"{ORDER_LIMIT - _SEAL}: bring them by hand"
        )
    return seal(KIND, body, [addressee])


def open_order(blob: bytes, own: Identity) -> Order:
    """Return the order that was sealed to *own*; its documents are not checked.

    Raises:
        KeysError: it is too large, sealed to somebody else, was changed, or is no order.
    """
    if len(blob) > ORDER_LIMIT:
        raise KeysError(f"the order has {len(blob)} bytes, more than {ORDER_LIMIT}")
    body = open_sealed(KIND, blob, own)
    if not body.startswith(_MAGIC) or len(body) < _HEAD:
        raise KeysError("the order: is none of this version of edge")
    (length,) = struct.unpack(">I", body[len(_MAGIC) : _HEAD])
    words = canonical.read(_Words, body[_HEAD : _HEAD + length], "the order")
    if min(words.sizes) <= 0 or _HEAD + length + sum(words.sizes) != len(body):
        raise KeysError("the order: is cut short or damaged; send it again")
    documents, at = [], _HEAD + length
    for size in words.sizes:
        documents.append(body[at : at + size])
        at += size
    return Order(words.sender, tuple(documents))


def kind_of(document: bytes, kinds: Sequence[str]) -> str:
    """Return which of *kinds* a signed document says to be; empty for none.

    Nothing is believed yet: whoever takes it checks the signature for that kind.
    """
    for kind in kinds:
        try:
            from_bytes(document, "a document", kind)
        except KeysError:
            continue
        return kind
    return ""


class _Answer(canonical.Row):
    v: Literal[1]
    number: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    taken: bool
    sentence: Annotated[str, Field(max_length=200)]


@dataclass(frozen=True, slots=True)
class Answer:
    """A console's word on an order; a unit's stands in its health.

    Attributes:
        name: whose word it is.
        number: of the order.
    """

    name: str
    number: str
    taken: bool
    sentence: str


def sign_answer(number: str, sentence: str, own: Identity, *, taken: bool) -> bytes:
    """Return a console's answer, for the topic ``receipt`` of whoever sent the order."""
    row = _Answer(v=1, number=number, taken=taken, sentence=sentence[:200])
    return to_bytes(sign(ANSWER, canonical.write(row), own))


def read_answer(blob: bytes, roster: Roster, at: datetime) -> Answer:
    """Return a console's answer, or an archive's.

    Raises:
        KeysError: it is none, or not signed by a console or archive whose key counts at *at*.
    """
    if len(blob) > _ANSWER_LIMIT:
        raise KeysError(f"an answer of {len(blob)} bytes is none")
    signed = from_bytes(blob, "an answer to an order", ANSWER)
    roster.check(signed, (Role.CONSOLE, Role.ARCHIVE), at)
    row = canonical.read(_Answer, signed.payload, "an answer to an order")
    return Answer(signed.signer, row.number, row.taken, row.sentence)
