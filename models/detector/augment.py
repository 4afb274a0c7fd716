"""One training picture from a scene: cut, turned, scaled, blurred, compressed."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.vision.letterbox import PADDING
from models.detector.bait import strewn
from models.detector.data import Scene
from models.detector.light import relit
from models.synth.degrade import jpeg, video_codec

Image = NDArray[np.uint8]
SMALLEST = 9.0  # plates narrower than this, in pixels, are neither right nor wrong
HIDDEN = 0.45  # nor are those of which less is seen
# how wide the plate is that a cut is aimed at, in pixels (0: as wide as the cut), and how often:
# a street camera's plates are 30 to 130 pixels wide in the detector's input
WIDTHS = ((28, 130), (12, 40), (90, 0))
ODDS = (0.55, 0.15, 0.3)


@dataclass(frozen=True)
class View:
    """A training picture: its plates, and the boxes in which nothing is learned."""

    image: Image
    quads: NDArray[np.float32]
    ignored: NDArray[np.float32]
    cornered: bool
    rendered: bool


def view(
    rng: np.random.Generator,
    scene: Scene,
    behind: Scene,
    size: int,
    bait: Sequence[Image] = (),
) -> View:
    """Return a *size* x *size* picture cut from *scene*, its plates 15 pixels wide and more.

    Where the cut reaches beyond the scene, another one lies *behind* it, or the letterbox's grey.

    Args:
        bait: things that are no plates, of which some are laid over every fifth picture.
    """
    cut, mask, quads, ignored = _cut(rng, scene, size)
    seen = scene.seen
    bare = float((mask == 0).mean())
    if bare > 0.2 and rng.random() < 0.7:
        other, _, others, aside = _cut(rng, behind, size)
        ignored = np.concatenate([ignored, aside])
        cut = np.where(mask[..., None] > 0, cut, other)
        hidden = np.array([_covered(mask, quad) for quad in others], np.float32)
        shows = hidden < 0.95
        others, left = others[shows], (behind.seen * (1 - hidden))[shows]
        if behind.cornered == scene.cornered:
            quads, seen = np.concatenate([quads, others]), np.concatenate([seen, left])
        elif len(others):  # one kind of truth a picture: those behind are left aside
            ignored = np.concatenate([ignored, others])
    kept, aside = _sorted(quads, seen, size)
    rendered = scene.source == "rendered"
    picture = np.ascontiguousarray(cut, np.uint8)
    boxes = [np.concatenate([some.min(1), some.max(1)], 1) for some in (quads, ignored)]
    if bait and rng.random() < 0.2:
        strewn(rng, picture, np.concatenate(boxes), bait)
    picture = relit(rng, damage(rng, picture))
    return View(picture, kept, np.concatenate([aside, boxes[1]]), scene.cornered, rendered)


def _cut(
    rng: np.random.Generator, scene: Scene, size: int
) -> tuple[Image, NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    """Return a part of *scene*, which pixels are its own, its plates there and what is unsure."""
    image, quads = _mirrored(rng, scene)
    plates, unsure = len(scene.quads), len(scene.quads) + len(scene.aside)
    aims = quads[unsure:] if len(scene.bait) and rng.random() < 0.5 else quads[:plates]
    full = _place(rng, image, aims, size)
    quads = quads[:unsure]
    small, matrix = _shrunk(image, full)
    colour = _border(rng)
    cut = cv2.warpAffine(small, matrix, (size, size), flags=cv2.INTER_LINEAR, borderValue=colour)
    mask = cv2.warpAffine(np.ones(small.shape[:2], np.uint8), matrix, (size, size))
    moved = quads
    if len(quads):
        moved = cv2.transform(quads.reshape(1, -1, 2), full).reshape(-1, 4, 2)
        moved = np.asarray(moved, np.float32)
    if not scene.cornered:
        moved = _hulls(moved)
    return np.asarray(cut, np.uint8), np.asarray(mask, np.uint8), moved[:plates], moved[plates:]


def _covered(mask: NDArray[np.uint8], quad: NDArray[np.float32]) -> float:
    """Return how much of a plate's box lies under the scene in front."""
    low = np.clip(np.floor(quad.min(0)), 0, mask.shape[0] - 1).astype(int)
    top = np.clip(np.ceil(quad.max(0)), low + 1, mask.shape[0]).astype(int)
    return float((mask[low[1] : top[1], low[0] : top[0]] > 0).mean())


def _mirrored(rng: np.random.Generator, scene: Scene) -> tuple[Image, NDArray[np.float32]]:
    """Return the scene or its mirror image; its plates, what is unsure, and its bait."""
    quads = np.concatenate([scene.quads, scene.aside, scene.bait])
    if rng.random() < 0.5:
        return scene.image, quads
    quads[..., 0] = scene.image.shape[1] - quads[..., 0]
    return np.asarray(cv2.flip(scene.image, 1), np.uint8), quads[:, [1, 0, 3, 2]]


def _place(
    rng: np.random.Generator, image: Image, quads: NDArray[np.float32], size: int
) -> NDArray[np.float32]:
    """Return the 2x3 matrix from the scene into the cut."""
    high, wide = image.shape[:2]
    spread = quads[..., 0].max(1) - quads[..., 0].min(1) if len(quads) else np.zeros(0)
    if len(quads) and rng.random() < 0.85:
        one = int(rng.integers(len(quads)))
        low, most = WIDTHS[int(rng.choice(len(WIDTHS), p=ODDS))]
        wanted = float(np.exp(rng.uniform(np.log(low), np.log(most or 0.95 * size))))
        scale = float(np.clip(wanted / max(1.0, spread[one]), 0.3, 6.0))
        middle = quads[one].mean(0)
        reach = max(0.06, 0.5 - 0.5 * spread[one] * scale / size)
        target = size * (0.5 + rng.uniform(-reach, reach, 2))
    else:
        scale = float(np.exp(rng.uniform(np.log(0.6), np.log(2.5))))
        middle = rng.uniform(0, 1, 2) * (wide, high)
        target = np.array([size / 2, size / 2])
    turn = rng.normal(0, 0.05) if rng.random() < 0.6 else 0.0
    stretch = np.exp(rng.normal(0, 0.08, 2))
    shear = rng.normal(0, 0.04)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    linear = scale * turned @ np.array([[stretch[0], shear], [0, stretch[1]]])
    return np.concatenate([linear, (target - linear @ middle)[:, None]], 1).astype(np.float32)


def _shrunk(image: Image, matrix: NDArray[np.float32]) -> tuple[Image, NDArray[np.float32]]:
    """Average the scene down before a warp that would shrink it, so that it does not alias."""
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    if scale > 0.75:
        return image, matrix
    high, wide = image.shape[:2]
    size = (max(1, round(wide * scale)), max(1, round(high * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    matrix = matrix.copy()
    matrix[:, :2] = matrix[:, :2] / [size[0] / wide, size[1] / high]
    return np.asarray(small, np.uint8), matrix


def _border(rng: np.random.Generator) -> tuple[float, float, float]:
    if rng.random() < 0.5:
        return (float(PADDING),) * 3
    return tuple(float(value) for value in rng.uniform(0, 255) + rng.normal(0, 20, 3))


def _hulls(quads: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the corners of each quadrilateral's upright box."""
    if not len(quads):
        return quads
    low, top = quads.min(1), quads.max(1)
    out = np.stack([low, np.stack([top[:, 0], low[:, 1]], 1), top, low], 1)
    out[:, 3, 1] = top[:, 1]
    return out


def _sorted(
    quads: NDArray[np.float32], seen: NDArray[np.float32], size: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the plates to be learned, and the boxes of those too small or too hidden to tell."""
    if not len(quads):
        return quads.reshape(0, 4, 2), np.zeros((0, 4), np.float32)
    low, top = quads.min(1), quads.max(1)
    inside = np.clip(np.minimum(top, size) - np.maximum(low, 0), 0, None).prod(1)
    share = seen * inside / np.maximum(1e-3, (top - low).prod(1))
    good = (share >= HIDDEN) & (top[:, 0] - low[:, 0] >= SMALLEST)
    centre = (low + top) / 2
    good &= ((centre > 0) & (centre < size)).all(1)
    part = (share > 0.01) & ~good
    return quads[good], np.concatenate([low, top], 1)[part].astype(np.float32)


def damage(rng: np.random.Generator, image: Image) -> Image:
    """Return the picture blurred and compressed, as by a film or a still camera."""
    if rng.random() < 0.3:
        image = _blurred(rng, image)
    codec = rng.random()
    if codec < 0.1:
        image = video_codec(image, int(rng.integers(20, 80)))
    elif codec < 0.3:
        image = jpeg(image, int(rng.integers(15, 75)))
    return image


def _blurred(rng: np.random.Generator, image: Image) -> Image:
    kind = rng.integers(3)
    if kind == 0:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.6)), np.uint8)
    if kind == 1:
        length = int(rng.integers(3, 9))
        kernel = np.full((1, length), 1 / length, np.float32)
        return np.asarray(cv2.filter2D(image, -1, kernel), np.uint8)
    high, wide = image.shape[:2]
    share = rng.uniform(0.45, 0.85)
    small = cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (wide, high)), np.uint8)
