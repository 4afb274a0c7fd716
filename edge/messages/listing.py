"""Lists over the broker: what a unit asks the list desk for, and what the desk answers.

An ask says which list the unit takes, the newest manifest that it believes and, when it loads a
file, from which byte on it wants how many pieces. The desk answers with the manifest or with
pieces; it also sends a new manifest unasked. Nothing here is trusted: the manifest is signed, each
file is signed and sealed, and its digest stands in the manifest.

On the wire an ask is canonical JSON. An answer is ``EDGELST`` and a 1, the length of its canonical
JSON (32 bits, big-endian), that JSON, and the bytes of the manifest or of the piece to the end.
"""

import struct
from typing import Final

from pydantic import Field

from edge.clock import Moment
from edge.errors import MessageError
from edge.messages.envelope import Envelope, build, head, parse
from edge.messages.wire import Count, Digest, Name, Wire

PIECE: Final = 32 * 1024  # bytes of a file in one answer
MOST_PIECES: Final = 8  # for one ask: what a unit has on the way to it
ASK_LIMIT: Final = 4 * 1024
LIST_LIMIT: Final = 300_000  # a manifest has 256 000 bytes at most

_MAGIC: Final = b"EDGELST\1"
_HEAD: Final = len(_MAGIC) + 4
_WORDS: Final = 4 * 1024


class PiecesPart(Wire):
    """Which part of a file is wanted."""

    digest: Digest = Field(description="Of the whole file, as the manifest names it.")
    start: Count = Field(description="The first byte that is wanted.")
    pieces: int = Field(ge=1, le=MOST_PIECES, description="How many pieces of 32 KiB at most.")


class AskPayload(Wire):
    """What a unit has, and what it wants."""

    list: Name = Field(description="Name of the list that the unit takes.")
    have: Count = Field(description="Number of the newest manifest that it believes; 0 for none.")
    want: PiecesPart | None = Field(description="null: the manifest, if there is a newer one.")


class AskMessage(Envelope):
    """A unit asks the list desk."""

    kind: str = Field(pattern="^ask$")
    payload: AskPayload


class ListPayload(Wire):
    """What the bytes behind the JSON are."""

    list: Name
    digest: Digest | None = Field(description="Of the file that they are of; null: the manifest.")
    offset: Count = Field(description="Where they stand in that file; 0 for a manifest.")


class ListMessage(Envelope):
    """The list desk answers; *unit* is the unit that it goes to."""

    kind: str = Field(pattern="^list$")
    payload: ListPayload


def build_ask(
    town: str, unit: str, list_name: str, have: int, want: PiecesPart | None, made: Moment
) -> bytes:
    """Return an ask, to be published on the unit's topic ``ask``."""
    fields = head("ask", town, unit, made.iso())
    wanted = want.model_dump() if want else None
    fields["payload"] = {"list": list_name, "have": have, "want": wanted}
    return build(AskMessage, fields, ASK_LIMIT)


def parse_ask(body: bytes) -> AskMessage:
    """Return the ask in *body*.

    Raises:
        MessageError: the bytes do not keep the contract.
    """
    return parse(AskMessage, body, ASK_LIMIT)


def build_list(
    town: str,
    unit: str,
    list_name: str,
    content: bytes,
    made: Moment,
    digest: str | None = None,
    offset: int = 0,
) -> bytes:
    """Return an answer, to be published on the unit's topic ``list``.

    Args:
        content: a manifest as it was signed, or a piece of the file with *digest*.
    """
    fields = head("list", town, unit, made.iso())
    fields["payload"] = {"list": list_name, "digest": digest, "offset": offset}
    words = build(ListMessage, fields, _WORDS)
    return b"".join((_MAGIC, struct.pack(">I", len(words)), words, content))


def parse_list(blob: bytes) -> tuple[ListMessage, bytes]:
    """Return an answer and the bytes of the manifest or piece in it.

    Raises:
        MessageError: the bytes do not keep the contract.
    """
    if len(blob) > LIST_LIMIT:
        raise MessageError(f"list message of {len(blob)} bytes is over the limit of {LIST_LIMIT}")
    if not blob.startswith(_MAGIC) or len(blob) < _HEAD:
        raise MessageError("list message: is none of this version of edge")
    (length,) = struct.unpack(">I", blob[len(_MAGIC) : _HEAD])
    if not 0 < length <= min(_WORDS, len(blob) - _HEAD):
        raise MessageError("list message: is cut short")
    message = parse(ListMessage, blob[_HEAD : _HEAD + length], _WORDS)
    content = blob[_HEAD + length :]
    if message.payload.digest is not None and len(content) > PIECE:
        raise MessageError(f"list message: a piece of {len(content)} bytes is over {PIECE}")
    return message, content
