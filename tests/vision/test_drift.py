"""The view against the day of commissioning: what is found, and that nothing is invented."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from edge.vision.drift import SIZE, Change, Look, compare, look, view
from edge.vision.drifting import DARK, DEFOCUSED, DIRTY, MOVED, Drifting, signs
from models.synth import degrade
from models.synth.clips import ClipSpec, Pass, render_clip
from models.synth.paint import Image

CARS = tuple(Pass(f"c{n}", f"AB1234{n}", "us-ct", n * 1.1, 45.0) for n in range(3))
STREET = ClipSpec(seed=5, fps=2.0, seconds=3.0, passes=CARS)
Spoil = Callable[[Image], Image]


def seen(spec: ClipSpec, spoil: Spoil = lambda image: image) -> Look:
    pictures = (spoil(frame.image) for frame in render_clip(spec))
    return view([look(cv2.cvtColor(one, cv2.COLOR_BGR2GRAY)) for one in pictures])


@pytest.fixture(scope="module")
def day() -> dict[int, Look]:
    """Return the day of commissioning: busy, but for one hour of the night."""
    return dict.fromkeys(range(24), seen(STREET)) | {3: seen(replace(STREET, passes=()))}


def turned(image: Image) -> Image:
    high, wide = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), 1.5, 1.0)
    return cv2.warpAffine(image, matrix, (wide, high), borderMode=cv2.BORDER_REPLICATE)


def test_a_camera_turned_by_one_degree_is_found(day: dict[int, Look]) -> None:
    """The shift is that of the lens within a fifth: 2900 pixels of focal length."""
    change = compare(seen(replace(STREET, yaw=STREET.yaw + np.radians(1.0))), day[0], day)
    assert change.shift == pytest.approx(2900 * np.tan(np.radians(1.0)) / 1280, rel=0.2)
    assert set(signs(change)) == {MOVED}


def test_a_camera_tilted_by_three_degrees_is_found(day: dict[int, Look]) -> None:
    """A larger turn is found as well."""
    change = compare(seen(replace(STREET, pitch=STREET.pitch + np.radians(3.0))), day[0], day)
    assert MOVED in signs(change)


@pytest.mark.parametrize(
    ("what", "spoil"),
    [
        pytest.param(MOVED, turned, id="rolled"),
        pytest.param(DEFOCUSED, lambda one: degrade.defocus(one, 2.0), id="defocused"),
        pytest.param(DARK, lambda one: degrade.exposure(one, -2.0), id="dark"),
        pytest.param(
            DIRTY,
            lambda one: degrade.lens_drops(np.random.default_rng(9), one, 40, 70),
            id="dirty",
        ),
    ],
)
def test_what_spoils_a_view_is_named(day: dict[int, Look], what: str, spoil: Spoil) -> None:
    """Each fault has its own word, and no other's."""
    assert set(signs(compare(seen(STREET, spoil), day[0], day))) == {what}


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(replace(STREET, passes=()), id="no traffic"),
        pytest.param(replace(STREET, rain_mm=8.0), id="rain"),
    ],
)
def test_an_unchanged_camera_says_nothing(day: dict[int, Look], spec: ClipSpec) -> None:
    """The control: other traffic, rain, haze and brighter light are no drift."""
    assert signs(compare(seen(spec), day[0], day)) == {}


def test_haze_and_brighter_light_say_nothing(day: dict[int, Look]) -> None:
    """Air that is not clear and a sunnier day are no fault of the camera."""
    quiet = replace(STREET, seconds=1.5)
    hazy = seen(quiet, lambda one: degrade.haze(np.random.default_rng(1), one, 0.4))
    sunny = seen(quiet, lambda one: degrade.exposure(one, 0.6))
    assert signs(compare(hazy, day[0], day)) == {}
    assert signs(compare(sunny, day[0], day)) == {}


def test_a_view_holds_no_car_and_no_plate() -> None:
    """What is stored is the street: cars that pass are gone, and a plate has under 16 pixels."""
    empty, busy = seen(replace(STREET, passes=())), seen(STREET)
    assert np.mean(np.abs(empty.luma.astype(float) - busy.luma)) < 2.0
    widest = max(
        float(np.ptp(plate.corners[:, 0])) for one in render_clip(STREET) for plate in one.plates
    )
    assert widest * SIZE[0] / STREET.width < 16


WELL = Change(0.001, 0.05, 0.85, 1.0, 0.02, 1.0, 1.2)


def test_one_view_is_no_word_and_several_are() -> None:
    """Moved is told at the fifth view in a row, once; and over after four without it."""
    drifting, moved = Drifting(), replace(WELL, shift=0.04)
    assert drifting.take(moved) == []
    assert drifting.take(WELL) == []
    assert [drifting.take(moved) for _ in range(4)] == [[]] * 4
    (begun,) = drifting.take(moved)
    assert (begun.what, begun.over) == (MOVED, False)
    assert drifting.take(moved) == []
    assert MOVED in drifting.standing
    told = [one for _ in range(5) for one in drifting.take(WELL)]
    assert [(one.what, one.over) for one in told] == [(MOVED, True)]
    assert drifting.standing == {}


def test_where_nothing_can_be_told_nothing_is() -> None:
    """Fog: the shift is not believed, focus and dirt are not judged."""
    fog = Change(0.2, 9.0, 0.2, 0.4, 0.9, 0.3, 1.0)
    assert signs(fog) == {}
    assert signs(replace(WELL, shift=None, roll_deg=None, focus=None, light=None)) == {}
