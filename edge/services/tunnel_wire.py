"""What the tunnel's process and watch say to each other, over a socket in the runtime folder.

The process has the network and no keys; watch has the unit's keys and no network. So a request is
judged, recorded and answered by watch, and the process carries bytes.
"""

import socket
import struct
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.errors import TunnelError
from edge.services.local_door import exactly

SOCKET: Final = "remote"
_SIZE: Final = struct.Struct(">I")
_LARGEST: Final = 16_384

Bytes = Annotated[int, Field(ge=0, lt=2**53)]


class Word(BaseModel):
    """Of the tunnel's process.

    Attributes:
        ask: a signed request as it came, base64; *key* the process's own fresh key, likewise.
        inward, outward: bytes so far; *foreign* messages that were dropped.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: Literal["ask", "used", "ended"]
    ask: str = ""
    key: str = ""
    inward: Bytes = 0
    outward: Bytes = 0
    foreign: Bytes = 0
    why: str = ""


class Reply(BaseModel):
    """Of watch.

    Attributes:
        answer: the signed answer, base64; empty where nothing is said to whoever asked.
        opened: the tunnel may begin, in place of one that there is.
        until_s: seconds that it may last; *budget* bytes that it may use.
        why: an end that watch orders, or why the request was refused.
        left: why the tunnel before has ended, for whoever was there; empty where nobody is told.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: Literal["answer", "over"]
    answer: str = ""
    opened: bool = False
    session: str = ""
    who: str = ""
    until_s: float = 0.0
    budget: Bytes = 0
    why: str = ""
    left: str = ""


_Said = TypeVar("_Said", Word, Reply)


def send(door: socket.socket, row: Word | Reply) -> None:
    """Send *row*.

    Raises:
        OSError: the other process is gone, or does not read.
    """
    body = row.model_dump_json().encode("utf-8")
    door.sendall(_SIZE.pack(len(body)) + body)


def take(door: socket.socket, kind: type[_Said]) -> _Said:
    """Return the next row.

    Raises:
        TunnelError: it is none of this version.
        OSError: the other process is gone.
    """
    (size,) = _SIZE.unpack(exactly(door, _SIZE.size))
    if size > _LARGEST:
        raise TunnelError("what came through the socket is far too large")
    try:
        return kind.model_validate_json(exactly(door, size))
    except ValidationError:
        raise TunnelError(
            f"what came through the socket is no {kind.__name__} of this version of edge: restart "
            "edge-watch and edge-tunnel together"
        ) from None
