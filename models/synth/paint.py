"""Brushes: blend masks, gradients, hills, blobs and grain onto BGR pictures, in place."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Colour = tuple[int, int, int]


def rgb(text: str) -> Colour:
    """Return the BGR colour of a hexadecimal RGB text such as ``"1a2b3c"``."""
    red, green, blue = bytes.fromhex(text)
    return blue, green, red


def vary(rng: np.random.Generator, colour: Colour, spread: float = 14.0) -> Colour:
    """Return *colour* moved a little, all channels together and each alone."""
    together, *each = rng.normal(0, spread * 0.6, 4).tolist()
    blue, green, red = (
        int(min(255.0, max(0.0, channel + together + alone)))
        for channel, alone in zip(colour, each, strict=True)
    )
    return blue, green, red


def luma(colour: Sequence[int]) -> float:
    """Return how bright a BGR colour looks, 0..255."""
    return 0.114 * colour[0] + 0.587 * colour[1] + 0.299 * colour[2]


def flat(height: int, width: int, colour: Colour) -> Image:
    """Return a picture of one colour."""
    image = np.empty((height, width, 3), np.uint8)
    cv2.rectangle(image, (0, 0), (width, height), colour, -1)
    return image


def gradient(height: int, width: int, colours: Sequence[Colour]) -> Image:
    """Return a picture that runs from the first colour (top) through all to the last (bottom)."""
    strip = np.array(colours, np.float32)[:, None, :]
    column = cv2.resize(strip, (1, height), interpolation=cv2.INTER_LINEAR)
    return cv2.repeat(column.astype(np.uint8), 1, width)


def stamp(
    image: Image, mask: NDArray[np.uint8], x: float, y: float, colour: Colour, opacity: float = 1.0
) -> None:
    """Blend *colour* through *mask*, its left top at (x, y); what falls outside is cut off."""
    left, top = round(x), round(y)
    x0, y0 = max(0, left), max(0, top)
    x1 = min(image.shape[1], left + mask.shape[1])
    y1 = min(image.shape[0], top + mask.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    alpha = mask[y0 - top : y1 - top, x0 - left : x1 - left]
    if opacity < 1.0:
        alpha = cv2.convertScaleAbs(alpha, alpha=opacity)
    mix(image[y0:y1, x0:x1], alpha, _layer(alpha, colour))


def mix(image: Image, alpha: NDArray[np.uint8], premultiplied: Image) -> None:
    """Lay a layer, already multiplied by its *alpha*, over *image* of the same size, in place."""
    keep = cv2.bitwise_not(alpha)
    under = cv2.multiply(image, cv2.merge([keep, keep, keep]), scale=1 / 255)
    image[:] = cv2.add(under, premultiplied)


def _layer(alpha: NDArray[np.uint8], colour: Colour) -> Image:
    """Return *colour* times *alpha*."""
    return cv2.merge([cv2.convertScaleAbs(alpha, alpha=channel / 255) for channel in colour])


def centre(
    image: Image, mask: NDArray[np.uint8], x: float, y: float, colour: Colour, opacity: float = 1.0
) -> None:
    """Blend *colour* through *mask*, its middle at (x, y)."""
    stamp(image, mask, x - mask.shape[1] / 2, y - mask.shape[0] / 2, colour, opacity)


def overlay(image: Image, other: Image, opacity: float) -> None:
    """Mix *other*, of the same size, into *image*."""
    cv2.addWeighted(image, 1 - opacity, other, opacity, 0, dst=image)


def ridge(
    rng: np.random.Generator, width: int, base: float, rough: float, points: int = 12
) -> NDArray[np.int32]:
    """Return a hilly line across *width* as ``(n, 2)`` points, about *base* high from the top."""
    xs = np.linspace(-2, width + 2, points)
    ys = base + rng.normal(0, rough, points)
    return np.stack([xs, ys], axis=1).astype(np.int32)


def fill_below(image: Image, line: NDArray[np.int32], colour: Colour) -> None:
    """Fill everything under a line that crosses the picture."""
    height, width = image.shape[:2]
    corners = np.array([[width + 2, height], [-2, height]], np.int32)
    cv2.fillPoly(image, [np.vstack([line, corners])], colour, cv2.LINE_AA)


def blob(
    rng: np.random.Generator,
    x: float,
    y: float,
    radius: float,
    ragged: float = 0.3,
    points: int = 11,
) -> NDArray[np.int32]:
    """Return a closed ragged outline round (x, y): a state's shape, a tree, a stain."""
    angles = np.linspace(0, 2 * np.pi, points, endpoint=False)
    radii = radius * (1 + rng.uniform(-ragged, ragged, points))
    return np.stack([x + radii * np.cos(angles), y + radii * np.sin(angles)], axis=1).astype(
        np.int32
    )


def grain(
    rng: np.random.Generator, height: int, width: int, coarse: int = 8
) -> NDArray[np.float32]:
    """Return smooth random values, about -1..1, that change over some *coarse* pixels."""
    small = rng.standard_normal((height // coarse + 2, width // coarse + 2)).astype(np.float32)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


def rounded(height: int, width: int, radius: int) -> NDArray[np.uint8]:
    """Return a mask of a rectangle with round corners that fills the whole size."""
    mask = np.zeros((height, width), np.uint8)
    radius = max(0, min(radius, height // 2 - 1, width // 2 - 1))
    cv2.rectangle(mask, (radius, 0), (width - 1 - radius, height - 1), 255, -1)
    cv2.rectangle(mask, (0, radius), (width - 1, height - 1 - radius), 255, -1)
    for x in (radius, width - 1 - radius):
        for y in (radius, height - 1 - radius):
            cv2.circle(mask, (x, y), radius, 255, -1, cv2.LINE_AA)
    return mask


def lit(image: Image, gain: NDArray[np.float32]) -> Image:
    """Return *image* times a ``(H, W)`` gain, held to 0..255."""
    return cv2.multiply(image, cv2.merge([gain] * 3), dtype=cv2.CV_8U)


def plus(image: Image, extra: NDArray[np.float32]) -> Image:
    """Return *image* plus ``(H, W)`` grey levels, held to 0..255."""
    return cv2.add(image, cv2.merge([extra] * 3), dtype=cv2.CV_8U)


def rounded_box(
    image: NDArray[np.uint8], box: tuple[int, int, int, int], radius: int, colour: Colour | int
) -> None:
    """Fill a rectangle (left, top, right, bottom) with round corners, in place."""
    x0, y0, x1, y1 = box
    radius = max(0, min(radius, (x1 - x0) // 2, (y1 - y0) // 2))
    if radius < 2:
        cv2.rectangle(image, (x0, y0), (x1, y1), colour, -1)
        return
    cv2.rectangle(image, (x0 + radius, y0), (x1 - radius, y1), colour, -1)
    cv2.rectangle(image, (x0, y0 + radius), (x1, y1 - radius), colour, -1)
    for x in (x0 + radius, x1 - radius):
        for y in (y0 + radius, y1 - radius):
            cv2.circle(image, (x, y), radius, colour, -1, cv2.LINE_AA)


def rounded_line(
    image: Image, box: tuple[int, int, int, int], radius: int, colour: Colour, thick: int
) -> None:
    """Draw the outline of a rectangle with round corners, in place."""
    x0, y0, x1, y1 = box
    r = max(1, min(radius, (x1 - x0) // 2, (y1 - y0) // 2))
    for a, b in (
        ((x0 + r, y0), (x1 - r, y0)),
        ((x0 + r, y1), (x1 - r, y1)),
        ((x0, y0 + r), (x0, y1 - r)),
        ((x1, y0 + r), (x1, y1 - r)),
    ):
        cv2.line(image, a, b, colour, thick, cv2.LINE_AA)
    for centre_of, start in (
        ((x0 + r, y0 + r), 180),
        ((x1 - r, y0 + r), 270),
        ((x1 - r, y1 - r), 0),
        ((x0 + r, y1 - r), 90),
    ):
        cv2.ellipse(image, centre_of, (r, r), 0, start, start + 90, colour, thick, cv2.LINE_AA)
