"""A picture under another light and camera: gains, gammas, greys and noise."""

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth.degrade import noise

Image = NDArray[np.uint8]
RAMP = np.arange(256, dtype=np.float32) / 255


def relit(rng: np.random.Generator, image: Image) -> Image:
    """Return *image* as another camera, at another hour, would have taken it.

    Source: one table look-up, one pass over the pixels for grey, one for noise; the same on floats,
    where the network runs, took longer than the network itself.
    """
    if rng.random() < 0.75:
        image = np.asarray(cv2.LUT(image, _table(rng, image)), np.uint8)
    if rng.random() < 0.22:
        image = _grey(rng, image)
    if rng.random() < 0.3:
        image = noise(rng, image, float(rng.uniform(0, 36)), coarse=bool(rng.random() < 0.4))
    return image


def _table(rng: np.random.Generator, image: Image) -> Image:
    """Return ``(1, 256, 3)``: what each level of each channel becomes."""
    gamma = np.exp(rng.normal(0, 0.4)) if rng.random() < 0.5 else 1.0
    gain = np.exp(rng.normal(0, 0.22) + rng.normal(0, 0.08, 3))
    if rng.random() < 0.05:
        gain = gain * np.exp(rng.normal(0, 0.3, 3))
    if rng.random() < 0.16 and image[::8, ::8].mean() > 70:  # night
        gain = gain * rng.uniform(0.15, 0.6)
    table = 255 * RAMP[:, None] ** gamma * gain + rng.normal(0, 12)
    return np.clip(table, 0, 255).astype(np.uint8)[None]


def _grey(rng: np.random.Generator, image: Image) -> Image:
    """Return *image* as a grey camera takes it, or an infrared one that likes red."""
    usual = np.array([0.114, 0.587, 0.299])
    other = np.exp(rng.normal(0, 1.5, 3))
    share = usual if rng.random() < 0.6 else other / other.sum()
    grey = cv2.transform(image, share[None].astype(np.float32))
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
