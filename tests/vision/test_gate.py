"""Tests of the gate: which frames go to the detector."""

import numpy as np
import pytest

from edge.clock import Moment
from edge.config.source import GateSection
from edge.config.zones import EVERYWHERE, ZonesSection
from edge.errors import PictureError
from edge.records import Frame
from edge.vision.gate import Gate, sharpness
from edge.vision.zones import Zones
from tests.fakes import START

SECTION = GateSection(
    enabled=True, motion_level=3.0, dark_level=18.0, blur_level=4.0, keep_alive_s=2.0
)
FPS = 10


class Scene:
    """A street of coarse texture, watched by a gate at 10 frames a second."""

    def __init__(self, gate: Gate | None = None, noise: float = 0.0) -> None:
        self.gate = gate or Gate(SECTION, Zones(EVERYWHERE))
        self.random = np.random.default_rng(5)
        tiles = self.random.integers(60, 140, (36, 64), np.uint8)
        self.street = np.kron(tiles, np.ones((20, 20), np.uint8)).astype(np.float32)
        self.noise = noise
        self.now: Moment = START

    def show(self, car: tuple[int, int] | None = None, light: float = 0.0) -> str:
        image = self.street + light
        if car is not None:
            x, y = car
            image[y : y + 80, x : x + 120] = 220
        image = image + self.random.normal(0, self.noise or 1e-6, image.shape)
        grey = np.clip(image, 0, 255).astype(np.uint8)
        self.now = self.now.later(1 / FPS)
        verdict = self.gate.check(Frame(np.dstack([grey] * 3), self.now))
        assert verdict.passes == (verdict.reason in ("moving", "keep-alive", "off"))
        return verdict.reason


def test_a_still_scene_rests_and_is_kept_alive() -> None:
    """The first frame passes, then only one every two seconds."""
    scene = Scene()
    seen = [scene.show() for _ in range(60)]
    assert seen[0] == "moving"
    assert set(seen[1:]) == {"still", "keep-alive"}
    assert seen.count("keep-alive") == 2


@pytest.mark.parametrize("noise", [2.0, 6.0, 9.0])
def test_noise_is_not_motion(noise: float) -> None:
    """A night camera's grain does not wake the detector."""
    scene = Scene(noise=noise)
    seen = [scene.show() for _ in range(40)]
    assert "moving" not in seen[10:]


def test_a_passing_car_is_motion_even_in_noise() -> None:
    """Each frame of a car's pass goes to the detector."""
    scene = Scene(noise=6.0)
    for _ in range(20):
        scene.show()
    assert [scene.show(car=(40 * step, 300)) for step in range(20)] == ["moving"] * 20


def test_a_car_that_parks_becomes_part_of_the_scene() -> None:
    """A parked car is still after a few seconds, and its leaving is motion."""
    scene = Scene()
    scene.show()
    arrived = [scene.show(car=(400, 300)) for _ in range(80)]
    assert arrived[0] == "moving"
    assert "moving" not in arrived[60:]
    assert scene.show() == "moving"


def test_slow_and_sudden_light_is_not_motion() -> None:
    """Neither a cloud nor a step of the camera's own exposure wakes the detector."""
    scene = Scene()
    scene.show()
    seen = [scene.show(light=0.4 * step) for step in range(60)]
    seen += [scene.show(light=60) for _ in range(10)]
    assert "moving" not in seen


@pytest.mark.parametrize(("level", "reason"), [(8, "dark"), (90, "blurred")])
def test_what_shows_nothing_is_not_looked_at(level: int, reason: str) -> None:
    """A dark frame, or one without a single edge, is dropped even when it is new."""
    gate = Gate(SECTION, Zones(EVERYWHERE))
    image = np.full((720, 1280, 3), level, np.uint8)
    assert gate.check(Frame(image, START)).reason == reason


def test_a_lit_plate_at_night_is_neither_dark_nor_blurred() -> None:
    """One bright plate with strokes in an otherwise black frame is worth a look."""
    image = np.full((720, 1280, 3), 5, np.uint8)
    image[300:380, 500:660] = 200
    image[310:370, 510:650:12] = 20
    gate = Gate(SECTION, Zones(EVERYWHERE))
    assert gate.check(Frame(image, START)).reason == "moving"


def test_motion_outside_the_zones_does_not_count() -> None:
    """Only cells in a zone of interest wake the detector."""
    right = ((0.6, 0.0), (1.0, 0.0), (1.0, 1.0), (0.6, 1.0))
    scene = Scene(
        Gate(SECTION, Zones(ZonesSection(interest=(right,), ignore=(), direction=(), sense="both")))
    )
    scene.show()
    assert scene.show(car=(200, 300)) == "still"
    assert scene.show(car=(1000, 300)) == "moving"


def test_the_cameras_own_luma_is_used_when_there_is_one() -> None:
    """With a low-resolution stream the large picture is not touched."""
    gate = Gate(SECTION, Zones(EVERYWHERE))
    tiles = np.array([[40, 200] * 4, [200, 40] * 4] * 2, np.uint8)
    low = np.kron(tiles, np.ones((40, 40), np.uint8))
    noise = np.random.default_rng(1)
    reasons = []
    for step in range(3):
        image = noise.integers(0, 255, (720, 1280, 3), np.uint8)
        reasons.append(gate.check(Frame(image, START.later(0.1 * step), low=low)).reason)
    assert reasons == ["moving", "still", "still"]


def test_switched_off_it_passes_everything() -> None:
    """A gate that is off says so and lets even black frames through."""
    section = SECTION.model_copy(update={"enabled": False})
    gate = Gate(section, Zones(EVERYWHERE))
    assert gate.check(Frame(np.zeros((9, 9, 3), np.uint8), START)).reason == "off"


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 5000, 3), (5000, 2, 3), (2160, 3840, 3), (9, 9)])
def test_any_size_is_judged(shape: tuple[int, ...]) -> None:
    """From one pixel to 4K, colour or grey, no frame breaks the gate, nor a change of size."""
    gate = Gate(SECTION, Zones(EVERYWHERE))
    gate.check(Frame(np.full((50, 50, 3), 99, np.uint8), START))
    image = np.random.default_rng(2).integers(0, 255, shape, np.uint8)
    assert gate.check(Frame(image, START.later(0.1))).reason == "moving"


def test_a_frame_without_pixels_is_an_error() -> None:
    """An empty array is a broken source, not a still scene."""
    gate = Gate(SECTION, Zones(EVERYWHERE))
    with pytest.raises(PictureError, match="no pixels"):
        gate.check(Frame(np.zeros((0, 10, 3), np.uint8), START))


def test_a_clock_set_back_does_not_stop_the_gate() -> None:
    """Frames whose time runs backwards are judged all the same."""
    scene = Scene()
    scene.show()
    scene.now = scene.now.later(-100)
    assert scene.show(car=(300, 300)) == "moving"


def test_sharpness_falls_with_blur() -> None:
    """The same strokes, blurred, are less sharp; a narrow picture counts as sharp."""
    strokes = np.tile(np.repeat(np.array([30, 220], np.uint8), 6), (40, 20))
    kernel = np.ones(15) / 15
    rows = [np.convolve(line, kernel, "same") for line in strokes.astype(float)]
    assert sharpness(np.array(rows).astype(np.uint8)) < sharpness(strokes) / 20
    assert sharpness(strokes[:, :2]) == float("inf")
