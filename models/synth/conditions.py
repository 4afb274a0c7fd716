"""Random but plausible mixtures of damage, for crops and still scenes."""

from dataclasses import dataclass

import numpy as np

from models.synth import degrade
from models.synth.paint import Image


@dataclass(frozen=True, slots=True)
class Conditions:
    """One camera at one moment: light, movement, weather and codec."""

    stops: float
    gamma: float
    tint: tuple[float, float, float]
    infrared: bool
    motion: tuple[float, float]
    defocus_px: float
    gain_db: float
    haze: float
    rain_mm: float
    coarser: float
    quality: int
    codec: str


def draw_conditions(rng: np.random.Generator, scale_px: float, lit: bool = False) -> Conditions:
    """Draw conditions under which a person may still read most plates.

    Args:
        scale_px: the width in pixels of what must stay readable; blur is drawn in its proportion.
        lit: the picture already has its own light; neither night nor infrared is added.
    """
    night = rng.random() < 0.2 and not lit
    stroke = scale_px / 45.0  # a plate's stroke is about a fortieth of its width
    length, radius = _blur(rng, stroke)
    angle = rng.normal(np.pi / 2, 0.5) if rng.random() < 0.5 else rng.uniform(0, np.pi)
    return Conditions(
        stops=float(
            np.clip(rng.normal(-0.6 if night else -0.1, 0.25 if lit else 0.35), -1.3, 0.45)
        ),
        gamma=float(np.exp(rng.normal(0, 0.2))),
        tint=tuple(np.exp(rng.normal(0, 0.2 if night else 0.06, 3))),  # type: ignore[arg-type]
        infrared=bool(not lit and rng.random() < (0.6 if night else 0.12)),
        motion=(length * np.cos(angle), length * np.sin(angle)),
        defocus_px=radius,
        gain_db=rng.uniform(10, 30) if night else abs(rng.normal(0, 11)),
        haze=float(rng.beta(1, 7)) if rng.random() < 0.12 else 0.0,
        rain_mm=rng.uniform(1, 12) if rng.random() < 0.08 else 0.0,
        coarser=_coarser(rng, scale_px) if rng.random() < 0.35 else 1.0,
        quality=int(rng.integers(18 if scale_px > 70 else 32, 92)),
        codec=("jpeg", "video", "none")[int(rng.choice(3, p=(0.4, 0.35, 0.25)))],
    )


def _blur(rng: np.random.Generator, stroke: float) -> tuple[float, float]:
    """Return a path and a disc's radius in pixels; seldom much of one, never much of both.

    At 50 km/h and 1/500 s a plate of 100 pixels moves 5 pixels if it crosses the view, under one
    if it drives away: most frames of a good exposure are sharp.
    """
    path, disc = abs(rng.normal(0, 0.5)), abs(rng.normal(0, 0.3))
    kind = rng.random()
    if kind < 0.1:
        path = rng.uniform(0.8, 2.1)
    elif kind < 0.17:
        disc = rng.uniform(0.5, 0.9)
    return stroke * path, stroke * disc


def _coarser(rng: np.random.Generator, scale_px: float) -> float:
    """Return by how much detail is lost; a plate keeps what some fifty pixels would show."""
    return float(min(1 + abs(rng.normal(0, 0.7)), max(1.0, scale_px / 52)))


def apply_conditions(rng: np.random.Generator, image: Image, met: Conditions) -> Image:
    """Return *image* as it would have been taken under these conditions."""
    image = degrade.motion_blur(image, *met.motion)
    image = degrade.defocus(image, met.defocus_px)
    if met.coarser > 1:
        image = degrade.low_resolution(image, met.coarser)
    image = degrade.tint(image, *met.tint)
    if met.haze:
        image = degrade.haze(rng, image, met.haze)
    if met.rain_mm:
        image = degrade.rain_streaks(rng, image, met.rain_mm, 1 / 60)
        if met.rain_mm > 8:
            image = degrade.lens_drops(rng, image, int(rng.integers(1, 4)), image.shape[1] * 0.04)
    image = degrade.exposure(image, met.stops, met.gamma)
    if met.gain_db > 3:
        image = degrade.noise(rng, image, met.gain_db, coarse=bool(rng.random() < 0.4))
    if met.infrared:
        image = degrade.infrared(image)
    if met.codec == "jpeg":
        return degrade.jpeg(image, met.quality)
    if met.codec == "video":
        return degrade.video_codec(image, met.quality)
    return image
