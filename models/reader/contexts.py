"""What lies around plates on real cars, to put around crops that were stored without it.

A detector's cut shows some of the car: a recess, a frame, a bumper's edge. Most labelled crops end
at the plate. A reader that never saw more takes a frame's edge for an I or a 1.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detector.data import real_scenes

Grey = NDArray[np.uint8]
Quad = NDArray[np.float32]

WIDE = 128  # pixels of the plate in a context
LEAST = 36  # plates narrower than this, in pixels, show too little around them
ACROSS, DOWN = 0.4, 0.7  # what is kept on each side, in the plate's widths and heights


@dataclass(frozen=True)
class Context:
    """A grey picture of a car around a plate, and the plate's box in it."""

    grey: Grey
    box: tuple[float, float, float, float]


def real_contexts(folder: Path) -> list[Context]:
    """Return the surroundings of the labelled plates of the train split of ``scenes``."""
    contexts = []
    for scene in real_scenes(folder, "train"):
        grey = np.asarray(cv2.cvtColor(scene.image, cv2.COLOR_BGR2GRAY), np.uint8)
        for quad in scene.quads:
            (x0, y0), (x1, y1) = quad.min(0), quad.max(0)
            if x1 - x0 >= LEAST and (y1 - y0) * 1.2 < x1 - x0:
                contexts.append(_context(grey, float(x0), float(y0), float(x1), float(y1)))
    return contexts


def _context(grey: Grey, x0: float, y0: float, x1: float, y1: float) -> Context:
    scale = WIDE / (x1 - x0)
    across, down = ACROSS * (x1 - x0), DOWN * (y1 - y0)
    size = (round(WIDE * (1 + 2 * ACROSS)), max(8, round((y1 - y0 + 2 * down) * scale)))
    matrix = np.array(
        [[scale, 0, -(x0 - across) * scale], [0, scale, -(y0 - down) * scale]], np.float32
    )
    flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    cut = cv2.warpAffine(grey, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    left, top = across * scale, down * scale
    box = (left, top, left + WIDE, top + (y1 - y0) * scale)
    return Context(np.asarray(cut, np.uint8), box)


def put_into(
    rng: np.random.Generator, grey: Grey, corners: Quad, context: Context
) -> tuple[Grey, Quad]:
    """Return *grey* in the place of the plate of *context*, and its corners there.

    The surroundings are made as bright as they were against their own plate.
    """
    high, wide = grey.shape
    x0, y0, x1, y1 = context.box
    grow = 1.0 + rng.uniform(0.0, 0.08)  # the old plate's rim may show, its characters must not
    across, down = wide / (x1 - x0) / grow, high / (y1 - y0) / grow
    around = context.grey
    inner = around[int(y0) : int(y1) + 1, int(x0) : int(x1) + 1]
    gain = float(np.clip(grey.mean() / max(8.0, float(inner.mean())), 0.3, 2.5))
    size = (round(around.shape[1] * across), round(around.shape[0] * down))
    around = cv2.convertScaleAbs(cv2.resize(around, size), alpha=gain)
    if rng.random() < 0.5:
        around = cv2.flip(around, 1)
        x0, x1 = context.grey.shape[1] - x1, context.grey.shape[1] - x0
    left = round((x0 + x1) / 2 * across - wide / 2)
    top = round((y0 + y1) / 2 * down - high / 2)
    left = int(np.clip(left, 0, size[0] - wide))
    top = int(np.clip(top, 0, size[1] - high))
    out = np.asarray(around, np.uint8).copy()
    out[top : top + high, left : left + wide] = grey
    return out, corners + np.float32([left, top])
