"""One plate close up on a bumper, in perspective: :func:`render_crop`, for training the reader."""

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth import degrade, paint, wear
from models.synth.conditions import apply_conditions, draw_conditions
from models.synth.glyphs import fitted_word
from models.synth.lettering import badge, bumper_sticker
from models.synth.paint import Image
from models.synth.plates import RenderedPlate, render_plate


def render_crop(
    rng: np.random.Generator,
    jurisdiction: str | None = None,
    text: str | None = None,
    lookalikes: float = 0.15,
    plate: RenderedPlate | None = None,
) -> tuple[Image, NDArray[np.float32], str, str]:
    """Return a picture with one plate in it, its corners, its text and where it is from.

    Args:
        plate: the one to show; drawn by the other arguments when absent.

    Returns:
        The uint8 BGR picture, with surroundings of a quarter of the plate's width and more on each
        side; corners ``(4, 2)`` float32 in its pixels, TL TR BR BL, all inside; the text; the
        jurisdiction. Plates are about 30 to 230 pixels wide.
    """
    plate = plate or render_plate(rng, jurisdiction, text, lookalikes)
    aspect = plate.image.shape[1] / plate.image.shape[0]
    corners, size = _place(rng, aspect, len(plate.text))
    image = _surroundings(rng, size[1], size[0], corners)
    lamps = rng.random() < 0.1
    if lamps:  # only the plate sends the headlights back
        image = degrade.exposure(image, rng.uniform(-4, -1.5))
    paste(image, plate.image, corners, shade=rng.uniform(0.0, 0.5) * (not lamps))
    if rng.random() < 0.025:
        wear.tow_ball(rng, image, corners)
    if rng.random() < (0.5 if lamps else 0.05):
        image = degrade.bloom(image, rng.uniform(0.05, 0.35), plate_px(corners) / 60)
    wide = plate_px(corners)
    fine = wide * min(1.0, 7.5 / len(plate.text)) if aspect > 2 else wide
    image = _taken(rng, image, corners, fine)
    if rng.random() < 0.03:
        at = corners.mean(0) + rng.normal(0, wide * 0.5, 2)
        image = degrade.glare(
            image, at[0], at[1], wide * rng.uniform(0.1, 0.5), rng.uniform(0.1, 0.4)
        )
    return image, corners, plate.text, plate.jurisdiction


def _taken(
    rng: np.random.Generator, image: Image, corners: NDArray[np.float32], fine: float
) -> Image:
    """Return the picture under conditions that leave some contrast on the plate."""
    (left, top), (right, bottom) = corners.min(0).astype(int), corners.max(0).astype(int)
    for _ in range(3):
        taken = apply_conditions(rng, image, draw_conditions(rng, fine))
        if taken[top:bottom, left:right, 1].std() > 9:
            return taken
    return taken


def plate_px(corners: NDArray[np.float32]) -> float:
    """Return how long a plate's upper edge is, in pixels."""
    return float(np.linalg.norm(corners[1] - corners[0]))


def _place(
    rng: np.random.Generator, aspect: float, letters: int
) -> tuple[NDArray[np.float32], tuple[int, int]]:
    """Draw a quadrilateral for a plate of *aspect*, and a picture size that holds it."""
    least = 6.5 * letters  # below, a person can't tell the characters either
    wide = float(np.clip(np.exp(rng.normal(np.log(110), 0.4)), max(44.0, least), 230))
    if aspect < 2.0:
        wide = max(36.0, wide * 0.75)
    yaw, pitch, roll = rng.normal(0, (0.35, 0.22, 0.06 if rng.random() < 0.75 else 0.12))
    half = np.array([[-1, -1 / aspect], [1, -1 / aspect], [1, 1 / aspect], [-1, 1 / aspect]])
    yaw, pitch = float(np.clip(yaw, -0.95, 0.95)), float(np.clip(pitch, -0.7, 0.7))
    roll = float(np.clip(roll, -0.26, 0.26))
    x, y = half[:, 0] * np.cos(yaw), half[:, 1] * np.cos(pitch)
    depth = 1 + (half[:, 0] * np.sin(yaw) + half[:, 1] * np.sin(pitch)) / rng.uniform(6, 20)
    x, y = x / depth, y / depth + half[:, 0] * np.sin(yaw) * np.sin(pitch) * 0.3
    turned = np.stack([x * np.cos(roll) - y * np.sin(roll), x * np.sin(roll) + y * np.cos(roll)], 1)
    turned *= wide / 2
    spread = turned.max(0) - turned.min(0)
    margin = spread[0] * rng.uniform(0.25, 0.45, 4) + 2
    size = (
        int(np.ceil(spread[0] + margin[0] + margin[1])),
        int(np.ceil(spread[1] + margin[2] + margin[3])),
    )
    corners = turned - turned.min(0) + (margin[0], margin[2])
    return corners.astype(np.float32), size


def paste(image: Image, plate: Image, corners: NDArray[np.float32], shade: float = 0.0) -> None:
    """Warp *plate* onto the quadrilateral *corners* of *image*, in place, without aliasing.

    Args:
        shade: how dark the shadow is that the recess throws on the plate's upper edge, 0..1.
    """
    wide = max(np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[2] - corners[3]))
    small = min(1.0, max(8.0, float(wide) * 1.25) / plate.shape[1])
    size = (max(4, round(plate.shape[1] * small)), max(3, round(plate.shape[0] * small)))
    flat = cv2.resize(plate, size, interpolation=cv2.INTER_AREA)
    if shade > 0.05:
        rows = 1 - shade * np.exp(-np.arange(size[1], dtype=np.float32) / (size[1] * 0.18))
        flat = paint.lit(flat, cv2.repeat(rows[:, None].astype(np.float32), 1, size[0]))
    x0, y0 = np.floor(corners.min(0)).astype(int) - 1
    x1, y1 = np.ceil(corners.max(0)).astype(int) + 2
    x0, y0, x1, y1 = max(0, x0), max(0, y0), min(image.shape[1], x1), min(image.shape[0], y1)
    if x1 <= x0 or y1 <= y0:
        return
    full = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32) - 0.5
    target = (corners - (x0, y0)).astype(np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform(full, target)
    box = (int(x1 - x0), int(y1 - y0))
    warped = cv2.warpPerspective(flat, matrix, box, borderMode=cv2.BORDER_REPLICATE)
    mask = np.zeros((box[1], box[0]), np.uint8)
    cv2.fillConvexPoly(mask, np.round(target * 16).astype(np.int32), 255, cv2.LINE_AA, 4)
    layer = cv2.multiply(warped, cv2.merge([mask, mask, mask]), scale=1 / 255)
    paint.mix(image[y0:y1, x0:x1], mask, layer)


def _surroundings(
    rng: np.random.Generator, height: int, width: int, corners: NDArray[np.float32]
) -> Image:
    """Return a piece of a car's rear: paint, a recess, gaps, and lettering that is no plate."""
    body = tuple(
        int(value) for value in rng.integers(5, 245) * np.exp(rng.normal(0, 0.2, 3)).clip(0, 1.04)
    )
    image = paint.gradient(
        height, width, [paint.vary(rng, body, 30) for _ in range(int(rng.integers(2, 5)))]
    )
    for _ in range(int(rng.integers(1, 6))):
        y = int(rng.uniform(0, height))
        thick = max(1, int(rng.uniform(0, height * 0.2)))
        slope = int(rng.normal(0, height * 0.06))
        cv2.line(image, (0, y), (width, y + slope), paint.vary(rng, body, 60), thick, cv2.LINE_AA)
    if rng.random() < 0.6:
        middle = corners.mean(0)
        recess = middle + (corners - middle) * rng.uniform(1.05, 1.5, 2)
        shadow = (
            paint.vary(rng, (25, 25, 25), 12) if rng.random() < 0.6 else paint.vary(rng, body, 30)
        )
        cv2.fillConvexPoly(image, recess.astype(np.int32), shadow, cv2.LINE_AA)
    if rng.random() < 0.35:
        words, role = badge(rng) if rng.random() < 0.6 else bumper_sticker(rng)
        mask = fitted_word(words, role, int(max(6, height * rng.uniform(0.08, 0.16))), width * 0.6)
        high = corners[:, 1].min() / 2 if rng.random() < 0.6 else (corners[:, 1].max() + height) / 2
        ink = paint.vary(rng, (210, 210, 210) if paint.luma(body) < 128 else (40, 40, 40), 40)
        paint.centre(image, mask, rng.uniform(0.2, 0.8) * width, high, ink)
    return image
