"""Which frames are worth a look: still, dark and blurred ones cost almost nothing."""

import math
from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.clock import Moment
from edge.config.source import GateSection
from edge.errors import PictureError
from edge.records import Frame, Pixels
from edge.vision.zones import Zones

Reason = Literal["moving", "keep-alive", "still", "dark", "blurred", "off"]

_ACROSS: Final = 320  # about as many samples are taken across the frame
_CELL: Final = 16  # samples across a grid cell: their mean has a sixteenth of the sensor's noise
_SETTLE_S: Final = 1.0  # what stopped moving becomes part of the reference within about this time
_LINES: Final = 45  # rows whose sharpness is measured
_STRETCH: Final = 64  # pixels of a row that must hold an edge to be called sharp
_FEW: Final = 8  # a grid of fewer cells tells nothing of a change of light


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """Whether a frame goes to the detector, and why."""

    passes: bool
    reason: Reason


class Gate:
    """Compares each frame, in coarse cells, with a running mean of those before it.

    The mean of 256 samples does not see the sensor's noise, the running mean takes in slow changes
    and whatever has parked, and the median change over all cells takes out a change of light.
    Only the green channel is looked at, which needs no colour conversion.
    """

    def __init__(self, section: GateSection, zones: Zones) -> None:
        self._section = section
        self._zones = zones
        self._reference: NDArray[np.float32] | None = None
        self._mask: NDArray[np.bool_] = np.zeros((0, 0), np.bool_)
        self._seen: Moment | None = None
        self._passed: Moment | None = None

    def retune(self, section: GateSection, zones: Zones) -> None:
        """Judge by other limits from the next frame on; what the last ones looked like stays."""
        self._section, self._zones = section, zones
        if self._reference is not None:
            rows, columns = self._reference.shape
            self._mask = zones.cells(rows, columns)

    def check(self, frame: Frame) -> GateVerdict:
        """Return whether *frame* is worth detecting in; frames come in order of capture.

        Raises:
            PictureError: the frame has no pixels.
        """
        if frame.image.size == 0:
            raise PictureError(f"a frame of shape {frame.image.shape} has no pixels")
        if not self._section.enabled:
            return GateVerdict(passes=True, reason="off")
        luma = _luma(frame)
        step = max(1, round(luma.shape[1] / _ACROSS))
        samples = np.ascontiguousarray(luma[::step, ::step])
        moving = self._moved(samples, frame.captured)
        verdict = self._judge(luma, samples, moving, frame.captured)
        if verdict.passes:
            self._passed = frame.captured
        return verdict

    def forget(self) -> None:
        """Drop what the last frames looked like."""
        self._reference = self._seen = self._passed = None

    def _judge(self, luma: Pixels, samples: Pixels, moving: bool, now: Moment) -> GateVerdict:
        if np.count_nonzero(samples >= self._section.dark_level) < 0.01 * samples.size:
            return GateVerdict(passes=False, reason="dark")
        due = self._passed is None or now.since(self._passed) >= self._section.keep_alive_s
        if not moving and not due:
            return GateVerdict(passes=False, reason="still")
        if sharpness(luma) < self._section.blur_level:
            return GateVerdict(passes=False, reason="blurred")
        return GateVerdict(passes=True, reason="moving" if moving else "keep-alive")

    def _moved(self, samples: Pixels, now: Moment) -> bool:
        """Compare with the reference, and let it follow."""
        rows, columns = (max(1, round(length / _CELL)) for length in samples.shape)
        shrunk = cv2.resize(
            samples.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA
        )
        cells = np.asarray(shrunk, np.float32).reshape(rows, columns)
        reference, seen = self._reference, self._seen
        self._seen = now
        if reference is None or seen is None or reference.shape != cells.shape:
            self._reference = cells
            self._mask = self._zones.cells(rows, columns)
            return True
        change = cells - reference
        share = 1.0 - math.exp(-max(0.0, now.since(seen)) / _SETTLE_S)
        self._reference = (reference + share * change).astype(np.float32)
        if change.size >= _FEW:
            change = change - np.median(change)
        return bool((np.abs(change[self._mask]) >= self._section.motion_level).any())


def sharpness(luma: Pixels) -> float:
    """Return the variance of the Laplacian along rows, of the sharpest stretch of 64 pixels.

    The sharpest, not the whole frame's: at night a lit plate may be all that has an edge. Pictures
    too narrow to tell count as sharp.

    Args:
        luma: ``(H, W)`` uint8.
    """
    rows = luma[:: max(1, luma.shape[0] // _LINES)].astype(np.int16)
    if rows.shape[1] < 3:
        return math.inf
    bend = (2 * rows[:, 1:-1] - rows[:, :-2] - rows[:, 2:]).astype(np.float32)
    stretch = min(_STRETCH, bend.shape[1])
    kept = bend.shape[1] // stretch * stretch
    return float(np.square(bend[:, :kept]).reshape(len(rows), -1, stretch).mean(axis=2).max())


def _luma(frame: Frame) -> Pixels:
    """Return the frame's luma, or what stands for it, as a view."""
    if frame.low is not None and frame.low.size:
        return frame.low
    return frame.image if frame.image.ndim == 2 else frame.image[:, :, frame.image.shape[2] // 2]
