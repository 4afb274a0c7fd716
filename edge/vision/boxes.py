"""Rows of the detector's output, as numbers: which are sound, and which show the same plate."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

SAME_IOU: Final = 0.4  # two boxes that share this much show one plate
SAME_COVER: Final = 0.7  # so do two of which one lies this far inside the other
SMALLEST: Final = 4.0  # square pixels; less is no plate, and cannot be flattened
FULLEST: Final = 0.25  # a plate fills at least this part of its box, however it is tilted
CORNER_SLACK: Final = 0.5  # corners farther from the box than this fraction of its size are noise

Boxes = NDArray[np.float32]


def apart(boxes: Boxes) -> list[int]:
    """Return the indices of *boxes* that stay when each plate keeps only its first.

    Args:
        boxes: ``(N, 4)`` x1, y1, x2, y2, best first.
    """
    kept: list[int] = []
    for index in range(len(boxes)):
        if not _same(boxes[index], boxes[kept]).any():
            kept.append(index)
    return kept


def _same(box: Boxes, others: Boxes) -> NDArray[np.bool_]:
    smaller = np.maximum(np.minimum(area(box[None]), area(others)), 1e-6)
    return np.asarray(
        (overlap(box, others) >= SAME_IOU) | (_shared(box, others) / smaller >= SAME_COVER)
    )


def overlap(box: Boxes, others: Boxes) -> NDArray[np.float32]:
    """Return the IoU of *box* with each of ``(N, 4)`` *others*."""
    shared = _shared(box, others)
    union = np.maximum(area(box[None]) + area(others) - shared, 1e-6)
    return np.asarray(shared / union, np.float32)


def _shared(box: Boxes, others: Boxes) -> NDArray[np.float32]:
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    return np.asarray(np.clip(high - low, 0, None).prod(axis=1), np.float32)


def area(boxes: Boxes) -> NDArray[np.float32]:
    """Return the area of ``(N, 4)`` boxes; 0 for those turned inside out."""
    return np.asarray(np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(axis=1), np.float32)


def clip(boxes: Boxes, width: int, height: int) -> Boxes:
    """Return ``(N, 4)`` *boxes* cut off at the frame's borders."""
    limit = np.array([width, height, width, height], np.float32)
    return np.asarray(np.clip(boxes, 0, limit), np.float32)


def sound(corners: NDArray[np.float32], box: Boxes) -> bool:
    """Say whether ``(4, 2)`` *corners* are a clockwise convex quadrilateral that fills *box*.

    A perspective warp of any other four points turns the plate inside out or smears it.
    """
    edges = np.roll(corners, -1, axis=0) - corners
    following = np.roll(edges, -1, axis=0)
    turns = edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0]
    slack = CORNER_SLACK * (box[2:] - box[:2])
    near = (corners >= box[:2] - slack).all() and (corners <= box[2:] + slack).all()
    x, y = corners[:, 0], corners[:, 1]
    enclosed = abs(float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum())) / 2
    filled = enclosed >= FULLEST * float((box[2:] - box[:2]).prod())
    return bool((turns > 0).all() and near and filled)
