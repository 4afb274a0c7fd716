"""The street without vehicles: sky, road, kerbs, houses, trees, signs."""

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth import degrade, paint
from models.synth.camera import Camera
from models.synth.glyphs import fitted_word
from models.synth.lettering import road_sign, van_sign
from models.synth.light import Light
from models.synth.paint import Colour, Image

FAR: float = 160.0


def render_backdrop(
    rng: np.random.Generator, camera: Camera, light: Light, lanes: int = 2
) -> Image:
    """Return the empty street as *camera* sees it, lanes 3.5 m wide, their middle at x = 0."""
    image = _sky_and_ground(rng, camera, light)
    edge = lanes * 1.75 + 0.4
    _strip(image, camera, -edge - 2.5, edge + 2.5, paint.vary(rng, (165, 168, 170), 14))
    asphalt = paint.vary(rng, (98, 96, 95), 14)
    _strip(image, camera, -edge, edge, asphalt)
    _tracks(rng, image, camera, lanes, asphalt)
    _markings(rng, image, camera, lanes)
    _texture(rng, image)
    _sides(rng, image, camera, edge + 3.0)
    _signs(rng, image, camera, edge)
    return dim(image, light, light.street)


def dim(image: Image, light: Light, gain: float) -> Image:
    """Return *image* with the light's gain and tint."""
    gains = np.array(light.tint, np.float32)[:, None] * gain
    table = np.clip(gains * np.arange(256, dtype=np.float32), 0, 255).astype(np.uint8).T[None]
    return cv2.LUT(image, np.ascontiguousarray(table))


def _sky_and_ground(rng: np.random.Generator, camera: Camera, light: Light) -> Image:
    ground = paint.vary(
        rng, ((70, 120, 95), (120, 130, 140), (95, 125, 140))[int(rng.integers(3))], 18
    )
    image = paint.flat(camera.height, camera.width, ground)
    row = int(np.clip(camera.horizon, 0, camera.height))
    if row > 2:
        sky = [
            tuple(int(min(255, c / max(light.street, 0.3))) for c in shade) for shade in light.sky
        ]
        image[:row] = paint.gradient(row, camera.width, sky)  # type: ignore[arg-type]
        clouds = paint.grain(rng, row, camera.width, 60)
        image[:row] = paint.plus(image[:row], clouds * 10)
    return image


def quad(camera: Camera, points: list[tuple[float, float, float]]) -> NDArray[np.int32]:
    """Return road points as pixels for OpenCV's polygons."""
    return (
        np.clip(camera.project(np.array(points, np.float64)), -9000, 9000).round().astype(np.int32)
    )


def _strip(image: Image, camera: Camera, x0: float, x1: float, colour: Colour) -> None:
    near = 0.3
    points = [(x0, 0, near), (x0, 0, FAR), (x1, 0, FAR), (x1, 0, near)]
    cv2.fillPoly(image, [quad(camera, points)], colour)  # type: ignore[arg-type]


def _tracks(
    rng: np.random.Generator, image: Image, camera: Camera, lanes: int, asphalt: Colour
) -> None:
    """Darken where the wheels roll, and mend the asphalt here and there."""
    for lane in range(lanes):
        for side in (-0.75, 0.75):
            x = (lane - (lanes - 1) / 2) * 3.5 + side
            _strip(image, camera, x - 0.28, x + 0.28, paint.vary(rng, asphalt, 4))
    for _ in range(int(rng.integers(0, 7))):
        x, z = rng.uniform(-lanes * 1.7, lanes * 1.7), rng.uniform(3, 40)
        w, d = rng.uniform(0.05, 1.0), rng.uniform(0.1, 4.0)
        patch = [(x - w, 0, z), (x - w, 0, z + d), (x + w, 0, z + d), (x + w, 0, z)]
        cv2.fillPoly(image, [quad(camera, patch)], paint.vary(rng, asphalt, 9), cv2.LINE_AA)  # type: ignore[arg-type]


def _markings(rng: np.random.Generator, image: Image, camera: Camera, lanes: int) -> None:
    white = paint.vary(rng, (205, 208, 210), 12)
    for lane in range(lanes + 1):
        x = (lane - lanes / 2) * 3.5
        edge = lane in (0, lanes)
        step, dash = (8.0, 8.0) if edge else (rng.uniform(6, 12), 3.0)
        for z in np.arange(0.5, 90, step):
            points = [
                (x - 0.07, 0, z),
                (x - 0.07, 0, z + dash),
                (x + 0.07, 0, z + dash),
                (x + 0.07, 0, z),
            ]
            cv2.fillPoly(image, [quad(camera, points)], white, cv2.LINE_AA)  # type: ignore[arg-type]
    if rng.random() < 0.2:  # a zebra crossing
        z = rng.uniform(8, 30)
        for x in np.arange(-lanes * 1.75, lanes * 1.75, 1.0):
            points = [(x, 0, z), (x, 0, z + 3), (x + 0.5, 0, z + 3), (x + 0.5, 0, z)]
            cv2.fillPoly(image, [quad(camera, points)], white, cv2.LINE_AA)  # type: ignore[arg-type]


def _texture(rng: np.random.Generator, image: Image) -> None:
    height, width = image.shape[:2]
    image[:] = paint.plus(image, paint.grain(rng, height, width, max(60, width // 8)) * 4)
    image[:] = degrade.noise(rng, image, 16, coarse=True)


def _sides(rng: np.random.Generator, image: Image, camera: Camera, edge: float) -> None:
    """Put houses and trees along both sides, far ones first."""
    for z in np.sort(rng.uniform(6, 110, int(rng.integers(5, 13))))[::-1]:
        side = float(rng.choice((-1, 1)))
        x = side * (edge + rng.uniform(0.5, 4))
        if rng.random() < 0.55:
            _house(rng, image, camera, x, float(z), side)
        else:
            _tree(rng, image, camera, x, float(z))


def _house(
    rng: np.random.Generator, image: Image, camera: Camera, x: float, z: float, side: float
) -> None:
    wall = paint.vary(
        rng,
        ((120, 135, 165), (150, 160, 170), (110, 115, 125), (90, 100, 150))[int(rng.integers(4))],
        25,
    )
    tall, deep, wide = rng.uniform(3.5, 11), rng.uniform(6, 16), rng.uniform(6, 14)
    facade = _facade(rng, wall, tall, wide)
    far = x + side * wide
    left, right = (x, far) if side > 0 else (far, x)
    along = [(x, tall, z), (x, tall, z + deep), (x, 0, z + deep), (x, 0, z)]
    if side > 0:
        along = [along[1], along[0], along[3], along[2]]
    warp_onto(image, _facade(rng, wall, tall, deep), camera.project(np.array(along)))
    front = [(left, tall, z), (right, tall, z), (right, 0, z), (left, 0, z)]
    warp_onto(image, facade, camera.project(np.array(front)))


def _facade(rng: np.random.Generator, wall: Colour, tall: float, wide: float) -> Image:
    scale = 14
    image = paint.flat(
        max(20, int(tall * scale)), max(20, int(wide * scale)), paint.vary(rng, wall, 6)
    )
    glass = paint.vary(rng, (95, 85, 75), 25)
    columns, rows = int(wide / rng.uniform(2, 3.2)) + 1, max(1, int(tall / 3))
    for row in range(rows):
        for column in range(columns):
            x0 = int((column + 0.25) / columns * image.shape[1])
            y0 = int((row + 0.2) / rows * image.shape[0])
            size = (int(0.5 / columns * image.shape[1]), int(0.55 / rows * image.shape[0]))
            cv2.rectangle(image, (x0, y0), (x0 + size[0], y0 + size[1]), glass, -1)
    if rng.random() < 0.6:
        text, role = road_sign(rng) if rng.random() < 0.5 else van_sign(rng)[1]
        y0 = image.shape[0] - int(3.2 * scale)
        sign = paint.vary(rng, (60, 60, 60) if rng.random() < 0.5 else (200, 205, 210), 50)
        cv2.rectangle(image, (4, y0), (image.shape[1] - 4, y0 + 14), sign, -1)
        ink = (240, 240, 240) if paint.luma(sign) < 130 else (30, 30, 30)
        paint.centre(
            image, fitted_word(text, role, 9, image.shape[1] - 20), image.shape[1] / 2, y0 + 7, ink
        )
    return image


def warp_onto(image: Image, texture: Image, corners: NDArray[np.float64]) -> None:
    """Warp an opaque *texture* onto the quadrilateral *corners* (TL TR BR BL) of *image*."""
    corners = np.clip(corners, -6000, 6000)
    x0, y0 = np.maximum(np.floor(corners.min(0)).astype(int), 0)
    x1, y1 = np.minimum(np.ceil(corners.max(0)).astype(int) + 1, (image.shape[1], image.shape[0]))
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    shrink = min(1.0, 1.5 * (y1 - y0) / texture.shape[0])
    if shrink < 0.7:
        size = (max(2, int(texture.shape[1] * shrink)), max(2, int(texture.shape[0] * shrink)))
        texture = cv2.resize(texture, size, interpolation=cv2.INTER_AREA)
    height, width = texture.shape[:2]
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    target = (corners - (x0, y0)).astype(np.float32)
    if abs(cv2.contourArea(target)) < 4:
        return
    matrix = cv2.getPerspectiveTransform(flat, target)
    part = np.ascontiguousarray(image[y0:y1, x0:x1])
    size = (int(x1 - x0), int(y1 - y0))
    cv2.warpPerspective(texture, matrix, size, dst=part, borderMode=cv2.BORDER_TRANSPARENT)
    image[y0:y1, x0:x1] = part


def _tree(rng: np.random.Generator, image: Image, camera: Camera, x: float, z: float) -> None:
    tall = rng.uniform(3, 8)
    foot, crown = camera.project(np.array([(x, 0, z), (x, tall, z)]))
    size = abs(foot[1] - crown[1])
    if size > 3000 or camera.depth(x, 0, z) < 3:
        return
    trunk = max(1, int(size * 0.06))
    cv2.line(
        image,
        tuple(foot.astype(int)),
        tuple(crown.astype(int)),
        paint.vary(rng, (50, 65, 80), 12),
        trunk,
    )
    for _ in range(5):
        at = crown + rng.normal(0, size * 0.13, 2)
        leaf = paint.blob(rng, at[0], at[1], size * rng.uniform(0.16, 0.3), 0.25, 14)
        cv2.fillPoly(image, [leaf], paint.vary(rng, (50, 95, 65), 20), cv2.LINE_AA)


def _signs(rng: np.random.Generator, image: Image, camera: Camera, edge: float) -> None:
    """Plant street signs: close to plates in shape and lettering."""
    for _ in range(int(rng.integers(0, 4))):
        side, z = float(rng.choice((-1, 1))), rng.uniform(8, 45)
        x, y = side * (edge + rng.uniform(0.5, 2.5)), rng.uniform(2.0, 3.2)
        wide, tall = rng.uniform(0.4, 1.5), rng.uniform(0.25, 0.8)
        top, foot = camera.project(np.array([(x, y, z), (x, 0, z)]))
        cv2.line(image, tuple(top.astype(int)), tuple(foot.astype(int)), (120, 122, 124), 2)
        corners = [
            (x - wide / 2, y + tall, z),
            (x + wide / 2, y + tall, z),
            (x + wide / 2, y, z),
            (x - wide / 2, y, z),
        ]
        warp_onto(image, sign_board(rng, wide, tall), camera.project(np.array(corners)))


def sign_board(rng: np.random.Generator, wide: float, tall: float) -> Image:
    """Return a flat road sign with words or a number on it."""
    grounds = ((240, 240, 240), (60, 120, 20), (150, 70, 10), (30, 190, 245), (40, 40, 190))
    ground = paint.vary(rng, grounds[int(rng.integers(len(grounds)))], 10)
    image = paint.flat(max(16, int(tall * 100)), max(24, int(wide * 100)), ground)
    ink = (245, 245, 245) if paint.luma(ground) < 130 else (25, 25, 25)
    cv2.rectangle(image, (2, 2), (image.shape[1] - 3, image.shape[0] - 3), ink, 2)
    text, role = road_sign(rng)
    mask = fitted_word(text, role, int(image.shape[0] * 0.5), image.shape[1] * 0.86)
    paint.centre(image, mask, image.shape[1] / 2, image.shape[0] / 2, ink)
    return image
