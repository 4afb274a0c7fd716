"""Rendered plates on the fly: close-ups, cut as the line cuts them, in a process or two."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.vision.doubt import SHIFTS
from edge.vision.rectify import corners_of_box, rectify
from models.synth.crops import render_crop

_CHUNK: Final = 100
_CORNER_ERROR: Final = 0.012  # of the plate's width: about what the detector's corners are off


@dataclass(frozen=True, slots=True)
class Cut:
    """How a plate is cut out.

    Attributes:
        margin: around it, a fraction of its size.
        dx, dy: shift, in pixels of the reader's input.
        box: by the upright box about the corners instead of the corners themselves.
    """

    margin: float = 0.04
    dx: float = 0.0
    dy: float = 0.0
    box: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Rendered:
    """A rendered plate: text, place, width in pixels, and its views, ``(cuts, H, W)`` uint8."""

    text: str
    jurisdiction: str
    width: float
    views: NDArray[np.uint8]


def further_cuts(margin: float) -> tuple[Cut, Cut]:
    """Return the crops from which the product looks again, in pixels of a reader of 160x64."""
    one, other = (Cut(margin, across * 160, down * 64) for across, down in SHIFTS)
    return one, other


def cut_out(
    image: NDArray[np.uint8], corners: NDArray[np.float32], cut: Cut, size: tuple[int, int]
) -> NDArray[np.uint8]:
    """Return the plate of *image* as *cut* says, of *size* (width, height)."""
    if cut.box:
        (x1, y1), (x2, y2) = corners.min(axis=0), corners.max(axis=0)
        corners = corners_of_box((x1, y1, x2, y2))
    across, down = corners[1] - corners[0], corners[3] - corners[0]
    step = cut.dx / size[0] * across + cut.dy / size[1] * down
    return rectify(image, (corners + step).astype(np.float32), *size, cut.margin)


def rendered(
    count: int,
    seed: int,
    size: tuple[int, int],
    cuts: Sequence[Cut] = (Cut(),),
    lookalikes: float = 0.15,
    processes: int = 2,
    jurisdictions: Sequence[str] = (),
) -> Iterator[Rendered]:
    """Yield *count* plates, the same ones for the same *seed* whatever the processes.

    Args:
        lookalikes: share of characters that are easily taken for another.
        jurisdictions: to draw from; none means the renderer's own mixture.
    """
    tasks = [
        (start, min(start + _CHUNK, count), seed, size, tuple(cuts), lookalikes, jurisdictions)
        for start in range(0, count, _CHUNK)
    ]
    if processes <= 1:
        for task in tasks:
            yield from _chunk(task)
        return
    with ProcessPoolExecutor(processes) as pool:
        for made in pool.map(_chunk, tasks):
            yield from made


def _chunk(
    task: tuple[int, int, int, tuple[int, int], tuple[Cut, ...], float, Sequence[str]],
) -> list[Rendered]:
    start, stop, seed, size, cuts, lookalikes, places = task
    cv2.setNumThreads(1)
    made = []
    for number in range(start, stop):
        rng = np.random.default_rng([seed, 77, number])
        place = str(rng.choice(places)) if places else None
        image, corners, text, where = render_crop(rng, place, lookalikes=lookalikes)
        wide = float(np.linalg.norm(corners[1] - corners[0]))
        found = corners + rng.normal(0, _CORNER_ERROR * wide, (4, 2)).astype(np.float32)
        views = np.stack([cut_out(image, found, cut, size) for cut in cuts])
        made.append(Rendered(text, where, wide, views))
    return made
