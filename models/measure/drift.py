"""False alarms of the drift watch over a simulated fortnight, and how soon true ones are told.

    python -m models.measure.drift [--days 14] [--seed 1]

The street, its lights and its traffic are the renderer's; each day has its own weather: clear,
overcast, hours of rain, hours of haze, a mast that sways by a pixel. Nothing is wrong with the
camera until the fortnight is over; then each fault is tried on its own.
"""

import argparse
import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import cv2
import numpy as np

from edge.vision.drift import Look, compare, look, view
from edge.vision.drifting import Drift, Drifting
from models.synth import degrade
from models.synth.clips import ClipSpec, Pass, render_clip
from models.synth.paint import Image

_VIEWS: Final = 4  # an hour
_LOOKS: Final = 9
BANK: Final = 14  # frames by light, each with other traffic
_PASSES: Final = tuple(
    Pass(f"c{n}", f"AB123{n:02}", "us-ct", 0.7 * n, 45.0, n % 2) for n in range(20)
)
_STREET: Final = ClipSpec(seed=5, width=640, height=360, fps=1.0, lanes=2, passes=_PASSES)
HOURS: Final = ["night"] * 6 + ["dusk"] + ["day"] * 10 + ["dusk"] * 2 + ["night"] * 5
_SUNLESS: Final = {"day": "overcast", "dusk": "dusk", "night": "night", "overcast": "overcast"}

Bank = dict[str, list[Image]]
Spoil = Callable[[Image], Image]


def bank_of(spec: ClipSpec) -> Bank:
    """Return frames by light."""
    lights = ("day", "overcast", "dusk", "night")
    return {
        light: [one.image for one in render_clip(replace(spec, light=light, seconds=float(BANK)))]
        for light in lights
    }


def weather(rng: np.random.Generator, day: int) -> tuple[bool, range, range]:
    """Return whether a day is overcast, and its hours of rain and of haze."""
    if day == 0:
        return False, range(0), range(0)
    begin, fog = int(rng.integers(0, 20)), int(rng.integers(3, 8))
    rain = range(begin, begin + int(rng.integers(1, 6))) if rng.random() < 0.4 else range(0)
    haze = range(fog, fog + 3) if rng.random() < 0.3 else range(0)
    return bool(rng.random() < 0.5), rain, haze


def seen(
    rng: np.random.Generator, bank: Bank, light: str, rain_mm: float, haze: float, spoil: Spoil
) -> Look:
    """Return one view: looks at other traffic, light and sway."""
    looks = []
    stops = rng.normal(0, 0.2)
    for _ in range(_LOOKS):
        image = spoil(bank[light][int(rng.integers(BANK))])
        sway = np.array([[1, 0, rng.normal(0, 0.5)], [0, 1, rng.normal(0, 0.5)]], np.float32)
        size = (image.shape[1], image.shape[0])
        image = cv2.warpAffine(image, sway, size, borderMode=cv2.BORDER_REPLICATE)
        image = degrade.exposure(image, float(stops + rng.normal(0, 0.05)))
        if rain_mm:
            image = degrade.rain_streaks(rng, image, rain_mm, 1 / 500)
        if haze:
            image = degrade.haze(rng, image, haze)
        looks.append(look(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)))
    return view(looks)


def fortnight(days: int, seed: int) -> tuple[Drifting, dict[int, Look], list[tuple[int, Drift]]]:
    """Return the state after *days* without a fault, the day of commissioning, false alarms."""
    rng, bank = np.random.default_rng(seed), bank_of(_STREET)
    drifting, known = Drifting(), dict[int, Look]()
    false: list[tuple[int, Drift]] = []
    for day in range(days + 1):
        sunless, rain, haze = weather(rng, day)
        for hour, light in enumerate(HOURS):
            shown = _SUNLESS[light] if sunless else light
            amount = float(rng.uniform(0.2, 0.5)) if hour in haze else 0.0
            for _ in range(_VIEWS if day else 1):
                one = seen(rng, bank, shown, 8.0 * (hour in rain), amount, lambda image: image)
                if day == 0:
                    known[hour] = one
                    continue
                told = drifting.take(compare(one, known[hour], known))
                false += [(day * 24 + hour, each) for each in told if not each.over]
    return drifting, known, false


def turned(degrees: float, image: Image) -> Image:
    """Return the picture of a camera that was rolled."""
    high, wide = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), degrees, 1.0)
    return cv2.warpAffine(image, matrix, (wide, high), borderMode=cv2.BORDER_REPLICATE)


def faults() -> dict[str, tuple[ClipSpec, Spoil]]:
    """Return what is done to the camera, by name."""

    def pan(degrees: float) -> ClipSpec:
        return replace(_STREET, yaw=_STREET.yaw + float(np.radians(degrees)))

    drops = partial(np.random.default_rng, 9)
    return {
        "panned by 1 degree": (pan(1.0), lambda image: image),
        "panned by 3 degrees": (pan(3.0), lambda image: image),
        "rolled by 1.5 degrees": (_STREET, partial(turned, 1.5)),
        "defocused by 1 px": (_STREET, lambda image: degrade.defocus(image, 1.0)),
        "defocused by 2 px": (_STREET, lambda image: degrade.defocus(image, 2.0)),
        "40 drops on the window": (
            _STREET,
            lambda image: degrade.lens_drops(drops(), image, 40, 35),
        ),
        "two stops darker": (_STREET, lambda image: degrade.exposure(image, -2.0)),
    }


def found(
    drifting: Drifting, known: dict[int, Look], fault: tuple[ClipSpec, Spoil], seed: int
) -> dict[str, float]:
    """Return by word after how many hours it was told, of the 24 after a fault at midnight."""
    rng, bank, state = np.random.default_rng(seed), bank_of(fault[0]), copy.deepcopy(drifting)
    told: dict[str, float] = {}
    for number in range(24 * _VIEWS):
        hour = number // _VIEWS
        one = seen(rng, bank, HOURS[hour], 0.0, 0.0, fault[1])
        for each in state.take(compare(one, known[hour], known)):
            told.setdefault(each.what, (number + 1) / _VIEWS)
    return told


def main(words: Sequence[str] | None = None) -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(words)
    drifting, known, false = fortnight(options.days, options.seed)
    views = options.days * 24 * _VIEWS
    print(f"{views} views of {options.days} days without a fault: {len(false)} false alarms")
    for hour, one in false:
        print(f"  day {hour // 24}, {hour % 24} h: {one.what}, {one.measure}")
    for name, fault in faults().items():
        told = found(drifting, known, fault, options.seed)
        after = ", ".join(f"{what} after {hours:g} h" for what, hours in told.items())
        print(f"{name}: {after or 'NOT FOUND within a day'}")


if __name__ == "__main__":
    main()
