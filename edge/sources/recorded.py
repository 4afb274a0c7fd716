"""Recordings at their own clock: paced or as fast as the line reads, once or in a loop."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from edge.clock import Clock, Moment
from edge.config.source import SourceSection
from edge.errors import PictureError, SourceError
from edge.log import Log
from edge.records import Frame, Pixels
from edge.sources.base import SourceState

log = Log("edge.sources")


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """One picture of a recording, or the error in its place.

    Attributes:
        offset_ns: since the recording's beginning; rises.
        picture: ``(H, W, 3)`` uint8, BGR, C-contiguous; or why there is none.
        name: of the file, for pictures.
    """

    offset_ns: int
    picture: Pixels | PictureError
    name: str = ""


class Reel(Protocol):
    """A recording that can be played again and again."""

    @property
    def name(self) -> str:
        """How a person knows it."""
        ...

    @property
    def length_ns(self) -> int:
        """How long the last play was, its last picture's own time included."""
        ...

    def play(self) -> Iterator[Take]:
        """Hand out the pictures from the beginning.

        Raises:
            SourceError: the recording cannot be opened.
        """
        ...


class RecordedSource:
    """Frames of a recording, stamped by its own clock from the moment that it was started.

    Paced, each frame comes when it is due, so that its stamp is the wall time too. As fast as
    possible, the stamps stay the same and nothing waits. In a loop time goes on rising.
    """

    live = False

    def __init__(self, reel: Reel, section: SourceSection, clock: Clock) -> None:
        self._reel = reel
        self._section = section
        self._clock = clock
        self._state = SourceState()
        self._number = 0

    @property
    def state(self) -> SourceState:
        """How it fares; may be read from any thread."""
        return self._state

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """Play the recording; pictures that cannot be decoded leave a gap in the numbers.

        Raises:
            SourceError: it cannot be opened, or no picture in it can be decoded.
        """
        self._state = replace(self._state, up=True, detail="playing")
        try:
            yield from self._rounds(stop)
        except SourceError as error:
            self._state = replace(self._state, up=False, detail=str(error))
            raise
        self._state = replace(self._state, up=False, detail="ended")

    def _rounds(self, stop: threading.Event) -> Iterator[Frame]:
        start = self._clock.now()
        while not stop.is_set():
            before = self._state.frames
            yield from self._round(start, stop)
            if self._state.frames == before and not stop.is_set():
                raise SourceError(f"{self._reel.name}: no picture in it can be decoded")
            if not self._section.loop:
                break
            start = _after(start, self._reel.length_ns)

    def _round(self, start: Moment, stop: threading.Event) -> Iterator[Frame]:
        for take in self._reel.play():
            captured = _after(start, take.offset_ns)
            number = self._number
            self._number += 1
            if isinstance(take.picture, PictureError):
                self._tell_damaged(take.picture, number)
                continue
            if self._stopped_before(captured, stop):
                return
            frames = self._state.frames + 1
            self._state = replace(self._state, frames=frames, last_frame=captured)
            yield Frame(image=take.picture, captured=captured, number=number, name=take.name)

    def _tell_damaged(self, error: PictureError, number: int) -> None:
        self._state = replace(self._state, damaged=self._state.damaged + 1)
        log.warning("left out", reason=error, number=number, recording=self._reel.name)

    def _stopped_before(self, due: Moment, stop: threading.Event) -> bool:
        wait_s = due.since(self._clock.now()) if self._section.paced else 0.0
        return stop.wait(wait_s) if wait_s > 0 else stop.is_set()


def _after(start: Moment, offset_ns: int) -> Moment:
    """Return the moment *offset_ns* after *start*, exact where seconds as floats are not."""
    return Moment(start.utc_ns + offset_ns, start.monotonic_ns + offset_ns)
