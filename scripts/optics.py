"""How wide a plate is in the picture, by camera, lens and distance: ``python -m scripts.optics``.

A pinhole: what a lens of that focal length draws on a sensor of that pitch. Lenses differ from what
is printed on them by some per cent, and one that distorts differs at the edge of the picture.
"""

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LEAST_PX: Final = 100  # of a plate's width: below it no reader is sure
GOOD_PX: Final = 130
LANE_M: Final = 2.0  # less road across the picture, and a car passes beside it
LENSES_MM: Final = (6.0, 8.0, 12.0, 16.0, 25.0, 35.0)
DISTANCES_M: Final = (4, 6, 8, 10, 12, 15, 20, 25, 30)


@dataclass(frozen=True)
class Sensor:
    """A camera whose whole width is read and shrunk to the frame's.

    Attributes:
        pitch_um: from one pixel to the next.
    """

    name: str
    width: int
    pitch_um: float

    def focal_px(self, focal_mm: float, frame_width: int) -> float:
        """Return the focal length in pixels of the frame."""
        return focal_mm * 1000 / self.pitch_um * frame_width / self.width


@dataclass(frozen=True)
class Plate:
    """What has to be seen, in millimetres."""

    name: str
    wide: float
    character_high: float


SENSORS: Final = {
    "gs": Sensor("Global Shutter Camera (IMX296)", 1456, 3.45),
    "hq": Sensor("HQ Camera (IMX477)", 4056, 1.55),
    "v3": Sensor("Camera Module 3 (IMX708)", 4608, 1.4),
}
PLATES: Final = {
    "us": Plate("US, 12 x 6 in", 304.8, 63.5),
    "eu": Plate("EU, 520 x 110 mm", 520.0, 75.0),
    "uk": Plate("UK, 520 x 111 mm", 520.0, 79.0),
}


@dataclass(frozen=True)
class Mount:
    """A camera with its lens, and from which side it looks.

    Attributes:
        angle_deg: between its view and the way of the car.
        frame_width: ``source.width``.
    """

    sensor: Sensor
    focal_mm: float
    angle_deg: float = 20.0
    frame_width: int = 1280

    @property
    def _focal_px(self) -> float:
        return self.sensor.focal_px(self.focal_mm, self.frame_width)

    def plate_px(self, plate: Plate, distance_m: float) -> float:
        """Return how wide a plate is, seen from the side."""
        return self._focal_px * plate.wide / 1000 / distance_m * math.cos(self._turn)

    def character_px(self, plate: Plate, distance_m: float) -> float:
        """Return how high a character is."""
        return self._focal_px * plate.character_high / 1000 / distance_m

    def view_m(self, distance_m: float) -> float:
        """Return how much road is across the picture."""
        return self.frame_width / self._focal_px * distance_m

    def reach_m(self, plate: Plate, least_px: float = LEAST_PX) -> float:
        """Return how far away a plate is as wide as *least_px*."""
        return self.plate_px(plate, 1.0) / least_px

    @property
    def _turn(self) -> float:
        return math.radians(self.angle_deg)


def shutter_us(speed_kmh: float) -> float:
    """Return the longest exposure that leaves characters sharp: 1/(11 x km/h) s."""
    return 1e6 / (11 * speed_kmh)


def table(sensor: Sensor, plate: Plate, angle_deg: float, frame_width: int) -> str:
    """Return plate widths in pixels as Markdown: too small in brackets, good ones bold."""
    heads = ["distance", *(f"{lens:g} mm" for lens in LENSES_MM)]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for distance in DISTANCES_M:
        cells = [f"{distance} m"]
        for lens in LENSES_MM:
            mount = Mount(sensor, lens, angle_deg, frame_width)
            cells.append(_cell(mount.plate_px(plate, distance), mount.view_m(distance)))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(width_px: float, view_m: float) -> str:
    told = f"{width_px:.0f}"
    if width_px < LEAST_PX:
        return f"({told})"
    bold = f"**{told}**" if width_px >= GOOD_PX and view_m >= LANE_M else told
    return f"{bold}, {view_m:.1f} m"


def power_table(duty: float) -> str:
    """Return what a unit draws by day and at night, as Markdown.

    Args:
        duty: the share of the night in which the lamp shines: it flashes with the shutter.
    """
    rows = [
        ("Pi 4, 0.9 A: halfway from idle to all cores busy", 0.9 * 5.1, 0.9 * 5.1),
        ("camera, 250 mA", 0.25 * 5.1, 0.25 * 5.1),
        ("modem or Wi-Fi, a guess", 2.0, 2.0),
        (f"IR lamp of 15 W, {duty:.0%} of the night's time", 0.0, 15.0 * duty),
    ]
    day, night = sum(row[1] for row in rows), sum(row[2] for row in rows)
    rows.append(("together", day, night))
    rows.append(("from 12 V or PoE at 85 % efficiency", day / 0.85, night / 0.85))
    lines = ["| what | day, W | night, W |", "|---|---|---|"]
    lines += [f"| {name} | {by_day:.1f} | {at_night:.1f} |" for name, by_day, at_night in rows]
    daily = (12 * day + 12 * night) / 0.85
    lines.append(f"| a day of 12 h light and 12 h dark, Wh | {daily:.0f} | |")
    return "\n".join(lines)


def main(words: Sequence[str] | None = None) -> None:
    """Print the table that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sensor", choices=SENSORS, default="gs")
    parser.add_argument("--plate", choices=PLATES, default="us")
    parser.add_argument("--angle", type=float, default=20.0, help="degrees, seen from the side")
    parser.add_argument("--width", type=int, default=1280, help="source.width, pixels")
    parser.add_argument("--power", type=float, metavar="DUTY", help="the power budget instead")
    options = parser.parse_args(words)
    if options.power is not None:
        print(power_table(options.power))
        return
    sensor, plate = SENSORS[options.sensor], PLATES[options.plate]
    print(f"{sensor.name}, {options.width} pixels wide; {plate.name}, at {options.angle:g} degrees")
    print(table(sensor, plate, options.angle, options.width))


if __name__ == "__main__":
    main()
