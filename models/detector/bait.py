"""Things that look like plates and are none, laid over training pictures where no plate is."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth import paint
from models.synth.backdrop import sign_board
from models.synth.glyphs import SERIAL_FACES, fitted_word
from models.synth.lettering import badge, bumper_sticker, camera_line, fleet_number, van_sign

Image = NDArray[np.uint8]
Boxes = NDArray[np.float32]


def some_bait(seed: int, count: int = 300) -> list[Image]:
    """Return *count* small pictures of signs, lettering, grilles and lamps; BGR and how opaque."""
    kinds = (_sign, _lettering, _badge, _panel, _grille, _lamp, _stamp)
    rng = np.random.default_rng((seed, 77))
    return [kinds[n % len(kinds)](rng) for n in range(count)]


def strewn(rng: np.random.Generator, image: Image, plates: Boxes, pool: Sequence[Image]) -> None:
    """Lay one to three pieces of the *pool* over *image*, in place, away from *plates*.

    Args:
        plates: ``(N, 4)`` boxes that must stay free.
    """
    high, wide = image.shape[:2]
    for _ in range(int(rng.integers(1, 4))):
        piece = pool[int(rng.integers(len(pool)))]
        width = float(np.exp(rng.uniform(np.log(24), np.log(min(200, wide * 0.6)))))
        piece = _turned(rng, piece, width / piece.shape[1])
        tall, long = piece.shape[:2]
        x, y = int(rng.uniform(-long / 4, wide - long * 0.75)), int(rng.uniform(0, high - tall))
        box = np.array([x - 6, y - 6, x + long + 6, y + tall + 6])
        shared = np.minimum(plates[:, 2:], box[2:]) - np.maximum(plates[:, :2], box[:2])
        if tall >= high or (shared > 0).all(1).any():
            continue
        x0, y0, x1, y1 = max(0, x), max(0, y), min(wide, x + long), min(high, y + tall)
        part = piece[y0 - y : y1 - y, x0 - x : x1 - x]
        alpha = np.ascontiguousarray(part[..., 3])
        layer = cv2.multiply(part[..., :3], cv2.merge([alpha] * 3), scale=1 / 255)
        paint.mix(image[y0:y1, x0:x1], alpha, np.asarray(layer, np.uint8))


def _turned(rng: np.random.Generator, piece: Image, scale: float) -> Image:
    """Return the piece smaller or larger, a little tilted, in another light."""
    size = (max(8, round(piece.shape[1] * scale)), max(4, round(piece.shape[0] * scale)))
    small = cv2.resize(piece, size, interpolation=cv2.INTER_AREA)
    shear = float(rng.normal(0, 0.06))
    drop = abs(shear) * size[0]
    matrix = np.array([[1, 0, 0], [shear, 1, drop if shear < 0 else 0]], np.float32)
    out = cv2.warpAffine(small, matrix, (size[0], int(size[1] + drop)))
    gain = float(np.exp(rng.normal(-0.2, 0.3)))
    out[..., :3] = cv2.convertScaleAbs(np.ascontiguousarray(out[..., :3]), alpha=gain)
    return np.asarray(out, np.uint8)


def _opaque(image: Image) -> Image:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2BGRA), np.uint8)


def _ink(mask: NDArray[np.uint8], colour: tuple[int, int, int]) -> Image:
    """Return lettering without a ground."""
    flat = paint.flat(*mask.shape, colour)
    return np.asarray(np.dstack([flat, mask]), np.uint8)


def _any_ink(rng: np.random.Generator) -> tuple[int, int, int]:
    light = ((235, 235, 235), (60, 220, 245), (190, 195, 200))
    dark = ((25, 25, 25), (140, 40, 20), (30, 30, 160))
    kind = light if rng.random() < 0.6 else dark
    return paint.vary(rng, kind[int(rng.integers(3))], 18)


def _sign(rng: np.random.Generator) -> Image:
    return _opaque(sign_board(rng, rng.uniform(0.7, 1.6), rng.uniform(0.25, 0.9)))


def _lettering(rng: np.random.Generator) -> Image:
    """Numbers on a lorry or a van, without a plate round them."""
    role = str(rng.choice(SERIAL_FACES))
    text = fleet_number(rng) if rng.random() < 0.6 else van_sign(rng)[-1][0]
    return _ink(fitted_word(text, role, 40, 400), _any_ink(rng))


def _badge(rng: np.random.Generator) -> Image:
    words, role = badge(rng) if rng.random() < 0.6 else bumper_sticker(rng)
    return _ink(fitted_word(words, role, 40, 400), _any_ink(rng))


def _panel(rng: np.random.Generator) -> Image:
    """The side of a van: two to four lines on its paint."""
    lines = van_sign(rng)
    ground = paint.vary(rng, ((235, 235, 235), (60, 60, 60), (150, 70, 20))[rng.integers(3)], 40)
    image = paint.flat(60 * len(lines), 320, ground)
    ink = (25, 25, 25) if paint.luma(ground) > 120 else (240, 240, 240)
    for n, (text, role) in enumerate(lines):
        paint.centre(image, fitted_word(text, role, 34, 300), 160, 60 * n + 30, ink)
    return _opaque(image)


def _grille(rng: np.random.Generator) -> Image:
    """Bars of chrome or black plastic."""
    image = paint.flat(int(rng.uniform(50, 120)), 240, paint.vary(rng, (25, 25, 25), 12))
    chrome = paint.vary(rng, (170, 172, 175) if rng.random() < 0.6 else (60, 60, 60), 25)
    upright = rng.random() < 0.3
    for at in range(4, 240 if upright else image.shape[0], int(rng.integers(7, 20))):
        ends = ((at, 0), (at, 999)) if upright else ((0, at), (999, at))
        cv2.line(image, *ends, chrome, int(rng.integers(1, 5)), cv2.LINE_AA)
    return _opaque(image)


def _lamp(rng: np.random.Generator) -> Image:
    """A lamp or a reflector: bright, oblong, sharp-edged."""
    tall = int(rng.uniform(40, 110))
    shades = ((235, 240, 245), (40, 40, 210), (40, 150, 245))
    colour = paint.vary(rng, shades[int(rng.integers(3))], 25)
    image = paint.gradient(tall, 200, [colour, paint.vary(rng, colour, 70), colour])
    for x in range(0, 200, int(rng.integers(9, 40))):
        cv2.line(image, (x, 0), (x, tall), paint.vary(rng, colour, 50), 1, cv2.LINE_AA)
    mask = paint.rounded(tall, 200, int(rng.uniform(4, tall / 2 - 1)))
    return np.asarray(np.dstack([image, mask]), np.uint8)


def _stamp(rng: np.random.Generator) -> Image:
    """A camera's time stamp, on a bar or straight on the picture."""
    role = str(rng.choice(("mono-400", "roadmono-600", "grotesk-500", "cockpit-400")))
    mask = fitted_word(camera_line(rng), role, 30, 900)
    if rng.random() < 0.5:
        return _ink(mask, (250, 250, 250) if rng.random() < 0.8 else (60, 240, 250))
    bar = paint.flat(mask.shape[0] + 14, mask.shape[1] + 20, (0, 0, 0))
    if rng.random() < 0.3:
        bar[:] = 255
    ink = (255, 255, 255) if bar[0, 0, 0] == 0 else (0, 0, 0)
    paint.centre(bar, mask, bar.shape[1] / 2, bar.shape[0] / 2, ink)
    return _opaque(bar)
