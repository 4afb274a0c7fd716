"""The pictures behind American serials: hills, suns, trees, birds, drawn from a few shapes."""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from models.synth import paint
from models.synth.paint import Colour, Image
from models.synth.us_emblems import EMBLEMS
from models.synth.us_looks import Look

Art = Callable[[np.random.Generator, Image, Look], None]


def _tint(rng: np.random.Generator, look: Look, part: int, spread: float = 30) -> Colour:
    return paint.vary(rng, look.ground[part], spread)


def hills(rng: np.random.Generator, image: Image, look: Look) -> None:
    """One to three ridges, a darker one in front."""
    height, width = image.shape[:2]
    high = rng.uniform(0.3, 0.75) * height
    for _ in range(int(rng.integers(1, 4))):
        line = paint.ridge(rng, width, high, rng.uniform(2, 9), int(rng.integers(7, 22)))
        paint.fill_below(image, line, _tint(rng, look, int(rng.integers(3)), 28))
        high += rng.uniform(0.06, 0.15) * height


def peak(rng: np.random.Generator, image: Image, look: Look) -> None:
    """One snowy mountain in the middle."""
    height, width = image.shape[:2]
    x, top = rng.uniform(0.35, 0.7) * width, rng.uniform(0.25, 0.45) * height
    foot = rng.uniform(0.3, 0.5) * width
    outline = np.array([[x - foot, height], [x - 6, top], [x + 9, top + 2], [x + foot, height]])
    cv2.fillPoly(image, [outline.astype(np.int32)], _tint(rng, look, 0, 22), cv2.LINE_AA)
    hills(rng, image[int(height * 0.7) :], look)


def mark(rng: np.random.Generator, image: Image, look: Look) -> None:
    """One to three ragged shapes: a seal, a bird, a map, a head, as a camera sees them."""
    height, width = image.shape[:2]
    x, y = rng.uniform(0.08, 0.92) * width, rng.uniform(0.35, 0.65) * height
    for _ in range(int(rng.integers(1, 4))):
        shape = paint.blob(rng, x, y, rng.uniform(0.1, 0.3) * height, 0.4, int(rng.integers(6, 18)))
        colour = _tint(rng, look, int(rng.integers(3)), 45)
        cv2.fillPoly(image, [shape], colour, cv2.LINE_AA)
        x, y = x + rng.normal(0, 14), y + rng.normal(0, 14)


def outline(rng: np.random.Generator, image: Image, look: Look) -> None:
    """The state's border as a line round the plate."""
    height, width = image.shape[:2]
    angles = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    radii = rng.uniform(0.75, 1.0, 16)
    shape = np.stack(
        [
            (0.5 + 0.47 * radii * np.cos(angles)) * width,
            (0.5 + 0.46 * radii * np.sin(angles)) * height,
        ],
        axis=1,
    )
    cv2.polylines(image, [shape.astype(np.int32)], isClosed=True, color=look.name_ink, thickness=2)


def rainbow(rng: np.random.Generator, image: Image, look: Look) -> None:
    """A pale arc in all colours."""
    del look
    height, width = image.shape[:2]
    arcs = image.copy()
    radius = rng.uniform(0.5, 0.7) * height
    colours = (
        (90, 90, 230),
        (80, 170, 240),
        (110, 230, 240),
        (120, 200, 120),
        (220, 160, 90),
        (190, 90, 150),
    )
    for i, colour in enumerate(colours):
        axes = (int(width * 0.46 - 4 * i), int(radius * 1.1 - 4 * i))
        cv2.ellipse(
            arcs, (width // 2, int(height * 0.95)), axes, 0, 180, 360, colour, 4, cv2.LINE_AA
        )
    paint.overlay(image, arcs, rng.uniform(0.4, 0.9))


def rays(rng: np.random.Generator, image: Image, look: Look) -> None:
    """Sun rays from the bottom."""
    height, width = image.shape[:2]
    lit = image.copy()
    for angle in np.linspace(-1.45, 1.45, int(rng.integers(9, 20))):
        tip = (int(width / 2 + 400 * np.sin(angle)), int(height * 0.85 - 400 * np.cos(angle)))
        cv2.line(lit, (width // 2, int(height * 0.85)), tip, look.name_ink, 2, cv2.LINE_AA)
    paint.overlay(image, lit, rng.uniform(0.15, 0.45))


def stars(rng: np.random.Generator, image: Image, look: Look) -> None:
    """Many small dots in the upper half."""
    height, width = image.shape[:2]
    for _ in range(int(rng.integers(12, 40))):
        at = (int(rng.uniform(0, width)), int(rng.uniform(0, height * 0.25)))
        cv2.circle(
            image, at, int(rng.integers(1, 4)), paint.vary(rng, look.ink, 20), -1, cv2.LINE_AA
        )


def pines(rng: np.random.Generator, image: Image, look: Look) -> None:
    """A tall tree in the middle, hills at its feet."""
    hills(rng, image[image.shape[0] // 2 :], look)
    height, width = image.shape[:2]
    colour = paint.vary(rng, (70, 110, 40), 18)
    for i in range(5):
        y, wide = height * (0.22 + 0.14 * i), 8 + 4.5 * i
        tri = np.array([[width / 2, y], [width / 2 - wide, y + 30], [width / 2 + wide, y + 30]])
        cv2.fillPoly(image, [tri.astype(np.int32)], colour, cv2.LINE_AA)


def fruit(rng: np.random.Generator, image: Image, look: Look) -> None:
    """Two round fruits with leaves in the middle."""
    del look
    height, width = image.shape[:2]
    colour = paint.vary(rng, (40, 110, 240), 15)
    cv2.fillPoly(
        image,
        [paint.blob(rng, width / 2, height * 0.45, 24, 0.4)],
        paint.vary(rng, (70, 150, 60), 15),
    )
    for dx, dy in ((-9, 6), (9, 12)):
        at = (int(width / 2 + dx), int(height * 0.48 + dy))
        cv2.circle(image, at, int(rng.integers(11, 17)), colour, -1, cv2.LINE_AA)


def wave(rng: np.random.Generator, image: Image, look: Look) -> None:
    """One wide swell in grey or blue."""
    height, width = image.shape[:2]
    xs = np.linspace(0, width, 24)
    ys = height * (0.55 + 0.25 * np.sin(xs / width * 4.5 + rng.uniform(0, 6)))
    line = np.stack([xs, ys], axis=1).astype(np.int32)
    paint.fill_below(image, line, _tint(rng, look, 2, 25))


def star(rng: np.random.Generator, image: Image, look: Look) -> None:
    """One five-pointed star in the corner."""
    height, width = image.shape[:2]
    angles = np.arange(10) * np.pi / 5 - np.pi / 2
    radii = np.where(np.arange(10) % 2 == 0, 0.1, 0.042) * height
    at = (width * (0.1 if rng.random() < 0.7 else 0.9), height * 0.14)
    shape = np.stack([at[0] + radii * np.cos(angles), at[1] + radii * np.sin(angles)], axis=1)
    cv2.fillPoly(image, [shape.astype(np.int32)], look.name_ink, cv2.LINE_AA)


def bars(rng: np.random.Generator, image: Image, look: Look) -> None:
    """Thin bars over the whole width under the name."""
    height, width = image.shape[:2]
    for y in (0.2, 0.83):
        at = int(height * (y + rng.uniform(-0.02, 0.02)))
        cv2.rectangle(image, (0, at), (width, at + int(rng.integers(2, 5))), look.name_ink, -1)


def sun(rng: np.random.Generator, image: Image, look: Look) -> None:
    """A round sign with four bundles of rays, in the middle."""
    height, width = image.shape[:2]
    at = (width // 2, int(height * 0.52))
    cv2.circle(image, at, 9, look.ink, 3, cv2.LINE_AA)
    for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        for off in (-5, 0, 5):
            a = (at[0] + dx * 10 + dy * off, at[1] + dy * 10 + dx * off)
            reach = int(rng.integers(18, 26))
            b = (at[0] + dx * reach + dy * off, at[1] + dy * reach + dx * off)
            cv2.line(image, a, b, look.ink, 2, cv2.LINE_AA)


ART: Final[dict[str, Art]] = {
    "ridge": hills,
    "skyline": hills,
    "arch": hills,
    "peak": peak,
    "blob": mark,
    "face": mark,
    "bird": mark,
    "shield": mark,
    "keystone": mark,
    "plane": mark,
    "tree": mark,
    "flag": mark,
    "outline": outline,
    "rainbow": rainbow,
    "rays": rays,
    "stars": stars,
    "pine": pines,
    "palm": pines,
    "orange": fruit,
    "peach": fruit,
    "wave": wave,
    "star": star,
    "bars": bars,
    "zia": sun,
    **EMBLEMS,
}
