"""Rows of a chain on their way to the town's archives, with their payloads sealed.

Whoever hears the topic may keep the rows and hold them against signed heads: no row tells more
than a kind and a time. What a row commits to is sealed to the archives and auditors of the town,
who hold each payload against its row's commitment. A batch is nobody's word by itself: its rows
count once they lead to a head that the sender has signed, so a receiver keeps those behind the
last such head apart, and asks for them again when they do not lead there.

On the wire: ``EDGECHN`` and a 1, the length of the canonical JSON (32 bits, big-endian), that
JSON, and the sealed payloads to the end (none: every payload was erased). The JSON leaves out what
follows from the rest: numbers count up, and each hash is that of the row (edge/messages/links.py).
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from pydantic import Field

from edge.clock import Moment
from edge.errors import MessageError
from edge.keys import canonical
from edge.keys.identity import Identity
from edge.keys.parties import Party
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.sealed import open_sealed, seal
from edge.messages.envelope import Envelope, build, head, parse
from edge.messages.head import Head, open_head
from edge.messages.links import Link, commitment, link_hash
from edge.messages.topics import Kind, parse_topic
from edge.messages.wire import Digest, Hex32, Time, Wire

MOST_ROWS: Final = 200
CHAIN_LIMIT: Final = 512_000  # bytes of a batch: one row with the largest payload, many times
SENDERS: Final = frozenset({Role.UNIT, Role.CONSOLE, Role.ARCHIVE})
_MAGIC: Final = b"EDGECHN\1"
_HEAD: Final = len(_MAGIC) + 4
_WORDS: Final = 128_000


@dataclass(frozen=True, slots=True)
class PayloadRow:
    """What a row commits to: canonical JSON, and the salt of the commitment, hex."""

    number: int
    salt: str
    text: str


class RowPart(Wire):
    """One row; its number and hashes follow from its place."""

    at: Time
    kind: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    commitment: Digest


class ChainPayload(Wire):
    """Rows without a gap."""

    epoch: Hex32
    first: int = Field(ge=1, le=2**53 - 1, description="Number of the first row.")
    previous: Digest = Field(description="Hash of the row before it; of row 1, of the epoch.")
    rows: tuple[RowPart, ...] = Field(min_length=1, max_length=MOST_ROWS)
    hash: Digest = Field(description="Of the last row.")
    head: str = Field(
        max_length=6000, description="The newest head that the sender signed, base64, as in health."
    )


class ChainBatchMessage(Envelope):
    """Rows of the sender's chain; *unit* is the sender, whatever its role."""

    kind: str = Field(pattern="^chain$")
    payload: ChainPayload


@dataclass(frozen=True, slots=True)
class ChainMessage:
    """A batch that came.

    Attributes:
        name, epoch: whose chain.
        rows: without a gap, each continuing the one before it.
        head: signed, as text: :func:`open_chain_head` says whether it is to be believed.
        sealed: the payloads; empty when there are none any more.
    """

    name: str
    epoch: str
    rows: tuple[Link, ...]
    head: str
    sealed: bytes


def build_chain(
    town: str,
    name: str,
    epoch: str,
    rows: Sequence[Link],
    payloads: Sequence[PayloadRow],
    head_blob: bytes,
    recipients: Sequence[Party],
    at: Moment,
) -> bytes:
    """Return a batch, to be published on the sender's topic ``chain``.

    Args:
        rows: in order, without a gap, at least one and at most 200.
        payloads: of those rows whose payload is still there.
        head_blob: signed; the newest there is.
        recipients: who opens the payloads.

    Raises:
        MessageError: the rows are no chain, or too large.
        KeysError: nobody to seal to.
    """
    words = build_words(town, name, epoch, rows, head_blob, at)
    sealed = b""
    if payloads:
        told = {"v": 1, "rows": [[one.number, one.salt, one.text] for one in payloads]}
        sealed = seal(Kind.CHAIN, canonical.encode(told), recipients)
    blob = b"".join((_MAGIC, struct.pack(">I", len(words)), words, sealed))
    if len(blob) > CHAIN_LIMIT:
        raise MessageError(f"chain message of {len(blob)} bytes is over {CHAIN_LIMIT}")
    return blob


def build_words(
    town: str, name: str, epoch: str, rows: Sequence[Link], head_blob: bytes, at: Moment
) -> bytes:
    """Return the JSON of a batch; see :func:`build_chain`."""
    if not rows:
        raise MessageError("chain message: has no rows")
    fields = head("chain", town, name, at.iso())
    fields["payload"] = {
        "epoch": epoch,
        "first": rows[0].number,
        "previous": rows[0].previous,
        "rows": [{"at": one.at, "kind": one.kind, "commitment": one.commitment} for one in rows],
        "hash": rows[-1].hash,
        "head": canonical.to_text(head_blob),
    }
    return build(ChainBatchMessage, fields, _WORDS)


def parse_chain(blob: bytes, topic: str) -> ChainMessage:
    """Return the batch in *blob*; nobody vouches for it yet.

    Args:
        topic: on which it came.

    Raises:
        MessageError: it breaks the contract, came on another's topic, or its rows do not lead to
            the hash that it names.
    """
    if len(blob) > CHAIN_LIMIT:
        raise MessageError(f"chain message of {len(blob)} bytes is over {CHAIN_LIMIT}")
    if not blob.startswith(_MAGIC) or len(blob) < _HEAD:
        raise MessageError("chain message: is none of this version of edge")
    (length,) = struct.unpack(">I", blob[len(_MAGIC) : _HEAD])
    if not 0 < length <= min(_WORDS, len(blob) - _HEAD):
        raise MessageError("chain message: is cut short")
    words = parse_words(blob[_HEAD : _HEAD + length])
    where = parse_topic(topic)
    if (where.town, where.unit, where.kind) != (words.town, words.unit, Kind.CHAIN):
        raise MessageError(f"chain message: of {words.town}/{words.unit}, and came on {topic}")
    said = words.payload
    rows = _rows(said)
    if rows[-1].hash != said.hash:
        raise MessageError(f"chain message: its rows do not lead to row {rows[-1].number}")
    return ChainMessage(words.unit, said.epoch, rows, said.head, blob[_HEAD + length :])


def parse_words(words: bytes) -> ChainBatchMessage:
    """Return the JSON part of a batch.

    Raises:
        MessageError: it breaks the contract.
    """
    return parse(ChainBatchMessage, words, _WORDS)


def open_chain_head(text: str, roster: Roster, at: datetime) -> Head:
    """Return a head that a unit, a console or an archive has signed for its own chain.

    Raises:
        KeysError: it is damaged, or not signed by somebody whose key counts at *at*.
        MessageError: it speaks for another than its signer.
    """
    return open_head(text, roster, at, SENDERS)


def open_payloads(message: ChainMessage, own: Identity) -> tuple[PayloadRow, ...]:
    """Return the payloads that are sealed to *own*, each held against its row's commitment.

    Raises:
        KeysError: they are not sealed to *own*, or were changed.
        MessageError: one is not what its row commits to, or of another row; none is believed.
    """
    if not message.sealed:
        return ()
    what = "the payloads of a chain message"
    told = canonical.decode(open_sealed(Kind.CHAIN, message.sealed, own), what)
    known = {one.number: one for one in message.rows}
    rows = told.get("rows")
    if not isinstance(rows, list) or len(rows) > len(known):
        raise MessageError(f"{what}: are none")
    return tuple(_payload(one, known) for one in rows)


def _rows(said: ChainPayload) -> tuple[Link, ...]:
    rows, previous = [], said.previous
    for number, row in enumerate(said.rows, said.first):
        own = link_hash(number, row.at, row.kind, row.commitment, previous)
        rows.append(Link(number, row.at, row.kind, row.commitment, previous, own))
        previous = own
    return tuple(rows)


def _payload(told: object, known: Mapping[int, Link]) -> PayloadRow:
    match told:
        case [int(number), str(salt), str(text)] if number in known:
            row = PayloadRow(number, salt, text)
        case _:
            raise MessageError("the payloads of a chain message: one is of none of its rows")
    if not commits(known[number], row):
        raise MessageError(f"the payload of row {number}: is not what the row commits to")
    return row


def commits(link: Link, row: PayloadRow) -> bool:
    """Say whether *row* is what *link* commits to."""
    try:
        return commitment(row.salt, row.text) == link.commitment
    except ValueError:  # a salt that is not hex
        return False
