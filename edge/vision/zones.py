"""Where in the picture plates count: polygons in fractions of the frame."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.config.base import Polygon
from edge.config.zones import ZonesSection
from edge.records import Detection

_SAMPLES: Final = 5  # points across a cell, so that a zone smaller than the cell is still met


def inside(points: NDArray[np.float64], polygon: Polygon) -> NDArray[np.bool_]:
    """Return which of ``(N, 2)`` *points* lie in *polygon*, by the even-odd rule.

    A point on an edge may count as either.
    """
    corners = np.asarray(polygon, np.float64)
    x, y = points[:, :1], points[:, 1:]
    x1, y1 = corners[:, 0], corners[:, 1]
    x2, y2 = np.roll(x1, -1), np.roll(y1, -1)
    spans = (y1 > y) != (y2 > y)
    rise = np.where(y2 == y1, 1.0, y2 - y1)  # a level edge spans no point: its slope is not used
    crossing = x1 + (y - y1) * (x2 - x1) / rise
    counts = np.count_nonzero(spans & (x < crossing), axis=1)
    return np.asarray(counts % 2 == 1)


class _Shape:
    """One polygon with the box around it: most points lie outside of that already."""

    def __init__(self, polygon: Polygon) -> None:
        self._polygon = polygon
        xs, ys = zip(*polygon, strict=True)
        self._low, self._high = (min(xs), min(ys)), (max(xs), max(ys))

    def holds(self, x: float, y: float) -> bool:
        """Say of one point what :func:`inside` says of many, without numpy's price per call."""
        (x1, y1), (x2, y2) = self._low, self._high
        if not (x1 <= x <= x2 and y1 <= y <= y2):
            return False
        odd = False
        last_x, last_y = self._polygon[-1]
        for at_x, at_y in self._polygon:
            if (at_y > y) != (last_y > y):
                odd ^= x < last_x + (y - last_y) * (at_x - last_x) / (at_y - last_y)
            last_x, last_y = at_x, at_y
        return odd

    def over(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which of ``(N, 2)`` points lie in it."""
        held = np.all((points >= self._low) & (points <= self._high), axis=1)
        held[held] = inside(points[held], self._polygon)
        return np.asarray(held)


class Zones:
    """The polygons of interest and those to ignore."""

    def __init__(self, section: ZonesSection) -> None:
        self._corners = tuple(corner for polygon in section.interest for corner in polygon)
        self._interest = tuple(_Shape(one) for one in section.interest)
        self._ignore = tuple(_Shape(one) for one in section.ignore)

    def keeps(self, detection: Detection, width: int, height: int) -> bool:
        """Say whether the plate's centre counts, in a frame of *width* x *height* pixels."""
        x1, y1, x2, y2 = detection.box
        x, y = (x1 + x2) / 2 / width, (y1 + y2) / 2 / height
        among = not self._interest or any(one.holds(x, y) for one in self._interest)
        return among and not any(one.holds(x, y) for one in self._ignore)

    def cells(self, rows: int, columns: int) -> NDArray[np.bool_]:
        """Return ``(rows, columns)``: in which cells of a grid over the frame motion counts.

        A cell counts if any part of it does, as far as 25 points and the polygons' own corners
        show.
        """
        steps = (np.arange(_SAMPLES) + 0.5) / _SAMPLES
        y = (np.arange(rows)[:, None] + steps).ravel() / rows
        x = (np.arange(columns)[:, None] + steps).ravel() / columns
        grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        parts = self._counts(grid).reshape(rows, _SAMPLES, columns, _SAMPLES)
        mask = parts.any(axis=(1, 3))
        for px, py in self._corners:
            mask[min(int(py * rows), rows - 1), min(int(px * columns), columns - 1)] = True
        return np.asarray(mask)

    def _counts(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        counts = np.full(len(points), not self._interest)
        for one in self._interest:
            counts |= one.over(points)
        for one in self._ignore:
            counts &= ~one.over(points)
        return counts
