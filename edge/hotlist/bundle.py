"""A hotlist as it travels: a signed header and compressed rows, sealed to the units.

From the outside in: an envelope that only the units open (:mod:`edge.keys.sealed`); in it one or
two signatures over all the rest; then a header that says which list this is; then the rows, or
what changed in them, compressed with zlib. Nothing is unpacked before the signatures hold, and
then never more than the header announced.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from edge.config.unit import Name
from edge.errors import BundleRefused

SEALED: Final = "hotlist-bundle"  # what keys sign and seal it as
SUFFIX: Final = ".bundle"

_MAGIC: Final = b"EDGE HOTLIST 1\n"
_SIGNATURE: Final = 64
_LONGEST_HEADER: Final = 16_384
_CHUNK: Final = 1 << 16
_LONGEST_ROW: Final = 1 << 16

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, le=2**40)]


class Kind(StrEnum):
    """What a bundle does to the list in force."""

    FULL = "full"  # takes its place
    DELTA = "delta"  # adds, changes and removes entries
    URGENT = "urgent"  # adds one entry for hours; two keys
    RECOVERED = "recovered"  # only removes


class Header(BaseModel):
    """What a bundle says of itself.

    Attributes:
        base: digest of the rows that a delta changes; empty for a full list.
        result: digest of the rows afterwards.
        entries: how many rows there are afterwards.
        rejects: how many rows of the source the importer had to leave out.
        complete: when the list was last known to be whole. An urgent entry and a removal do not
            make an old list young: they carry on the date of their base.
        valid_from, expires: of the whole list; of an urgent entry or a removal, when it may be
            installed.
        keys: how many signatures there must be, neither more nor less.
        body_bytes: of the rows before compression.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    town: Name
    list: Name
    kind: Kind
    sequence: int = Field(ge=1, le=2**53)
    base: Digest | None
    result: Digest
    entries: Count
    rejects: Count
    issued: AwareDatetime
    complete: AwareDatetime
    valid_from: AwareDatetime
    expires: AwareDatetime
    keys: int = Field(ge=1, le=2)
    body_bytes: Count

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.base is None) != (self.kind is Kind.FULL):
            raise ValueError("a delta names its base and a full list has none")
        if self.kind is Kind.URGENT and self.keys != 2:
            raise ValueError("an urgent entry takes two keys")
        if not self.complete <= self.issued < self.expires or self.valid_from >= self.expires:
            raise ValueError("its dates contradict each other")
        return self

    @property
    def partial(self) -> bool:
        """Whether it says nothing of how young the rest of the list is."""
        return self.kind in {Kind.URGENT, Kind.RECOVERED}

    @property
    def name(self) -> str:
        """Which list this is, for people and alerts."""
        return version_name(self.list, self.sequence, self.result)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle taken apart, with nothing believed as yet.

    Attributes:
        signatures: who signed and the 64 bytes, in the order of signing.
        payload: header and rows as they were signed.
        body: the rows, compressed.
    """

    header: Header
    signatures: tuple[tuple[str, bytes], ...]
    payload: bytes
    body: bytes


def version_name(list_name: str, sequence: int, digest: str) -> str:
    """Return how a list in force is called: ``town-42-0123456789ab``."""
    return f"{list_name}-{sequence}-{digest[:12]}"


def instant(moment: datetime) -> str:
    """Return a date as people read it in the sentences below."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def compress(rows: Iterable[str]) -> tuple[bytes, int]:
    """Return rows as the body of a bundle, and how many bytes they were."""
    press, parts, size = zlib.compressobj(9), [], 0
    for row in rows:
        line = row.encode() + b"\n"
        size += len(line)
        parts.append(press.compress(line))
    parts.append(press.flush())
    return b"".join(parts), size


def expand(bundle: Bundle) -> Iterator[str]:
    """Yield the rows of a bundle one by one; memory is bounded, whatever the body unfolds to.

    Raises:
        BundleRefused: the body is no zlib stream, or not the announced size.
    """
    left, rest = bundle.header.body_bytes, b""
    for chunk in _unfold(bundle.body):
        left -= len(chunk)
        if left < 0:
            raise BundleRefused("large", "unfolds to more than its header announces")
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > _LONGEST_ROW:
            raise BundleRefused("content", f"has a row of more than {_LONGEST_ROW} bytes")
        yield from map(_text, lines)
    if left or rest:
        raise BundleRefused("content", "ends before its last row")


def pack(bundle: Bundle) -> bytes:
    """Return the bytes of a bundle, not sealed."""
    signed = b"".join(
        bytes([len(signer.encode())]) + signer.encode() + signature
        for signer, signature in bundle.signatures
    )
    return _MAGIC + bytes([len(bundle.signatures)]) + signed + bundle.payload


def assemble(header: Header, body: bytes) -> Bundle:
    """Return an unsigned bundle."""
    head = header.model_dump_json().encode()
    return Bundle(header, (), struct.pack(">I", len(head)) + head + body, body)


def opened(blob: bytes) -> bool:
    """Say whether *blob* is a bundle in the clear; a sealed one begins otherwise."""
    return blob.startswith(_MAGIC)


def unpack(blob: bytes) -> Bundle:
    """Take a bundle in the clear apart.

    Raises:
        BundleRefused: it is none, or it is cut or damaged.
    """
    if not opened(blob):
        raise BundleRefused("format", "is no hotlist bundle of a version known here")
    at = len(_MAGIC) + 1
    signatures = []
    for _ in range(blob[at - 1 : at].ljust(1, b"\0")[0]):
        length = blob[at : at + 1].ljust(1, b"\0")[0]
        signer, signature = blob[at + 1 : at + 1 + length], blob[at + 1 + length :][:_SIGNATURE]
        at += 1 + length + _SIGNATURE
        signatures.append((_text(signer), signature))
    payload = blob[at:]
    if len(payload) < 4:
        raise BundleRefused("format", "is cut off; fetch it again")
    (length,) = struct.unpack_from(">I", payload)
    if not 0 < length <= min(_LONGEST_HEADER, len(payload) - 4):
        raise BundleRefused("format", "is cut off or damaged; fetch it again")
    return Bundle(
        _header(payload[4 : 4 + length]), tuple(signatures), payload, payload[4 + length :]
    )


def _header(text: bytes) -> Header:
    try:
        return Header.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "header"
        raise BundleRefused("format", f"has no sound header: {place}: {first['msg']}") from None


def _unfold(body: bytes) -> Iterator[bytes]:
    unfolding = zlib.decompressobj()
    try:
        for at in range(0, len(body), _CHUNK):
            fed = body[at : at + _CHUNK]  # in pieces: what zlib did not take is copied each time
            while fed and not unfolding.eof:
                yield unfolding.decompress(fed, _CHUNK)
                fed = unfolding.unconsumed_tail
            if unfolding.unused_data or (unfolding.eof and at + _CHUNK < len(body)):
                raise BundleRefused("content", "has something after its end")
    except zlib.error:
        raise BundleRefused("content", "is damaged; fetch it again") from None
    if not unfolding.eof:
        raise BundleRefused("content", "is cut off; fetch it again")


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise BundleRefused("format", "has bytes that are no text") from None
