"""End-to-end YOLOv9 detectors as open-image-models publishes them, run unmodified.

They take ``(1, 3, H, W)`` float32 RGB, 0..1, letterboxed, and give rows of batch, x1, y1, x2, y2,
class, score, in pixels of that input, duplicates already taken out: ``(rows, 7)`` or
``(1, rows, 7)``; a frame without a plate gives no row.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import ModelError
from edge.records import Pixels
from edge.vision.cards import ModelCard
from edge.vision.letterbox import PADDING, Letterbox

_COLUMNS: Final = 7
_BATCH, _CLASS, _SCORE = 0, 5, 6
_CORNERS: Final = [1, 2, 3, 2, 3, 4, 1, 4]  # columns of the box, clockwise from the top left


def check(card: ModelCard) -> None:
    """Refuse a card that promises another signature.

    Raises:
        ModelError: naming the card and what it says.
    """
    inward, outward = card.input, card.output
    fits = (
        card.task == "detector"
        and (card.colour, inward.dtype, outward.dtype) == ("rgb", "float32", "float32")
        and (len(inward.shape), inward.shape[:2]) == (4, (1, 3))
        and min(inward.shape) > 0
        and (outward.shape[-1:] == (_COLUMNS,) and outward.shape[:-2] in ((), (1,), (-1,)))
        and len(outward.shape) >= 2
    )
    if not fits:
        raise ModelError(
            f"{card.path}: is no card of a yolov9-end-to-end detector: (1, 3, H, W) float32 rgb to "
            f"(-1, {_COLUMNS}) float32 is wanted, it says {card.task}, {inward.shape} "
            f"{inward.dtype} {card.colour} to {outward.shape} {outward.dtype}"
        )


def prepare(image: Pixels, card: ModelCard) -> tuple[NDArray[np.float32], Letterbox]:
    """Return the model's input for ``(H, W, 3)`` uint8 BGR, and how the frame lies in it.

    Source: open-image-models: linear interpolation, small frames enlarged, bars of grey 114.
    """
    _, _, height, width = card.input.shape
    high, wide = image.shape[:2]
    scale = min(width / wide, height / high)
    inner = max(1, round(wide * scale)), max(1, round(high * scale))
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    canvas = np.full((height, width, 3), PADDING, np.uint8)
    canvas[top : top + inner[1], left : left + inner[0]] = cv2.resize(
        image, inner, interpolation=cv2.INTER_LINEAR
    )
    planes = canvas[:, :, ::-1].transpose(2, 0, 1)[None].astype(np.float32) / np.float32(255)
    return np.ascontiguousarray(planes), Letterbox(scale, left, top, width, height)


def rows(output: NDArray[np.float32], card: ModelCard) -> NDArray[np.float32]:
    """Return ``(K, 13)``: score, box and the box's corners, of the rows that show plates.

    Raises:
        ModelError: a row belongs to another picture than the one that was given.
    """
    found = output.reshape(-1, _COLUMNS)
    if found[:, _BATCH].any():
        raise ModelError(
            f"{card.weights}: gave rows of a second picture in '{card.output.name}', one was asked"
        )
    found = found[found[:, _CLASS] == card.plate_class]
    parts = [found[:, _SCORE, None], found[:, 1:5], found[:, _CORNERS]]
    return np.concatenate(parts, axis=1)
