"""From a plate's four corners to the reader's flat grey picture of it."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import PictureError

LARGEST: Final = 2048  # a plate with more pixels across is averaged down before anything else


def corners_of_box(box: tuple[float, float, float, float]) -> NDArray[np.float32]:
    """Return a box's corners, ``(4, 2)`` float32, clockwise from the top left."""
    x1, y1, x2, y2 = box
    return np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]], np.float32)


def widen(corners: NDArray[np.float32], margin: float) -> NDArray[np.float32]:
    """Return the quadrilateral grown on all sides by *margin* of its own width and height."""
    top_left, top_right, bottom_right, bottom_left = corners.astype(np.float64)
    grown = np.array(
        [
            top_left + margin * ((top_left - top_right) + (top_left - bottom_left)),
            top_right + margin * ((top_right - top_left) + (top_right - bottom_right)),
            bottom_right + margin * ((bottom_right - bottom_left) + (bottom_right - top_right)),
            bottom_left + margin * ((bottom_left - bottom_right) + (bottom_left - top_left)),
        ]
    )
    return grown.astype(np.float32)


def rectify(
    image: NDArray[np.uint8],
    corners: NDArray[np.float32],
    width: int,
    height: int,
    margin: float = 0.0,
) -> NDArray[np.uint8]:
    """Cut a plate out of a frame and flatten it.

    Args:
        image: ``(H, W, 3)`` BGR or ``(H, W)`` grey, uint8, not modified.
        corners: ``(4, 2)`` float32 in pixels of *image*; may lie outside of it.
        width, height: of the result.
        margin: grows the quadrilateral first, see :func:`widen`.

    Returns:
        ``(height, width)`` uint8 grey, the plate stretched to fill it. What lies outside the frame
        repeats the frame's edge.

    Raises:
        PictureError: the corners are not finite or enclose no area.
    Source: the part of the frame around the plate is averaged down before the warp where the
        plate is larger than the result, so that fine strokes do not alias.
    """
    quad = _grown(corners, margin)
    patch, quad = _around(image, quad)
    grey = patch if patch.ndim == 2 else cv2.cvtColor(patch, cv2.COLOR_BGR2GRAY)
    return _warped(np.asarray(grey, np.uint8), quad, width, height)


def flatten(
    image: NDArray[np.uint8],
    corners: NDArray[np.float32],
    width: int,
    height: int,
    margin: float = 0.0,
) -> NDArray[np.uint8]:
    """Return what :func:`rectify` does, with the channels that *image* has."""
    quad = _grown(corners, margin)
    return _warped(*_around(image, quad), width, height)


def own_size(corners: NDArray[np.float32], margin: float = 0.0) -> tuple[int, int]:
    """Return a plate's width and height in pixels of its frame, from 1 to ``LARGEST``.

    Raises:
        PictureError: the corners are not finite or enclose no area.
    """
    quad = _grown(corners, margin)
    sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    width, height = np.clip([(sides[0] + sides[2]) / 2, (sides[1] + sides[3]) / 2], 1, LARGEST)
    return round(float(width)), round(float(height))


def _warped(
    patch: NDArray[np.uint8], quad: NDArray[np.float32], width: int, height: int
) -> NDArray[np.uint8]:
    """Return the part of *patch* inside *quad*, stretched to the size."""
    patch, quad = _shrink(patch, quad, width, height)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform(quad - np.float32(0.5), target)
    flat = cv2.warpPerspective(
        patch, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(flat, np.uint8)


def _grown(corners: NDArray[np.float32], margin: float) -> NDArray[np.float32]:
    if not np.isfinite(corners).all():
        raise PictureError("a plate's corners are not finite numbers")
    quad = widen(corners, margin)
    if abs(cv2.contourArea(quad)) < 1.0:
        raise PictureError("a plate's corners enclose less than one pixel")
    return quad


def _around(
    image: NDArray[np.uint8], quad: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return the part of *image* that *quad* needs, and *quad* in its pixels."""
    high, wide = image.shape[:2]
    low = np.clip(np.floor(quad.min(axis=0)) - 2, 0, [wide - 1, high - 1]).astype(int)
    top = np.clip(np.ceil(quad.max(axis=0)) + 2, low + 1, [wide, high]).astype(int)
    return image[low[1] : top[1], low[0] : top[0]], quad - low.astype(np.float32)


def _shrink(
    patch: NDArray[np.uint8], quad: NDArray[np.float32], width: int, height: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Average *patch* down so that the plate is not more than about the size of the result."""
    across = max(np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[3])) / width
    down = max(np.linalg.norm(quad[3] - quad[0]), np.linalg.norm(quad[2] - quad[1])) / height
    shrink = float(min(across, down))
    if shrink <= 1.2:
        return patch, quad
    high, wide = patch.shape[:2]
    size = (max(1, round(wide / shrink)), max(1, round(high / shrink)))
    small = cv2.resize(patch, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), quad * np.array(
        [size[0] / wide, size[1] / high], np.float32
    )
