"""An archive's word on a chain: it holds rows 1 to a number, without a gap.

It is the receipt and the question in one: when the number is lower than what was sent, the sender
goes back to it. And it is evidence: whoever cuts or rewrites a chain later has this against them,
signed by somebody else.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from edge.errors import KeysError, MessageError
from edge.keys.canonical import Row, read, write
from edge.keys.identity import Identity
from edge.keys.parties import Name
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.signed import Signed, from_bytes, sign, to_bytes
from edge.messages.wire import Count, Digest, Hex32, Time

KIND: Final = "chain-receipt"
LIMIT: Final = 4 * 1024
_MARK: Final = b'"kind":"chain-receipt"'
_WHAT: Final = "a receipt for rows of a chain"


@dataclass(frozen=True, slots=True)
class ChainReceipt:
    """What an archive holds of one chain.

    Attributes:
        archive: who says so.
        name, epoch: whose chain.
        number: rows 1 to this one; 0 for none.
        hash: of that row; empty for none.
        at: RFC 3339, by the archive's clock.
    """

    archive: str
    name: str
    epoch: str
    number: int
    hash: str
    at: str


class _Words(Row):
    v: Literal[1]
    town: Name
    archive: Name
    name: Name
    epoch: Hex32
    number: Count
    hash: Digest | Literal[""]
    at: Time


def sign_chain_receipt(receipt: ChainReceipt, archive: Identity) -> bytes:
    """Return the receipt, to be published on the sender's topic ``receipt``.

    Raises:
        MessageError: it speaks for another archive than *archive*.
    """
    if receipt.archive != archive.name:
        raise MessageError(f"{_WHAT}: of {receipt.archive}, to be signed by {archive.name}")
    words = _Words(
        v=1,
        town=archive.town,
        archive=receipt.archive,
        name=receipt.name,
        epoch=receipt.epoch,
        number=receipt.number,
        hash=receipt.hash,
        at=receipt.at,
    )
    return to_bytes(sign(KIND, write(words), archive))


def is_chain_receipt(blob: bytes) -> bool:
    """Say whether *blob* calls itself one; other things come on the same topic."""
    return _MARK in blob[:1024]


def open_chain_receipt(blob: bytes, roster: Roster, at: datetime) -> ChainReceipt:
    """Return the receipt in *blob*, signed by an archive of this town.

    Raises:
        KeysError: it is not signed, or by nobody who may at *at*.
        MessageError: it names another town or archive than its signer's.
    """
    signed = _signed(blob)
    return _judged(signed, roster.check(signed, Role.ARCHIVE, at).name, roster.town)


def open_old_chain_receipt(blob: bytes, roster: Roster) -> ChainReceipt:
    """Return a kept receipt as :func:`open_chain_receipt`, judged at the time that it names.

    Raises:
        KeysError: as there; also when its key was revoked since, for a thief writes any date.
        MessageError: as there.
    """
    signed = _signed(blob)
    made = datetime.fromisoformat(made_at(signed))
    return _judged(signed, roster.check(signed, Role.ARCHIVE, made).name, roster.town)


def made_at(signed: Signed) -> str:
    """Return the time that a receipt names.

    Raises:
        KeysError: it is damaged.
    """
    return read(_Words, signed.payload, _WHAT).at


def _signed(blob: bytes) -> Signed:
    if len(blob) > LIMIT:
        raise KeysError(f"{_WHAT}: {len(blob)} bytes are none")
    return from_bytes(blob, _WHAT, KIND)


def _judged(signed: Signed, signer: str, town: str) -> ChainReceipt:
    words = read(_Words, signed.payload, _WHAT)
    if (words.town, words.archive) != (town, signer):
        raise MessageError(
            f"{_WHAT}: of {words.archive} in {words.town}, and signed by {signer} of {town}"
        )
    if bool(words.number) is not bool(words.hash):
        raise MessageError(f"{_WHAT}: a number without a hash, or the other way round")
    return ChainReceipt(words.archive, words.name, words.epoch, words.number, words.hash, words.at)
