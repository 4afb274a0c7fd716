"""A second look at plates that fill much of the detector's input, in a smaller picture."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.records import Detection, Pixels
from edge.vision.boxes import apart, same

_BEST_WIDTH: Final = 140.0  # pixels of the input: most plates that detectors learn from are so wide


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
    seen = [_better(one, again) if any(one is each for each in large) else one for one in found]
    seen.sort(key=lambda one: -one.score)
    kept = apart(np.array([one.box for one in seen], np.float32))  # two may have become one
    return [seen[index] for index in kept]


def _width(one: Detection) -> float:
    return one.box[2] - one.box[0]


def _enlarged(one: Detection, back: NDArray[np.float32]) -> Detection:
    x1, y1, x2, y2 = (float(value) for value in np.array(one.box) * np.tile(back, 2))
    return Detection(np.asarray(one.corners * back, np.float32), (x1, y1, x2, y2), one.score)


def _better(one: Detection, again: Sequence[Detection]) -> Detection:
    """Return *one* where the second look puts it, with the higher score; itself if unseen."""
    near = same(np.array(one.box), np.array([other.box for other in again]).reshape(-1, 4))
    seen = next((other for other, shows in zip(again, near, strict=True) if shows), one)
    return one if seen is one else replace(seen, score=max(one.score, seen.score))
