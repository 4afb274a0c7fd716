"""American plates: state name, picture, serial, small stacked letters, motto, stickers, frame."""

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from models.synth import paint, wear
from models.synth.glyphs import FANCY_FACES, SERIAL_FACES, Face, Line, Mask, fitted_word, serial
from models.synth.lettering import TOWNS
from models.synth.paint import Colour, Image
from models.synth.us_art import ART
from models.synth.us_dies import die_line, drawn_die
from models.synth.us_emblems import EMBLEMS, symbol
from models.synth.us_layouts import LAYOUTS, OTHER, Layout
from models.synth.us_looks import LOOKS, Look

WIDTH: Final = 320
HEIGHT: Final = 160
_US_FACES: Final = (
    "narrow-500 narrow-500 narrow-500 narrow-700 road-600 square-500 square-500 square-700 "
    "grotesk-500 grotesk-500 tech-700 tall-400 tall-400 shoulder-600 slim-400 slim-400 sport-500 "
    "squarewide-600 mono-400 mono-400 press-400"
).split()
# how wide a separator is, in character heights
_BLANKS: Final = {
    "": 0.45,
    "dot": 0.24,
    "dash": 0.34,
    "ny": 0.42,
    "nj": 0.34,
    "pa": 0.26,
    "tx": 0.36,
    "md": 0.44,
    "fl": 0.66,
    "ga": 0.5,
    "peak": 0.4,
    "blob": 0.38,
}
_STACKS: Final = ("TRK", "COM", "DP", "T", "PC", "MC", "AG", "DV", "EV", "FD", "2B", "VET", "XX")


def draw(rng: np.random.Generator, jurisdiction: str, display: str) -> tuple[Image, str]:
    """Return a flat plate of one state with *display* on it, and the style's name."""
    look = _choose(rng, jurisdiction)
    layout = LAYOUTS.get(jurisdiction, OTHER)
    image = _ground(rng, look)
    _words(rng, image, look, layout)
    serial_height = _serial(rng, image, look, layout, display)
    _extras(rng, image, layout, serial_height)
    return image, f"{jurisdiction}:{look.name.lower()}"


def _choose(rng: np.random.Generator, jurisdiction: str) -> Look:
    """Pick one of the state's looks; now and then a special plate in colours of its own."""
    looks = LOOKS[jurisdiction]
    rare = rng.random() < 0.5  # the first is what most cars carry
    look = looks[int(rng.integers(len(looks))) if rare else 0]
    if rng.random() > 0.04:
        return look
    other = LOOKS[str(rng.choice(tuple(LOOKS)))][0]
    if abs(paint.luma(other.ink) - paint.luma(other.ground[1])) < 70:
        return look
    arts = tuple(ART)
    art = str(arts[int(rng.integers(len(arts)))])
    return replace(
        look, ink=other.ink, ground=other.ground, name_ink=other.name_ink, art=art, band=other.band
    )


def _ground(rng: np.random.Generator, look: Look) -> Image:
    colours = [paint.vary(rng, colour, 8) for colour in look.ground]
    image = paint.gradient(HEIGHT, WIDTH, colours)
    if look.art:
        drawn = image.copy()
        ART[look.art](rng, drawn, look)
        own = look.art in EMBLEMS
        paint.overlay(image, drawn, rng.uniform(0.7, 1.0) if own else rng.uniform(0.25, 0.8))
    if rng.random() < 0.5:
        colour = look.ink if rng.random() < 0.5 else paint.vary(rng, (200, 200, 200), 30)
        wear.rim(rng, image, colour, rng.uniform(0.0, 0.03), int(rng.integers(1, 4)))
    return image


def _words(rng: np.random.Generator, image: Image, look: Look, layout: Layout) -> None:
    """Draw the name above and the motto below, in their colours, on their bars."""
    top = rng.uniform(0.105, 0.125) * HEIGHT
    low = rng.uniform(0.885, 0.905) * HEIGHT
    if look.band:
        image[: round(top * 1.9)] = paint.vary(rng, look.band, 8)
    under = look.foot or (look.band if rng.random() < 0.5 else None)
    if under:
        image[round(low - (HEIGHT - low) * 0.9) :] = paint.vary(rng, under, 8)
    slanted = look.face.endswith("*")
    role = look.face.rstrip("*") if rng.random() < 0.92 else str(rng.choice(FANCY_FACES))
    ink = paint.vary(rng, look.name_ink, 8)
    high = round(layout.name * rng.uniform(0.92, 1.08) * HEIGHT)
    mask = fitted_word(look.name, role, high, WIDTH * 0.6)
    mask = _leaning(mask) if slanted else mask
    paint.centre(image, mask, WIDTH * rng.uniform(0.49, 0.52), top, ink)
    motto = look.motto if rng.random() < 0.9 else str(rng.choice(TOWNS)).replace("_", " ")
    if not motto or rng.random() < 0.06:
        return
    mask = fitted_word(motto, role, round(layout.motto * HEIGHT), WIDTH * 0.62)
    mask = _leaning(mask) if slanted else mask
    low_ink = look.ink if look.foot or (under is None and look.band) else ink
    paint.centre(image, mask, WIDTH / 2, low, low_ink)


def _leaning(mask: Mask) -> Mask:
    """Return lettering that leans to the right, as italics do."""
    high, wide = mask.shape
    more = round(high * 0.22)
    lean = np.array([[1, -0.22, more], [0, 1, 0]], np.float32)
    return np.asarray(cv2.warpAffine(mask, lean, (wide + more, high)), np.uint8)


def _serial(
    rng: np.random.Generator, image: Image, look: Look, layout: Layout, display: str
) -> int:
    height = round(layout.height * rng.uniform(0.94, 1.05) * HEIGHT)
    stack = rng.random() < 0.1 and len(display) <= 7
    beside = look.art == "maine"  # its bird sits at the left, the serial stands clear of it
    widest = WIDTH * (0.78 if stack else 0.84 if beside else 0.93)
    line, blank = _line(rng, layout, display, height, widest)
    ink = paint.vary(rng, look.ink, 10)
    x = (WIDTH - line.mask.shape[1]) / 2 + (rng.choice((-1, 1)) * WIDTH * 0.05 if stack else 0)
    x += WIDTH * 0.05 * beside
    y = (layout.middle + rng.normal(0, 0.008)) * HEIGHT - height / 2
    for place in line.separators:
        _separator(rng, image, layout, x + place, y + height / 2, blank * height, ink)
    paint.stamp(image, line.mask, x, y, ink)
    if rng.random() < 0.75:
        wear.emboss(image, line.mask, x, y, rng.uniform(10, 45), rng.uniform(0, 6.28))
    if stack:
        _stack(rng, image, x, line.mask.shape[1], y, height, ink)
    return height


def _line(
    rng: np.random.Generator, layout: Layout, display: str, height: int, widest: float
) -> tuple[Line, float]:
    """Return the serial as a mask, and how wide its separators are in character heights.

    Two in three by the state's own dies, one in six by other dies, one in six by a typeface.
    """
    kind = rng.random()
    blank = _BLANKS.get(layout.symbol, 0.36) * rng.uniform(0.9, 1.15)
    if kind < 0.84:
        die = drawn_die(rng, layout.die if kind < 0.67 else None)
        gap = rng.uniform(0.075, 0.125)
        return die_line(display, die, height, widest, gap, blank), blank
    role = str(rng.choice(_US_FACES if rng.random() < 0.85 else SERIAL_FACES))
    narrow = 0.85 if role.startswith(("round", "cockpit")) else 1.0
    face = Face(
        role,
        stretch=rng.uniform(0.85, 1.25) * narrow,
        gap=rng.uniform(0.08, 0.17),
        blank=blank,
        fixed=rng.random() < 0.7,
        bolder=int(rng.integers(-3, 2)),
    )
    return serial(display, face, height, widest), blank


def _separator(
    rng: np.random.Generator,
    image: Image,
    layout: Layout,
    x: float,
    y: float,
    width: float,
    ink: Colour,
) -> None:
    """Draw what parts the groups: the state's own symbol, a dash, a dot, a shape, or nothing."""
    kind = rng.random()
    high = layout.height * HEIGHT
    if layout.symbol not in {"", "blob"} and kind < 0.85:
        colour = (40, 40, 190) if layout.symbol == "tx" and rng.random() < 0.4 else ink
        symbol(image, layout.symbol, x, y, high, colour)
    elif kind > 0.6 or not layout.symbol:
        return
    elif kind < 0.25:
        symbol(image, "dash", x, y, high, ink)
    elif kind < 0.4:
        symbol(image, "dot", x, y, high, ink)
    else:
        size = max(3.0, width * 0.33)
        shape = paint.blob(rng, x, y, size, 0.45, int(rng.integers(5, 11)))
        colour = ink if rng.random() < 0.7 else (40, 40, 190)
        cv2.fillPoly(image, [shape], colour, cv2.LINE_AA)


def _stack(
    rng: np.random.Generator, image: Image, x: float, width: int, y: float, height: int, ink: Colour
) -> None:
    """Draw two or three small letters above each other beside the serial: no part of the text."""
    letters = str(rng.choice(_STACKS))
    small = round(height / max(2.2, len(letters) + 0.3))
    at = x - small * 0.75 if x > WIDTH * 0.1 else x + width + small * 0.75
    for i, letter in enumerate(letters):
        mask = fitted_word(letter, "narrow-700", round(small * 0.85), small)
        paint.centre(image, mask, at, y + small * (i + 0.5) + 2, ink)


def _extras(rng: np.random.Generator, image: Image, layout: Layout, serial_height: int) -> None:
    across = rng.uniform(0.2, 0.26)
    places = [(across, 0.09), (1 - across, 0.09)]
    if rng.random() < 0.7:
        places += [(across, 0.92), (1 - across, 0.92)]
    wear.screws(rng, image, places)
    free = HEIGHT * (layout.middle if layout.middle < 0.5 else 1 - layout.middle)
    tall = max(8.0, min((free - serial_height / 2) * 0.95, rng.uniform(0.14, 0.19) * HEIGHT))
    for corner in ("tl", "tr", "bl", "br"):
        own = corner in layout.stickers
        if rng.random() < (0.75 if f"{corner}+" in layout.stickers else 0.3 if own else 0.05):
            wide = rng.uniform(0.1, 0.135) * WIDTH
            x = rng.uniform(0.02, 0.035) * WIDTH
            y = 0.03 * HEIGHT if corner[0] == "t" else HEIGHT * 0.97 - tall
            left = x if corner[1] == "l" else WIDTH - x - wide
            wear.sticker(rng, image, left, y, wide, tall)
    if rng.random() < 0.3:
        wear.frame(rng, image, 0.16)
