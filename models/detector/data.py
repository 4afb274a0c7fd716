"""What the detector learns from: photographs of ``../shared/data/scenes`` and rendered scenes."""

import csv
import multiprocessing
import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.vision.rectify import corners_of_box

# sources that show the same thing many times are drawn less often
WEIGHTS = {"robertlucian_ro": 0.5, "telattar_eg_moto": 0.5, "oi_unknowncz": 1.3, "chirag_mit": 1.5}


@dataclass(frozen=True)
class Scene:
    """A picture and the plates in it.

    Attributes:
        image: ``(H, W, 3)`` uint8 BGR.
        quads: ``(N, 4, 2)`` float32, clockwise from the top left; a box's corners where only the
            box is known.
        seen: ``(N,)`` share of each plate that is visible.
        cornered: whether *quads* are true corners and not just those of a box.
    """

    image: NDArray[np.uint8]
    quads: NDArray[np.float32]
    seen: NDArray[np.float32]
    source: str
    cornered: bool
    file: str = ""


def real_scenes(folder: Path, split: str) -> list[Scene]:
    """Return the photographs of *split* (``train`` or ``dev``), decoded, with their boxes."""
    boxes: defaultdict[str, list[tuple[float, ...]]] = defaultdict(list)
    with (folder / "boxes.csv").open(newline="") as rows:
        for row in csv.DictReader(rows):
            boxes[row["file"]].append(tuple(float(row[k]) for k in ("x0", "y0", "x1", "y1")))
    scenes = []
    with (folder / "scenes.csv").open(newline="") as rows:
        for row in csv.DictReader(rows):
            if row["split"] != split:
                continue
            image = cv2.imread(str(folder / row["file"]))
            if image is None:
                raise FileNotFoundError(folder / row["file"])
            quads = _quads(boxes[row["file"]], image.shape[1], image.shape[0])
            seen = np.ones(len(quads), np.float32)
            picture = np.asarray(image, np.uint8)
            scenes.append(
                Scene(picture, quads, seen, row["source"], cornered=False, file=row["file"])
            )
    return scenes


def _quads(boxes: Iterable[tuple[float, ...]], wide: int, high: int) -> NDArray[np.float32]:
    quads = [
        corners_of_box((x0 * wide, y0 * high, x1 * wide, y1 * high)) for x0, y0, x1, y1 in boxes
    ]
    return np.array(quads, np.float32).reshape(-1, 4, 2)


def rendered_scenes(count: int, seed: int) -> list[Scene]:
    """Render *count* scenes on all cores, half of them close up; the same seed gives the same."""
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        return list(pool.imap(_rendered, ((seed, n) for n in range(count)), chunksize=16))


def _rendered(task: tuple[int, int]) -> Scene:
    from models.synth.crops import render_crop  # noqa: PLC0415 - only where scenes are rendered
    from models.synth.scenes import render_scene  # noqa: PLC0415

    cv2.setNumThreads(1)
    rng = np.random.default_rng(task)
    if task[1] % 2:  # close up: plates as wide as the picture
        image, corners, _, _ = render_crop(rng)
        ones = np.ones(1, np.float32)
        return Scene(image, corners[None], ones, "rendered", cornered=True)
    scene = render_scene(rng)
    quads = np.array([plate.corners for plate in scene.plates], np.float32).reshape(-1, 4, 2)
    seen = np.array([plate.visible for plate in scene.plates], np.float32)
    return Scene(scene.image, quads, seen, "rendered", cornered=True)


def weights(scenes: list[Scene]) -> NDArray[np.float64]:
    """Return how likely each scene is to be drawn; they sum to 1."""
    each = np.array([WEIGHTS.get(scene.source, 1.0) for scene in scenes])
    return each / each.sum()
