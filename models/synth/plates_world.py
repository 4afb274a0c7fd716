"""Plates of Europe, Britain, Brazil, India and others: one or two rows, bands, seals, borders."""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from models.synth import paint, wear
from models.synth.glyphs import Face, fitted_word, serial
from models.synth.lettering import TOWNS, dealer
from models.synth.paint import Colour, Image
from models.synth.world_looks import EU_FACES, LOOKS, WorldLook

ONE_ROW: Final = (110, 520)
TWO_ROWS: Final = (210, 330)


@dataclass(frozen=True, slots=True)
class _Field:
    """Where the serial may stand: left, right, top, bottom as fractions of the plate."""

    left: float
    right: float
    top: float
    bottom: float


def draw(rng: np.random.Generator, jurisdiction: str, display: str) -> tuple[Image, str]:
    """Return a flat plate with *display* on it, and the style's name."""
    looks = LOOKS[jurisdiction]
    look = looks[int(rng.choice(len(looks), p=_weights(looks)))]
    two = rng.random() < look.two_rows and len(display) > 5
    height, width = TWO_ROWS if two else ONE_ROW
    if look.tall and not two:
        height, width = 130, 400
    image = _ground(rng, look, height, width)
    field = _furniture(rng, image, look, two)
    rows = _split(display) if two else [display]
    face = _face(rng, look)
    ink = paint.vary(rng, look.ink, 12)
    bound = (field.bottom - field.top) / len(rows)
    for i, row in enumerate(rows):
        part = _Field(field.left, field.right, field.top + i * bound, field.top + (i + 1) * bound)
        _row(rng, image, look, row, face, part, ink)
    _extras(rng, image, look)
    return image, f"{jurisdiction}:{look.style}{':two-rows' if two else ''}"


def _weights(looks: tuple[WorldLook, ...]) -> list[float]:
    total = sum(look.weight for look in looks)
    return [look.weight / total for look in looks]


def _split(display: str) -> list[str]:
    """Cut a serial into two rows, at a separator near the middle where there is one."""
    cuts = [i for i, character in enumerate(display) if character in " -." and i > 0]
    if not cuts:
        middle = len(display) // 2
        return [display[:middle], display[middle:]]
    cut = min(cuts, key=lambda i: abs(i - len(display) * 0.45))
    return [display[:cut], display[cut + 1 :]]


def _ground(rng: np.random.Generator, look: WorldLook, height: int, width: int) -> Image:
    image = paint.flat(height, width, paint.vary(rng, look.ground, 10))
    if look.rim is not None:
        wear.rim(rng, image, look.rim, rng.uniform(0.0, 0.035), int(rng.integers(2, 6)))
    return image


def _furniture(rng: np.random.Generator, image: Image, look: WorldLook, two: bool) -> _Field:
    """Draw bands and headings; return what is left for the serial."""
    left, right, top, bottom = 0.02, 0.98, 0.1, 0.9
    if look.band and rng.random() < look.band_share:
        _band(rng, image, look, two)
        left = 0.1
    if look.right_band and not two and rng.random() < 0.7:
        _right_band(rng, image, look)
        right = 0.92
    if look.heading:
        _heading(rng, image, look)
        top = look.heading_height + 0.05
    if two:
        top = max(top, 0.06)
        bottom = 0.95
    return _Field(left, right, top, bottom)


def _band(rng: np.random.Generator, image: Image, look: WorldLook, two: bool) -> None:
    height, width = image.shape[:2]
    wide = round(width * (rng.uniform(0.075, 0.09) if not two else 0.1))
    tall = height if not two or rng.random() < 0.4 else height // 2
    blue = paint.vary(rng, (160, 65, 15), 14)
    image[2 : tall - 2, 2:wide] = blue
    ring = (wide / 2 + 1, tall * 0.32)
    if look.stars:
        for angle in np.linspace(0, 2 * np.pi, 12, endpoint=False):
            at = (ring[0] + wide * 0.28 * np.cos(angle), ring[1] + wide * 0.28 * np.sin(angle))
            cv2.circle(image, (round(at[0]), round(at[1])), 2, (40, 200, 240), -1, cv2.LINE_AA)
    elif rng.random() < 0.6:
        shape = paint.blob(rng, ring[0], ring[1], wide * 0.25, 0.3)
        cv2.fillPoly(image, [shape], paint.vary(rng, (90, 120, 200), 60), cv2.LINE_AA)
    mask = fitted_word(look.band, "road-800", round(min(wide * 0.5, tall * 0.22)), wide * 0.8)
    paint.centre(image, mask, wide / 2 + 1, tall * 0.78, (245, 245, 245))


def _right_band(rng: np.random.Generator, image: Image, look: WorldLook) -> None:
    height, width = image.shape[:2]
    wide = round(width * 0.075)
    colour = (160, 65, 15) if look.right_band == "blue" else (30, 205, 245)
    image[2:-2, width - wide : width - 2] = paint.vary(rng, colour, 12)
    ink = (245, 245, 245) if look.right_band == "blue" else (20, 20, 20)
    mask = fitted_word(
        f"{int(rng.integers(1, 99)):02d}", "road-600", round(height * 0.2), wide * 0.8
    )
    paint.centre(image, mask, width - wide / 2, height * 0.75, ink)


def _heading(rng: np.random.Generator, image: Image, look: WorldLook) -> None:
    height, width = image.shape[:2]
    band = round(height * look.heading_height)
    text = look.heading
    if text == "town":
        text = f"{rng.choice(('SP', 'RJ', 'MG', 'PR', 'SC', 'BA'))} - {rng.choice(TOWNS)}".replace(
            "_", " "
        )
    ink = look.ink
    if look.heading_band is not None:
        image[:band] = paint.vary(rng, look.heading_band, 10)
        ink = (245, 245, 245)
    mask = fitted_word(text, "grotesk-700", round(band * 0.65), width * 0.6)
    paint.centre(image, mask, width / 2, band * 0.55 + 1, ink)


def _face(rng: np.random.Generator, look: WorldLook) -> Face:
    roles = look.faces if rng.random() < 0.8 else EU_FACES
    return Face(
        str(roles[int(rng.integers(len(roles)))]),
        stretch=rng.uniform(0.85, 1.2),
        gap=rng.uniform(0.07, 0.16),
        blank=rng.uniform(0.25, 0.5),
        fixed=rng.random() < 0.65,
        bolder=int(rng.integers(-1, 5)),
    )


def _row(
    rng: np.random.Generator,
    image: Image,
    look: WorldLook,
    row: str,
    face: Face,
    field: _Field,
    ink: Colour,
) -> None:
    height, width = image.shape[:2]
    room = (field.bottom - field.top) * height
    tall = max(12, round(room * rng.uniform(0.8, 0.96)))
    widest = (field.right - field.left) * width * rng.uniform(0.86, 0.98)
    if tall > room * 0.5 and face.stretch > 1.0 and look.style == "grey":
        face = replace(face, stretch=1.0)
    line = serial(row, face, tall, widest)
    x = (field.left + field.right) / 2 * width - line.mask.shape[1] / 2
    y = (field.top + field.bottom) / 2 * height - tall / 2
    paint.stamp(image, line.mask, x, y, ink)
    if rng.random() < 0.7:
        wear.emboss(image, line.mask, x, y, rng.uniform(8, 40), rng.uniform(0, 6.28))
    marks = iter(character for character in row if character in " -.")
    for i, place in enumerate(line.separators):
        _separator(rng, image, look, next(marks), (x + place, y + tall / 2, tall, i), ink)


def _separator(
    rng: np.random.Generator,
    image: Image,
    look: WorldLook,
    sign: str,
    at: tuple[float, float, int, int],
    ink: Colour,
) -> None:
    x, y, tall, index = at
    if look.seals and index == 0 and rng.random() < 0.85:
        _seals(rng, image, look, x, y, tall)
    elif sign == "-":
        mask = np.full((max(2, round(tall * 0.09)), max(4, round(tall * 0.2))), 255, np.uint8)
        paint.centre(image, mask, x, y, ink)
    elif sign == ".":
        size = max(3, round(tall * 0.13))
        paint.centre(image, paint.rounded(size, size, size // 2), x, y, ink)


def _seals(
    rng: np.random.Generator, image: Image, look: WorldLook, x: float, y: float, tall: int
) -> None:
    """Draw one or two round stickers, or a coat of arms, between the groups."""
    radius = max(3, round(tall * rng.uniform(0.14, 0.2)))
    offsets = (-0.27, 0.25) if look.seals == 2 else (rng.uniform(-0.1, 0.1),)
    for offset in offsets:
        colour = paint.vary(
            rng, [(90, 160, 90), (60, 140, 230), (200, 190, 190)][int(rng.integers(3))], 30
        )
        at = (round(x), round(y + offset * tall))
        cv2.circle(image, at, radius, colour, -1, cv2.LINE_AA)
        cv2.circle(image, at, radius, (90, 90, 90), 1, cv2.LINE_AA)
        inner = paint.blob(rng, at[0], at[1], radius * 0.6, 0.4)
        cv2.fillPoly(image, [inner], paint.vary(rng, (80, 80, 120), 60), cv2.LINE_AA)


def _extras(rng: np.random.Generator, image: Image, look: WorldLook) -> None:
    if rng.random() < 0.35:
        wear.screws(rng, image, [(rng.uniform(0.04, 0.2), 0.5), (rng.uniform(0.8, 0.96), 0.5)])
    elif rng.random() < 0.3:
        wear.screws(rng, image, [(0.25, 0.08), (0.75, 0.08)])
    height, width = image.shape[:2]
    if look.style.startswith("uk") and rng.random() < 0.5:
        text, role = dealer(rng)
        paint.centre(
            image, fitted_word(text, role, 8, width * 0.4), width / 2, height - 8, (40, 40, 40)
        )
    elif rng.random() < 0.12:
        wear.frame(rng, image, 0.09)
