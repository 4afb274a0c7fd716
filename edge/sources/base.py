"""What every source promises, and what is known of one from outside."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from edge.clock import Moment
from edge.records import Frame, Pixels
from edge.sources.exposure import Exposure


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source fares; replaced whole, so any thread may read it at any time.

    Attributes:
        up: frames are coming.
        detail: a sentence for a person: why it is down, or that it delivers.
        frames: how many were handed out since the daemon started.
        last_frame: when the newest of them was captured; None before the first.
        reopened: how often a lost camera came back.
        damaged: pictures that could not be decoded and were left out.
    """

    up: bool = False
    detail: str = "not opened yet"
    frames: int = 0
    last_frame: Moment | None = None
    reopened: int = 0
    damaged: int = 0


class Source(Protocol):
    """Where frames come from."""

    @property
    def live(self) -> bool:
        """Whether it is a camera, which reconnects by itself and never ends; or a recording."""
        ...

    @property
    def state(self) -> SourceState:
        """How it fares; may be read from any thread."""
        ...

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """Open the source and hand out its frames until it ends or *stop* is set.

        After *stop* it returns within a second, whatever it was waiting for.

        Raises:
            SourceError: a recording cannot be opened or holds no picture at all.
            SourceUnsupported: this machine lacks what the source needs. A live source's loss is
                not raised: it tries again, and says so in its state.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One picture as a camera gives it, before it gets its number.

    Attributes:
        image: ``(H, W, 3)`` uint8, BGR, C-contiguous, owned by the receiver.
        captured: when the sensor saw it, as well as can be told.
        low: small luma of the same instant, ``(h, w)`` uint8, or None.
    """

    image: Pixels
    captured: Moment
    low: Pixels | None = None


class Camera(Protocol):
    """A device that blocks: open, read and close are called by one thread at a time."""

    @property
    def name(self) -> str:
        """How a person knows it; free of credentials."""
        ...

    @property
    def limit_s(self) -> float:
        """No call may take longer; after that the camera counts as lost."""
        ...

    @property
    def damaged(self) -> int:
        """Pictures left out so far because they could not be decoded."""
        ...

    def expose(self, exposure: Exposure) -> None:
        """Ask for *exposure* from one of the next pictures on; safe from any thread.

        What the camera cannot do is told in a warning when it is tried.
        """
        ...

    def open(self) -> None:
        """Get ready to read.

        Raises:
            SourceLost: not now; perhaps later.
            SourceUnsupported: never on this machine.
        """
        ...

    def read(self) -> Shot:
        """Return the next picture.

        Raises:
            SourceLost: the camera went away or fell silent.
        """
        ...

    def close(self) -> None:
        """Let go of the device; harmless when it is not open."""
        ...
