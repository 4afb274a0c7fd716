"""Moving street clips with known truth for every frame: :class:`ClipSpec`, :func:`render_clip`.

A pass enters under the camera and drives away, so its rear is seen close first and then recedes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from zlib import crc32

import numpy as np

from models.synth import degrade, paint
from models.synth.backdrop import render_backdrop
from models.synth.camera import Camera
from models.synth.glyphs import fitted_word
from models.synth.light import LIGHTS
from models.synth.paint import Image
from models.synth.plates import render_plate
from models.synth.scenes import Owners, TruePlate
from models.synth.vehicles import Motion, Pose, Vehicle, draw_vehicle, make_vehicle

START_M: Final = -4.0  # where a pass begins: its rear is still behind the camera
END_M: Final = 70.0
LANE_M: Final = 3.5


@dataclass(frozen=True, slots=True)
class Pass:
    """One vehicle that drives by once.

    Attributes:
        text: its plate, or empty for none.
        enter_s: when it begins to come into view, its rear still 4 m behind the camera.
        lane: 0 is the one on the right.
    """

    vehicle: str
    text: str
    jurisdiction: str
    enter_s: float
    speed_kmh: float
    lane: int = 0
    kind: str = "sedan"
    braking: bool = False


@dataclass(frozen=True, slots=True)
class Parked:
    """One vehicle that stands still, its rear *x* metres to the right and *z* ahead."""

    vehicle: str
    text: str
    jurisdiction: str
    x: float
    z: float
    kind: str = "sedan"


@dataclass(frozen=True, slots=True)
class ClipSpec:
    """Everything a clip is made from; the same spec gives the same frames.

    Attributes:
        light: a name in :data:`models.synth.light.LIGHTS`.
        rain_mm: millimetres an hour.
        line_s: seconds between the reading of two rows (rolling shutter); 0 is a global shutter.
        camera_x_m: how far the pole stands to the right of the road's middle.
        pitch: downward tilt, *yaw* turn to the right, both in radians.
        focal_px: focal length for a picture 1280 wide; scaled with the width.
        overlay: burn a time stamp and a camera name into the picture.
    """

    seed: int
    width: int = 1280
    height: int = 720
    fps: float = 25.0
    seconds: float = 10.0
    light: str = "day"
    rain_mm: float = 0.0
    shutter_s: float = 1 / 500
    line_s: float = 0.0
    lanes: int = 1
    camera_x_m: float = 4.35
    camera_height_m: float = 2.6
    pitch: float = 0.19
    yaw: float = -0.26
    focal_px: float = 2900.0
    overlay: bool = True
    passes: tuple[Pass, ...] = ()
    parked: tuple[Parked, ...] = ()

    @property
    def road_lanes(self) -> int:
        """How many lanes are painted: at least two."""
        return max(2, self.lanes)

    @property
    def frames(self) -> int:
        """How many frames the clip has."""
        return round(self.seconds * self.fps)

    @property
    def camera(self) -> Camera:
        """The camera on its pole."""
        focal = self.focal_px * self.width / 1280
        return Camera(
            self.width,
            self.height,
            focal,
            self.camera_height_m,
            self.pitch,
            self.yaw,
            x_m=self.camera_x_m,
        )


@dataclass(frozen=True, slots=True)
class ClipFrame:
    """One frame, uint8 BGR, its time from the clip's start, and every plate seen in it."""

    image: Image
    time_s: float
    plates: tuple[TruePlate, ...]


def render_clip(spec: ClipSpec) -> Iterator[ClipFrame]:
    """Yield the clip's frames in order, at exactly ``1 / fps`` apart; each image is a new array."""
    film = _Film(spec)
    for number in range(spec.frames):
        yield film.frame(number)


@dataclass
class _Film:
    """What stays the same over a clip: the street, the vehicles and their looks."""

    spec: ClipSpec
    camera: Camera = field(init=False)
    street: Image = field(init=False)
    vehicles: dict[str, Vehicle] = field(init=False)
    start: int = field(init=False)
    name: str = field(init=False)

    def __post_init__(self) -> None:
        spec = self.spec
        rng = np.random.default_rng([spec.seed, 1])
        self.camera = spec.camera
        self.street = render_backdrop(rng, self.camera, LIGHTS[spec.light], spec.road_lanes)
        self.vehicles = {each.vehicle: _look(spec, each) for each in (*spec.passes, *spec.parked)}
        self.start = int(rng.integers(6 * 3600, 20 * 3600))
        self.name = f"CAM {int(rng.integers(1, 20)):02d} MAIN ST"

    def frame(self, number: int) -> ClipFrame:
        """Return one frame; frames don't depend on each other."""
        spec, light = self.spec, LIGHTS[self.spec.light]
        time_s = number / spec.fps
        rng = np.random.default_rng([spec.seed, 2, number])
        image = self.street.copy()
        owners = Owners(spec.height, spec.width)
        for vehicle, pose, motion, braking in self._on_the_road(time_s):
            drawn = draw_vehicle(image, self.camera, light, vehicle, pose, motion, braking)
            if drawn is not None:
                owners.add(vehicle, drawn)
        if spec.rain_mm:
            image = degrade.rain_streaks(rng, image, spec.rain_mm, max(spec.shutter_s, 1 / 1000))
        image = degrade.noise(rng, image, light.gain_db)
        if light.infrared:
            image = degrade.infrared(image)
        if spec.overlay:
            self._overlay(image, time_s)
        return ClipFrame(image, time_s, owners.plates())

    def _on_the_road(self, time_s: float) -> list[tuple[Vehicle, Pose, Motion, float]]:
        """Return who is where at *time_s*, far ones first."""
        there = []
        for one in self.spec.passes:
            pose = pose_at(self.spec, one, time_s)
            if pose is not None:
                motion = Motion((0.0, one.speed_kmh / 3.6), self.spec.shutter_s, self.spec.line_s)
                there.append((self.vehicles[one.vehicle], pose, motion, 0.5 * one.braking))
        there.extend(
            (self.vehicles[still.vehicle], Pose(still.x, still.z), Motion(), 0.0)
            for still in self.spec.parked
        )
        return sorted(there, key=lambda item: -item[1].z)

    def _overlay(self, image: Image, time_s: float) -> None:
        now = self.start + int(time_s)
        clock = f"2026-05-14 {now // 3600:02d}:{now // 60 % 60:02d}:{now % 60:02d}"
        tall = max(7, round(self.spec.height * 0.028))
        for text, x in ((clock, 0.015), (self.name, 0.8)):
            mask = fitted_word(text, "mono-400", tall, self.spec.width * 0.4)
            at = x * self.spec.width, self.spec.height * 0.02
            paint.stamp(image, mask, at[0] + 1, at[1] + 1, (0, 0, 0))
            paint.stamp(image, mask, *at, (250, 250, 250))


def pose_at(spec: ClipSpec, one: Pass, time_s: float) -> Pose | None:
    """Return where a pass is at *time_s*; None before it comes and after it is gone."""
    z = START_M + (time_s - one.enter_s) * one.speed_kmh / 3.6
    if z < START_M or z > END_M:
        return None
    return Pose(((spec.road_lanes - 1) / 2 - one.lane) * LANE_M, z)


def _look(spec: ClipSpec, one: Pass | Parked) -> Vehicle:
    """Return the vehicle; its looks depend on its name and plate alone, not on the clip."""
    rng = np.random.default_rng([7, crc32(f"{one.vehicle}|{one.kind}|{one.text}".encode())])
    light = LIGHTS[spec.light]
    if not one.text:
        return make_vehicle(rng, one.vehicle, light, one.kind, bare=True, px_per_m=240)
    plate = render_plate(rng, one.jurisdiction, one.text, clean=True)
    return make_vehicle(rng, one.vehicle, light, one.kind, plate, px_per_m=240)
