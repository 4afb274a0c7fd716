"""Plates of Europe, Britain, Brazil, India and others: one or two rows, bands, seals, borders."""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from models.synth import paint, wear
from models.synth.glyphs import MARKED, Face, fitted_word, serial
from models.synth.lettering import TOWNS, dealer
from models.synth.paint import Colour, Image
from models.synth.world_looks import EU_FACES, LOOKS, WILD_FACES, WorldLook

ONE_ROW: Final = (110, 520)
TWO_ROWS: Final = (210, 330)


@dataclass(frozen=True, slots=True)
class _Field:
    """Where the serial may stand: left, right, top, bottom as fractions of the plate."""

    left: float
    right: float
    top: float
    bottom: float
    side: float = 0.0  # what a band takes off the first of two rows


def draw(rng: np.random.Generator, jurisdiction: str, display: str) -> tuple[Image, str]:
    """Return a flat plate with *display* on it, and the style's name."""
    looks = _carrying(LOOKS[jurisdiction], display)
    look = looks[int(rng.choice(len(looks), p=_weights(looks)))]
    two = rng.random() < look.two_rows and len(display) > 5
    height, width = TWO_ROWS if two else ONE_ROW
    if look.tall and not two:
        height, width = 130, 400
    image = _ground(rng, look, height, width)
    field = _furniture(rng, image, look, two)
    rows = split(display, look.cut) if two else [display]
    face = _face(rng, look)
    ink = _ink(rng, look)
    size = rng.uniform(*look.size) * (rng.uniform(0.6, 0.9) if rng.random() < look.shrunk else 1.0)
    parts = _parts(rng, image, look, field, rows)
    head = _stacked(rng, look, display, two)
    if head:  # the state above the district, small, at the left
        rows, parts = head, _beside_stack(field)
    elif two:
        face = replace(face, stretch=face.stretch * rng.uniform(1.0, 1.3))
    for part, row in zip(parts, rows, strict=True):
        _row(rng, image, look, row, (face, size), part, ink)
    _extras(rng, image, look)
    return image, f"{jurisdiction}:{look.style}{':two-rows' if two else ''}"


def _carrying(looks: tuple[WorldLook, ...], display: str) -> tuple[WorldLook, ...]:
    """Return the looks that carry such a serial; all of them where none was made for it."""
    shape = "".join("0" if c.isdigit() else "A" for c in display if c not in " -.")
    fitting = tuple(look for look in looks if look.shape in ("", shape))
    return fitting or looks


def _weights(looks: tuple[WorldLook, ...]) -> list[float]:
    total = sum(look.weight for look in looks)
    return [look.weight / total for look in looks]


def split(display: str, cut: str) -> list[str]:
    """Cut a serial into two rows at its first or last separator, or where the rows come even."""
    cuts = [i for i, character in enumerate(display) if character in " -." and i > 0]
    if not cuts:
        middle = len(display) // 2
        return [display[:middle], display[middle:]]
    even = min(cuts, key=lambda i: abs(i - len(display) * 0.5))
    at = {"first": cuts[0], "last": cuts[-1]}.get(cut, even)
    return [display[:at], display[at + 1 :]]


def _stacked(rng: np.random.Generator, look: WorldLook, display: str, two: bool) -> list[str]:
    """Return an Indian serial as two short rows and the rest, now and then; else nothing."""
    parts = display.replace("-", " ").replace(".", " ").split(" ", 2)
    if two or look.cut != "even" or len(parts) < 3 or rng.random() > 0.12:
        return []
    if rng.random() < 0.5 and " " in parts[2]:
        series, number = parts[2].split(" ", 1)
        return [parts[0] + parts[1], series, number]
    return parts


def _beside_stack(field: _Field) -> list[_Field]:
    middle = (field.top + field.bottom) / 2
    cut = field.left + (field.right - field.left) * 0.33
    return [
        _Field(field.left, cut, field.top, middle),
        _Field(field.left, cut, middle, field.bottom),
        _Field(cut, field.right, field.top, field.bottom),
    ]


def _ink(rng: np.random.Generator, look: WorldLook) -> Colour:
    """Return the ink, paler where a style's plates are worn or lit from beside the lens."""
    strength = rng.uniform(*look.strength)
    blue, green, red = (
        int(min(255.0, max(0.0, ground + (ink - ground) * strength)))
        for ground, ink in zip(look.panel or look.ground, look.ink, strict=True)
    )
    return paint.vary(rng, (blue, green, red), 10)


def _parts(
    rng: np.random.Generator, image: Image, look: WorldLook, field: _Field, rows: list[str]
) -> list[_Field]:
    """Return where each row stands: a short first row leaves room for seals or a sticker."""
    if len(rows) == 1:
        return [field]
    middle = field.top + (field.bottom - field.top) * rng.uniform(0.46, 0.52)
    left, right = field.left, field.right
    short = len(rows[0]) <= 3 and len(rows[0]) < len(rows[1])
    if short and (look.seals or rng.random() < 0.25):
        room = (right - left) * rng.uniform(0.28, 0.4)
        _beside(rng, image, look, (right - room / 2, (field.top + middle) / 2), room)
        right -= room
        if look.seals == 3:  # a shield on either side
            _beside(rng, image, look, (left + room / 4, (field.top + middle) / 2), room / 2)
            left += room / 2
    else:
        left += field.side * rng.uniform(0.6, 1.0)
    return [
        _Field(left, right, field.top, middle),
        _Field(field.left, field.right, middle, field.bottom),
    ]


def _beside(
    rng: np.random.Generator, image: Image, look: WorldLook, at: tuple[float, float], room: float
) -> None:
    """Draw what stands beside a short first row: seals, a shield or a sticker."""
    height, width = image.shape[:2]
    x, y = at[0] * width, at[1] * height
    if look.seals and rng.random() < 0.9:
        for k in range(look.seals if look.seals < 3 else 1):
            offset = (k - 0.5) * room * width * 0.42 if look.seals == 2 else 0.0
            radius = min(room * width * (0.2 if look.seals == 2 else 0.4), height * 0.2)
            _seal(rng, image, x + offset, y, max(4, round(radius * rng.uniform(0.7, 1.0))))
    elif rng.random() < 0.5:
        wide, tall = room * width * rng.uniform(0.4, 0.7), height * rng.uniform(0.12, 0.25)
        wear.sticker(rng, image, x - wide / 2, y - tall / 2, wide, tall)


def _ground(rng: np.random.Generator, look: WorldLook, height: int, width: int) -> Image:
    image = paint.flat(height, width, paint.vary(rng, look.ground, 10))
    if look.panel is not None:
        box = (width * 0.03, height * 0.18, width * 0.97, height * 0.9)
        x0, y0, x1, y1 = (round(side) for side in box)
        image[y0:y1, x0:x1] = paint.vary(rng, look.panel, 10)
    if look.rim is not None:
        wear.rim(rng, image, look.rim, rng.uniform(0.0, 0.035), int(rng.integers(2, 6)))
    return image


def _furniture(rng: np.random.Generator, image: Image, look: WorldLook, two: bool) -> _Field:
    """Draw bands and headings; return what is left for the serial."""
    left, right, top, bottom, side = 0.02, 0.98, 0.1, 0.9, 0.0
    if look.band and rng.random() < look.band_share:
        full = not two or rng.random() < 0.4
        _band(rng, image, look, two, full)
        left, side = (0.1, 0.0) if full else (0.04, 0.09)
    if look.right_band and not two and rng.random() < 0.7:
        _right_band(rng, image, look)
        right = 0.92
    if look.heading:
        _heading(rng, image, look)
        top = look.heading_height + 0.05
    if look.panel is not None:
        left, right, bottom = 0.06, 0.94, 0.88
    if two:
        top = max(top, 0.06)
        bottom = 0.95
    return _Field(left, right, top, bottom, side)


def _band(rng: np.random.Generator, image: Image, look: WorldLook, two: bool, full: bool) -> None:
    height, width = image.shape[:2]
    wide = round(width * (rng.uniform(0.075, 0.09) if not two else 0.1))
    tall = height if full else height // 2
    if look.band == "IND":
        _india(rng, image, look, wide, tall)
        return
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


def _india(rng: np.random.Generator, image: Image, look: WorldLook, wide: int, tall: int) -> None:
    """Draw the wheel's hologram and the small blue letters beneath it, on the bare plate."""
    at = (wide // 2 + 1, round(tall * rng.uniform(0.25, 0.38)))
    shine = paint.vary(rng, (205, 195, 170), 25)
    half = wide // 3
    low, top = (at[0] - half, at[1] - half), (at[0] + half, at[1] + half)
    cv2.rectangle(image, low, top, shine, -1)
    cv2.circle(image, at, wide // 4, paint.vary(rng, (150, 110, 60), 30), 1, cv2.LINE_AA)
    mask = fitted_word(look.band, "road-800", round(wide * rng.uniform(0.22, 0.35)), wide * 0.75)
    paint.centre(image, mask, wide / 2 + 1, tall * rng.uniform(0.6, 0.8), (170, 70, 20))


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
    ink = look.panel or look.ink
    if look.heading_band is not None:
        image[:band] = paint.vary(rng, look.heading_band, 10)
        ink = (245, 245, 245)
    mask = fitted_word(text, "grotesk-700", round(band * rng.uniform(0.45, 0.65)), width * 0.6)
    faint = 1.0 if look.heading_band is not None else rng.uniform(0.3, 0.9)
    paint.centre(image, mask, width / 2, band * 0.6 + 2, ink, faint)


def _face(rng: np.random.Generator, look: WorldLook) -> Face:
    roles = look.faces if rng.random() < 0.8 else EU_FACES
    wild = rng.random() < look.wild
    if wild:
        roles = WILD_FACES
    role = str(roles[int(rng.integers(len(roles)))])
    return Face(
        role,
        stretch=rng.uniform(0.7, 1.5) if wild else rng.uniform(0.85, 1.2),
        gap=rng.uniform(0.04, 0.2) if wild else rng.uniform(0.07, 0.16),
        blank=rng.uniform(0.25, 0.5),
        fixed=rng.random() < 0.65,
        bolder=int(rng.integers(-1, 5)),
        slant=float(rng.normal(0.12, 0.15)) if wild and rng.random() < 0.6 else 0.0,
        slit=look.slit or role in MARKED,
    )


def _row(
    rng: np.random.Generator,
    image: Image,
    look: WorldLook,
    row: str,
    cast: tuple[Face, float],
    field: _Field,
    ink: Colour,
) -> None:
    height, width = image.shape[:2]
    room = (field.bottom - field.top) * height
    face, size = cast
    tall = max(12, round(room * size))
    widest = (field.right - field.left) * width * rng.uniform(0.86, 0.98)
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
        _seal(rng, image, x, y + offset * tall, radius)


def _seal(rng: np.random.Generator, image: Image, x: float, y: float, radius: int) -> None:
    """Draw a round sticker or a shield, with something on it."""
    kinds = [(90, 160, 90), (60, 140, 230), (200, 190, 190), (45, 40, 190), (170, 90, 40)]
    colour = paint.vary(rng, kinds[int(rng.integers(len(kinds)))], 30)
    at = (round(x), round(y))
    if rng.random() < 0.65:
        cv2.circle(image, at, radius, colour, -1, cv2.LINE_AA)
        cv2.circle(image, at, radius, (90, 90, 90), 1, cv2.LINE_AA)
    else:
        shape = np.array([(-0.8, -1), (0.8, -1), (0.8, 0.2), (0, 1.1), (-0.8, 0.2)])
        points = np.round(shape * radius + at).astype(np.int32)
        cv2.fillPoly(image, [points], colour, cv2.LINE_AA)
        cv2.polylines(image, [points], isClosed=True, color=(60, 60, 60), thickness=1)
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
    elif rng.random() < 0.18:
        wear.frame(rng, image, 0.09)
