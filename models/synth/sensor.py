"""A sensor: light to grey levels by shutter and gain, with its noise, its end, and what moves."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.synth import degrade
from models.synth.paint import Image


@dataclass(frozen=True, slots=True)
class Sensor:
    """One camera.

    Attributes:
        sensitivity: electrons that light of 1 frees in a second; light of 1 is white paper in
            daylight.
        full: electrons at the end of the scale, at gain 1.
        read_noise: electrons, standard deviation.
    """

    sensitivity: float = 1.2e7
    full: float = 8000.0
    read_noise: float = 3.0

    def take(
        self,
        rng: np.random.Generator,
        light: NDArray[np.float32],
        shutter_us: float,
        gain: float,
        speed_px: tuple[float, float] = (0.0, 0.0),
    ) -> Image:
        """Return the picture of *light*, ``(H, W, 3)`` uint8 with a gamma of 2.2.

        Args:
            light: ``(H, W, 3)`` float32, linear.
            speed_px: pixels a second that all of it moves.
        """
        shutter_s = shutter_us / 1e6
        path = (speed_px[0] * shutter_s, speed_px[1] * shutter_s)
        electrons = degrade.motion_blur(light, *path) * np.float32(self.sensitivity * shutter_s)
        noise = rng.standard_normal(electrons.shape, np.float32)
        electrons += noise * np.sqrt(np.maximum(electrons, 0) + np.float32(self.read_noise**2))
        share = np.clip(electrons * np.float32(gain / self.full), 0, 1)
        return np.asarray(np.round(share ** np.float32(1 / 2.2) * 255), np.uint8)
