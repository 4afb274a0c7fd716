"""What happens to a plate after it leaves the press: relief, screws, stickers, frames, dirt."""

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth import paint
from models.synth.glyphs import fitted_word
from models.synth.lettering import dealer
from models.synth.paint import Colour, Image

WHITE: Colour = (250, 250, 250)
BLACK: Colour = (18, 18, 20)


def emboss(
    image: Image, mask: NDArray[np.uint8], x: float, y: float, depth: float, angle: float
) -> None:
    """Shade the edges of a raised shape as light from *angle* (radians) would."""
    left, top = round(x), round(y)
    part = image[max(0, top) : top + mask.shape[0], max(0, left) : left + mask.shape[1]]
    soft = cv2.GaussianBlur(mask, (0, 0), 1.0)[: part.shape[0], : part.shape[1]].astype(np.float32)
    slope = cv2.Sobel(soft, cv2.CV_32F, 1, 0) * np.cos(angle)
    slope += cv2.Sobel(soft, cv2.CV_32F, 0, 1) * np.sin(angle)
    part[:] = paint.plus(part, slope.astype(np.float32) * np.float32(depth / 255))


def screws(rng: np.random.Generator, image: Image, places: list[tuple[float, float]]) -> None:
    """Draw screw heads, caps or empty holes at places given as fractions of width and height."""
    height, width = image.shape[:2]
    radius = max(2, round(height * rng.uniform(0.02, 0.035)))
    kind = rng.random()
    colour = paint.vary(rng, (150, 155, 160) if kind < 0.6 else (40, 40, 40), 40)
    for fx, fy in places:
        if rng.random() < 0.12:
            continue
        x, y = round(fx * width), round(fy * height)
        if kind < 0.3:  # an empty slot
            cv2.ellipse(image, (x, y), (radius + 2, radius), 0, 0, 360, colour, -1, cv2.LINE_AA)
            continue
        cv2.circle(image, (x + 1, y + 1), radius, (40, 40, 40), -1, cv2.LINE_AA)
        cv2.circle(image, (x, y), radius, colour, -1, cv2.LINE_AA)
        cv2.line(image, (x - radius // 2, y), (x + radius // 2, y + 1), (60, 60, 60), 1)


def sticker(rng: np.random.Generator, image: Image, x: float, y: float, w: float, h: float) -> None:
    """Stick a small coloured label with a month, a year or a number on, left top at (x, y)."""
    colours = [(40, 40, 200), (200, 120, 30), (60, 160, 60), (30, 200, 230), (240, 240, 240)]
    colour = paint.vary(rng, colours[int(rng.integers(len(colours)))], 20)
    ink = WHITE if paint.luma(colour) < 130 else BLACK
    x0, y0, x1, y1 = round(x), round(y), round(x + w), round(y + h)
    cv2.rectangle(image, (x0, y0), (x1, y1), colour, -1)
    texts = ("JAN", "MAR", "JUN", "SEP", "NOV", "08", "11", "14", "19", "23", "25", "07 24")
    mask = fitted_word(str(rng.choice(texts)), "narrow-700", round(h * 0.6), w * 0.85)
    paint.centre(image, mask, (x0 + x1) / 2, (y0 + y1) / 2, ink)


def frame(rng: np.random.Generator, image: Image, thick: float = 0.11) -> None:
    """Put a dealer's frame on: bars over the plate's rim with lettering, thickest at the bottom."""
    height, width = image.shape[:2]
    dark = rng.random() < 0.65
    colour = paint.vary(rng, (25, 25, 28) if dark else (185, 188, 192), 18)
    ink = paint.vary(rng, WHITE if dark else BLACK, 30)
    side = round(height * rng.uniform(0.02, 0.05))
    top = round(height * rng.uniform(0.02, thick))
    bottom = round(height * rng.uniform(0.05, thick * 1.15))
    cv2.rectangle(image, (0, 0), (width, top), colour, -1)
    cv2.rectangle(image, (0, height - bottom), (width, height), colour, -1)
    cv2.rectangle(image, (0, 0), (side, height), colour, -1)
    cv2.rectangle(image, (width - side, 0), (width, height), colour, -1)
    for bar, y in ((top, top / 2), (bottom, height - bottom / 2)):
        if bar > height * 0.06 and rng.random() < 0.75:
            text, role = dealer(rng)
            mask = fitted_word(text, role, round(bar * 0.62), width * 0.85)
            paint.centre(image, mask, width / 2, y, ink)
    cv2.line(image, (side, top), (width - side, top), (8, 8, 8), 1)


def dirt(rng: np.random.Generator, image: Image, amount: float) -> None:
    """Lay dust and splashes over the plate; *amount* 0 leaves it clean, 1 hides much of it."""
    height, width = image.shape[:2]
    small = paint.grain(rng, height // 4, width // 4, 6) * 0.5 + np.float32(amount * 0.9 - 0.25)
    small *= np.linspace(0.6, 1.2, height // 4, dtype=np.float32)[:, None]
    cover = (np.clip(small, 0, 0.8) * 255).astype(np.uint8)
    cover = cv2.resize(cover, (width, height), interpolation=cv2.INTER_LINEAR)
    paint.stamp(image, cover, 0, 0, paint.vary(rng, (70, 95, 115), 25))
    for _ in range(int(rng.poisson(amount * 12))):
        spot = paint.blob(rng, rng.uniform(0, width), rng.uniform(0, height), rng.uniform(1, 4))
        cv2.fillPoly(image, [spot], paint.vary(rng, (60, 80, 100), 20), cv2.LINE_AA)


def rim(rng: np.random.Generator, image: Image, colour: Colour, inset: float, thick: int) -> None:
    """Draw a border line along the plate's edge, *inset* as a fraction of the height."""
    height, width = image.shape[:2]
    d = round(inset * height) + thick // 2
    box = (d, d, width - 1 - d, height - 1 - d)
    radius = round(height * 0.07)
    if rng.random() < 0.5:
        light = darker_or_lighter(colour)
        paint.rounded_line(image, (d + 1, d + 1, box[2] + 1, box[3] + 1), radius, light, thick)
    paint.rounded_line(image, box, radius, colour, thick)


def darker_or_lighter(colour: Colour) -> Colour:
    """Return the colour of a pressed edge's other side."""
    shift = 50 if paint.luma(colour) < 128 else -40
    blue, green, red = (int(min(255, max(0, c + shift))) for c in colour)
    return blue, green, red


def light_field(rng: np.random.Generator, image: Image, strength: float) -> None:
    """Light the plate unevenly: a shadow's edge, a bright side or a sheen."""
    height, width = image.shape[:2]
    ys, xs = np.mgrid[0:height:8, 0:width:8].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    ramp = (xs / width - 0.5) * np.cos(angle) + (ys / height - 0.5) * np.sin(angle)
    if rng.random() < 0.25:  # a bumper's, a tree's or a house's shadow
        ramp = np.tanh((ramp - rng.uniform(-0.3, 0.3)) * rng.uniform(10, 40)) * 0.5 - 0.4
        strength = rng.uniform(0.3, 0.75)
    gain = cv2.resize(1 + strength * ramp, (width, height), interpolation=cv2.INTER_LINEAR)
    image[:] = paint.lit(image, gain.astype(np.float32))


def tow_ball(rng: np.random.Generator, image: Image, corners: NDArray[np.float32]) -> None:
    """Put a tow ball in front of the plate's lower middle; it hides the foot of one character."""
    across = float(np.linalg.norm(corners[1] - corners[0]))
    foot = (corners[2] + corners[3]) / 2
    tall = (corners[0] + corners[1]) / 2 - foot
    at = foot + tall * rng.uniform(-0.1, 0.2) + (rng.normal(0, across * 0.08), 0)
    radius = max(1, round(across * rng.uniform(0.02, 0.035)))
    x, y = round(float(at[0])), round(float(at[1]))
    grey = paint.vary(rng, (45, 45, 48), 20)
    cv2.line(image, (x, y), (x, y + 6 * radius), grey, max(1, radius), cv2.LINE_AA)
    cv2.circle(image, (x, y), radius, grey, -1, cv2.LINE_AA)
    cv2.circle(image, (x - radius // 3, y - radius // 3), max(1, radius // 3), (190, 190, 190), -1)


def bend(rng: np.random.Generator, image: Image) -> Image:
    """Return the plate bent: its rows wander up and down along it, as after a bump."""
    height, width = image.shape[:2]
    xs = np.arange(width, dtype=np.float32)
    wave = np.sin(xs / width * np.pi * rng.uniform(0.7, 2.5) + rng.uniform(0, 6.28))
    shift = (height * rng.uniform(0.015, 0.05) * wave).astype(np.float32)
    ys = np.arange(height, dtype=np.float32)[:, None] + shift[None]
    across = np.repeat(xs[None], height, 0)
    out = cv2.remap(image, across, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    shade = 1 + np.gradient(shift)[None] * rng.uniform(-4, 4)
    return paint.lit(out, np.repeat(shade, height, 0).astype(np.float32))


def splash(rng: np.random.Generator, image: Image) -> None:
    """Throw mud or snow over one place, thin enough to tell the character under it."""
    height, width = image.shape[:2]
    spot = paint.blob(
        rng, rng.uniform(0, width), rng.uniform(0, height), height * rng.uniform(0.1, 0.35), 0.5
    )
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [spot], 255, cv2.LINE_AA)
    mask = cv2.blur(mask, (9, 9))
    colour = (235, 235, 235) if rng.random() < 0.25 else paint.vary(rng, (70, 95, 115), 25)
    paint.stamp(image, mask, 0, 0, colour, rng.uniform(0.25, 0.65))
