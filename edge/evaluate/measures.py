"""What was measured of a plate that may explain how it was read, and the ranges of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.evaluate.figures import Figure, Labels, of_group
from edge.evaluate.marks import Mark
from edge.records import Pixels


@dataclass(frozen=True, slots=True)
class Scale:
    """A measure and where its ranges begin; the last one has no end.

    Attributes:
        name: as in :attr:`edge.evaluate.marks.Mark.measures`.
    """

    name: str
    unit: str
    edges: tuple[int, ...]

    def range_of(self, value: float) -> int:
        """Return which range holds *value*."""
        return max(0, int(np.searchsorted(self.edges, value, side="right")) - 1)

    def label(self, index: int) -> str:
        """Return a range in words: ``60 to 80 px``."""
        low, unit = self.edges[index], self.unit and f" {self.unit}"
        if index + 1 == len(self.edges):
            return f"{low}{unit} and more"
        if index == 0:
            return f"under {self.edges[1]}{unit}"
        return f"{low} to {self.edges[index + 1]}{unit}"


SCALES: Final = (
    Scale("width", "px", (0, 40, 60, 80, 100, 130, 160, 250)),
    Scale("tilt", "°", (0, 2, 5, 10, 20)),
    Scale("lean", "°", (0, 5, 10, 20, 30)),
    Scale("light", "", (0, 50, 80, 110, 140, 170, 200)),
    Scale("contrast", "", (0, 40, 70, 100, 130, 160, 190)),
)


def by_scales(
    part: str, name: str, marks: Sequence[Mark], labels: Labels = "stored"
) -> list[Figure]:
    """Return the share that is right in each range of each scale that the marks have."""
    found = []
    for scale in SCALES:
        ranges: dict[int, list[Mark]] = {}
        for mark in marks:
            if scale.name in mark.measures:
                ranges.setdefault(scale.range_of(mark.measures[scale.name]), []).append(mark)
        found += [
            of_group(part, name, some, labels, scale.name, scale.label(index))
            for index, some in sorted(ranges.items())
        ]
    return found


def light(image: Pixels) -> dict[str, float]:
    """Return mean grey and contrast, from the darkest to the brightest twentieth, 0..255."""
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    dark, bright = np.percentile(grey, [5, 95])
    return {"light": float(np.mean(grey)), "contrast": float(bright - dark)}


def light_in(image: Pixels, box: Sequence[float]) -> dict[str, float]:
    """Return :func:`light` of the part of *image* in *box*, at least one pixel of it."""
    high, wide = image.shape[:2]
    left, top = (int(np.clip(v, 0, m - 1)) for v, m in ((box[0], wide), (box[1], high)))
    right = int(np.clip(math.ceil(box[2]), left + 1, wide))
    bottom = int(np.clip(math.ceil(box[3]), top + 1, high))
    return light(image[top:bottom, left:right])


def slant(corners: NDArray[np.float32]) -> dict[str, float]:
    """Return how a plate hangs, in degrees without sign.

    ``tilt`` is that of its upper and lower edges against the picture's; ``lean`` is how far its
    sides are from standing upright on them, as of a plate seen from the side.
    """
    top_left, top_right, bottom_right, bottom_left = corners.astype(np.float64)
    along = (top_right - top_left) + (bottom_right - bottom_left)
    down = (bottom_left - top_left) + (bottom_right - top_right)
    tilt = math.degrees(math.atan2(along[1], along[0]))
    upright = math.degrees(math.atan2(down[1], down[0])) - tilt
    return {"tilt": abs(tilt), "lean": abs(90.0 - abs((upright + 180) % 360 - 180))}
