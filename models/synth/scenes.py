"""Still street scenes with known plates: :func:`render_scene`, for training the detector."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth import degrade, paint
from models.synth.backdrop import render_backdrop
from models.synth.camera import Camera
from models.synth.conditions import apply_conditions, draw_conditions
from models.synth.glyphs import fitted_word
from models.synth.lettering import camera_line
from models.synth.light import Light, choose_light
from models.synth.paint import Image
from models.synth.vehicles import Drawn, Pose, Vehicle, draw_vehicle, make_vehicle


@dataclass(frozen=True, slots=True)
class TruePlate:
    """One plate that is in a picture.

    Attributes:
        vehicle: the vehicle's name within the scene or clip.
        box: left, top, right, bottom in pixels, clipped to the picture.
        corners: ``(4, 2)`` float32, TL TR BR BL; outside the picture where the plate is cut off.
        visible: share of the plate's area that is in the picture and not hidden, over 0 to 1.
    """

    vehicle: str
    text: str
    jurisdiction: str
    box: tuple[float, float, float, float]
    corners: NDArray[np.float32]
    visible: float


@dataclass(frozen=True, slots=True)
class RenderedScene:
    """A picture, uint8 BGR, and every plate that can be seen in it, however small."""

    image: Image
    plates: tuple[TruePlate, ...]


class Owners:
    """Who owns each pixel: tells how much of each plate is still to be seen at the end."""

    def __init__(self, height: int, width: int) -> None:
        self._map = np.zeros((height, width), np.uint8)
        self._plates: list[tuple[Vehicle, NDArray[np.float32]]] = []

    def add(self, vehicle: Vehicle, drawn: Drawn) -> None:
        """Note a vehicle just drawn over all earlier ones."""
        for outline in drawn.hull:
            cv2.fillConvexPoly(self._map, outline, 0)
        x0, y0, x1, y1 = drawn.box
        self._map[y0:y1, x0:x1][drawn.mask > 127] = 0
        if drawn.corners is not None:
            self._plates.append((vehicle, drawn.corners))
            corners = np.round(drawn.corners * 16).astype(np.int32)
            cv2.fillConvexPoly(self._map, corners, len(self._plates), cv2.LINE_8, 4)

    def plates(self) -> tuple[TruePlate, ...]:
        """Return every plate of which at least a twentieth is seen, in drawing order."""
        height, width = self._map.shape
        found = []
        for number, (vehicle, corners) in enumerate(self._plates, 1):
            box = _clipped(corners, width, height)
            if box is None or vehicle.plate is None:
                continue
            x0, y0 = max(0, int(box[0]) - 2), max(0, int(box[1]) - 2)
            part = self._map[y0 : int(box[3]) + 3, x0 : int(box[2]) + 3]
            drawn = np.count_nonzero(part == number)
            visible = min(1.0, drawn / max(1.0, _pixels(corners)))
            if visible >= 0.05:
                text, where = vehicle.plate.text, vehicle.plate.jurisdiction
                found.append(TruePlate(vehicle.name, text, where, box, corners, round(visible, 3)))
        return tuple(found)


def _pixels(corners: NDArray[np.float32]) -> float:
    """Count the pixels that OpenCV fills for a quadrilateral, borders included."""
    origin = np.floor(corners.min(0))
    size = np.ceil(corners.max(0) - origin).astype(int) + 2
    if size.max() > 4000:
        return float(cv2.contourArea(corners))
    mask = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillConvexPoly(mask, np.round((corners - origin) * 16).astype(np.int32), 1, cv2.LINE_8, 4)
    return float(np.count_nonzero(mask))


def _clipped(
    corners: NDArray[np.float32], width: int, height: int
) -> tuple[float, float, float, float] | None:
    x0, y0 = np.maximum(corners.min(0), 0)
    x1, y1 = np.minimum(corners.max(0), (width - 1, height - 1))
    if x1 - x0 < 1 or y1 - y0 < 1:
        return None
    return float(x0), float(y0), float(x1), float(y1)


def render_scene(
    rng: np.random.Generator,
    width: int = 640,
    height: int = 384,
    vehicles: int | None = None,
) -> RenderedScene:
    """Return one street picture.

    Args:
        vehicles: how many are put on the road; drawn from 0 to 6 when absent. Some carry no plate,
            and some end up outside the picture.
    """
    light = choose_light(rng)
    camera = _camera(rng, width, height)
    lanes = int(rng.integers(1, 5))
    image = render_backdrop(rng, camera, light, lanes)
    owners = Owners(height, width)
    count = (
        int(rng.choice(7, p=(0.1, 0.28, 0.24, 0.16, 0.1, 0.07, 0.05)))
        if vehicles is None
        else vehicles
    )
    for vehicle, pose in _traffic(rng, camera, light, lanes, count):
        braking = rng.uniform(0.2, 0.8) if rng.random() < 0.2 else 0.0
        drawn = draw_vehicle(image, camera, light, vehicle, pose, braking=braking)
        if drawn is not None:
            owners.add(vehicle, drawn)
    image = _weather(rng, image, light)
    if rng.random() < 0.4:
        overlay_words(rng, image, [camera_line(rng) for _ in range(int(rng.integers(1, 3)))])
    return RenderedScene(image, owners.plates())


def _camera(rng: np.random.Generator, width: int, height: int) -> Camera:
    focal = width * float(np.exp(rng.uniform(np.log(0.7), np.log(3.0))))
    high = rng.uniform(0.9, 2.0) if rng.random() < 0.55 else rng.uniform(2.0, 6.0)
    aim = rng.uniform(5, 25)  # metres ahead, where the middle of the picture meets the road
    pitch = float(np.arctan2(high - rng.uniform(0.3, 1.2), aim))
    return Camera(width, height, focal, high, pitch, float(rng.normal(0, 0.08)), nearest_m=0.8)


def _traffic(
    rng: np.random.Generator, camera: Camera, light: Light, lanes: int, count: int
) -> list[tuple[Vehicle, Pose]]:
    """Return vehicles and where they stand, far ones first, none inside another."""
    placed: list[tuple[Vehicle, Pose]] = []
    for number in range(count):
        for _ in range(8):
            pose = _pose(rng, camera, lanes)
            if all(abs(pose.z - p.z) > 6.0 or abs(pose.x - p.x) > 2.6 for _, p in placed):
                bare = rng.random() < 0.08
                placed.append(
                    (make_vehicle(rng, f"v{number}", light, bare=bare, px_per_m=130), pose)
                )
                break
    return sorted(placed, key=lambda item: -item[1].z)


def _pose(rng: np.random.Generator, camera: Camera, lanes: int) -> Pose:
    """Draw a place where a plate of 0.4 m is some 12 to 170 pixels wide and near the picture."""
    pixels = float(np.exp(rng.uniform(np.log(12), np.log(170)))) * camera.width / 640
    z = max(1.6, camera.focal_px * 0.4 / pixels)
    lane = int(rng.integers(lanes)) if rng.random() < 0.8 else int(rng.choice((-1, lanes)))
    x = (lane - (lanes - 1) / 2) * 3.5 + rng.normal(0, 0.3)
    reach = 0.45 * camera.width / camera.focal_px * z
    centre = z * np.tan(camera.yaw)
    if abs(x - centre) > reach:
        x = centre + rng.uniform(-1, 1) * reach * 0.9
    return Pose(float(x), float(z), float(rng.normal(0, 0.1 if rng.random() < 0.6 else 0.3)))


def _weather(rng: np.random.Generator, image: Image, light: Light) -> Image:
    height, width = image.shape[:2]
    if light.lamp > 0.4:
        for _ in range(int(rng.integers(0, 4))):  # street lamps and oncoming headlights
            at = rng.uniform(0, width), rng.uniform(0, height * 0.6)
            image = degrade.glare(
                image, *at, width * rng.uniform(0.01, 0.05), rng.uniform(0.3, 1.0)
            )
    met = draw_conditions(rng, 60.0, lit=True)
    image = apply_conditions(rng, image, met)
    if light.gain_db > 10:
        image = degrade.noise(rng, image, light.gain_db * rng.uniform(0.6, 1.4))
    if light.infrared:
        image = degrade.infrared(image)
    if met.rain_mm and rng.random() < 0.5:
        image = degrade.lens_drops(rng, image, int(rng.integers(3, 25)), width * 0.02)
    return image


def overlay_words(rng: np.random.Generator, image: Image, lines: list[str]) -> None:
    """Burn a camera's lines of text into corners of the picture, in place."""
    height, width = image.shape[:2]
    tall = max(7, round(height * rng.uniform(0.022, 0.045)))
    role = str(rng.choice(("mono-400", "roadmono-600", "grotesk-500", "cockpit-400")))
    ink = (250, 250, 250) if rng.random() < 0.8 else (60, 240, 250)
    places = [(0.02, 0.02), (0.55, 0.02), (0.02, 0.95), (0.55, 0.95)]
    for line, place in zip(lines, rng.permutation(places), strict=False):
        mask = fitted_word(line, role, tall, width * 0.43)
        x, y = place[0] * width, place[1] * height - (tall * 0.3 if place[1] > 0.5 else 0)
        if rng.random() < 0.6:
            paint.stamp(image, mask, x + 1, y + 1, (0, 0, 0))
        paint.stamp(image, mask, x, y, ink)
