"""A vehicle on the road: its body and plate drawn through a camera."""

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth.backdrop import dim, quad
from models.synth.bodies import Body, darker
from models.synth.body_kinds import plate_size, render_body
from models.synth.camera import Camera, footprint
from models.synth.crops import paste
from models.synth.degrade import motion_blur
from models.synth.light import Light
from models.synth.paint import Colour, Image
from models.synth.plates import RenderedPlate, render_plate

_SHADOW: Final[Colour] = (0, 0, 0)


@dataclass(frozen=True)
class Vehicle:
    """A body and, but for the few that have lost it, a plate, ready for one light."""

    name: str
    body: Body
    plate: RenderedPlate | None
    plate_m: tuple[float, float]
    lit_plate: Image | None
    texture: tuple[NDArray[np.uint8], ...] = field(repr=False)  # BGRA premultiplied, halved each


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a vehicle's rear middle stands on the road, and its heading in radians."""

    x: float
    z: float
    heading: float = 0.0


@dataclass(frozen=True, slots=True)
class Motion:
    """How a vehicle moves (m/s to the right and ahead) while a frame is taken."""

    velocity: tuple[float, float] = (0.0, 0.0)
    exposure_s: float = 0.0
    line_s: float = 0.0

    def moved(self, pose: Pose, seconds: float) -> Pose:
        """Return *pose* so many seconds later."""
        return Pose(
            pose.x + self.velocity[0] * seconds, pose.z + self.velocity[1] * seconds, pose.heading
        )


STILL: Final = Motion()


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was drawn: plate corners in pixels, the rear as a mask in a box, sides and roof."""

    corners: NDArray[np.float32] | None
    box: tuple[int, int, int, int]
    mask: NDArray[np.uint8]
    hull: list[NDArray[np.int32]]


def make_vehicle(
    rng: np.random.Generator,
    name: str,
    light: Light,
    kind: str | None = None,
    plate: RenderedPlate | None = None,
    bare: bool = False,
    px_per_m: float = 160.0,
) -> Vehicle:
    """Return a vehicle with its looks drawn by *rng*; *bare* ones carry no plate."""
    carried = None if bare else plate or render_plate(rng)
    shown = carried.image.shape if carried else (160, 320, 3)
    size = plate_size(shown[1], shown[0], kind == "motorbike")
    body = render_body(rng, kind, size, px_per_m)
    if body.kind == "motorbike":
        size = plate_size(shown[1], shown[0], motorbike=True)
    lit = dim(carried.image, light, light.plate * rng.uniform(0.75, 1.15)) if carried else None
    return Vehicle(name, body, carried, size, lit, _texture(body, light))


def _texture(body: Body, light: Light) -> tuple[NDArray[np.uint8], ...]:
    alpha = body.mask
    colour = cv2.multiply(dim(body.image, light, light.body), cv2.merge([alpha] * 3), scale=1 / 255)
    levels = [np.dstack([colour, alpha])]
    while levels[-1].shape[0] > 40:
        levels.append(cv2.resize(levels[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    return tuple(levels)


def rear(
    camera: Camera, vehicle: Vehicle, pose: Pose, motion: Motion = STILL
) -> NDArray[np.float64]:
    """Return the pixels of the rear's corners, TL TR BR BL."""
    half, top = vehicle.body.width_m / 2, vehicle.body.height_m
    return _rectangle(camera, pose, motion, (-half, half), (top, 0.0))


def plate_corners(
    camera: Camera, vehicle: Vehicle, pose: Pose, motion: Motion = STILL
) -> NDArray[np.float64]:
    """Return the pixels of the plate's corners, TL TR BR BL."""
    (x, y), (w, h) = vehicle.body.plate, vehicle.plate_m
    across, high = (x - w / 2, x + w / 2), (y + h / 2, y - h / 2)
    return _rectangle(camera, pose, motion, across, high)


def smear(camera: Camera, vehicle: Vehicle, pose: Pose, motion: Motion) -> tuple[float, float]:
    """Return how far the plate moves in pixels (x, y) while the shutter is open."""
    half = motion.exposure_s / 2
    before = plate_corners(camera, vehicle, motion.moved(pose, -half))
    after = plate_corners(camera, vehicle, motion.moved(pose, half))
    shift = (after - before).mean(0)
    return float(shift[0]), float(shift[1])


def _rectangle(
    camera: Camera,
    pose: Pose,
    motion: Motion,
    across: tuple[float, float],
    high: tuple[float, float],
) -> NDArray[np.float64]:
    (x0, z0), (x1, z1) = (footprint(pose.x, pose.z, pose.heading, a, 0.0) for a in across)
    points = [(x0, high[0], z0), (x1, high[0], z1), (x1, high[1], z1), (x0, high[1], z0)]
    return camera.project_moving(np.array(points), motion.velocity, motion.line_s)


def draw_vehicle(
    image: Image,
    camera: Camera,
    light: Light,
    vehicle: Vehicle,
    pose: Pose,
    motion: Motion = STILL,
    braking: float = 0.0,
) -> Drawn | None:
    """Draw one vehicle into *image*; draw far ones first.

    Args:
        pose: where it is when the shutter is half through its exposure of the middle row.
        motion: smears it along its way during the exposure, and leans it by the rolling shutter.
        braking: how much brighter its lamps are.

    Returns:
        None when nothing of its rear is in the picture.
    """
    hull = _hull(image, camera, light, vehicle, pose)
    if camera.depth(pose.x, vehicle.body.plate[1], pose.z) < camera.nearest_m:
        return None
    corners = rear(camera, vehicle, pose, motion)
    shift = smear(camera, vehicle, pose, motion) if motion.exposure_s else (0.0, 0.0)
    pad = int(np.ceil(np.hypot(*shift) / 2)) + 2
    box = _clip(corners, image.shape, pad)
    if box is None:
        return None
    layer = _rear_layer(vehicle, corners, box)
    plate = None
    if vehicle.lit_plate is not None:
        plate = plate_corners(camera, vehicle, pose, motion).astype(np.float32)
        _paste_in(layer, vehicle.lit_plate, plate - (box[0], box[1]))
    if np.hypot(*shift) >= 0.5:
        layer = motion_blur(layer, *shift)
    x0, y0, x1, y1 = box
    part = image[y0:y1, x0:x1]
    keep = cv2.merge([cv2.bitwise_not(layer[..., 3])] * 3)
    under = cv2.multiply(part, keep, scale=1 / 255)
    part[:] = cv2.add(under, np.ascontiguousarray(layer[..., :3]))
    glow(image, camera, light, vehicle, pose, braking)
    return Drawn(plate, box, np.ascontiguousarray(layer[..., 3]), hull)


def _clip(
    corners: NDArray[np.float64], shape: tuple[int, ...], pad: int
) -> tuple[int, int, int, int] | None:
    x0, y0 = np.maximum(np.floor(corners.min(0)).astype(int) - pad, 0)
    x1, y1 = np.minimum(np.ceil(corners.max(0)).astype(int) + pad, (shape[1], shape[0]))
    if x1 - x0 < 3 or y1 - y0 < 3:
        return None
    return int(x0), int(y0), int(x1), int(y1)


def _rear_layer(
    vehicle: Vehicle, corners: NDArray[np.float64], box: tuple[int, int, int, int]
) -> NDArray[np.uint8]:
    """Return the rear without its plate, warped, as premultiplied BGRA of *box*."""
    wide = np.linalg.norm(corners[1] - corners[0])
    level = 0
    while level + 1 < len(vehicle.texture) and vehicle.texture[level].shape[1] > 1.8 * wide:
        level += 1
    texture = vehicle.texture[level]
    height, width = texture.shape[:2]
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - 0.5
    target = (corners - (box[0], box[1])).astype(np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform(flat, target)
    return cv2.warpPerspective(texture, matrix, (box[2] - box[0], box[3] - box[1]))


def _paste_in(layer: NDArray[np.uint8], plate: Image, corners: NDArray[np.float32]) -> None:
    x0, y0 = np.maximum(np.floor(corners.min(0)).astype(int) - 1, 0)
    x1, y1 = np.ceil(corners.max(0)).astype(int) + 2
    if x1 <= 0 or y1 <= 0 or x0 >= layer.shape[1] or y0 >= layer.shape[0]:
        return
    part = np.ascontiguousarray(layer[y0:y1, x0:x1, :3])
    paste(part, plate, (corners - (x0, y0)).astype(np.float32), shade=0.15)
    layer[y0:y1, x0:x1, :3] = part


def _hull(
    image: Image, camera: Camera, light: Light, vehicle: Vehicle, pose: Pose
) -> list[NDArray[np.int32]]:
    """Draw shadow, sides and roof, which the rear then covers where it is nearer."""
    body = vehicle.body
    half, top = body.width_m / 2, body.height_m
    boxy = body.roof_share >= 0.9
    long = body.length_m + (0.0 if boxy else 1.6)
    belt = top if boxy else top * 0.64
    drawn: list[NDArray[np.int32]] = []
    start = max(0.0, camera.nearest_m + 0.3 - pose.z)  # what is under or behind the lens
    if start >= long - 0.1:
        return drawn

    def fill(points: list[tuple[float, float, float]], colour: Colour) -> None:
        placed = [
            footprint(pose.x, pose.z, pose.heading, across, max(along, start))
            for across, along, _ in points
        ]
        pixels = quad(camera, [(x, y, z) for (x, z), (_, _, y) in zip(placed, points, strict=True)])
        drawn.append(pixels)
        if colour == _SHADOW:
            _shadow(image, drawn.pop())
        else:
            cv2.fillConvexPoly(image, pixels, darker(colour, light.body), cv2.LINE_AA)

    wide = half + 0.15
    fill([(-wide, -0.25, 0), (wide, -0.25, 0), (wide, long, 0), (-wide, long, 0)], _SHADOW)
    if body.kind == "motorbike":
        return drawn
    for side in (-half, half):
        ahead = side * (1.0 if boxy else 0.9)
        lower = [(side, 0.02, 0.28), (side, 0.02, belt)]
        lower += [(ahead, long, belt - (0.0 if boxy else 0.1)), (ahead, long, 0.28)]
        fill(lower, darker(body.colour, 0.72))
    roof = half * body.roof_share
    if not boxy:
        hood = [(-half, 0.05, belt), (half, 0.05, belt)]
        hood += [(half * 0.9, long, belt - 0.1), (-half * 0.9, long, belt - 0.1)]
        fill(hood, darker(body.colour, 0.9))
        for side in (-1, 1):
            glass = [(side * half * 0.94, 0.1, belt), (side * roof, 0.1, top)]
            glass += [(side * roof, body.length_m, top)]
            fill([*glass, (side * half * 0.94, body.length_m + 0.6, belt)], (52, 46, 42))
    lid = [(-roof, 0.0, top - 0.01), (roof, 0.0, top - 0.01)]
    fill([*lid, (roof, body.length_m, top), (-roof, body.length_m, top)], darker(body.colour, 1.02))
    return drawn


def _shadow(image: Image, outline: NDArray[np.int32]) -> None:
    x0, y0 = np.maximum(outline.min(0), 0)
    x1, y1 = np.minimum(outline.max(0) + 1, (image.shape[1], image.shape[0]))
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    mask = np.full((y1 - y0, x1 - x0), 255, np.uint8)
    cv2.fillConvexPoly(mask, outline - (x0, y0), 115)
    mask = cv2.blur(mask, (15, 15))
    part = image[y0:y1, x0:x1]
    part[:] = cv2.multiply(part, cv2.merge([mask] * 3), scale=1 / 255)


def glow(
    image: Image, camera: Camera, light: Light, vehicle: Vehicle, pose: Pose, braking: float
) -> None:
    """Add the light of the rear lamps."""
    strength = light.lamp * 0.8 + braking
    if strength <= 0.02:
        return
    scale = camera.focal_px / max(0.5, camera.depth(pose.x, 0.8, pose.z))
    for lamp in vehicle.body.lamps:
        x, z = footprint(pose.x, pose.z, pose.heading, lamp.x, 0.0)
        at = camera.project(np.array([(x, lamp.y, z)]))[0]
        reach = int(np.clip(scale * lamp.radius * 3.0, 3, 160))
        _add_glow(image, at, reach, strength, light.infrared)


def _add_glow(
    image: Image, at: NDArray[np.float64], reach: int, strength: float, infrared: bool
) -> None:
    x0, y0 = int(at[0]) - reach, int(at[1]) - reach
    left, top = max(0, x0), max(0, y0)
    right, bottom = min(image.shape[1], x0 + 2 * reach), min(image.shape[0], y0 + 2 * reach)
    if right <= left or bottom <= top:
        return
    axis = (np.arange(2 * reach, dtype=np.float32) - reach) / reach
    bell = np.maximum(np.exp(-axis * axis * 4.5) - 0.02, 0)
    patch = np.outer(bell[top - y0 : bottom - y0], bell[left - x0 : right - x0]) * strength
    colour = np.array((170, 170, 170) if infrared else (60, 55, 245), np.float32)
    extra = np.clip(patch[..., None] * colour, 0, 255).astype(np.uint8)
    part = image[top:bottom, left:right]
    part[:] = cv2.add(part, extra)
