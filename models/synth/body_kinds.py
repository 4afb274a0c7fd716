"""Cars, estate cars, pick-ups, vans, lorries and motorbikes, seen from behind."""

from collections.abc import Callable
from typing import Final

import numpy as np

from models.synth import paint
from models.synth.bodies import PAINTS, Body, Canvas, darker, finish, recess, sheen
from models.synth.lettering import badge, bumper_sticker, fleet_number, van_sign
from models.synth.paint import Colour

_RED: Final = (35, 25, 165)
_DARK: Final = (26, 26, 28)
_GLASS: Final = (58, 50, 44)
_CHROME: Final = (208, 206, 205)

KINDS: Final = ("sedan", "hatch", "suv", "pickup", "van", "lorry", "motorbike")


def plate_size(width_px: int, height_px: int, motorbike: bool = False) -> tuple[float, float]:
    """Return the size in metres of a plate whose flat picture has these pixels."""
    aspect = width_px / height_px
    wide = 0.52 if aspect > 4 else 0.4 if aspect > 2.5 else 0.305
    if motorbike and aspect < 2.5:
        wide *= 0.7
    return wide, wide / aspect


def render_body(
    rng: np.random.Generator,
    kind: str | None = None,
    plate_m: tuple[float, float] = (0.305, 0.152),
    px_per_m: float = 160.0,
) -> Body:
    """Return the rear of one vehicle, without its plate, the recess sized for *plate_m*."""
    weights = (0.26, 0.2, 0.22, 0.1, 0.12, 0.05, 0.05)
    chosen = kind or str(rng.choice(KINDS, p=weights))
    return _DRAWERS[chosen](rng, chosen, plate_m, px_per_m)


def _tyres(canvas: Canvas, half: float) -> None:
    canvas.box(-half * 0.96, 0.0, -half * 0.96 + 0.22, 0.42, (20, 20, 20), 0.04)
    canvas.box(half * 0.96 - 0.22, 0.0, half * 0.96, 0.42, (20, 20, 20), 0.04)
    canvas.box(-half * 0.8, 0.16, half * 0.8, 0.34, (14, 14, 14))


def _car(
    rng: np.random.Generator, kind: str, plate_m: tuple[float, float], px_per_m: float
) -> Body:
    tall = {"sedan": (1.38, 1.48), "hatch": (1.45, 1.6), "suv": (1.62, 1.9)}[kind]
    canvas = Canvas(rng.uniform(1.72, 1.98), rng.uniform(*tall), px_per_m)
    half, top = canvas.width_m / 2, canvas.height_m
    colour = paint.vary(rng, PAINTS[int(rng.integers(len(PAINTS)))], 14)
    belt = top * rng.uniform(0.6, 0.68)
    roof = rng.uniform(0.6, 0.74) if kind != "suv" else rng.uniform(0.7, 0.82)
    _tyres(canvas, half)
    shoulder = half * rng.uniform(0.88, 0.96)
    canvas.polygon(
        [
            (-shoulder, belt), (-half * roof, top - 0.04), (-half * roof * 0.8, top),
            (half * roof * 0.8, top), (half * roof, top - 0.04), (shoulder, belt),
        ],
        colour,
    )  # fmt: skip
    _window(rng, canvas, half * 0.86, half * roof * 0.9, belt + 0.03, top - rng.uniform(0.07, 0.14))
    canvas.box(-half, 0.26, half, belt + 0.02, colour, rng.uniform(0.06, 0.16))
    bumper = rng.uniform(0.5, 0.62)
    _bumper(rng, canvas, colour, half, bumper)
    sheen(rng, canvas)
    _lamps(rng, canvas, half, bumper, belt)
    high = rng.random() < 0.75
    y = (bumper + belt) / 2 - rng.uniform(0.0, 0.05) if high else rng.uniform(0.4, 0.47)
    recess(rng, canvas, (0.0, y), plate_m, colour)
    _badges(rng, canvas, half, belt, colour)
    _stickers(rng, canvas, half, belt, bumper)
    return finish(rng, canvas, kind, colour, (0.0, y), rng.uniform(1.6, 2.6), roof)


def _window(
    rng: np.random.Generator, canvas: Canvas, low: float, high: float, y0: float, y1: float
) -> None:
    glass = paint.vary(rng, _GLASS, 18)
    canvas.polygon([(-low, y0), (-high, y1), (high, y1), (low, y0)], glass, solid=False)
    if rng.random() < 0.6:  # the sky in the glass
        x = rng.uniform(-0.5, 0.3)
        slope = [(x, y0), (x + 0.25, y1), (x + 0.5, y1), (x + 0.2, y0)]
        canvas.polygon(slope, paint.vary(rng, (130, 115, 100), 25), solid=False)
    if rng.random() < 0.5:
        canvas.line(-0.05, y0 + 0.02, 0.35, y0 + 0.08, (15, 15, 15), 0.025)
    if rng.random() < 0.4:
        for x in (-low * 0.5, low * 0.5):
            canvas.disc(x, y0 + 0.03, 0.1, (22, 22, 22))


def _bumper(
    rng: np.random.Generator, canvas: Canvas, colour: Colour, half: float, top: float
) -> None:
    shade = darker(colour, rng.uniform(0.8, 1.05)) if rng.random() < 0.7 else (44, 44, 46)
    canvas.box(-half, 0.25, half, top, shade, 0.08)
    canvas.line(-half, top, half, top, darker(colour, 0.45), 0.012)
    canvas.box(-half * 0.85, 0.2, half * 0.85, rng.uniform(0.28, 0.38), (30, 30, 32), 0.03)
    if rng.random() < 0.5:
        for side in (-1, 1):
            x = side * rng.uniform(0.5, 0.65)
            canvas.box(x - 0.07, 0.24, x + 0.07, 0.3, (160, 160, 162), 0.02)
    if rng.random() < 0.6:
        for side in (-1, 1):
            x = side * half * 0.75
            canvas.box(x - 0.1, 0.4, x + 0.1, 0.44, (40, 30, 150))


def _lamps(rng: np.random.Generator, canvas: Canvas, half: float, low: float, belt: float) -> None:
    colour = paint.vary(rng, _RED, 22)
    wide, tall = rng.uniform(0.16, 0.42), rng.uniform(0.12, 0.3)
    y1 = belt - rng.uniform(0.0, 0.08)
    y0 = max(low + 0.02, y1 - tall)
    for side in (-1, 1):
        x0, x1 = sorted((side * half * 0.98, side * (half * 0.98 - wide)))
        canvas.lamp(x0, y0, x1, y1, colour, rng.uniform(0.01, 0.06))
        if rng.random() < 0.5:
            middle = (x0 + x1) / 2
            canvas.box(middle - 0.05, y0 + 0.02, middle + 0.05, y0 + 0.07, (215, 215, 220), 0.01)
    if rng.random() < 0.15:
        canvas.box(-half * 0.9, y1 - 0.06, half * 0.9, y1 - 0.02, colour)
    canvas.box(-0.12, canvas.height_m - 0.06, 0.12, canvas.height_m - 0.03, (30, 25, 120))


def _badges(
    rng: np.random.Generator, canvas: Canvas, half: float, belt: float, colour: Colour
) -> None:
    ink = _CHROME if rng.random() < 0.8 else darker(colour, 0.3)
    canvas.disc(0, belt - 0.07, rng.uniform(0.03, 0.06), ink)
    canvas.disc(0, belt - 0.07, 0.02, darker(colour, 0.6))
    for side in (-1, 1):
        if rng.random() < 0.65:
            text, role = badge(rng)
            x = side * half * rng.uniform(0.38, 0.5)
            canvas.words(
                text, role, x, belt - rng.uniform(0.05, 0.2), rng.uniform(0.03, 0.05), 0.36, ink
            )
    if rng.random() < 0.12:
        text, role = badge(rng)
        canvas.words(text, role, 0, belt - 0.17, 0.06, 0.8, ink)


def _stickers(
    rng: np.random.Generator, canvas: Canvas, half: float, belt: float, bumper: float
) -> None:
    for _ in range(int(rng.integers(1, 4)) if rng.random() < 0.22 else 0):
        text, role = bumper_sticker(rng)
        y = float(rng.choice((bumper - 0.1, belt + 0.1, (bumper + belt) / 2)))
        x = rng.choice((-1, 1)) * rng.uniform(0.45, 0.75) * half
        ground = paint.vary(rng, PAINTS[int(rng.integers(len(PAINTS)))], 20)
        w, h = rng.uniform(0.1, 0.22), rng.uniform(0.03, 0.055)
        canvas.box(x - w, y - h, x + w, y + h, ground)
        ink = (240, 240, 240) if paint.luma(ground) < 120 else (30, 30, 30)
        canvas.words(text, role, x, y, h, w * 1.8, ink)


def _pickup(
    rng: np.random.Generator, kind: str, plate_m: tuple[float, float], px_per_m: float
) -> Body:
    canvas = Canvas(rng.uniform(1.85, 2.05), rng.uniform(1.75, 1.98), px_per_m)
    half, top = canvas.width_m / 2, canvas.height_m
    colour = paint.vary(rng, PAINTS[int(rng.integers(len(PAINTS)))], 14)
    gate = rng.uniform(1.15, 1.3)
    _tyres(canvas, half)
    canvas.polygon(
        [(-half * 0.85, gate), (-half * 0.7, top), (half * 0.7, top), (half * 0.85, gate)], colour
    )
    _window(rng, canvas, half * 0.74, half * 0.62, gate + 0.05, top - 0.1)
    canvas.box(-half, 0.55, half, gate, colour, 0.04)
    canvas.box(-half * 0.78, 0.68, half * 0.78, gate - 0.02, darker(colour, 0.93), 0.03)
    bumper = _CHROME if rng.random() < 0.6 else darker(colour, 0.8)
    canvas.box(-half, 0.42, half, 0.64, bumper, 0.04)
    sheen(rng, canvas)
    for side in (-1, 1):
        x0, x1 = sorted((side * half * 0.99, side * half * 0.82))
        canvas.lamp(x0, 0.75, x1, gate - 0.05, paint.vary(rng, _RED, 18))
    text, role = badge(rng)
    canvas.words(
        text,
        role,
        0,
        gate - 0.2,
        rng.uniform(0.07, 0.16),
        1.2,
        darker(colour, rng.choice((0.5, 1.4))),
    )
    _badges(rng, canvas, half, gate, colour)
    y = 0.53 if rng.random() < 0.8 else 0.8
    recess(rng, canvas, (0.0, y), plate_m, (50, 50, 52))
    return finish(rng, canvas, kind, colour, (0.0, y), rng.uniform(2.5, 3.5), 0.7)


def _van(
    rng: np.random.Generator, kind: str, plate_m: tuple[float, float], px_per_m: float
) -> Body:
    canvas = Canvas(rng.uniform(1.85, 2.1), rng.uniform(1.9, 2.65), px_per_m)
    half, top = canvas.width_m / 2, canvas.height_m
    white = rng.random() < 0.55
    colour = paint.vary(rng, PAINTS[0 if white else int(rng.integers(len(PAINTS)))], 12)
    _tyres(canvas, half)
    canvas.box(-half, 0.3, half, top, colour, 0.12)
    canvas.box(-half * 0.97, 0.3, half * 0.97, 0.5, (50, 50, 52), 0.04)
    if rng.random() < 0.6:
        for side in (-1, 1):
            x0, x1 = sorted((side * 0.06, side * half * 0.82))
            canvas.box(x0, top * 0.62, x1, top * 0.85, paint.vary(rng, _GLASS, 15), 0.05)
    sheen(rng, canvas)
    canvas.line(0, 0.5, 0, top - 0.08, darker(colour, 0.5), 0.015)
    for side in (-1, 1):
        x0, x1 = sorted((side * half * 0.99, side * (half * 0.99 - rng.uniform(0.1, 0.18))))
        canvas.lamp(x0, 0.75, x1, 0.75 + rng.uniform(0.3, 0.6), paint.vary(rng, _RED, 18))
    _sign(rng, canvas, top, colour)
    x = float(rng.choice((0.0, -0.35, 0.35)))
    y = rng.uniform(0.62, 0.8) if rng.random() < 0.7 else 0.42
    recess(rng, canvas, (x, y), plate_m, colour)
    _badges(rng, canvas, half, 1.05, colour)
    return finish(rng, canvas, kind, colour, (x, y), rng.uniform(3.0, 4.5), 0.92)


def _sign(rng: np.random.Generator, canvas: Canvas, top: float, colour: Colour) -> None:
    """Letter the doors: name, trade and telephone, the best bait there is."""
    if rng.random() < 0.25:
        return
    ink = paint.vary(rng, PAINTS[int(rng.integers(4, len(PAINTS)))], 20)
    if abs(paint.luma(ink) - paint.luma(colour)) < 70:
        ink = (30, 30, 30) if paint.luma(colour) > 120 else (240, 240, 240)
    y = top * rng.uniform(0.5, 0.8)
    for text, role in van_sign(rng):
        tall = rng.uniform(0.06, 0.14)
        canvas.words(text, role, rng.normal(0, 0.05), y, tall, canvas.width_m * 0.8, ink)
        y -= tall * 1.7


def _lorry(
    rng: np.random.Generator, kind: str, plate_m: tuple[float, float], px_per_m: float
) -> Body:
    canvas = Canvas(rng.uniform(2.2, 2.5), rng.uniform(2.9, 3.5), px_per_m * 0.75)
    half, top = canvas.width_m / 2, canvas.height_m
    colour = paint.vary(rng, PAINTS[int(rng.choice((0, 0, 1, 2, 8, 13)))], 12)
    _tyres(canvas, half)
    canvas.box(-half, 0.85, half, top, colour, 0.03)
    canvas.line(0, 0.9, 0, top - 0.05, darker(colour, 0.6), 0.02)
    for x in (-half * 0.45, half * 0.45):
        canvas.line(x, 0.9, x, top - 0.05, (160, 160, 160), 0.03)
    canvas.box(-half * 0.95, 0.5, half * 0.95, 0.72, (60, 60, 62))
    for i in range(8):
        x = -half * 0.9 + i * half * 0.225
        canvas.box(x, 0.52, x + half * 0.11, 0.57, (40, 40, 200) if i % 2 else (230, 230, 230))
    sheen(rng, canvas)
    for side in (-1, 1):
        x0, x1 = sorted((side * half * 0.95, side * half * 0.75))
        canvas.lamp(x0, 0.6, x1, 0.7, paint.vary(rng, _RED, 15), 0.02)
    _sign(rng, canvas, top, colour)
    if rng.random() < 0.7:
        canvas.words(
            fleet_number(rng), "grotesk-700", half * 0.55, top * 0.42, 0.09, 0.7, (30, 30, 30)
        )
    x, y = float(rng.choice((0.0, -0.5, 0.4))), 0.62
    recess(rng, canvas, (x, y), plate_m, (50, 50, 50))
    return finish(rng, canvas, kind, colour, (x, y), rng.uniform(4, 7), 1.0)


def _motorbike(
    rng: np.random.Generator, kind: str, plate_m: tuple[float, float], px_per_m: float
) -> Body:
    canvas = Canvas(0.85, rng.uniform(1.55, 1.75), px_per_m * 1.2)
    top = canvas.height_m
    colour = paint.vary(rng, PAINTS[int(rng.integers(len(PAINTS)))], 14)
    jacket = paint.vary(rng, PAINTS[int(rng.integers(3, len(PAINTS)))], 18)
    canvas.box(-0.08, 0.0, 0.08, 0.6, (18, 18, 18), 0.07)
    canvas.polygon(
        [
            (-0.2, 0.8),
            (-0.26, 1.15),
            (-0.2, top - 0.27),
            (0.2, top - 0.27),
            (0.26, 1.15),
            (0.2, 0.8),
        ],
        jacket,
    )
    for side in (-1, 1):
        canvas.polygon(
            [(side * 0.16, 0.9), (side * 0.33, 0.75), (side * 0.3, 0.3), (side * 0.2, 0.3)],
            darker(jacket, 0.6),
        )
        canvas.polygon(
            [(side * 0.22, 1.3), (side * 0.38, 1.0), (side * 0.32, 0.95), (side * 0.18, 1.15)],
            darker(jacket, 0.85),
        )
        canvas.line(side * 0.3, 1.02, side * 0.41, 1.08, (30, 30, 30), 0.03)
    canvas.disc(
        0,
        top - 0.15,
        0.145,
        paint.vary(rng, PAINTS[int(rng.integers(len(PAINTS)))], 10),
        solid=True,
    )
    canvas.box(-0.17, 0.66, 0.17, 0.92, colour, 0.05)
    if rng.random() < 0.3:
        canvas.box(-0.24, 0.85, 0.24, 1.2, (30, 30, 32), 0.05)
    sheen(rng, canvas)
    canvas.lamp(-0.08, 0.78, 0.08, 0.86, paint.vary(rng, _RED, 15))
    canvas.box(-0.12, 0.4, 0.12, 0.68, _DARK, 0.02)
    y = rng.uniform(0.52, 0.62)
    wide = min(plate_m[0] / 2 + 0.015, 0.42)
    canvas.box(-wide, y - plate_m[1] / 2 - 0.015, wide, y + plate_m[1] / 2 + 0.015, _DARK, 0.01)
    return finish(rng, canvas, kind, colour, (0.0, y), 0.6, 0.3)


_DRAWERS: Final[dict[str, Callable[..., Body]]] = {
    "sedan": _car,
    "hatch": _car,
    "suv": _car,
    "pickup": _pickup,
    "van": _van,
    "lorry": _lorry,
    "motorbike": _motorbike,
}
