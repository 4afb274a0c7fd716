"""Pictures over which the ranges of activations are measured."""

import csv
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.vision.cards import ModelCard
from edge.vision.letterbox import letterbox
from edge.vision.rectify import corners_of_box, rectify
from models.synth.crops import render_crop
from models.synth.scenes import render_scene

Picture = NDArray[np.uint8]

_TABLES = {"detector": "scenes/scenes.csv", "reader": "plates/plates.csv"}


def calibration(card: ModelCard, data: Path, many: int) -> list[Picture]:
    """Return *many* inputs of the card's model, a batch of one each.

    They are training pictures of *data*, evenly taken; rendered ones where there are none.

    Raises:
        FileNotFoundError: a picture that the table names.
    """
    table = data / _TABLES[card.task]
    photographs = _training(table) if table.exists() else []
    prepare = {"detector": _scene, "reader": _plate}[card.task]
    render = {"detector": _rendered_scene, "reader": _rendered_plate}[card.task]
    if not photographs:
        return [render(card, np.random.default_rng((29, n))) for n in range(many)]
    evenly = [photographs[n * len(photographs) // many] for n in range(many)]
    return [prepare(card, _opened(file)) for file in evenly]


def _training(table: Path) -> list[Path]:
    with table.open(newline="", encoding="utf-8") as rows:
        return [
            table.parent / row["file"] for row in csv.DictReader(rows) if row["split"] == "train"
        ]


def _opened(file: Path) -> Picture:
    image = cv2.imread(str(file))
    if image is None:
        raise FileNotFoundError(f"{file}: is no picture; fetch the data again")
    return np.asarray(image, np.uint8)


def _scene(card: ModelCard, image: Picture) -> Picture:
    _, height, width, _ = card.input.shape
    return letterbox(image, width, height)[0][None]


def _plate(card: ModelCard, image: Picture) -> Picture:
    high, wide = image.shape[:2]
    return _cut(card, image, corners_of_box((0.0, 0.0, float(wide), float(high))))


def _cut(card: ModelCard, image: Picture, corners: NDArray[np.float32]) -> Picture:
    _, height, width = card.input.shape
    return rectify(image, corners, width, height, card.margin)[None]


def _rendered_scene(card: ModelCard, rng: np.random.Generator) -> Picture:
    return _scene(card, render_scene(rng, 1280, 720, vehicles=2).image)


def _rendered_plate(card: ModelCard, rng: np.random.Generator) -> Picture:
    image, corners, _, _ = render_crop(rng)
    return _cut(card, image, corners)
