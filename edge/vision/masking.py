"""Covering plates in a picture, so that nobody reads them: nothing of them is left to sharpen."""

from collections.abc import Iterable
from typing import Final

import cv2
import numpy as np

from edge.records import Pixels

GROWN: Final = 0.5  # of a plate's width and height, on each side: its corners may be a little off
_LEAST_PX: Final = 6
_GREY: Final = (70, 70, 70)


def cover(image: Pixels, boxes: Iterable[tuple[float, float, float, float]]) -> Pixels:
    """Return a copy of *image* with a solid rectangle over each box, larger than the box.

    Args:
        image: ``(H, W, 3)`` uint8, BGR, not modified.
        boxes: x1, y1, x2, y2 in pixels of *image*.
    """
    out = np.ascontiguousarray(image).copy()
    for x1, y1, x2, y2 in boxes:
        across = max(_LEAST_PX, GROWN * (x2 - x1))
        down = max(_LEAST_PX, GROWN * (y2 - y1))
        first = (int(np.floor(x1 - across)), int(np.floor(y1 - down)))
        last = (int(np.ceil(x2 + across)), int(np.ceil(y2 + down)))
        cv2.rectangle(out, first, last, _GREY, cv2.FILLED)
    return out
