"""Real and rendered crops of the same places side by side, to be looked at by a person.

    python -m models.synth.compare --real ../shared/data/plates --place us --out /tmp/sheet.png

Each place has two rows: in colour, and as the reader gets them (grey, 160x64). The left half of a
row is photographs, the right half rendered. ``--places us-ct us-ny`` shows these alone.
"""

import argparse
import csv
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from edge.vision.rectify import corners_of_box, rectify
from models.synth.crops import render_crop
from models.synth.formats import JURISDICTIONS
from models.synth.paint import Image

_SIZE: Final = (160, 64)
EAST: Final = "ct ny ma ri nj nh vt me pa fl va nc md ca tx ga".split()


def photographs(folder: Path, place: str, count: int) -> list[tuple[Image, Image]]:
    """Return up to *count* crops of *place*, in colour and grey, always the same."""
    with (folder / "plates.csv").open(newline="") as lines:
        files = [row["file"] for row in csv.DictReader(lines) if row["region"] == place]
    np.random.default_rng(7).shuffle(files)
    pairs = []
    for file in files[:count]:
        image = cv2.imread(str(folder / file))
        if image is None:
            raise FileNotFoundError(folder / file)
        high, wide = image.shape[:2]
        corners = corners_of_box((0.0, 0.0, float(wide), float(high)))
        pairs.append((cv2.resize(image, _SIZE), rectify(image, corners, *_SIZE)))
    return pairs


def rendered(place: str, seed: int, count: int) -> list[tuple[Image, Image]]:
    """Return *count* rendered crops of *place*, in colour and grey, cut at their corners."""
    pairs = []
    for number in range(count):
        image, corners, _, _ = render_crop(np.random.default_rng([seed, number]), place)
        box = np.array([[0, 0], [159, 0], [159, 63], [0, 63]], np.float32)
        matrix = cv2.getPerspectiveTransform(corners, box)
        colour = cv2.warpPerspective(image, matrix, _SIZE)
        pairs.append((colour, rectify(image, corners, *_SIZE)))
    return pairs


def rows(real: list[tuple[Image, Image]], made: list[tuple[Image, Image]], count: int) -> Image:
    """Return the two rows of one place."""
    empty = (np.zeros((64, 160, 3), np.uint8), np.zeros((64, 160), np.uint8))
    cells = [*real, *[empty] * (count - len(real)), *made]
    bar = np.full((64, 6, 3), (0, 0, 255), np.uint8)
    lines = []
    for way in (0, 1):
        line = [cell[way] for cell in cells]
        line = [one if one.ndim == 3 else cv2.cvtColor(one, cv2.COLOR_GRAY2BGR) for one in line]
        lines.append(np.hstack([*line[:count], bar, *line[count:]]))
    return np.asarray(np.vstack([*lines, np.zeros_like(lines[0][:4])]), np.uint8)


def compare(folder: Path, places: list[str], count: int, seed: int) -> Image:
    """Return the sheet of all *places*, *count* photographs and *count* rendered crops each."""
    return np.vstack(
        [
            rows(photographs(folder, place, count), rendered(place, seed, count), count)
            for place in places
        ]
    )


def main() -> None:
    """Read the command line and write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", type=Path, default=Path("../shared/data/plates"))
    parser.add_argument("--place", default="us", help="us: the states a northeastern unit sees")
    parser.add_argument("--places", nargs="+", help="jurisdictions such as us-ct")
    parser.add_argument("--count", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    inside = [one for one in JURISDICTIONS if one.split("-")[0] == given.place]
    places = given.places or ([f"us-{one}" for one in EAST] if given.place == "us" else inside)
    cv2.imwrite(str(given.out), compare(given.real, places, given.count, given.seed))


if __name__ == "__main__":
    main()
