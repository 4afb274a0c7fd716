"""What goes through the glass: the Unix socket by which a technician sees what the line sees.

Watch speaks first, with a number used once; the page answers with a ticket that the technician's
own key signed over it; then looks follow, each a head of JSON, the picture, and the plates at the
size in which the camera saw them. Where plates are to be masked, no text of them is in the head.
"""

import socket
import struct
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.errors import GlassError
from edge.keys import canonical
from edge.services.local_door import exactly

SOCKET: Final = "glass"
TICKET: Final = "glass-ticket"
HIDDEN: Final = "▮"
MOST_REFUSED: Final = 8
_SIZES: Final = struct.Struct(">II")
_LONGEST_HEAD: Final = 256 * 1024
_LARGEST: Final = 32 * 1024 * 1024

Point = tuple[float, float]
_Points = Annotated[tuple[Point, ...], Field(strict=False)]


class Row(BaseModel):
    """Base of all: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Hello(Row):
    """Watch's first word; *nonce* makes a ticket good for one connection."""

    v: Literal[1] = 1
    town: str
    unit: str
    nonce: str


class Ticket(canonical.Row):
    """What a technician signs: who wants to look through which unit's glass, and for which page."""

    v: Literal[1]
    unit: str
    nonce: str
    session: Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$")]


class Welcome(Row):
    """Watch's answer; *refused* is a sentence, empty when looks follow.

    Attributes:
        masked: the law profile lets nobody see the plates of others.
    """

    refused: str = ""
    masked: bool = True


class ZonesShown(Row):
    """What was drawn on the picture and in force when it was taken, fractions of the frame."""

    interest: Annotated[tuple[_Points, ...], Field(strict=False)] = ()
    ignore: Annotated[tuple[_Points, ...], Field(strict=False)] = ()
    direction: _Points = ()


class Tried(Row):
    """Somebody who was not let in at the page; *name* is empty where nobody is called so."""

    name: Annotated[str, Field(max_length=64)]
    count: Annotated[int, Field(ge=1)]
    in_a_row: Annotated[int, Field(ge=0)]
    why: Annotated[str, Field(max_length=300)]


class Refused(Row):
    """The page's word on who was not let in; instead of a ticket, or while somebody looks."""

    refused: Annotated[tuple[Tried, ...], Field(strict=False, max_length=MOST_REFUSED)]


class Character(Row):
    """One place of a text; hidden where the plate is masked."""

    text: str
    p: float


class Plate(Row):
    """One plate in the frame.

    Attributes:
        corners: in pixels of the whole frame.
        state: what the line did with it.
        own: the installer's own test plate, which is never masked.
        track: number of its pass; None without one.
        why: why it was not read; empty when it was.
    """

    corners: tuple[Point, Point, Point, Point]
    state: Literal["read", "unread", "outside"]
    own: bool
    text: str
    p: float
    characters: tuple[Character, ...]
    jurisdiction: str
    track: int | None
    why: str


class Track(Row):
    """One pass; *why* says what became of it at the list."""

    number: int
    box: tuple[float, float, float, float]
    reads: int
    direction: str
    own: bool
    text: str
    p: float
    why: str


class Patch(Row):
    """Where a plate was cut out of the whole frame; its pixels follow the picture's."""

    plate: int
    x: int
    y: int
    wide: int
    high: int


class Head(Row):
    """Everything of one look but its pixels.

    Attributes:
        number: of the look, counted by watch; *frame* is the source's.
        wide, high: of the whole frame; *shown* those of the picture that follows.
        reason: the gate's; *shutter_us* 0 where the camera chooses.
        dropped: looks that were not sent because newer ones came first.
        zones: those in force; they may change while somebody looks.
    """

    number: int
    frame: int
    at: str
    wide: int
    high: int
    shown: tuple[int, int]
    channels: int
    reason: str
    listed: bool
    masked: bool
    shutter_us: int
    dropped: int
    stage_ms: dict[str, float]
    plates: tuple[Plate, ...]
    tracks: tuple[Track, ...]
    patches: tuple[Patch, ...]
    zones: ZonesShown


_RowT = TypeVar("_RowT", bound=Row)


def send(door: socket.socket, row: Row, *pixels: memoryview) -> None:
    """Send *row* and what follows it.

    Raises:
        OSError: the other side is gone, or does not read.
    """
    head = row.model_dump_json().encode("utf-8")
    door.sendall(_SIZES.pack(len(head), sum(one.nbytes for one in pixels)) + head)
    for one in pixels:
        door.sendall(one)


def take(door: socket.socket, kind: type[_RowT]) -> tuple[_RowT, bytearray]:
    """Return the next row, which must be of *kind*, and the pixels behind it.

    Raises:
        GlassError: it is none, or far too large.
        OSError: the other side is gone.
    """
    head, size = _SIZES.unpack(exactly(door, _SIZES.size))
    if head > _LONGEST_HEAD or size > _LARGEST:
        raise GlassError("what came through the glass is far too large for a look")
    words = bytes(exactly(door, head))
    pixels = exactly(door, size)
    try:
        return kind.model_validate_json(words), pixels
    except ValidationError:
        raise GlassError(
            f"what came through the glass is no {kind.__name__} of this version of edge: update "
            "watch and the page together"
        ) from None


def send_blob(door: socket.socket, blob: bytes) -> None:
    """Send a signed document."""
    door.sendall(_SIZES.pack(len(blob), 0) + blob)


def refused_of(blob: bytes) -> Refused | None:
    """Return who was refused at the page, where *blob* tells that; None for a ticket.

    Raises:
        GlassError: it is neither.
    """
    if not blob.startswith(b"{"):
        return None
    try:
        return Refused.model_validate_json(blob)
    except ValidationError:
        raise GlassError("what the page tells is no word of this version of edge") from None


def take_blob(door: socket.socket) -> bytes:
    """Return a signed document, not yet read.

    Raises:
        GlassError: it is far too large.
    """
    size, more = _SIZES.unpack(exactly(door, _SIZES.size))
    if size > 4096 or more:
        raise GlassError("the ticket is far too large")
    return bytes(exactly(door, size))
