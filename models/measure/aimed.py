"""Plates as a camera sees them, with known size, tilt, stroke, blur and movement."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth import degrade
from models.synth.us_dies import Die, die_line

_WIDE, _HIGH, _LETTERS = 1200, 600, 300
_THICK = 0.13
_SUPER = 4


@dataclass(frozen=True)
class Shown:
    """A picture, ``(H, W)`` uint8, its plate's corners, and what is true of it in pixels."""

    image: NDArray[np.uint8]
    corners: NDArray[np.float32]
    character_px: float
    stroke_px: float


def shown(
    width: float,
    *,
    defocus_px: float = 0.0,
    across_px: float = 0.0,
    down_px: float = 0.0,
    tilt_deg: float = 0.0,
    ink: int = 30,
    ground: int = 200,
    text: str = "AB123",
) -> Shown:
    """Return a plate *width* pixels wide, in front of grey.

    Args:
        defocus_px: standard deviation of a Gaussian blur.
        across_px, down_px: how far it moved while the shutter was open.
    """
    plate = _plate(text, ink, ground)
    size = np.array([width * 2, width * 1.5]).astype(int)
    half = np.array([[-1, -0.5], [1, -0.5], [1, 0.5], [-1, 0.5]]) * width / 2
    turn = np.radians(tilt_deg)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    corners = half @ rotation.T + size / 2
    image = _seen(plate, corners, size)
    if defocus_px:
        image = cv2.GaussianBlur(image, (0, 0), defocus_px)
    image = degrade.motion_blur(np.asarray(image, np.uint8), across_px, down_px)
    scale = width / _WIDE
    return Shown(
        np.asarray(image, np.uint8),
        corners.astype(np.float32),
        _LETTERS * scale,
        _THICK * _LETTERS * scale,
    )


def _plate(text: str, ink: int, ground: int) -> NDArray[np.float32]:
    line = die_line(text, Die(thick=_THICK), _LETTERS, _WIDE * 0.9).mask if text else None
    plate = np.full((_HIGH, _WIDE), ground, np.float32)
    if line is not None:
        high, wide = line.shape
        top, left = (_HIGH - high) // 2, (_WIDE - wide) // 2
        share = line.astype(np.float32) / 255
        place = plate[top : top + high, left : left + wide]
        place += (ink - place) * share
    return plate


def _seen(
    plate: NDArray[np.float32], corners: NDArray[np.float64], size: NDArray[np.int_]
) -> NDArray[np.uint8]:
    large = (int(size[0]) * _SUPER, int(size[1]) * _SUPER)
    own = np.float32([[0, 0], [_WIDE, 0], [_WIDE, _HIGH], [0, _HIGH]])
    matrix = cv2.getPerspectiveTransform(
        own - np.float32(0.5), (corners * _SUPER).astype(np.float32) - np.float32(0.5)
    )
    inside = cv2.warpPerspective(plate, matrix, large)
    where = cv2.warpPerspective(np.ones_like(plate), matrix, large)
    picture = 90 + (inside - 90 * where)
    return np.asarray(cv2.resize(picture, size.tolist(), interpolation=cv2.INTER_AREA), np.uint8)
