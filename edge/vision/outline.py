"""A plate's edges in the picture, found near the corners that the detector gives.

The detector's corners are good enough to read by, and a tenth off in width: whoever measures a
plate lays its four sides onto the edges that are there first.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.vision.rectify import flatten, own_size, widen

_MARGIN: Final = 0.3  # of the plate that is looked at around it
_WIDE: Final = 200  # pixels of the plate while its sides are looked for
_FINE: Final = 4.0
_REACH: Final = (0.13, 0.2)  # of width and height: how far a side may lie from the detector's
_LIKELY: Final = (0.06, 0.1)  # and the standard deviation of that
_SLOPES: Final = np.linspace(-0.12, 0.12, 7)  # against the detector's side
_EVEN: Final = 0.15  # standard deviation of the slope
_CAP: Final = 0.25  # of the contrast: a short strong edge is no side
_END: Final = 0.1  # of a side at either end is left out, where plates are round


@dataclass(frozen=True, slots=True)
class _Side:
    """A line that runs nearly along the rows: *at* its middle, *slope* down it."""

    at: float
    slope: float
    middle: float


def snap(image: NDArray[np.uint8], corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the corners of the plate that stands nearest to *corners*.

    Args:
        image: the frame, ``(H, W, 3)`` BGR or ``(H, W)`` grey, uint8, not modified.
        corners: ``(4, 2)`` float32, clockwise from the top left, in pixels of *image*.

    Raises:
        PictureError: the corners are not finite or enclose no area.
    Source: figures in ``python -m models.measure.aim``.
    """
    grey, wide, high = _flat(image, corners)
    whole = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32) * grey.shape[::-1]
    middle = np.float32(0.5)  # of a pixel: corners count from its edge
    back = cv2.getPerspectiveTransform(
        (whole - middle).astype(np.float32), widen(corners, _MARGIN) - middle
    )
    there = cv2.perspectiveTransform((corners - middle)[None], np.linalg.inv(back))[0]
    left, top = (float(one) for one in there.min(axis=0))
    across, down = _edges(grey, slice(round(top), round(top + high)), round(left), round(wide))
    rows = (left + _END * wide, left + (1 - _END) * wide)
    upper, lower = (
        _side(down.T, there[list(ends)][:, ::-1], rows, high, 1) for ends in ((0, 1), (3, 2))
    )
    columns = (upper.at + _END * high, lower.at - _END * high)
    if columns[1] - columns[0] < high / 2:
        return corners
    first, last = (_side(across, there[list(ends)], columns, wide, 0) for ends in ((0, 3), (1, 2)))
    found = [_cross(one, other) for one, other in _corners(upper, lower, first, last)]
    quad = cv2.perspectiveTransform(np.array([found], np.float32), back)[0] + middle
    return np.asarray(quad, np.float32)


def _flat(
    image: NDArray[np.uint8], corners: NDArray[np.float32]
) -> tuple[NDArray[np.float32], float, float]:
    """Return the plate with what is around it, and its own size in that."""
    width, height = own_size(corners)
    fine = max(1.0, min(_FINE, _WIDE / width))
    wide, high = width * fine, height * fine
    size = (round(wide * (1 + 2 * _MARGIN)), round(high * (1 + 2 * _MARGIN)))
    flat = flatten(image, corners, *size, margin=_MARGIN)
    grey = flat if flat.ndim == 2 else cv2.cvtColor(flat, cv2.COLOR_BGR2GRAY)
    calm = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), max(0.5, fine / 2))
    return np.asarray(calm, np.float32), wide, high


def _edges(
    grey: NDArray[np.float32], rows: slice, left: int, wide: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return how steep it is across and down, up to what a clear edge has."""
    low, high = np.percentile(grey[rows, left : left + wide], (2, 98))
    fine = max(1.0, grey.shape[1] / (1 + 2 * _MARGIN) / _WIDE)
    most = max(float(_CAP * (high - low)) / fine, 1e-3)
    across = np.abs(cv2.Sobel(grey, cv2.CV_32F, 1, 0)) / 8
    down = np.abs(cv2.Sobel(grey, cv2.CV_32F, 0, 1)) / 8
    return np.minimum(across, most), np.minimum(down, most)


def _side(
    steep: NDArray[np.float32],
    ends: NDArray[np.float32],
    span: tuple[float, float],
    size: float,
    way: int,
) -> _Side:
    """Return the likeliest side: a line down *steep* near its *ends*, over the rows of *span*.

    Args:
        ends: ``(2, 2)``, where the detector has it, column before row.
        size: of the plate along the columns.
        way: 0 for a side to the left or right, 1 for an upper or lower one.
    """
    begin, end = max(0, round(span[0])), round(span[1])
    part = np.ascontiguousarray(steep[begin:end])
    high, wide = part.shape
    middle = begin + (high - 1) / 2
    (column, row), (other, last) = ends
    lean = float((other - column) / (last - row))
    at = float(column + lean * (middle - row))
    away = (np.arange(wide) - at) / size
    weight = np.where(np.abs(away) <= _REACH[way], np.exp(-0.5 * (away / _LIKELY[way]) ** 2), 0.0)
    best, found = 0.0, (at, lean)  # where nothing is steep, the detector's word stays
    for turned in _SLOPES:
        slope = lean + float(turned)
        turn = np.array([[1, -slope, slope * (high - 1) / 2], [0, 1, 0]], np.float32)
        line = cv2.warpAffine(part, turn, (wide, high)).mean(axis=0) * weight
        line *= np.exp(-0.5 * (turned / _EVEN) ** 2)
        place = int(line.argmax())
        if line[place] > best:
            best, found = float(line[place]), (_peak(line, place), slope)
    return _Side(*found, middle)


def _peak(line: NDArray[np.float64], place: int) -> float:
    """Return where between columns *line* is highest, by a parabola."""
    if not 0 < place < len(line) - 1:
        return float(place)
    before, here, after = line[place - 1 : place + 2]
    bend = before - 2 * here + after
    return float(place + np.clip(0.5 * (before - after) / bend, -0.5, 0.5)) if bend < 0 else place


def _corners(
    upper: _Side, lower: _Side, first: _Side, last: _Side
) -> tuple[tuple[_Side, _Side], ...]:
    return (upper, first), (upper, last), (lower, last), (lower, first)


def _cross(along: _Side, down: _Side) -> tuple[float, float]:
    """Return where an upper or lower side meets one of the others."""
    start = along.at - along.slope * along.middle - down.middle
    x = (down.at + down.slope * start) / (1 - down.slope * along.slope)
    return x, along.at + along.slope * (x - along.middle)
