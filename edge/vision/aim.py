"""How well a camera sees one plate, in numbers that an installer can act on.

What is measured is the picture alone, before any reader: how large the plate and its characters
are, how it is tilted, how soft and how smeared its edges are, how much of it is burnt out.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import PictureError
from edge.vision.rectify import flatten, own_size

Grey = NDArray[np.uint8]

_FINE: Final = 4  # plates are looked at enlarged: strokes of two pixels have a width by then
_LARGEST: Final = 640  # pixels of a plate's width, enlarged; a larger one is enlarged less
_ROW: Final = (0.3, 0.95)  # height of a character in that of its plate
_SLIM: Final = (0.08, 1.1)  # width of a character in its own height
_LEAST: Final = 3  # characters of one height make a row
_ALIKE: Final = 0.15  # heights in one row differ by no more
_STRONG: Final = 0.6  # of the plate's contrast: an edge of a stroke, not of a picture behind it
_ALONG: Final = 1.09  # the steepest upright edges are that much steeper than the blur has made them
_BURNT: Final = 250
_DARK: Final = 5


@dataclass(frozen=True, slots=True)
class Aim:
    """One plate as a camera sees it; lengths in pixels of the frame.

    Attributes:
        width_px: mean of its upper and lower edge.
        tilt_deg: of its edges against the frame's rows; positive is clockwise.
        character_px: height of a character; None where no row of characters is made out.
        stroke_px: width of their strokes; None likewise.
        across_px, down_px: how far a sharp edge is drawn out, along the plate and down it: the
            length over which a step of brightness would rise at its steepest slope. A Gaussian
            blur of s draws it out by 2.5 s, a movement by its own length. None without edges.
        contrast: grey levels between the plate's light and dark parts, 0..255.
        burnt, dark: share of its pixels at either end of the scale, 0..1.
    """

    width_px: float
    tilt_deg: float
    character_px: float | None
    stroke_px: float | None
    across_px: float | None
    down_px: float | None
    contrast: float
    burnt: float
    dark: float


def measure(image: Grey, corners: NDArray[np.float32]) -> Aim:
    """Return how a camera sees one plate.

    Args:
        image: the frame, ``(H, W, 3)`` BGR or ``(H, W)`` grey, uint8, not modified.
        corners: ``(4, 2)`` float32, clockwise from the top left, in pixels of *image*.

    Raises:
        PictureError: the corners are not finite or enclose no area.
    Source: edge widths as in ISO 12233's edge spread function, at the steepest slope; figures
        against rendered plates by ``python -m models.measure.aim``.
    """
    width, height = own_size(corners)
    fine = max(1.0, min(_FINE, _LARGEST / width))
    size = (max(8, round(width * fine)), max(8, round(height * fine)))
    flat = flatten(image, corners, *size)
    grey = np.asarray(flat if flat.ndim == 2 else cv2.cvtColor(flat, cv2.COLOR_BGR2GRAY), np.uint8)
    low, high = np.percentile(grey, (2, 98))
    row = _row(grey, float(low), float(high))
    steps = np.array([size[0] / width, size[1] / height])
    return Aim(
        width_px=_width(corners),
        tilt_deg=_tilt(corners),
        character_px=row[0] / steps[1] if row else None,
        stroke_px=row[1] / float(steps.mean()) if row else None,
        across_px=_edge(grey, float(high - low), steps[0] / _ALONG),
        down_px=_edge(np.ascontiguousarray(grey.T), float(high - low), steps[1]),
        contrast=float(high - low),
        burnt=float(np.mean(grey >= _BURNT)),
        dark=float(np.mean(grey <= _DARK)),
    )


def _width(corners: NDArray[np.float32]) -> float:
    top, bottom = corners[1] - corners[0], corners[2] - corners[3]
    return float((np.linalg.norm(top) + np.linalg.norm(bottom)) / 2)


def _tilt(corners: NDArray[np.float32]) -> float:
    along = (corners[1] - corners[0]) + (corners[2] - corners[3])
    if not np.isfinite(along).all() or not np.linalg.norm(along):
        raise PictureError("a plate's corners are not finite numbers, or lie on one another")
    return float(np.degrees(np.arctan2(along[1], along[0])))


def _row(grey: Grey, low: float, high: float) -> tuple[float, float] | None:
    """Return height and stroke of the characters in an enlarged plate; None without a row."""
    if high - low < 1:
        return None
    light = np.asarray(np.clip((grey - low) / (high - low), 0, 1), np.float32)
    found = [_characters(light), _characters(np.float32(1) - light)]
    count, height, stroke = max(found)
    return (height, stroke) if count >= _LEAST else None


def _characters(ink: NDArray[np.float32]) -> tuple[int, float, float]:
    """Return how many characters of one height *ink* (0..1) holds, that height, their stroke."""
    mask = (ink > 0.5).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    tall, wide = ink.shape
    alike = [number for number, one in enumerate(stats) if number and _fits(one, tall, wide)]
    if not alike:
        return 0, 0.0, 0.0
    heights = stats[alike, cv2.CC_STAT_HEIGHT].astype(float)
    rows = [np.abs(heights - one) <= _ALIKE * one for one in heights]
    row = max(rows, key=lambda one: int(one.sum()))
    characters = np.isin(labels, np.array(alike)[row]).astype(np.uint8)
    return int(row.sum()), float(np.median(heights[row])), _stroke(characters, ink)


def _fits(one: NDArray[np.int32], tall: int, wide: int) -> bool:
    left, top, width, height, _ = (int(value) for value in one)
    inside = left > 0 and top > 0 and left + width < wide and top + height < tall
    return (
        inside
        and _ROW[0] * tall <= height <= _ROW[1] * tall
        and _SLIM[0] * height <= width <= _SLIM[1] * height
    )


def _stroke(characters: Grey, ink: NDArray[np.float32]) -> float:
    """Return the width of strokes, as it is before any blur.

    Twice the distance of a stroke's middle from its edges, times the share by which blur has made
    the characters fatter: it spreads their ink, and neither adds nor takes any.
    """
    distance = cv2.distanceTransform(characters, cv2.DIST_L2, 5)
    ridge = (distance >= cv2.dilate(distance, np.ones((3, 3), np.uint8))) & (distance > 1)
    if not ridge.any():
        return 1.0
    middle = float(np.median(distance[ridge]))
    reach = 2 * math.ceil(2 * middle) + 1  # a stroke's width to each side
    around = cv2.dilate(characters, np.ones((reach, reach), np.uint8))
    spread = float(ink[around > 0].sum()) / float(characters.sum())
    # 1 by the distance's definition, and a half for joints and corners, where strokes are fatter
    return (2 * middle - 1.5) * spread


def _edge(grey: Grey, contrast: float, step: float) -> float | None:
    """Return how far edges are drawn out along the rows of an enlarged plate; None without any.

    Args:
        step: pixels of *grey* to one of the frame.
    """
    slope = np.diff(grey.astype(np.float32), axis=1)
    found = [edge for row in zip(grey[::2], slope[::2], strict=True) for edge in _in_row(*row)]
    steepest = [steep for rise, steep in found if rise >= _STRONG * contrast]
    if contrast < 1 or len(steepest) < _LEAST:
        return None
    # the plate's contrast, not the edge's own: a stroke that is drawn out has lost some of it
    return float(contrast / np.median(steepest) / step)


def _in_row(row: Grey, slope: NDArray[np.float32]) -> list[tuple[float, float]]:
    """Return the rise of each edge in a row, and its steepest slope."""
    turns = np.flatnonzero(np.diff(np.sign(slope)) != 0) + 1
    bounds = np.concatenate(([0], turns, [len(slope)]))
    edges = []
    for start, end in pairwise(bounds):
        steepest = float(np.abs(slope[start:end]).max(initial=0.0))
        if steepest > 0:
            rise = abs(float(row[end]) - float(row[start]))
            edges.append((rise, steepest))
    return edges
