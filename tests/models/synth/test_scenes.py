"""Scenes: truth agrees with the pixels."""

import cv2
import numpy as np
import pytest

from models.synth.backdrop import render_backdrop
from models.synth.body_kinds import KINDS, render_body
from models.synth.camera import Camera
from models.synth.light import LIGHTS
from models.synth.plates import render_plate
from models.synth.scenes import Owners, render_scene
from models.synth.vehicles import Motion, Pose, draw_vehicle, make_vehicle, smear

CAMERA = Camera(640, 384, 900.0, 1.6, 0.06)


@pytest.mark.parametrize("seed", range(25))
def test_scene_truth_lies_in_the_picture(seed: int) -> None:
    """Boxes are clipped to the picture, hold the visible corners, and shares are 0 to 1."""
    scene = render_scene(np.random.default_rng(seed))
    assert scene.image.shape == (384, 640, 3)
    for plate in scene.plates:
        x0, y0, x1, y1 = plate.box
        assert 0 <= x0 < x1 <= 639
        assert 0 <= y0 < y1 <= 383
        assert 0.05 <= plate.visible <= 1.0
        if plate.visible == 1.0 and x0 > 0 and y0 > 0 and x1 < 639 and y1 < 383:
            assert np.allclose((x0, y0), plate.corners.min(0))
            assert np.allclose((x1, y1), plate.corners.max(0))


def test_scene_is_repeatable_and_may_be_empty() -> None:
    """The same seed gives the same bytes; a scene without vehicles has no plate."""
    one, two = (render_scene(np.random.default_rng(77)) for _ in range(2))
    assert np.array_equal(one.image, two.image)
    assert [p.text for p in one.plates] == [p.text for p in two.plates]
    empty = render_scene(np.random.default_rng(3), 320, 200, vehicles=0)
    assert empty.plates == ()
    assert empty.image.shape == (200, 320, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_plate_changes_only_its_own_pixels(kind: str) -> None:
    """With and without its plate, a vehicle differs inside the true corners and nowhere else."""
    light = LIGHTS["day"]
    plate = render_plate(np.random.default_rng(1), "us-ny", "ABC1234")
    street = np.full((384, 640, 3), 120, np.uint8)
    vehicle = make_vehicle(np.random.default_rng(2), "v", light, kind, plate)
    bare = type(vehicle)(vehicle.name, vehicle.body, None, vehicle.plate_m, None, vehicle.texture)
    with_plate, without = street.copy(), street.copy()
    pose = Pose(0.3, 5.0, 0.1)
    drawn = draw_vehicle(with_plate, CAMERA, light, vehicle, pose)
    draw_vehicle(without, CAMERA, light, bare, pose)
    assert drawn is not None
    assert drawn.corners is not None
    changed = np.abs(with_plate.astype(int) - without).max(2) > 2
    allowed = np.zeros(changed.shape, np.uint8)
    cv2.fillConvexPoly(allowed, np.round(drawn.corners).astype(np.int32), 1)
    inside = changed[allowed > 0].mean()
    assert inside > 0.4
    assert not changed[cv2.dilate(allowed, np.ones((5, 5), np.uint8)) == 0].any()


def test_hidden_plates_are_not_listed() -> None:
    """A plate behind a nearer vehicle is not in the truth; the nearer one is, wholly seen."""
    light = LIGHTS["day"]
    image = np.full((384, 640, 3), 120, np.uint8)
    owners = Owners(384, 640)
    for name, z in (("far", 14.0), ("near", 6.0)):
        plate = render_plate(np.random.default_rng(1), "us-ny", "ABC1234")
        vehicle = make_vehicle(np.random.default_rng(4), name, light, "van", plate)
        drawn = draw_vehicle(image, CAMERA, light, vehicle, Pose(0.0, z))
        assert drawn is not None
        owners.add(vehicle, drawn)
    assert [p.vehicle for p in owners.plates()] == ["near"]
    assert owners.plates()[0].visible == 1.0


def test_a_vehicle_behind_the_camera_is_not_drawn() -> None:
    """What is behind the lens leaves no pixel and no truth."""
    light = LIGHTS["day"]
    vehicle = make_vehicle(np.random.default_rng(4), "v", light, "van")
    image = np.full((384, 640, 3), 120, np.uint8)
    assert draw_vehicle(image, CAMERA, light, vehicle, Pose(0.0, -20.0)) is None
    assert (image == 120).all()


def test_smear_is_speed_times_shutter() -> None:
    """A plate that crosses at 10 m/s with 1/100 s smears by focal / depth * 0.1 pixels."""
    light = LIGHTS["day"]
    vehicle = make_vehicle(np.random.default_rng(4), "v", light, "sedan")
    level = Camera(640, 384, 900.0, vehicle.body.plate[1])
    dx, dy = smear(level, vehicle, Pose(0.0, 10.0), Motion((10.0, 0.0), 0.01))
    assert dx == pytest.approx(900 / 10 * 0.1, rel=0.01)
    assert dy == pytest.approx(0.0, abs=0.05)


def test_camera_sees_the_horizon_and_the_ground() -> None:
    """Far road points come to the horizon; nearer ones lie lower, and right is right."""
    camera = Camera(640, 384, 900.0, 3.0, 0.1)
    far, near = camera.project(np.array([(0.0, 0.0, 1e6), (1.0, 0.0, 10.0)]))
    assert far[1] == pytest.approx(camera.horizon, abs=0.1)
    assert near[1] > far[1]
    assert near[0] > 320


@pytest.mark.parametrize("kind", KINDS)
def test_bodies_hold_their_plate(kind: str) -> None:
    """The plate's place lies on the body, between road and roof."""
    body = render_body(np.random.default_rng(9), kind)
    assert abs(body.plate[0]) < body.width_m / 2
    assert 0.2 < body.plate[1] < body.height_m
    x = round((body.plate[0] + body.width_m / 2) * body.px_per_m)
    y = round((body.height_m - body.plate[1]) * body.px_per_m)
    assert body.mask[y, x] > 200


@pytest.mark.parametrize("name", tuple(LIGHTS))
def test_light_dims_the_street(name: str) -> None:
    """No light is brighter than day."""
    day = render_backdrop(np.random.default_rng(1), CAMERA, LIGHTS["day"])
    other = render_backdrop(np.random.default_rng(1), CAMERA, LIGHTS[name])
    assert other.mean() <= day.mean() + 0.5
