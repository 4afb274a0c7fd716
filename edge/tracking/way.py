"""Which passes count by the direction line that is drawn on the picture."""

import math
from enum import StrEnum

from edge.config.zones import ZonesSection
from edge.tracking.motion import Motion

_CLEAR = 0.5  # plate widths along the line from which on the way is known


class Way(StrEnum):
    """How a pass goes by the direction line.

    ``open`` is not known yet: too short a way, or straight across.
    """

    COUNTS = "counts"
    WRONG = "wrong direction"
    OPEN = "open"


class WayRule:
    """The direction line and the sense that counts; without a sense everybody does."""

    def __init__(self, section: ZonesSection) -> None:
        self._line = section.direction
        self._sense = section.sense

    def judge(self, motion: Motion, wide: int, high: int) -> Way:
        """Return how a pass goes, in a frame of *wide* x *high* pixels.

        The way along the line decides; where it says nothing, whether the plate has grown: a car
        that comes straight at the camera hardly moves in the picture.
        """
        if self._sense == "both" or not self._line:
            return Way.COUNTS
        along = self._along(motion, wide, high)
        if abs(along) < _CLEAR:
            along = motion.growth()
        if along == 0.0:
            return Way.OPEN
        return Way.COUNTS if (along > 0.0) == (self._sense == "approach") else Way.WRONG

    def _along(self, motion: Motion, wide: int, high: int) -> float:
        """Return how far the plate went along the line, in its own widths."""
        (x1, y1), (x2, y2) = self._line
        across, down = (x2 - x1) * wide, (y2 - y1) * high
        dx, dy = motion.went()
        width = max(motion.box[2] - motion.box[0], 1.0)
        return (dx * across + dy * down) / math.hypot(across, down) / width
