"""What all cameras have in common: they go away and come back.

This is one of the two places in the house that retry. A lost camera is opened again after a wait
that doubles; the state says why it is down, and the journal gets one line when it goes, one for
each new reason, and one when it is back.
"""

import threading
from collections.abc import Iterator
from dataclasses import replace

from edge.clock import Clock, Moment
from edge.config.source import SourceSection
from edge.errors import SourceLost
from edge.log import Log
from edge.records import Frame
from edge.sources.attendant import Attendant
from edge.sources.backoff import Backoff
from edge.sources.base import Camera, Shot, SourceState
from edge.sources.exposure import Exposure

_PATIENCE_S = 0.5  # for a camera to close; stop must be over within a second

log = Log("edge.sources")


class LiveSource:
    """A camera that never ends: it is opened again whenever it is lost."""

    live = True

    def __init__(self, camera: Camera, section: SourceSection, clock: Clock) -> None:
        self._camera = camera
        self._clock = clock
        self._backoff = Backoff(section.retry_first_s, section.retry_max_s)
        self._steady_s = section.retry_max_s
        self._state = SourceState()
        self._lost: Moment | None = None
        self._attendant: Attendant | None = None

    @property
    def state(self) -> SourceState:
        """How the camera fares; may be read from any thread."""
        return self._state

    def expose(self, exposure: Exposure) -> None:
        """Ask the camera for *exposure* from one of the next frames on; safe from any thread."""
        self._camera.expose(exposure)

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """Hand out frames until *stop* is set; a loss is repaired inside.

        Raises:
            SourceUnsupported: this machine lacks what the camera needs.
        """
        while not stop.is_set():
            opened = self._clock.now()
            try:
                yield from self._visit(stop)
            except SourceLost as error:
                if self._clock.now().since(opened) > self._steady_s:
                    self._backoff.reset()
                wait_s = self._backoff.next()
                self._went(str(error), wait_s)
                stop.wait(wait_s)
        if self._state.up:  # a reason why it was down is worth keeping
            self._state = replace(self._state, up=False, detail="stopped")

    def _visit(self, stop: threading.Event) -> Iterator[Frame]:
        """Open the camera, hand out frames, close it."""
        if self._attendant is not None and self._attendant.busy:
            raise SourceLost("the camera hangs: the driver does not let go of it")
        camera = self._camera
        attendant = Attendant(f"camera {camera.name}", self._clock, camera.close)
        self._attendant = attendant
        attendant.start()
        try:
            attendant.ask(camera.open, stop, camera.limit_s)
            while (shot := attendant.ask(camera.read, stop, camera.limit_s)) is not None:
                yield self._number(shot)
        finally:
            attendant.dismiss(_PATIENCE_S)

    def _number(self, shot: Shot) -> Frame:
        self._came()
        number = self._state.frames
        self._state = replace(
            self._state,
            frames=number + 1,
            last_frame=shot.captured,
            damaged=self._camera.damaged,
        )
        return Frame(image=shot.image, captured=shot.captured, number=number, low=shot.low)

    def _came(self) -> None:
        if self._state.up:
            return
        back = self._lost is not None and self._state.frames > 0
        away_s = self._clock.now().since(self._lost) if self._lost else 0.0
        log.info("the camera delivers", camera=self._camera.name, away_s=round(away_s, 1))
        self._lost = None
        self._state = replace(
            self._state,
            up=True,
            detail="frames are coming",
            reopened=self._state.reopened + back,
        )

    def _went(self, reason: str, wait_s: float) -> None:
        detail = f"{self._camera.name}: {reason}"
        if self._state.up or self._state.detail != detail:
            log.warning(
                "no frames, trying again", reason=reason, camera=self._camera.name,
                wait_s=round(wait_s, 2),
            )  # fmt: skip
        if self._lost is None:
            self._lost = self._clock.now()
        self._state = replace(self._state, up=False, detail=detail, damaged=self._camera.damaged)
