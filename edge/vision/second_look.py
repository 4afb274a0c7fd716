"""A second look at plates that fill much of the detector's input, in a smaller picture."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.records import Detection, Pixels

_BEST_WIDTH: Final = 140.0  # pixels of the input: most plates that detectors learn from are so wide
_SAME_IOU: Final = 0.3  # the first box may be a good deal too tight


def look_again(
    image: Pixels,
    found: Sequence[Detection],
    over: float,
    scale: float,
    detect: Callable[[Pixels], list[Detection]],
) -> list[Detection]:
    """Return *found*, the largest plates with the box and corners that a smaller picture gives.

    Args:
        image: the frame in which they were found, not modified.
        over: plates wider than this, in pixels of the detector's input, are looked at again; 0
            none.
        scale: of the input to the frame.
        detect: the first look, which runs once more.

    Source: plates wider than half of the input are rare in training pictures; their boxes end short
        of the right edge by an eighth. Figures in ``models/README.md``.
    """
    large = [one for one in found if 0 < over < _width(one) * scale]
    if not large:
        return list(found)
    shrink = _BEST_WIDTH / (scale * max(map(_width, large)))
    high, wide = image.shape[:2]
    size = (max(1, round(wide * scale * shrink)), max(1, round(high * scale * shrink)))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    back = np.array([wide / size[0], high / size[1]], np.float32)
    again = [_enlarged(one, back) for one in detect(small)]
    return [_better(one, again) if any(one is each for each in large) else one for one in found]


def _width(one: Detection) -> float:
    return one.box[2] - one.box[0]


def _enlarged(one: Detection, back: NDArray[np.float32]) -> Detection:
    x1, y1, x2, y2 = (float(value) for value in np.array(one.box) * np.tile(back, 2))
    return Detection(np.asarray(one.corners * back, np.float32), (x1, y1, x2, y2), one.score)


def _better(one: Detection, again: Sequence[Detection]) -> Detection:
    """Return *one* where the second look puts it, with the score of the first; itself if unseen."""
    near = (other for other in again if _overlap(one.box, other.box) >= _SAME_IOU)
    return next((replace(seen, score=one.score) for seen in near), one)


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0.0, wide) * max(0.0, high)
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return shared / max(areas - shared, 1e-6)
