"""A pinhole camera over a flat road: metres to pixels."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Camera:
    """Where a camera stands and how it looks: x to the right, y up from the road, z ahead.

    Attributes:
        height_m: over the road.
        pitch: downward tilt in radians.
        yaw: turn to the right in radians.
        x_m: to the right of the road's middle.
        nearest_m: nothing nearer is drawn.
    """

    width: int
    height: int
    focal_px: float
    height_m: float
    pitch: float = 0.0
    yaw: float = 0.0
    nearest_m: float = 0.5
    x_m: float = 0.0

    @cached_property
    def _turn(self) -> NDArray[np.float64]:
        c, s = np.cos(self.pitch), np.sin(self.pitch)
        tilt = np.array([[1, 0, 0], [0, c, s], [0, -s, c]])
        c, s = np.cos(self.yaw), np.sin(self.yaw)
        return tilt @ np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])

    def project(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return pixels ``(N, 2)`` of road points ``(N, 3)``; depth is held at *nearest_m*."""
        seen = (np.asarray(points, np.float64) - (self.x_m, self.height_m, 0)) @ self._turn.T
        depth = np.maximum(seen[:, 2], self.nearest_m)
        x = self.width / 2 + self.focal_px * seen[:, 0] / depth
        y = self.height / 2 - self.focal_px * seen[:, 1] / depth
        return np.stack([x, y], axis=1)

    def project_moving(
        self, points: NDArray[np.float64], velocity: tuple[float, float], line_s: float
    ) -> NDArray[np.float64]:
        """Return pixels of points that move by *velocity* (x, z) m/s under a rolling shutter.

        Args:
            line_s: seconds between the reading of two rows; the middle row is read at time 0.
        """
        pixels = self.project(points)
        if line_s == 0.0:
            return pixels
        late = (np.clip(pixels[:, 1], 0, self.height) - self.height / 2) * line_s
        moved = points + late[:, None] * np.array([velocity[0], 0.0, velocity[1]])
        return self.project(moved)

    def depth(self, x: float, y: float, z: float) -> float:
        """Return how far ahead of the lens a point is, in metres."""
        return float(((np.array([x - self.x_m, y - self.height_m, z])) @ self._turn.T)[2])

    @property
    def horizon(self) -> float:
        """The row where the road ends."""
        return self.height / 2 - self.focal_px * np.tan(self.pitch)


def footprint(
    x: float, z: float, heading: float, across: float, along: float
) -> tuple[float, float]:
    """Return the road point *across* to the right of and *along* ahead of a vehicle's rear middle.

    Args:
        heading: of the vehicle, radians to the right of straight ahead.
    """
    c, s = np.cos(heading), np.sin(heading)
    return x + across * c + along * s, z - across * s + along * c
