"""Fit a frame of any size into the detector's input, and points back out of it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import PictureError

PADDING = 114  # grey of the bars, as in YOLO's letterbox; neither plate white nor night black


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a frame lies in the input: ``input = frame * scale + (left, top)``."""

    scale: float
    left: int
    top: int
    width: int
    height: int

    def to_frame(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return *points* ``(..., 2)`` of the input in pixels of the frame; not clipped."""
        offset = np.array([self.left, self.top], np.float32)
        return ((points - offset) / np.float32(self.scale)).astype(np.float32)

    def to_input(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return *points* ``(..., 2)`` of the frame in pixels of the input."""
        offset = np.array([self.left, self.top], np.float32)
        return (points * np.float32(self.scale) + offset).astype(np.float32)


def fit(width: int, height: int, into_width: int, into_height: int) -> Letterbox:
    """Return how a *width* x *height* frame lies, centred, in the input; it is never enlarged.

    Raises:
        PictureError: the frame has no pixels.
    """
    scale = _scale(width, height, into_width, into_height)
    inner_width, inner_height = inner_size(width, height, into_width, into_height)
    left, top = (into_width - inner_width) // 2, (into_height - inner_height) // 2
    return Letterbox(scale, left, top, into_width, into_height)


def inner_size(width: int, height: int, into_width: int, into_height: int) -> tuple[int, int]:
    """Return the width and height that a frame has in the input, without the bars.

    Raises:
        PictureError: the frame has no pixels.
    """
    scale = _scale(width, height, into_width, into_height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _scale(width: int, height: int, into_width: int, into_height: int) -> float:
    if width < 1 or height < 1:
        raise PictureError(f"a frame of {width}x{height} has no pixels")
    return min(into_width / width, into_height / height, 1.0)


def letterbox(
    image: NDArray[np.uint8], into_width: int, into_height: int
) -> tuple[NDArray[np.uint8], Letterbox]:
    """Shrink *image* into the detector's input, grey bars around it.

    Args:
        image: ``(H, W, 3)`` uint8, not modified.

    Returns:
        ``(into_height, into_width, 3)`` uint8 of the same channel order, and how it lies.
    Source: area averaging when shrinking, as a sensor would bin; no enlarging, since the detector
        is trained on native-size plates.
    """
    height, width = image.shape[:2]
    how = fit(width, height, into_width, into_height)
    inner = inner_size(width, height, into_width, into_height)
    small = (
        image
        if inner == (width, height)
        else cv2.resize(image, inner, interpolation=cv2.INTER_AREA)
    )
    if inner == (into_width, into_height):
        return np.ascontiguousarray(small, np.uint8), how
    canvas = np.full((into_height, into_width, 3), PADDING, np.uint8)
    canvas[how.top : how.top + inner[1], how.left : how.left + inner[0]] = small
    return canvas, how
