"""TCP connections carried as records between a technician's laptop and a unit's own page.

Both ends run this. Every connection has a window: an end reads from its socket only what the other
has room for, so a reader that does not read holds up its own connection and nobody's memory.
"""

import contextlib
import selectors
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from edge.clock import Clock
from edge.errors import TunnelError
from edge.keys.tunnel import Pair
from edge.messages.tunnel import LARGEST
from edge.services.tunnel_rate import Bucket

WINDOW: Final = 48 * 1024
MOST_STREAMS: Final = 8
PING_S: Final = 5.0
SILENT_S: Final = 20.0
COST: Final = 100
"""Bytes that a message costs on the line beside its payload, about: topic, MQTT, TLS, TCP."""
_FRAME: Final = struct.Struct(">BH")
_CREDIT: Final = struct.Struct(">I")
_CHUNK: Final = LARGEST - _FRAME.size
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE

Publish = Callable[[bytes], bool]
Dial = Callable[[], socket.socket]
Work = Callable[[int], None]


class Said(IntEnum):
    """What a record tells."""

    OPEN = 1
    DATA = 2
    END = 3
    RESET = 4
    CREDIT = 5
    PING = 6
    BYE = 7


@dataclass(slots=True)
class _Stream:
    """One TCP connection.

    Attributes:
        credit: bytes that the other end has room for.
        waiting: came from the other end, and is not yet written.
        owed: written, and not yet told.
        ended: this end has read everything; *ending* the other has said everything.
    """

    number: int
    door: socket.socket
    credit: int = WINDOW
    waiting: bytearray = field(default_factory=bytearray)
    owed: int = 0
    ended: bool = False
    ending: bool = False
    shut: bool = False
    watched: int = 0


class Carrier:
    """One end of a tunnel; driven by its owner's loop, in one thread.

    Args:
        publish: sends a record; False where there is no connection to the broker.
        selector: the owner's; what becomes ready is called with the events, its ``data``.
        dial: connects to the one place that the other end may reach; None where it opens none.
        rate: holds back what is read from sockets.

    Attributes:
        sent, received: bytes, with what messages cost beside their payload.
        problem: the newest reason for which the other end has closed a connection.
    """

    def __init__(
        self,
        pair: Pair,
        publish: Publish,
        selector: selectors.BaseSelector,
        clock: Clock,
        *,
        dial: Dial | None = None,
        rate: Bucket | None = None,
    ) -> None:
        self._pair = pair
        self._publish = publish
        self._selector = selector
        self._clock = clock
        self._dial = dial
        self._rate = rate or Bucket(0, clock)
        self._streams: dict[int, _Stream] = {}
        self._next = 0
        now = clock.now()
        self._heard = self._spoke = self._busy = now
        self.sent = 0
        self.received = 0
        self.problem = ""

    @property
    def foreign(self) -> int:
        """Messages that were dropped: forged, changed, or repeated."""
        return self._pair.opening.foreign + self._pair.opening.repeated

    @property
    def full(self) -> bool:
        """Whether no further connection has room."""
        return len(self._streams) >= MOST_STREAMS

    @property
    def held(self) -> int:
        """Bytes in memory that wait for a reader."""
        return sum(len(one.waiting) for one in self._streams.values())

    def idle_s(self) -> float:
        """Return for how long no connection has carried anything."""
        return self._clock.now().since(self._busy)

    def add(self, door: socket.socket) -> None:
        """Carry a connection that was made to this end.

        Raises:
            TunnelError: there is no connection to the broker.
        """
        while self._next in self._streams:
            self._next = (self._next + 1) % 65_536
        number, self._next = self._next, (self._next + 1) % 65_536
        self._say(Said.OPEN, number)
        self._begin(number, door)

    def receive(self, record: bytes) -> None:
        """Take a record as it came from the broker.

        Raises:
            TunnelError: the tunnel ends here; the text says why.
        """
        self.received += len(record) + COST
        plain = self._pair.opening.open(record)
        if plain is None:
            return
        self._heard = self._clock.now()
        if len(plain) < _FRAME.size:
            raise TunnelError("the other end speaks another version of edge: update both")
        kind, number = _FRAME.unpack_from(plain)
        self._take(kind, number, plain[_FRAME.size :])

    def step(self) -> None:
        """Watch those sockets that may go on now, and tell the other end that we are here.

        Raises:
            TunnelError: the other end is silent, or there is no connection to the broker.
        """
        now = self._clock.now()
        if now.since(self._heard) > SILENT_S:
            raise TunnelError(f"the other end has said nothing for {SILENT_S:.0f} s", again=True)
        if now.since(self._spoke) >= PING_S:
            self._say(Said.PING, 0)
        for stream in list(self._streams.values()):
            self._watch(stream)

    def wait_s(self) -> float:
        """Return for how long nothing can be read by the rate."""
        return self._rate.wait_s()

    def bye(self, why: str, *, again: bool) -> None:
        """Tell the other end that this is over; nothing may be said after it."""
        with contextlib.suppress(TunnelError):  # without a broker it finds out by itself
            self._say(Said.BYE, int(again), why.encode("utf-8")[:1000])

    def close(self) -> None:
        """Close all connections."""
        for stream in list(self._streams.values()):
            self._drop(stream)

    # from the other end

    def _take(self, kind: int, number: int, body: bytes) -> None:
        if kind == Said.PING:
            return
        if kind == Said.BYE:
            raise TunnelError(body.decode("utf-8", "replace")[:1000], again=bool(number))
        if kind == Said.OPEN:
            self._opened(number)
            return
        stream = self._streams.get(number)
        if stream is None:
            return  # we have closed it meanwhile
        if kind == Said.DATA:
            self._data(stream, body)
        elif kind == Said.CREDIT and len(body) == _CREDIT.size:
            stream.credit = min(stream.credit + _CREDIT.unpack(body)[0], WINDOW)
        elif kind == Said.END:
            stream.ending = True
            self._flush(stream)
        elif kind == Said.RESET:
            self.problem = body.decode("utf-8", "replace")[:400]
            self._drop(stream)
        else:
            raise TunnelError("the other end speaks another version of edge: update both")

    def _opened(self, number: int) -> None:
        if self._dial is None or number in self._streams:
            raise TunnelError("the other end opens a connection where it may open none")
        if self.full:
            self._say(Said.RESET, number, b"too many connections at once")
            return
        try:
            door = self._dial()
        except OSError as error:
            why = f"the unit's page does not answer ({error.strerror}): is edge-tuning running?"
            self._say(Said.RESET, number, why.encode("utf-8"))
            return
        self._begin(number, door)

    def _data(self, stream: _Stream, body: bytes) -> None:
        if len(stream.waiting) + stream.owed + len(body) > WINDOW:
            raise TunnelError("the other end sends more than it was given room for")
        self._busy = self._heard
        stream.waiting += body
        self._flush(stream)

    # from and to our sockets

    def _begin(self, number: int, door: socket.socket) -> None:
        door.settimeout(0.0)
        door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._streams[number] = _Stream(number, door)
        self._busy = self._clock.now()

    def _watch(self, stream: _Stream) -> None:
        reads = not stream.ended and stream.credit > 0 and self._rate.wait_s() <= 0
        wanted = (_READ if reads else 0) | (_WRITE if stream.waiting else 0)
        if wanted == stream.watched:
            return
        if not stream.watched:
            self._selector.register(stream.door, wanted, lambda mask: self._ready(stream, mask))
        elif not wanted:
            self._selector.unregister(stream.door)
        else:
            self._selector.modify(stream.door, wanted, lambda mask: self._ready(stream, mask))
        stream.watched = wanted

    def _ready(self, stream: _Stream, mask: int) -> None:
        if mask & _WRITE and self._carries(stream):
            self._flush(stream)
        if mask & _READ and self._carries(stream) and self._rate.wait_s() <= 0:
            self._read(stream)

    def _carries(self, stream: _Stream) -> bool:
        """Say whether it was not closed since the selector spoke of it."""
        return self._streams.get(stream.number) is stream

    def _read(self, stream: _Stream) -> None:
        try:
            body = stream.door.recv(min(_CHUNK, stream.credit))
        except BlockingIOError:
            return
        except OSError:
            self._reset(stream, "the connection broke off")
            return
        self._busy = self._clock.now()
        if body:
            stream.credit -= len(body)
            self._say(Said.DATA, stream.number, body)
            return
        stream.ended = True
        self._say(Said.END, stream.number)
        self._flush(stream)

    def _flush(self, stream: _Stream) -> None:
        """Write what waits, as far as the reader takes it."""
        try:
            while stream.waiting:
                written = stream.door.send(stream.waiting)
                del stream.waiting[:written]
                stream.owed += written
            if stream.ending and not stream.shut:
                stream.shut = True
                stream.door.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            pass  # it goes on when the socket is ready again
        except OSError:
            self._reset(stream, "the connection broke off")
            return
        if stream.owed >= WINDOW // 4:
            self._say(Said.CREDIT, stream.number, _CREDIT.pack(stream.owed))
            stream.owed = 0
        if stream.ended and stream.shut:
            self._drop(stream)

    def _reset(self, stream: _Stream, why: str) -> None:
        self._drop(stream)
        self._say(Said.RESET, stream.number, why.encode("utf-8"))

    def _drop(self, stream: _Stream) -> None:
        if stream.watched:
            self._selector.unregister(stream.door)
            stream.watched = 0
        stream.door.close()
        self._streams.pop(stream.number, None)

    def _say(self, kind: Said, number: int, body: bytes = b"") -> None:
        record = self._pair.sealing.seal(_FRAME.pack(kind, number) + body)
        self._rate.spend(len(record) + COST)
        self.sent += len(record) + COST
        self._spoke = self._clock.now()
        if not self._publish(record):
            raise TunnelError("the connection to the broker was lost", again=True)
