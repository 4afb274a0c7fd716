"""Pictures of the last minute as the line had them, while a technician wants to compare on them.

They are kept in memory, only once that stands on the unit's chain, and gone with the session, at a
pause, or at a word. No file holds them, and nobody is shown them: they are for the line alone.
"""

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np

from edge.clock import Clock, Moment
from edge.errors import ConfigError
from edge.services.glass_wire import Head, Plate, Track
from edge.vision.jpeg import encode

KEPT_S: Final = 60.0
MOST_BYTES: Final = 96_000_000
_JPEG_BYTES: Final = 2_000_000
_LEAST: Final = 2
_MS: Final = 1_000_000
_MOST_OWN: Final = 100


@dataclass(frozen=True, slots=True)
class Reel:
    """What a comparison is given.

    Attributes:
        start: of the first picture, nanoseconds UTC; *offsets_ns* count from it, and rise.
    """

    start: int
    offsets_ns: tuple[int, ...]
    pictures: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class _Picture:
    came: Moment
    utc_ns: int
    data: bytes


class Minute:
    """The pictures, and what the law lets be told of texts on them.

    Attributes:
        masked: the law profile covers the plates of others.
    """

    def __init__(self, clock: Clock) -> None:
        self.masked = True
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: deque[_Picture] = deque()
        self._bytes = 0
        self._armed = False
        self._own: dict[str, None] = {}

    @property
    def armed(self) -> bool:
        """Pictures are kept."""
        return self._armed

    @property
    def own(self) -> tuple[str, ...]:
        """Texts of test plates that were seen in this session."""
        with self._lock:
            return tuple(self._own)

    def arm(self) -> None:
        """Keep what comes from now on."""
        with self._lock:
            self._armed = True

    def clear(self) -> None:
        """Keep nothing any more."""
        with self._lock:
            self._armed = False
            self._kept.clear()
            self._bytes = 0

    def forget(self) -> None:
        """Keep nothing, nor what was learnt in the session."""
        self.clear()
        with self._lock:
            self._own.clear()
        self.masked = True

    def take(self, head: Head, pixels: bytearray) -> None:
        """Keep one look, if it is wanted; called by one thread."""
        self.masked = head.masked
        with self._lock:
            seen: list[Plate | Track] = [*head.plates, *head.tracks]
            for one in seen:
                if one.own and one.text and len(self._own) < _MOST_OWN:
                    self._own[one.text] = None
        if not self._armed:
            return
        picture = _Picture(self._clock.now(), _utc_ns(head.at), _encoded(head, pixels))
        with self._lock:
            if self._armed:  # it may have ended meanwhile
                self._kept.append(picture)
                self._bytes += len(picture.data)
                self._forget(picture.came)

    def reel(self) -> Reel:
        """Return what there is.

        Raises:
            ConfigError: it is not kept, or there are too few pictures.
        """
        with self._lock:
            self._forget(self._clock.now())
            kept = tuple(self._kept)
            armed = self._armed
        if not armed:
            raise ConfigError("the last minute is not kept: have it kept first, and wait for cars")
        if len(kept) < _LEAST:
            raise ConfigError("nothing was seen yet since the last minute is kept: wait for cars")
        return Reel(kept[0].utc_ns, _offsets(kept), tuple(one.data for one in kept))

    def told(self) -> dict[str, Any]:
        """Return how much there is, for the page."""
        with self._lock:
            self._forget(self._clock.now())
            seconds = self._kept[-1].came.since(self._kept[0].came) if self._kept else 0.0
            return {
                "armed": self._armed,
                "seconds": round(seconds, 1),
                "pictures": len(self._kept),
            }

    def _forget(self, now: Moment) -> None:
        while self._kept and (now.since(self._kept[0].came) > KEPT_S or self._bytes > MOST_BYTES):
            self._bytes -= len(self._kept.popleft().data)


def _encoded(head: Head, pixels: bytearray) -> bytes:
    wide, high = head.shown
    flat = np.frombuffer(pixels, np.uint8, count=wide * high * head.channels)
    image = flat.reshape(high, wide, head.channels)
    return encode(image[:, :, 0] if head.channels == 1 else image, _JPEG_BYTES)


def _utc_ns(at: str) -> int:
    return round(datetime.fromisoformat(at).timestamp() * 1000) * _MS


def _offsets(kept: tuple[_Picture, ...]) -> tuple[int, ...]:
    """Return times since the first picture that rise, whatever the clock did."""
    offsets: list[int] = []
    for one in kept:
        least = offsets[-1] + _MS if offsets else 0
        offsets.append(max(one.utc_ns - kept[0].utc_ns, least))
    return tuple(offsets)
