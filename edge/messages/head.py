"""The unit's own word on how far its alerts have come: what a receiver believes about gaps.

Status and health are said by the sending half, which holds no key, so a broker could make them up.
The head is signed by the half that writes alerts, and travels inside health.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final, Literal

from pydantic import Field

from edge.errors import MessageError
from edge.keys.canonical import Row, from_text, read, to_text, write
from edge.keys.identity import Identity
from edge.keys.parties import Name
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.signed import from_bytes, sign, to_bytes
from edge.messages.wire import Count, Digest, Hex32, Time

KIND: Final = "head"
HEAD_FILE: Final = "head"
HEAD_LIMIT: Final = 4 * 1024


class Head(Row):
    """How far one store has come."""

    v: Literal[1]
    town: Name
    unit: Name
    epoch: Hex32
    last_sequence: Count = Field(description="Newest alert; 0 before the first.")
    audit_number: Count = Field(description="Newest row of the audit chain; 0 before the first.")
    audit_hash: Digest | Literal[""] = Field(description="Of that row; empty before the first.")
    made_at: Time


def sign_head(head: Head, unit: Identity) -> bytes:
    """Return the head, signed."""
    return to_bytes(sign(KIND, write(head), unit))


def head_text(blob: bytes) -> str:
    """Return a signed head as health carries it."""
    return to_text(blob)


def own_head(blob: bytes) -> Head:
    """Return a head that this machine's own half has signed; the signature is not looked at.

    Raises:
        KeysError: it is damaged.
    """
    what = "the head beside the store"
    return read(Head, from_bytes(blob, what, KIND).payload, what)


def open_head(
    text: str, roster: Roster, at: datetime, roles: Role | Collection[Role] = Role.UNIT
) -> Head:
    """Return the head that health carries as *text*, signed by the unit that it names.

    Args:
        roles: whose heads are looked for; consoles and archives sign one of their own chain.

    Raises:
        KeysError: it is damaged, or not signed by one of *roles* whose key counts at *at*.
        MessageError: it speaks for another unit or town than its signer's.
    """
    what = "the head of a unit"
    signed = from_bytes(from_text(text, what), what, KIND)
    signer = roster.check(signed, roles, at)
    head = read(Head, signed.payload, what)
    if (head.town, head.unit) != (roster.town, signer.name):
        raise MessageError(f"{what}: of {head.town}/{head.unit}, and signed by {signer.name}")
    return head
