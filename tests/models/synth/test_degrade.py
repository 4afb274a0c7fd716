"""Damage: pure, repeatable, and as large as physics says."""

import cv2
import numpy as np
import pytest

from models.synth import degrade

GREY = np.full((60, 80, 3), 100, np.uint8)


def dot() -> np.ndarray:
    """Return a black picture with one bright pixel in the middle."""
    image = np.zeros((61, 61, 3), np.uint8)
    image[30, 30] = 255
    return image


def test_motion_is_speed_times_shutter() -> None:
    """72 km/h over 1/100 s at 1 cm a pixel is 20 pixels."""
    assert degrade.motion_pixels(72.0, 0.01, 0.01) == pytest.approx(20.0)


@pytest.mark.parametrize("length", [3.0, 8.0, 15.0])
def test_motion_blur_has_the_length_of_the_movement(length: float) -> None:
    """The path of one point is as long as the movement, to half a pixel, and keeps its light."""
    kernel = degrade.motion_kernel(length, 0.0)
    row = kernel[kernel.shape[0] // 2]
    assert kernel.sum() == pytest.approx(1.0, abs=1e-5)
    assert row.sum() == pytest.approx(1.0, abs=1e-5)
    spread = np.sqrt(np.sum(row * (np.arange(len(row)) - len(row) // 2) ** 2))
    assert spread * np.sqrt(12) == pytest.approx(length, abs=0.6)


def test_motion_blur_follows_its_direction() -> None:
    """A movement downwards smears a dot in its column only."""
    smeared = degrade.motion_blur(dot(), 0.0, 10.0)
    assert np.count_nonzero(smeared[:, 30, 0]) >= 10
    assert np.count_nonzero(smeared[:, 26, 0]) == 0


def test_rolling_shutter_leans_by_rows() -> None:
    """A vertical line leans by speed times line time a row."""
    image = np.zeros((100, 200, 3), np.uint8)
    image[:, 100] = 255
    leaned = degrade.rolling_shutter(image, 1000.0, 0.0002)
    top, bottom = (leaned[row, :, 0].argmax() for row in (2, 97))
    assert abs(abs(int(top) - int(bottom)) - 95 * 0.2) <= 1.5


def test_infrared_has_no_colour() -> None:
    """Infrared pictures have three equal channels."""
    image = np.random.default_rng(1).integers(0, 255, (20, 30, 3), dtype=np.uint8)
    grey = degrade.infrared(image)
    assert np.array_equal(grey[..., 0], grey[..., 2])


def test_noise_grows_with_gain() -> None:
    """More gain gives more noise; the same seed the same noise, at any size."""
    quiet = degrade.noise(np.random.default_rng(1), GREY, 0)
    loud = degrade.noise(np.random.default_rng(1), GREY, 36)
    assert loud.std() > 3 * quiet.std()
    assert np.array_equal(loud, degrade.noise(np.random.default_rng(1), GREY, 36))
    wide = np.full((10, 2000, 3), 100, np.uint8)
    assert degrade.noise(np.random.default_rng(1), wide, 20).shape == wide.shape


@pytest.mark.parametrize(
    "damage",
    [
        lambda image: degrade.defocus(image, 3.0),
        lambda image: degrade.exposure(image, -1.0),
        lambda image: degrade.contrast(image, 20, 200),
        lambda image: degrade.tint(image, 0.9, 1.0, 1.2),
        lambda image: degrade.glare(image, 30, 30, 20, 0.8),
        lambda image: degrade.rain_streaks(np.random.default_rng(2), image, 400.0, 1 / 50),
        lambda image: degrade.lens_drops(np.random.default_rng(2), image, 5, 8),
        lambda image: degrade.haze(np.random.default_rng(2), image, 0.5),
        lambda image: degrade.low_resolution(image, 3.0),
        lambda image: degrade.jpeg(image, 20),
        lambda image: degrade.video_codec(image, 20),
    ],
)
def test_damage_is_pure(damage) -> None:
    """Damage returns a changed copy of the same shape and leaves its picture alone."""
    image = np.full((61, 61, 3), 60, np.uint8)
    cv2.putText(image, "A7", (5, 45), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (250, 240, 230), 3)
    before = image.copy()
    out = damage(image)
    assert np.array_equal(image, before)
    assert out.shape == image.shape
    assert out.dtype == np.uint8
    assert not np.array_equal(out, image)


def test_nothing_is_nothing() -> None:
    """No movement, no defocus and no loss of detail leave the picture as it was."""
    image = dot()
    assert np.array_equal(degrade.motion_blur(image, 0.1, 0.0), image)
    assert np.array_equal(degrade.defocus(image, 0.0), image)
    assert np.array_equal(degrade.low_resolution(image, 1.0), image)
