"""A receiver's word that it holds one revision of a message: what PUBACK is not.

It holds no plate, so it is signed and not sealed: a unit's sending half has no key to open with.
"""

from datetime import datetime
from typing import Final

from pydantic import Field

from edge.clock import Moment
from edge.errors import MessageError
from edge.keys.identity import Identity
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.signed import from_bytes, sign, to_bytes
from edge.messages.envelope import Envelope, build, head, parse
from edge.messages.numbered import Numbered
from edge.messages.wire import Count, Digest, Hex32, Name, Time, Wire

RECEIPT_LIMIT = 4 * 1024
RECEIVERS: Final = frozenset({Role.CONSOLE, Role.ARCHIVE, Role.TECHNICIAN, Role.PARTNER})
"""Roles whose receipts count, if the sender's settings name them as well."""


class ReceiptPayload(Wire):
    """What was received, by whom."""

    receiver: Name = Field(description="Must be named in the unit's delivery.receivers.")
    epoch: Hex32
    sequence: int = Field(ge=1, le=2**53 - 1)
    revision: Count
    digest: Digest = Field(description="SHA-256 of the sealed words as they arrived.")
    received_at: Time


class ReceiptMessage(Envelope):
    """One receipt; *unit* is the party that it goes to."""

    kind: str = Field(pattern="^receipt$")
    payload: ReceiptPayload


def build_receipt(message: Numbered, digest: str, receiver: str, received: Moment) -> bytes:
    """Return the words of the receipt for *message*, which :func:`sign_receipt` signs.

    Args:
        digest: of the sealed words as they arrived.

    Raises:
        MessageError: *receiver* is no name.
    """
    fields = head("receipt", message.town, message.unit, received.iso())
    fields["payload"] = {
        "receiver": receiver,
        "epoch": message.epoch,
        "sequence": message.sequence,
        "revision": message.revision,
        "digest": digest,
        "received_at": received.iso(),
    }
    return build(ReceiptMessage, fields, RECEIPT_LIMIT)


def sign_receipt(message: Numbered, digest: str, receiver: Identity, received: Moment) -> bytes:
    """Return the receipt for *message*, to be published on its sender's receipt topic."""
    words = build_receipt(message, digest, receiver.name, received)
    return to_bytes(sign("receipt", words, receiver))


def parse_receipt(words: bytes) -> ReceiptMessage:
    """Return the receipt in *words*; nobody vouches for it.

    Raises:
        MessageError: the bytes do not keep the contract.
    """
    return parse(ReceiptMessage, words, RECEIPT_LIMIT)


def open_receipt(blob: bytes, roster: Roster, at: datetime) -> ReceiptMessage:
    """Return the receipt in *blob*, signed by the receiver that it names.

    Raises:
        KeysError: it is not signed, or by nobody who may at *at*.
        MessageError: it breaks the contract, names another receiver or another town.
    """
    if len(blob) > 2 * RECEIPT_LIMIT:
        raise MessageError(f"receipt message of {len(blob)} bytes is over the limit")
    signed = from_bytes(blob, "a receipt", "receipt")
    signer = roster.check(signed, RECEIVERS, at)
    message = parse_receipt(signed.payload)
    if (message.town, message.payload.receiver) != (roster.town, signer.name):
        raise MessageError(
            f"receipt message: of {message.payload.receiver} in {message.town}, and signed by"
            f" {signer.name} of {roster.town}"
        )
    return message
