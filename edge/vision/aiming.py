"""What to do about a camera's aim: each measure of a plate as red, amber or green, and the mend.

Pure. The limits are those that the field gives (plate 100 px at least and 130 recommended,
characters 15 to 20 px, strokes 2.7 px, shutter 1/(11 x km/h) s); softness is held against the
stroke, because a stroke that is drawn out over its own width is gone.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from edge.vision.aim import Aim

_SHUTTER_PER_KMH: Final = 11.0  # 1/(11 x km/h) s freezes a plate
_SHARP: Final = 1.5  # pixels over which a step rises in a picture that is in focus
_FEW: Final = 1.05  # a zoom by less is not worth a word


class Colour(StrEnum):
    """How good a measure is: green needs nothing, amber reads by luck, red does not read."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Finding:
    """One measure of one plate.

    Attributes:
        name: what was measured.
        value: in *unit*; None where it could not be measured, which is red.
        advice: what to do; empty when it is green.
    """

    name: str
    value: float | None
    unit: str
    colour: Colour
    advice: str = ""


def advise(aim: Aim, shutter_us: int = 0, speed_kmh: float = 0.0) -> tuple[Finding, ...]:
    """Return each measure with its colour and what to do, in the order in which to mend them.

    Args:
        shutter_us: the exposure time that is set; 0 when the camera chooses.
        speed_kmh: posted at that place; 0 for standing cars.
    """
    stroke = aim.stroke_px or 0.0
    soft, smear = _softness(aim)
    return (
        _least("plate width", aim.width_px, "px", (100, 130), _zoom),
        _least("character height", aim.character_px, "px", (15, 20), _zoom),
        _least("stroke", aim.stroke_px, "px", (2.2, 2.7), _zoom),
        _most("tilt", abs(aim.tilt_deg), "degrees", (8, 20), _turn(aim.tilt_deg)),
        _most("softness", soft, "px", (0.55 * stroke, 0.75 * stroke), "focus, or clean the lens"),
        _most("smear", smear, "px", (0.5 * stroke, stroke), _shutter(smear, stroke, shutter_us)),
        _speed(shutter_us, speed_kmh),
        _least("contrast", aim.contrast, "grey levels", (40, 80), lambda _: _LIGHT),
        _most("burnt out", aim.burnt * 100, "%", (10, 30), "expose less: shorter, or less gain"),
        _most("black", aim.dark * 100, "%", (40, 60), "expose more: gain before shutter, or light"),
    )


def worst(findings: Sequence[Finding]) -> Colour:
    """Return the colour of the whole: that of its worst measure."""
    order = list(Colour)
    return max((one.colour for one in findings), key=order.index, default=Colour.RED)


_LIGHT: Final = "more light on the plate: IR beside the lens, or turn away from the sun"


def _softness(aim: Aim) -> tuple[float | None, float | None]:
    """Return how soft a plate is beyond what is in focus, and how much more one way than the other.

    Widths of edges add up by their squares.
    """
    if aim.across_px is None or aim.down_px is None:
        return None, None
    low, high = sorted((max(aim.across_px, _SHARP), max(aim.down_px, _SHARP)))
    return math.sqrt(low**2 - _SHARP**2), math.sqrt(high**2 - low**2)


def _least(
    name: str,
    value: float | None,
    unit: str,
    limits: tuple[float, float],
    advice: Callable[[float], str],
) -> Finding:
    """Judge what must not be small: under the first of *limits* red, under the other amber.

    Args:
        advice: for the factor by which it is too small.
    """
    if value is None:
        return _unknown(name, unit)
    if value >= limits[1]:
        return Finding(name, value, unit, Colour.GREEN)
    colour = Colour.RED if value < limits[0] else Colour.AMBER
    return Finding(name, value, unit, colour, advice(limits[1] / max(value, 1.0)))


def _most(
    name: str, value: float | None, unit: str, limits: tuple[float, float], advice: str
) -> Finding:
    """Judge what must not be large: over the first of *limits* it is amber, over the other red."""
    if value is None:
        return _unknown(name, unit)
    if value <= limits[0]:
        return Finding(name, value, unit, Colour.GREEN)
    colour = Colour.AMBER if value <= limits[1] else Colour.RED
    return Finding(name, value, unit, colour, advice)


def _unknown(name: str, unit: str) -> Finding:
    return Finding(name, None, unit, Colour.RED, "no row of characters is made out")


def _zoom(factor: float) -> str:
    tenths = math.ceil(max(factor, _FEW) * 10) / 10
    return f"zoom in by {tenths:.1f}, or come that much nearer"


def _turn(tilt_deg: float) -> str:
    way = "anticlockwise" if tilt_deg < 0 else "clockwise"  # the camera goes with the plate
    return f"turn the camera {abs(tilt_deg):.0f} degrees {way}"


def _shutter(smear: float | None, stroke: float, shutter_us: int) -> str:
    if smear is None or not shutter_us or not stroke:
        return "a shorter shutter: the plate moves while it is open"
    wanted = shutter_us * 0.4 * stroke / max(smear, 0.1)  # some room below amber, which is at .5
    return f"shutter 1/{_round(1e6 / wanted)} or shorter"


def _speed(shutter_us: int, speed_kmh: float) -> Finding:
    """Judge the shutter by the speed that is posted, whatever this car did."""
    name, unit = "shutter at the posted speed", "us"
    if not speed_kmh:
        return Finding(name, float(shutter_us), unit, Colour.GREEN)
    longest = 1e6 / (_SHUTTER_PER_KMH * speed_kmh)
    advice = f"set source.shutter_us = {int(longest // 10 * 10)} or less for {speed_kmh:.0f} km/h"
    if not shutter_us:
        return Finding(name, 0.0, unit, Colour.AMBER, f"the camera chooses; {advice}")
    return _most(name, float(shutter_us), unit, (longest, 2 * longest), advice)


def _round(value: float) -> int:
    """Return a shutter's denominator rounded up to two figures, as people say them."""
    step = 10 ** max(0, math.floor(math.log10(max(value, 1))) - 1)
    return int(math.ceil(value / step) * step)
