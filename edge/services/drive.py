"""A drive-by test: the daemon's line over live or recorded frames, and what the test car gave."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from edge.clock import Clock, Moment
from edge.config import Settings
from edge.errors import PictureError
from edge.hotlist.keeper import HotlistKeeper
from edge.log import Log
from edge.plates.lookalikes import differing
from edge.records import Alert, AlertId, Category, Frame, Pixels, Read, Sighting
from edge.services.capture import Capture
from edge.services.line import open_line
from edge.services.metering import open_exposer
from edge.sources.open import open_mailbox, open_source
from edge.vision.aim import Aim, measure
from edge.vision.outline import snap

_WAIT_S: Final = 0.25
AFTER_S: Final = 4.0  # the last pass has ended when nothing was read for so long
_log: Final = Log("edge.certify")


class Seen(Protocol):
    """What the line made of one pass, as far as a certificate tells it; a sighting is such."""

    @property
    def text(self) -> str:
        """Of the pass as a whole."""

    @property
    def confidence(self) -> float:
        """In it, 0..1."""

    @property
    def reads(self) -> int:
        """Frames that were read."""

    @property
    def last_seen(self) -> Moment:
        """When the last of them was."""


@dataclass(frozen=True, slots=True)
class Drive:
    """One pass of the test car.

    Attributes:
        aim: where its plate is widest; None where no frame was read without a fault.
    """

    sighting: Seen
    plate: str
    alerted: bool
    aim: Aim | None

    @property
    def read(self) -> bool:
        """Whether the pass as a whole was read without a fault."""
        return self.sighting.text == self.plate


@dataclass(slots=True)
class Driven:
    """What a test gave.

    Attributes:
        view: the frame in which the test car's plate is widest; None before it was read.
        latency_ms: from a frame's sensor to its decision, for each read of the test car.
    """

    drives: list[Drive] = field(default_factory=list)
    plates: tuple[str, ...] = ()
    view: Pixels | None = None
    frames: int = 0
    seconds: float = 0.0
    dropped: int = 0
    latency_ms: list[float] = field(default_factory=list)
    stage_ms: dict[str, float] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    list_version: str = ""


class _Witness:
    """Takes down what the line says of the test car, and nothing of anybody else."""

    def __init__(self, plate: str, hotlist: HotlistKeeper, clock: Clock) -> None:
        self.plates = {plate} if plate else set()
        self._named = bool(plate)
        self._hotlist = hotlist
        self._clock = clock
        self._sequence = 0
        self._seen: dict[int, tuple[Sighting, bool]] = {}
        self._glimpses: list[tuple[Moment, Aim]] = []
        self.latency_ms: list[float] = []
        self.view: Pixels | None = None
        self._widest = 0.0
        self.newest: Moment | None = None

    def commit(self, alert: Alert) -> AlertId:
        self._sequence += 1
        self._seen[alert.hit.sighting.track] = (alert.hit.sighting, True)
        return alert.revises or AlertId("test", "0" * 32, self._sequence)

    def keep(self, sighting: Sighting) -> None:
        self._seen[sighting.track] = (sighting, False)

    def meter(self, frame: Frame, reads: Sequence[Read]) -> None:
        for read in reads:
            if not self._own(read.text):
                continue
            self.newest = frame.captured
            self.latency_ms.append(self._clock.now().since(frame.captured) * 1000)
            aim = measure(frame.image, snap(frame.image, read.detection.corners))
            self._glimpses.append((frame.captured, aim))
            if aim.width_px > self._widest:
                self._widest, self.view = aim.width_px, frame.image.copy()

    def drives(self) -> list[Drive]:
        """Return the passes so far of test cars; those of others are forgotten here."""
        found = []
        for sighting, alerted in self._seen.values():
            plate = self._nearest(sighting.text)
            if plate:
                found.append(Drive(sighting, plate, alerted, self._widest_of(sighting)))
        return sorted(found, key=lambda one: one.sighting.last_seen.monotonic_ns)

    def _own(self, text: str) -> bool:
        if text in self.plates:
            return True
        current = self._hotlist.current
        if self._named or current is None or not text:
            return False
        own = any(one.category is Category.TEST for one in current.entries(text))
        if own:
            self.plates.add(text)
        return own

    def _nearest(self, text: str) -> str:
        return next((one for one in sorted(self.plates) if differing(one, text) < 2), "")

    def _widest_of(self, sighting: Sighting) -> Aim | None:
        first, last = sighting.first_seen.monotonic_ns, sighting.last_seen.monotonic_ns
        there = [
            (aim.width_px, number, aim)
            for number, (at, aim) in enumerate(self._glimpses)
            if first <= at.monotonic_ns <= last
        ]
        return max(there)[2] if there else None


def drive_by(
    settings: Settings,
    plate: str,
    passes: int,
    limit_s: float,
    clock: Clock,
    stop: threading.Event,
    told: Callable[[str], None],
) -> Driven:
    """Run the line until the test car has passed often enough, and return what it gave.

    Args:
        plate: of the test car; empty: whatever the hotlist has in category ``test``.
        limit_s: the longest that this may take.
        stop: ends it before.
        told: is told of each pass.

    Raises:
        EdgeError: the camera, a model or the hotlist failed.
    """
    hotlist = HotlistKeeper(settings.hotlist, clock)
    hotlist.refresh()
    witness = _Witness(plate, hotlist, clock)
    source = open_source(settings.source, clock)
    exposer = open_exposer(settings, source, clock)

    def meter(frame: Frame, reads: Sequence[Read]) -> None:
        witness.meter(frame, reads)
        if exposer is not None:
            exposer.see(frame, reads)

    line = open_line(settings, clock, hotlist, witness.commit, keep=witness.keep, meter=meter)
    capture = Capture(source, lambda: open_mailbox(settings.source, source))
    began = clock.now()
    capture.start()
    count = 0
    try:
        while not stop.is_set() and clock.now().since(began) < limit_s:
            frame = capture.take(_WAIT_S)
            if frame is None and capture.closed:
                break
            if frame is not None:
                _step(line.step, frame)
            count = tell(witness.drives(), count, passes, told)
            quiet = witness.newest and clock.now().since(witness.newest) > AFTER_S
            if count >= passes and quiet:
                break
        ended, dropped = clock.now(), capture.dropped
    finally:
        capture.stop()
    line.finish()
    tell(witness.drives(), count, passes, told)
    current = hotlist.current
    return Driven(
        drives=witness.drives(),
        plates=tuple(sorted(witness.plates)),
        view=witness.view,
        frames=line.tally.frames,
        seconds=ended.since(began),
        dropped=dropped,
        latency_ms=witness.latency_ms,
        stage_ms=dict(line.tally.stage_ms),
        models=dict(line.models),
        list_version=current.version.version if current else "",
    )


def tell(drives: Sequence[Drive], known: int, passes: int, told: Callable[[str], None]) -> int:
    """Tell of passes that are new; return how many there are."""
    for number, one in enumerate(drives[known:], known + 1):
        told(f"pass {number} of {passes}: {one.plate}")
    return len(drives)


def _step(step: Callable[[Frame], object], frame: Frame) -> None:
    try:
        step(frame)
    except PictureError as error:
        _log.warning("a frame was left out", number=frame.number, why=error)
