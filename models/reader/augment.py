"""A crop as a camera might have given it: other borders, tilt, light, blur, noise, compression."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.vision.rectify import rectify
from models.reader.contexts import Context, Grey, Quad, put_into
from models.reader.model import HEIGHT, WIDTH

IN_CONTEXT = 0.6  # share of the photographs that are put into another car


def view(
    rng: np.random.Generator,
    grey: Grey,
    corners: Quad,
    hard: float = 1.0,
    contexts: Sequence[Context] = (),
) -> Grey:
    """Return the reader's input ``(64, 160)`` uint8 for one plate.

    Args:
        grey: picture that holds the plate.
        corners: of the plate, ``(4, 2)``; a detector's will be a little off, so these are moved.
        hard: scales the odds of each damage.
        contexts: cars to put a crop into that ends at the plate.
    """
    if contexts and rng.random() < IN_CONTEXT:
        context = contexts[int(rng.integers(len(contexts)))]
        grey, corners = put_into(rng, grey, corners, context)
    else:
        grey, corners = surround(rng, grey, corners)
    flat = rectify(grey, moved(rng, corners), WIDTH, HEIGHT)
    return damage(rng, flat, hard)


def surround(rng: np.random.Generator, grey: Grey, corners: Quad) -> tuple[Grey, Quad]:
    """Give a tight crop something around it, so that a wider cut shows no seam worth learning."""
    high, wide = grey.shape
    pad = int(0.3 * max(high, wide)) + 2
    kind = rng.integers(4)
    if kind == 0:
        around = cv2.copyMakeBorder(grey, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    elif kind == 1:
        around = cv2.copyMakeBorder(grey, pad, pad, pad, pad, cv2.BORDER_REFLECT)
    else:
        level = int(rng.integers(0, 256))
        around = cv2.copyMakeBorder(
            grey, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=(level, level, level)
        )
    return np.asarray(around, np.uint8), corners + np.float32(pad)


def joined(rng: np.random.Generator, one: Grey, other: Grey) -> Grey:
    """Return two flat plates as one: side by side, or the first above the second.

    Photographs of plates with nine and ten characters are rare here; a reader that never saw one
    learns that photographs, unlike rendered plates, end earlier.
    """
    spread = max(1.0, float(other.std()))
    even = (other.astype(np.float32) - other.mean()) * (float(one.std()) / spread) + one.mean()
    other = np.clip(even, 0, 255).astype(np.uint8)
    if rng.random() < 0.75:
        size = (max(8, round(other.shape[1] * one.shape[0] / other.shape[0])), one.shape[0])
        parts = [one, cv2.resize(other, size, interpolation=cv2.INTER_AREA)]
        return np.asarray(np.hstack(parts), np.uint8)
    size = (one.shape[1], max(8, round(other.shape[0] * one.shape[1] / other.shape[1])))
    parts = [one, cv2.resize(other, size, interpolation=cv2.INTER_AREA)]
    return np.asarray(np.vstack(parts), np.uint8)


def moved(rng: np.random.Generator, corners: Quad) -> Quad:
    """Return corners as a detector might place them: mostly borders of -4 to 16 %, some tilt.

    One in three shows the plate tilted in the upright box around it: what is left when the corners
    are unknown, and how most data sets are cut.
    """
    if rng.random() < 0.35:
        angle = float(rng.normal(0, 0.09))
        corners = turned(upright(turned(corners, angle)), -angle)
    across, down = corners[1] - corners[0], corners[3] - corners[0]
    left, right = rng.uniform(-0.03, 0.13, 2)
    above, below = rng.uniform(-0.05, 0.16, 2)
    kind = rng.random()
    if kind < 0.4:  # even borders, as a good detector gives
        left = right = above = below = rng.uniform(-0.01, 0.1)
    elif kind > 0.8:  # a loose cut, or characters that are small on their plate
        left, right = rng.uniform(0.0, 0.25, 2)
        above, below = rng.uniform(0.0, 0.45, 2)
    quad = np.array(
        [
            corners[0] - left * across - above * down,
            corners[1] + right * across - above * down,
            corners[2] + right * across + below * down,
            corners[3] - left * across + below * down,
        ]
    )
    if rng.random() < 0.5:
        quad[:2, 0] += rng.normal(0, 0.06) * across[0]
        quad[[1, 2], 1] += rng.normal(0, 0.05) * across[0]
    quad += rng.normal(0, 0.012, (4, 2)) * np.array([abs(across[0]), abs(down[1]) * 1.5])
    return quad.astype(np.float32)


def turned(corners: Quad, angle: float) -> Quad:
    """Return the quadrilateral turned about its middle, *angle* in radians."""
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = corners.mean(0)
    return ((corners - middle) @ matrix.T + middle).astype(np.float32)


def upright(corners: Quad) -> Quad:
    """Return the corners of the upright box around the quadrilateral."""
    low, top = corners.min(0), corners.max(0)
    return np.array([low, (top[0], low[1]), top, (low[0], top[1])], np.float32)


def damage(rng: np.random.Generator, flat: Grey, hard: float) -> Grey:
    """Return the flat plate with some of what light, lens, motion and codecs do to it."""
    if rng.random() < 0.35 * hard:
        flat = coarse(rng, flat)
    if rng.random() < 0.25 * hard:
        flat = smear(rng, flat)
    picture = flat.astype(np.float32)
    if rng.random() < 0.7:
        picture = light(rng, picture)
    if rng.random() < 0.4 * hard:
        # a dark plate's noise is bounded by its contrast, or nobody could read it
        sigma = rng.uniform(1, 14) * min(1.0, float(picture.std()) / 35)
        picture += rng.standard_normal(picture.shape, np.float32) * np.float32(sigma)
    out = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.3 * hard:
        quality = int(rng.integers(12, 70))
        _, data = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, quality])
        out = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
    if rng.random() < 0.08 * hard:
        out = hide(rng, out)
    return out


def coarse(rng: np.random.Generator, flat: Grey) -> Grey:
    """Return the plate as if it had been 45 to 120 pixels wide on the sensor."""
    share = rng.uniform(0.28, 0.75)
    size = (max(8, int(WIDTH * share)), max(8, int(HEIGHT * share * rng.uniform(0.7, 1.1))))
    small = cv2.resize(flat, size, interpolation=cv2.INTER_AREA)
    way = cv2.INTER_LINEAR if rng.random() < 0.7 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(small, (WIDTH, HEIGHT), interpolation=way), np.uint8)


def smear(rng: np.random.Generator, flat: Grey) -> Grey:
    """Return the plate out of focus, or moved during the exposure."""
    if rng.random() < 0.5:
        return np.asarray(cv2.GaussianBlur(flat, (0, 0), rng.uniform(0.6, 2.4)), np.uint8)
    length = int(rng.integers(3, 10))
    kernel = np.zeros((length, length), np.float32)
    angle = rng.normal(0, 0.5) + (np.pi / 2 if rng.random() < 0.4 else 0)
    middle = (length - 1) / 2
    for along in np.linspace(-middle, middle, 4 * length):
        x, y = middle + along * np.cos(angle), middle + along * np.sin(angle)
        kernel[round(y), round(x)] += 1
    return np.asarray(cv2.filter2D(flat, -1, kernel / kernel.sum()), np.uint8)


def light(rng: np.random.Generator, picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the plate under another light: gain, gamma, shadows, now and then its negative."""
    if rng.random() < 0.06:
        picture = 255.0 - picture
    if rng.random() < 0.5:
        picture = 255.0 * np.power(picture / 255.0, np.float32(np.exp(rng.normal(0, 0.35))))
    if rng.random() < 0.25:
        ramp = np.linspace(rng.uniform(0.4, 1.2), rng.uniform(0.4, 1.2), WIDTH)
        picture = picture * ramp[None].astype(np.float32)
    if rng.random() < 0.12:  # the edge of a shadow
        edge = rng.uniform(0, HEIGHT) + rng.normal(0, 0.3) * np.arange(WIDTH)
        below = np.arange(HEIGHT)[:, None] > edge[None]
        picture = np.where(below, picture * np.float32(rng.uniform(0.35, 0.8)), picture)
    gain, lift = rng.uniform(0.25, 1.25), rng.uniform(-30, 60)
    return (picture * np.float32(gain) + np.float32(lift)).astype(np.float32)


def hide(rng: np.random.Generator, flat: Grey) -> Grey:
    """Return the plate with a thin bar over it: a frame, a tow hitch, a twig."""
    out = flat.copy()
    level = int(rng.integers(0, 256))
    if rng.random() < 0.6:  # a frame's edge above or below
        rows = int(rng.integers(3, 11))
        out[:rows] = level if rng.random() < 0.5 else out[:rows]
        out[HEIGHT - rows :] = level
    else:
        x = int(rng.integers(0, WIDTH - 4))
        out[:, x : x + int(rng.integers(1, 4))] = level
    return out
