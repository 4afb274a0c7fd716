"""American plates: state name, picture, serial, small stacked letters, motto, stickers, frame."""

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from models.synth import paint, wear
from models.synth.glyphs import FANCY_FACES, SERIAL_FACES, Face, fitted_word, serial
from models.synth.lettering import TOWNS
from models.synth.paint import Colour, Image
from models.synth.us_art import ART
from models.synth.us_looks import LOOKS, Look

WIDTH: Final = 320
HEIGHT: Final = 160
_US_FACES: Final = (
    "narrow-500 narrow-500 narrow-500 narrow-700 road-600 square-500 square-500 square-700 "
    "grotesk-500 grotesk-500 tech-700 tall-400 tall-400 shoulder-600 slim-400 slim-400 sport-500 "
    "squarewide-600 mono-400 mono-400 press-400"
).split()
_STACKS: Final = ("TRK", "COM", "DP", "T", "PC", "MC", "AG", "DV", "EV", "FD", "2B", "VET", "XX")


def draw(rng: np.random.Generator, jurisdiction: str, display: str) -> tuple[Image, str]:
    """Return a flat plate of one state with *display* on it, and the style's name."""
    look = _choose(rng, jurisdiction)
    image = _ground(rng, look)
    _words(rng, image, look, jurisdiction)
    serial_height = _serial(rng, image, look, display)
    _extras(rng, image, serial_height)
    return image, f"{jurisdiction}:{look.name.lower()}"


def _choose(rng: np.random.Generator, jurisdiction: str) -> Look:
    """Pick one of the state's looks; now and then a special plate in colours of its own."""
    looks = LOOKS[jurisdiction]
    look = looks[int(rng.integers(len(looks)))]
    if rng.random() > 0.15:
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
    colours = [paint.vary(rng, colour, 10) for colour in look.ground]
    image = paint.gradient(HEIGHT, WIDTH, colours)
    if look.art:
        drawn = image.copy()
        ART[look.art](rng, drawn, look)
        paint.overlay(image, drawn, rng.uniform(0.25, 0.8))
    if rng.random() < 0.5:
        colour = look.ink if rng.random() < 0.5 else paint.vary(rng, (200, 200, 200), 30)
        wear.rim(rng, image, colour, rng.uniform(0.0, 0.03), int(rng.integers(1, 4)))
    return image


def _words(rng: np.random.Generator, image: Image, look: Look, jurisdiction: str) -> None:
    top = rng.uniform(0.1, 0.14) * HEIGHT
    low = rng.uniform(0.88, 0.92) * HEIGHT
    if look.band:
        band = paint.vary(rng, look.band, 8)
        image[: round(top * 2)] = band
        if rng.random() < 0.75:
            image[round(low - (HEIGHT - low)) :] = band
    role = look.face if rng.random() < 0.8 else str(rng.choice(FANCY_FACES))
    ink = paint.vary(rng, look.name_ink, 10)
    name = look.name if rng.random() < 0.95 else jurisdiction[3:].upper()
    mask = fitted_word(name, role, round(rng.uniform(0.1, 0.15) * HEIGHT), WIDTH * 0.7)
    paint.centre(image, mask, WIDTH / 2, top, ink)
    motto = look.motto if rng.random() < 0.8 else str(rng.choice(TOWNS)).replace("_", " ")
    if motto:
        mask = fitted_word(motto, role, round(rng.uniform(0.06, 0.1) * HEIGHT), WIDTH * 0.62)
        paint.centre(
            image, mask, WIDTH / 2, low, ink if look.band or rng.random() < 0.6 else look.ink
        )


def _serial(rng: np.random.Generator, image: Image, look: Look, display: str) -> int:
    role = str(rng.choice(_US_FACES if rng.random() < 0.85 else SERIAL_FACES))
    height = round(rng.uniform(0.4, 0.53) * HEIGHT)
    face = Face(
        role,
        stretch=rng.uniform(0.85, 1.25) * (0.85 if role.startswith(("round", "cockpit")) else 1.0),
        gap=rng.uniform(0.08, 0.17),
        blank=rng.uniform(0.15, 0.5),
        fixed=rng.random() < 0.7,
        bolder=int(rng.integers(-3, 3)),
    )
    stack = rng.random() < 0.1 and len(display) <= 7
    line = serial(display, face, height, WIDTH * (0.78 if stack else rng.uniform(0.86, 0.95)))
    ink = paint.vary(rng, look.ink, 12)
    x = (WIDTH - line.mask.shape[1]) / 2 + (rng.choice((-1, 1)) * WIDTH * 0.05 if stack else 0)
    y = rng.uniform(0.5, 0.56) * HEIGHT - height / 2
    paint.stamp(image, line.mask, x, y, ink)
    if rng.random() < 0.75:
        wear.emboss(image, line.mask, x, y, rng.uniform(10, 45), rng.uniform(0, 6.28))
    for place in line.separators:
        _separator(rng, image, x + place, y + height / 2, face.blank * height, ink)
    if stack:
        _stack(rng, image, x, line.mask.shape[1], y, height, ink)
    return height


def _separator(
    rng: np.random.Generator, image: Image, x: float, y: float, width: float, ink: Colour
) -> None:
    """Draw what parts the groups: nothing, a dash, a dot, or the state's shape."""
    kind = rng.random()
    if kind < 0.4:
        return
    half = max(2.0, width * 0.3)
    if kind < 0.6:
        mask = np.full((max(3, round(half * 0.5)), round(half * 2)), 255, np.uint8)
    elif kind < 0.72:
        mask = paint.rounded(round(half) + 2, round(half) + 2, round(half / 2))
    else:
        size = max(6, round(half * 2.4))
        mask = np.zeros((size, size), np.uint8)
        shape = paint.blob(rng, size / 2, size / 2, size * 0.42, 0.45, int(rng.integers(5, 11)))
        shape_ink = ink if rng.random() < 0.7 else (40, 40, 190)
        cv2.fillPoly(mask, [shape], 255, cv2.LINE_AA)
        paint.centre(image, mask, x, y, shape_ink)
        return
    paint.centre(image, mask, x, y, ink)


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


def _extras(rng: np.random.Generator, image: Image, serial_height: int) -> None:
    places = [(0.2, 0.09), (0.8, 0.09)]
    if rng.random() < 0.7:
        places += [(0.2, 0.92), (0.8, 0.92)]
    wear.screws(rng, image, places)
    free = HEIGHT * 0.5 - serial_height / 2
    for x, y in ((0.03, 0.03), (0.84, 0.03), (0.03, 0.8), (0.84, 0.8)):
        if rng.random() < 0.22:
            tall = min(free * 0.9, rng.uniform(0.14, 0.2) * HEIGHT)
            wear.sticker(rng, image, x * WIDTH, y * HEIGHT, rng.uniform(0.1, 0.14) * WIDTH, tall)
    if rng.random() < 0.3:
        wear.frame(rng, image, 0.16)
