"""Times of day: how bright the street, the vehicles, their lamps and their plates are."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.synth.paint import Colour


@dataclass(frozen=True, slots=True)
class Light:
    """One kind of light.

    Attributes:
        street: gain of everything that isn't a vehicle; *body* of vehicles; *plate* of plates,
            which send headlights back; *lamp* is the strength of the glow of rear lamps.
        sky: colours from top to horizon.
    """

    name: str
    street: float
    body: float
    plate: float
    lamp: float
    sky: tuple[Colour, Colour]
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    infrared: bool = False
    gain_db: float = 4.0


_DAY: Final = ((225, 180, 140), (240, 232, 225))
_CLOUDS: Final = ((200, 195, 190), (215, 212, 208))
_DUSK: Final = ((120, 70, 60), (110, 140, 215))
_NIGHT: Final = ((28, 18, 14), (40, 34, 40))
_BLACK: Final = ((10, 10, 10), (18, 18, 18))

LIGHTS: Final[dict[str, Light]] = {
    "day": Light("day", 1.0, 1.0, 1.0, 0.0, _DAY),
    "overcast": Light("overcast", 0.82, 0.85, 0.9, 0.0, _CLOUDS, gain_db=7),
    "dusk": Light("dusk", 0.45, 0.5, 0.75, 0.55, _DUSK, (1.12, 0.97, 1.0), gain_db=14),
    "night": Light("night", 0.2, 0.22, 0.75, 1.0, _NIGHT, (0.8, 0.98, 1.15), gain_db=22),
    "infrared": Light("infrared", 0.12, 0.16, 0.95, 0.8, _BLACK, infrared=True, gain_db=20),
}


def choose_light(rng: np.random.Generator) -> Light:
    """Draw a light: half of them daylight."""
    names = ("day", "overcast", "dusk", "night", "infrared")
    return LIGHTS[str(rng.choice(names, p=(0.38, 0.2, 0.14, 0.14, 0.14)))]
