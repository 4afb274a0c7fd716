"""A unit's answer to a search: found, or refused and why; only the officer who asked can read it.

What whoever keeps it may read is the cover: which unit, its number and the digest of the query.
Neither a plate stands there nor whether anything was found: the sealed words are filled up with
zeros to one of a few sizes. The unit signs the cover and, apart from it, the words, which repeat
the number; so a keeper need not open an answer to know that it is the unit's, and nobody can put
one answer under another's cover.

A letter's body is ``EDGEANS`` and a 1, the length of the signed cover (32 bits, big-endian), the
signed cover, and the sealed words to the end. A receipt names the SHA-256 of that body.
"""

import hashlib
import struct
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from edge.errors import KeysError, MessageError
from edge.keys.identity import Identity
from edge.keys.parties import Party
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.sealed import open_sealed, seal
from edge.keys.signed import from_bytes, sign, to_bytes
from edge.messages.envelope import build, head, parse
from edge.messages.letter import Letter, unpack
from edge.messages.numbered import Numbered
from edge.messages.topics import Kind, parse_topic
from edge.messages.wire import Count, Digest, Name, Plate, Sentence, Share, Short, Time, Wire
from edge.records import AlertId, Direction, Grade

ANSWER: Final = "answer"
COVER: Final = "answer-cover"
ANSWER_LIMIT: Final = 288 * 1024  # sealed, in its letter
MOST_FOUND: Final = 250
_WORDS_LIMIT: Final = 256 * 1024
_COVER_LIMIT: Final = 4 * 1024
_MAGIC: Final = b"EDGEANS\1"
_LENGTH: Final = struct.Struct(">I")
_SIZES: Final = (4 * 1024, 16 * 1024, 64 * 1024, 160 * 1024, _WORDS_LIMIT + 1024)


class Over(StrEnum):
    """What was searched."""

    HITS = "hits"
    HITS_AND_READS = "hits+reads"


class FoundHit(Wire):
    """An alert of this unit that matches; the letter itself is held by whom it was sealed to."""

    epoch: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    sequence: int = Field(ge=1, le=2**53 - 1)
    revision: Count
    at: Time = Field(description="Sensor time.")
    clock_trusted: bool = Field(
        description="False: nobody can say when it was; told whatever time is asked for."
    )
    read: Plate = Field(description="What was read.")
    plate: str = Field(
        pattern=r"^[0-9A-Z?*]{0,16}$", description="What the list has: a plate, or part of one."
    )
    jurisdiction: Short
    category: Short
    grade: Grade
    withdrawn: bool = Field(description="The unit's newest word takes it back, or lowers it.")
    direction: Direction
    place: Short
    picture: Digest | None = Field(description="Of the crop; null where the unit held none.")


class FoundRead(Wire):
    """A kept read that matches, of a car that was on no list."""

    at: Time
    text: Plate
    jurisdiction: Short
    probability: Share
    direction: Direction


class AnswerPayload(Wire):
    """What the unit says."""

    query: Digest = Field(description="SHA-256 of the signed query.")
    officer: Name = Field(description="Who asked, and the one party that it is sealed to.")
    refused: Short = Field(description="One word, empty where the search was done.")
    sentence: Sentence = Field(description="Why it was refused, or what was searched.")
    over: Annotated[Over, Field(strict=False)]
    profile: Short = Field(description="The law's profile in force.")
    hits: tuple[FoundHit, ...] = Field(max_length=MOST_FOUND, description="Newest first.")
    reads: tuple[FoundRead, ...] = Field(max_length=MOST_FOUND, description="Newest first.")
    found: Count = Field(description="How many hits and reads match in all.")
    truncated: bool = Field(description="More were found than stand here: ask for less time.")
    unread: Count = Field(description="Letters in the store that this unit could not open.")
    late: bool = Field(description="The unit was out of reach and answers long after it was asked.")
    clock_trusted: bool


class AnswerMessage(Numbered):
    """The sealed words of one answer."""

    kind: str = Field(pattern="^answer$")
    payload: AnswerPayload


class CoverPayload(Wire):
    """What may be read without the officer's key."""

    query: Digest
    sealed: Digest = Field(description="SHA-256 of the sealed words.")


class CoverMessage(Numbered):
    """The cover of an answer, in the clear, signed by the unit."""

    kind: Literal["answer-cover"]
    payload: CoverPayload


@dataclass(frozen=True, slots=True)
class AnswerCover:
    """An answer as a console or the archive keeps it: whose it is, and not what it says.

    Attributes:
        message: number and query; what :func:`edge.messages.receipt.sign_receipt` needs.
        digest: of the letter's body as it came, for the receipt.
        body: cover and sealed words, as they came; :func:`open_answer` reads it.
    """

    message: CoverMessage
    digest: str
    body: bytes

    @property
    def number(self) -> AlertId:
        """Unit, epoch and sequence."""
        return AlertId(self.message.unit, self.message.epoch, self.message.sequence)


def seal_answer(
    number: AlertId, payload: AnswerPayload, made_at: str, own: Identity, officer: Party
) -> Letter:
    """Return the letter of an answer, revision 0, for *officer* alone.

    Raises:
        MessageError: the answer is too large, or breaks the contract.
        KeysError: nothing can be sealed to *officer*.
    """
    words = build_answer(own.town, number, payload, made_at)
    sealed = seal(ANSWER, _fill(to_bytes(sign(ANSWER, words, own))), [officer])
    fields = _head(COVER, own.town, number, made_at)
    fields["payload"] = {"query": payload.query, "sealed": hashlib.sha256(sealed).hexdigest()}
    cover = to_bytes(sign(COVER, build(CoverMessage, fields, _COVER_LIMIT), own))
    return Letter(b"".join((_MAGIC, _LENGTH.pack(len(cover)), cover, sealed)))


def build_answer(town: str, number: AlertId, payload: AnswerPayload, made_at: str) -> bytes:
    """Return the words of an answer, which :func:`seal_answer` signs and seals.

    Raises:
        MessageError: it is too large, or breaks the contract.
    """
    fields = _head(ANSWER, town, number, made_at)
    fields["payload"] = payload.model_dump(mode="json")
    return build(AnswerMessage, fields, _WORDS_LIMIT)


def parse_answer(words: bytes) -> AnswerMessage:
    """Return the answer in *words*; nobody vouches for it.

    Raises:
        MessageError: the bytes do not keep the contract.
    """
    return parse(AnswerMessage, words, _WORDS_LIMIT)


def parse_answer_cover(topic: str, payload: bytes, roster: Roster, at: datetime) -> AnswerCover:
    """Return an answer that came as *payload* on *topic*, still sealed.

    Args:
        at: the present, as :meth:`edge.keys.roster.Roster.no_earlier` gives it.

    Raises:
        MessageError: it is no answer, of another town, or by another unit than the topic's.
        KeysError: no unit of the roster whose key counts has signed the cover.
    """
    where = parse_topic(topic)
    if (where.town, where.kind) != (roster.town, Kind.ANSWER):
        raise MessageError(f"{topic} is no answer of {roster.town}: refused")
    body = unpack(payload, f"a message on {topic}", ANSWER_LIMIT).body
    cover = read_cover(body, roster, at)
    if cover.message.unit != where.unit:
        raise MessageError(f"an answer of {cover.message.unit} came on {topic}: refused")
    return cover


def read_cover(body: bytes, roster: Roster, at: datetime) -> AnswerCover:
    """Return the cover of a letter's *body*, wherever it was kept.

    Raises:
        MessageError: it is none, or is another unit's than its signer.
        KeysError: as :func:`parse_answer_cover`.
    """
    blob, sealed = _split(body)
    signed = from_bytes(blob, "an answer's cover", COVER)
    signer = roster.check(signed, Role.UNIT, at)
    message = parse(CoverMessage, signed.payload, _COVER_LIMIT)
    if (message.town, message.unit) != (roster.town, signer.name):
        raise MessageError(f"an answer of {message.unit} is signed by {signer.name}: refused")
    if message.payload.sealed != hashlib.sha256(sealed).hexdigest():
        raise MessageError(f"an answer of {message.unit}: the sealed words are not the cover's")
    return AnswerCover(message, hashlib.sha256(body).hexdigest(), body)


def open_answer(body: bytes, officer: Identity, roster: Roster, at: datetime) -> AnswerMessage:
    """Return what a unit says to *officer*.

    Args:
        body: as :attr:`AnswerCover.body` has it.

    Raises:
        MessageError: it breaks the contract, or cover and words are not of one answer.
        KeysError: it is not sealed to *officer*, was changed, or no unit has signed it.
    """
    cover = read_cover(body, roster, at).message
    words = _unfill(open_sealed(ANSWER, _split(body)[1], officer))
    signed = from_bytes(words, "an answer", ANSWER)
    signer = roster.check(signed, Role.UNIT, at)
    message = parse_answer(signed.payload)
    said = (message.town, message.unit, message.epoch, message.sequence, message.payload.query)
    outside = (cover.town, signer.name, cover.epoch, cover.sequence, cover.payload.query)
    if said != outside:
        raise MessageError(f"an answer of {message.unit} stands under the cover of another")
    return message


def _head(kind: str, town: str, number: AlertId, made_at: str) -> dict[str, Any]:
    fields = head(kind, town, number.unit, made_at)
    return {**fields, "epoch": number.epoch, "sequence": number.sequence, "revision": 0}


def _fill(words: bytes) -> bytes:
    framed = _LENGTH.pack(len(words)) + words
    size = next((one for one in _SIZES if one >= len(framed)), 0)
    if not size:
        raise MessageError(f"an answer of {len(words)} bytes is over the limit")
    return framed.ljust(size, b"\0")


def _unfill(filled: bytes) -> bytes:
    start = _LENGTH.size
    length = _LENGTH.unpack(filled[:start])[0] if len(filled) >= start else 0
    if not 0 < length <= len(filled) - start:
        raise KeysError("sealed answer: is cut short or damaged")
    return filled[start : start + length]


def _split(body: bytes) -> tuple[bytes, bytes]:
    start = len(_MAGIC) + _LENGTH.size
    if not body.startswith(_MAGIC) or len(body) < start:
        raise MessageError("the answer: is none of this version of edge")
    (length,) = _LENGTH.unpack(body[len(_MAGIC) : start])
    if not 0 < length <= len(body) - start:
        raise MessageError("the answer: is cut short")
    return body[start : start + length], body[start + length :]
