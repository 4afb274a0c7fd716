"""Letters as masks: single glyphs for serials, whole words for all other lettering.

PIL draws each glyph once; everything after is OpenCV on small uint8 masks.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

FONTS: Final = Path(__file__).parent / "fonts"
GLYPH_HEIGHT: Final = 96
SERIAL_FACES: Final = (
    "narrow-500 narrow-700 medium-600 road-600 road-800 roadmono-600 square-500 square-700 "
    "squarewide-600 grotesk-500 grotesk-700 tech-700 tall-400 tall-500 mono-400 shoulder-600 "
    "shoulder-800 slim-400 cockpit-400 cockpit-700 poster-600 press-400 sport-500 round-500"
).split()
FANCY_FACES: Final = (
    "brush-400 sign-400 hand-700 serif-700 slab-600 fatslab-400 round-500 press-400 narrow-700 "
    "grotesk-700 road-800"
).split()

# their 0 holds a dot or a stroke, which no plate's has
MARKED: Final = frozenset({"roadmono-600", "mono-400"})

Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Face:
    """How a serial is set: which font, how wide, how far apart."""

    role: str
    stretch: float = 1.0
    gap: float = 0.12  # between characters, in character heights
    blank: float = 0.35  # a separator's width, in character heights
    fixed: bool = True  # every character in a cell of the same width
    bolder: int = 0  # pixels added to the stroke at GLYPH_HEIGHT
    slant: float = 0.0  # how far the top leans right, in character heights
    slit: bool = False  # the 0 is cut at the upper right, as in FE-Schrift


@dataclass(frozen=True, slots=True)
class Line:
    """A serial as a mask, with the middles of its separators in pixels from its left."""

    mask: Mask
    separators: tuple[float, ...]


@cache
def font(role: str, size: int) -> ImageFont.FreeTypeFont:
    """Return the font of *role* at *size* pixels."""
    return ImageFont.truetype(str(FONTS / f"{role}.ttf"), size)


@cache
def glyph(role: str, character: str, bolder: int = 0) -> Mask:
    """Return a mask of one capital or digit, GLYPH_HEIGHT high, cropped to its ink."""
    drawn = font(role, 128)
    image = Image.new("L", (256, 256))
    ImageDraw.Draw(image).text((64, 40), character, fill=255, font=drawn, stroke_width=0)
    left, top, right, bottom = image.getbbox() or (0, 0, 8, 8)
    mask = np.asarray(image, np.uint8)[top:bottom, left:right]
    width = max(3, round((right - left) * GLYPH_HEIGHT / (bottom - top)))
    if character in "QJ" and bottom - top > 100:  # a tail hangs below: keep the width of its kin
        width = glyph(role, "O" if character == "Q" else "L", 0).shape[1]
    mask = cv2.resize(mask, (width, GLYPH_HEIGHT), interpolation=cv2.INTER_AREA)
    if bolder > 0:
        mask = cv2.dilate(mask, np.ones((bolder + 1, bolder + 1), np.uint8))
    elif bolder < 0:
        mask = cv2.erode(mask, np.ones((1 - bolder, 1 - bolder), np.uint8))
    return mask


def serial(display: str, face: Face, height: int, widest: float) -> Line:
    """Return *display* set in *face*, *height* pixels high and at most *widest* wide.

    Separators stay empty; the caller draws what belongs there.
    """
    advances, inks = _measure(display, face, height)
    squeeze = min(1.0, widest / max(1.0, sum(advances)))
    mask = np.zeros((height, max(4, int(np.ceil(sum(advances) * squeeze)) + 2)), np.uint8)
    separators = []
    x = 0.0
    for character, advance, ink in zip(display, advances, inks, strict=True):
        if ink == 0:
            separators.append(x + advance * squeeze / 2)
        else:
            width = max(2, round(ink * squeeze))
            left = max(0, round(x + (advance * squeeze - width) / 2))
            small = cv2.resize(
                _shape(face, character), (width, height), interpolation=cv2.INTER_AREA
            )
            room = mask[:, left : left + width]
            np.maximum(room, small[:, : room.shape[1]], out=room)
        x += advance * squeeze
    return Line(_leaning(mask, face.slant), tuple(separators))


def _shape(face: Face, character: str) -> Mask:
    if character == "0" and face.slit:
        return _slit(face.role, face.bolder)
    return glyph(face.role, character, face.bolder)


@cache
def _slit(role: str, bolder: int) -> Mask:
    """Return a 0 with a gap at its upper right; the dot or stroke within it is filled away."""
    mask = glyph(role, "O" if role in MARKED else "0", bolder).copy()
    width = mask.shape[1]
    thick = max(3, round(GLYPH_HEIGHT * 0.07))
    start, end = (round(width * 0.62), round(GLYPH_HEIGHT * 0.3)), (width, -2)
    cv2.line(mask, start, end, 0, thick, cv2.LINE_AA)
    return mask


def _leaning(mask: Mask, slant: float) -> Mask:
    """Return *mask* sheared into italics, its width kept."""
    if abs(slant) < 0.01:
        return mask
    height, width = mask.shape
    reach = abs(slant) * height
    keep = width / (width + reach)
    shear = np.array([[keep, -slant * keep, max(slant, 0) * height * keep], [0, 1, 0]], np.float32)
    return cv2.warpAffine(mask, shear, (width, height), flags=cv2.INTER_LINEAR)


def _measure(display: str, face: Face, height: int) -> tuple[list[float], list[float]]:
    """Return how far each character moves the pen, and the width of its ink (separators: 0)."""
    scale = height / GLYPH_HEIGHT * face.stretch
    cell = glyph(face.role, "0").shape[1] * scale
    advances, inks = [], []
    for character in display:
        if character in " -.":
            inks.append(0.0)
            advances.append(face.blank * height)
            continue
        ink = glyph(face.role, character).shape[1] * scale
        if face.fixed:
            ink = min(ink, cell * 1.15)
        inks.append(ink)
        advances.append((max(cell, ink) if face.fixed else ink) + face.gap * height)
    return advances, inks


@lru_cache(maxsize=8192)
def _drawn_word(text: str, role: str) -> Mask:
    drawn = font(role, 45)
    left, top, right, bottom = drawn.getbbox(text)
    image = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4))
    ImageDraw.Draw(image).text((2 - left, 2 - top), text, fill=255, font=drawn)
    return np.array(image, np.uint8)


def word(text: str, role: str, height: int) -> Mask:
    """Return a line of lettering as a mask, its capitals about *height* pixels high."""
    return fitted_word(text, role, height, 1e9)


def fitted_word(text: str, role: str, height: int, widest: float) -> Mask:
    """Return :func:`word`, shrunk in width when it is wider than *widest* pixels."""
    mask = _drawn_word(text, role)
    scale = max(5, height) / 32
    width = max(4, min(round(mask.shape[1] * scale), int(widest)))
    size = (width, max(3, round(mask.shape[0] * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(mask, size, interpolation=way)
