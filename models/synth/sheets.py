"""Contact sheets: many pictures on one, to be looked at by a person."""

from collections.abc import Sequence

import cv2
import numpy as np

from models.synth.paint import Image
from models.synth.scenes import TruePlate


def sheet(pictures: Sequence[Image], tile: tuple[int, int], columns: int) -> Image:
    """Return all pictures side by side, each shrunk into a *tile* (width, height)."""
    width, height = tile
    rows = -(-len(pictures) // columns)
    out = np.full((rows * height, columns * width, 3), 40, np.uint8)
    for number, picture in enumerate(pictures):
        scale = min(width / picture.shape[1], height / picture.shape[0])
        size = (max(1, int(picture.shape[1] * scale)), max(1, int(picture.shape[0] * scale)))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        y, x = number // columns * height, number % columns * width
        out[y : y + size[1], x : x + size[0]] = small
    return out


def with_truth(image: Image, plates: Sequence[TruePlate]) -> Image:
    """Return a copy with each true plate outlined: green when wholly seen, red otherwise."""
    out = image.copy()
    for plate in plates:
        colour = (0, 230, 0) if plate.visible > 0.95 else (0, 0, 230)
        cv2.polylines(out, [np.round(plate.corners).astype(np.int32)], isClosed=True, color=colour)
    return out
