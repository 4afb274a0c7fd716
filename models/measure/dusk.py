"""``python -m models.measure.dusk``: plates read over a dusk, by how the exposure is steered.

Cars drive away from a camera with a lamp beside its lens while daylight falls by five decades. The
sky is bright for long after the plates are in the shade, and headlights come on. Three ways to
expose: fixed as set at noon, metering the scene as cameras do, and metering plates. The sensor is
modelled (``models.synth.sensor``), the reader and the metering are those that are shipped.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from edge.clock import Moment
from edge.config import load
from edge.plates import alphabet
from edge.records import Pixels
from edge.sources.exposure import Exposure
from edge.sources.metering import Light, Limits, PlateMeter, plate_light, scene_light
from edge.vision.cards import load_card
from edge.vision.reader import Reader
from edge.vision.session import Session
from models.synth.crops import paste
from models.synth.plates import RenderedPlate, render_plate
from models.synth.sensor import Sensor

_STEP_S: Final = 0.5  # how often the exposure is looked at
_DECADES: Final = 5.0
_LAMP: Final = 0.02  # what the lamp adds to a plate's light; white paper at noon is 1
_WIDE: Final = 120  # pixels of a plate
_SPEED_PX: Final = (25.0, 190.0)  # a second: 50 km/h, driving away
_DAY: Final = Limits(1000, 4.0)
_NIGHT: Final = Limits(1500, 16.0)

Steer = Callable[[Light, Light | None, Moment], Exposure]


@dataclass(frozen=True, slots=True)
class Seen:
    """One car at one time of the dusk: was its plate read right, and how was it exposed."""

    minute: float
    right: bool
    level: float
    exposure: Exposure


def ambient(share: float) -> float:
    """Return the daylight on the road at *share* of the dusk, 0..1; 1 at its beginning."""
    return float(10 ** (-_DECADES * share))


def street(rng: np.random.Generator, day: float) -> NDArray[np.float32]:
    """Return the light of a small view of the street: sky, road, and headlights in the dark."""
    view = np.full((72, 128), 0.16 * day, np.float32)
    view[:26] = 0.9 * day + 0.02 * day**0.5  # the sky fades more slowly than what it lights
    if day < 0.02 and rng.random() < 0.3:  # a car comes the other way
        x, y = int(rng.integers(10, 118)), int(rng.integers(28, 44))
        view[y - 3 : y + 3, x - 5 : x + 5] += 1.5
    return view


def car(plate: RenderedPlate, day: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the light of a car's rear around its plate, and the plate's corners."""
    high = round(_WIDE * plate.image.shape[0] / plate.image.shape[1])
    size = (_WIDE * 2, high * 3)
    left, top = _WIDE / 2, float(high)
    corners = np.array(
        [[left, top], [left + _WIDE, top + 3], [left + _WIDE, top + high + 3], [left, top + high]],
        np.float32,
    )
    paint = np.full((size[1], size[0], 3), 70, np.uint8)
    paste(paint, plate.image, corners)
    inside = np.zeros(paint.shape[:2], np.uint8)
    cv2.fillConvexPoly(inside, np.round(corners).astype(np.int32), 255)
    reflects = (paint.astype(np.float32) / 255) ** 2.2
    lit = 0.55 * day + np.where(inside[:, :, None] > 0, _LAMP, _LAMP / 60)  # in the car's shade
    return np.asarray(reflects * lit, np.float32), corners


def steer_fixed(_scene: Light, _plate: Light | None, _at: Moment) -> Exposure:
    """Return what was set at noon."""
    return Exposure(600, 1.0)


class SceneMeter:
    """What cameras do: the mean of the frame is brought to a middle grey, shutter before gain."""

    def __init__(self) -> None:
        self._now = Exposure(1000, 1.0)

    def __call__(self, scene: Light, _plate: Light | None, _at: Moment) -> Exposure:
        """Return the next exposure."""
        factor = min(max(0.18 / max(scene.level, 1e-4), 0.5), 2.0)
        strength = self._now.shutter_us * self._now.gain * factor
        shutter = min(max(strength, 30.0), 33_000.0)
        self._now = Exposure(round(shutter), min(max(strength / shutter, 1.0), 16.0))
        return self._now


class PlateSteer:
    """The metering of the product."""

    def __init__(self) -> None:
        self._meter = PlateMeter(_DAY, _NIGHT)

    def __call__(self, scene: Light, plate: Light | None, at: Moment) -> Exposure:
        """Return the next exposure."""
        self._meter.see_scene(scene, at)
        if plate is not None:
            self._meter.see_plate(plate, at)
        return self._meter.exposure(at)


def dusk(
    steer: Steer, reader: Reader, margin: float, minutes: float, every_s: float, seed: int
) -> Sequence[Seen]:
    """Return what is read of the cars of one dusk."""
    rng = np.random.default_rng(seed)
    sensor, exposure, seen = Sensor(), Exposure(600, 1.0), []
    for step in range(round(minutes * 60 / _STEP_S)):
        time_s = step * _STEP_S
        day = ambient(time_s / (minutes * 60))
        at = Moment(monotonic_ns=round(time_s * 1e9), utc_ns=round(time_s * 1e9))
        view = street(rng, day)[:, :, None]
        luma = sensor.take(rng, view, exposure.shutter_us, exposure.gain)[:, :, 0]
        plate = None
        if step % round(every_s / _STEP_S) == 0:
            drawn = render_plate(rng, "us-ct", clean=True)
            light, corners = car(drawn, day)
            picture = sensor.take(rng, light, exposure.shutter_us, exposure.gain, _SPEED_PX)
            plate = _crop_light(picture, corners)
            right = _read(reader, picture, corners, margin) == drawn.text
            seen.append(Seen(time_s / 60, right, plate.level, exposure))
            # a plate that was not read is not known to be one
            plate = plate if right else None
        exposure = steer(scene_light(luma), plate, at)
    return seen


def _crop_light(picture: Pixels, corners: NDArray[np.float32]) -> Light:
    low, high = corners.min(0).astype(int), corners.max(0).astype(int)
    return plate_light(picture[low[1] : high[1], low[0] : high[0]])


def _read(reader: Reader, picture: Pixels, corners: NDArray[np.float32], margin: float) -> str:
    return alphabet.decode(reader.read([reader.cut(picture, corners, margin)]).slots[0])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--minutes", type=float, default=45.0)
    parser.add_argument("--every", type=float, default=10.0, help="seconds between cars")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plot", type=Path, metavar="SVG")
    got = parser.parse_args()
    settings = load([]).settings
    reader = Reader(Session(load_card(settings.reader.card), settings.reader.threads))
    reader.start()
    ways: dict[str, Steer] = {
        "fixed at noon": steer_fixed,
        "scene": SceneMeter(),
        "plate": PlateSteer(),
    }
    found = {
        name: dusk(steer, reader, settings.reader.margin, got.minutes, got.every, got.seed)
        for name, steer in ways.items()
    }
    _show(found, got.minutes)
    if got.plot:
        _plot(got.plot, found, got.minutes)


def _show(found: dict[str, Sequence[Seen]], minutes: float) -> None:
    parts = 5
    table = Table(
        "exposure",
        *(f"{ambient((n + 0.5) / parts):.0e} of noon" for n in range(parts)),
        "all",
        title="share of plates read right",
    )
    for name, seen in found.items():
        cells = []
        for part in range(parts):
            own = [one.right for one in seen if int(one.minute / minutes * parts) == part]
            cells.append(f"{np.mean(own):.3f}")
        table.add_row(name, *cells, f"{np.mean([one.right for one in seen]):.3f}")
    Console(width=110).print(table)


def _plot(file: Path, found: dict[str, Sequence[Seen]], minutes: float) -> None:
    """Draw how bright the plates came out over the dusk; those that were not read are crosses."""
    wide, high, left = 720, 150, 40
    parts = []
    for number, (name, seen) in enumerate(found.items()):
        top = 30 + number * (high + 40)
        parts.append(f'<text x="{left}" y="{top - 8}" font-size="14">{name}</text>')
        parts.append(
            f'<rect x="{left}" y="{top}" width="{wide}" height="{high}" fill="none" stroke="#ccc"/>'
        )
        for one in seen:
            x = left + one.minute / minutes * wide
            y = top + high - min(one.level ** (1 / 2.2), 1.0) * high
            parts.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="#1f5fa8"/>'
                if one.right
                else f'<path d="M{x - 4:.1f} {y - 4:.1f}l8 8m0-8l-8 8" stroke="#c2571a"/>'
            )
    size = f"{left + wide + 20} {30 + len(found) * (high + 40)}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" font-family="sans-serif">'
    file.write_text("\n".join((head, *parts, "</svg>", "")), "utf-8")


if __name__ == "__main__":
    main()
