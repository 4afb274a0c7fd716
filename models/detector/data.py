"""What the detector learns from: photographs of ``../shared/data/scenes`` and rendered scenes."""

import csv
import multiprocessing
import os
import pickle
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.vision.rectify import corners_of_box

# sources that show the same thing many times are drawn less often
WEIGHTS = {"robertlucian_ro": 0.5, "telattar_eg_moto": 0.5, "oi_unknowncz": 1.3, "chirag_mit": 1.5}

NOWHERE = np.zeros((0, 4, 2), np.float32)
# what was seen in the training pictures beside their labels: file, box in fractions, and whether it
# is a plate, one whose label is too loose, none, or unsure
EXTRA = Path(__file__).parent / "extra_boxes.csv"


@dataclass(frozen=True)
class Scene:
    """A picture and the plates in it.

    Attributes:
        image: ``(H, W, 3)`` uint8 BGR.
        quads: ``(N, 4, 2)`` float32, clockwise from the top left; a box's corners where only the
            box is known.
        seen: ``(N,)`` share of each plate that is visible.
        cornered: whether *quads* are true corners and not just those of a box.
        aside: ``(M, 4, 2)`` places where nothing is learned: plates of which nobody can tell.
        bait: ``(K, 4, 2)`` things that were taken for plates, and are none.
    """

    image: NDArray[np.uint8]
    quads: NDArray[np.float32]
    seen: NDArray[np.float32]
    source: str
    cornered: bool
    file: str = ""
    aside: NDArray[np.float32] = field(default_factory=lambda: NOWHERE)
    bait: NDArray[np.float32] = field(default_factory=lambda: NOWHERE)


def real_scenes(folder: Path, split: str) -> list[Scene]:
    """Return the photographs of *split* (``train`` or ``dev``), decoded, with their boxes.

    Those of ``train`` have, beside their labels, what ``extra_boxes.csv`` says.
    """
    boxes = _boxes(folder / "boxes.csv")
    if split == "train":
        for key, more in _boxes(EXTRA).items():
            boxes[key] += more
    scenes = []
    with (folder / "scenes.csv").open(newline="") as rows:
        for row in csv.DictReader(rows):
            if row["split"] != split:
                continue
            image = cv2.imread(str(folder / row["file"]))
            if image is None:
                raise FileNotFoundError(folder / row["file"])
            picture = np.asarray(image, np.uint8)
            size = (image.shape[1], image.shape[0])
            name = row["file"]
            quads, tight, aside, bait = (
                _quads(boxes[name, kind], *size) for kind in ("plate", "loose", "unsure", "none")
            )
            quads = np.concatenate([_without(quads, tight), tight])
            scenes.append(
                Scene(
                    picture,
                    quads,
                    np.ones(len(quads), np.float32),
                    row["source"],
                    cornered=False,
                    file=name,
                    aside=aside,
                    bait=bait,
                )
            )
    return scenes


def _without(quads: NDArray[np.float32], tight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the *quads* that hold the middle of no *tight* one: those labels were too loose."""
    middles = tight.mean(1)
    held = (middles[None] > quads.min(1)[:, None]) & (middles[None] < quads.max(1)[:, None])
    return quads[~held.all(2).any(1)]


def _boxes(file: Path) -> defaultdict[tuple[str, str], list[tuple[float, ...]]]:
    """Return the boxes of each picture and kind; without a kind they are plates."""
    boxes: defaultdict[tuple[str, str], list[tuple[float, ...]]] = defaultdict(list)
    with file.open(newline="") as rows:
        for row in csv.DictReader(rows):
            corners = tuple(float(row[k]) for k in ("x0", "y0", "x1", "y1"))
            boxes[row["file"], row.get("kind", "plate")].append(corners)
    return boxes


def _quads(boxes: Iterable[tuple[float, ...]], wide: int, high: int) -> NDArray[np.float32]:
    quads = [
        corners_of_box((x0 * wide, y0 * high, x1 * wide, y1 * high)) for x0, y0, x1, y1 in boxes
    ]
    return np.array(quads, np.float32).reshape(-1, 4, 2)


def rendered_scenes(count: int, seed: int, kept: Path | None = None) -> list[Scene]:
    """Render *count* scenes on all cores, half of them close up; the same seed gives the same.

    Args:
        kept: a file that holds them from an earlier start, or will from now on.
    """
    if kept is not None and kept.exists():
        with kept.open("rb") as stored:
            found: list[Scene] = pickle.load(stored)  # noqa: S301 - our own file
            return found
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        scenes = list(pool.imap(_rendered, ((seed, n) for n in range(count)), chunksize=16))
    if kept is not None:
        kept.write_bytes(pickle.dumps(scenes, protocol=5))
    return scenes


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
