"""What was read of plates reaches the camera as shutter and gain."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.config import load
from edge.errors import ConfigError
from edge.records import Frame, Pixels, Read
from edge.services.metering import Exposer, open_exposer
from edge.sources.exposure import Exposure
from edge.sources.live import LiveSource
from edge.sources.open import open_source
from tests.fakes import FakeClock
from tests.tracking.reads import read_of

SETTINGS = load([]).settings
CAMERA_US = 10_000  # what is assumed of a camera that still chooses by itself


class FakeCamera(LiveSource):
    """Light in, pictures out, exposed as it was last asked; the boundary at which this fakes."""

    def __init__(self) -> None:
        self.asked: list[Exposure] = []

    def expose(self, exposure: Exposure) -> None:
        self.asked.append(exposure)

    def take(self, light: float, size: tuple[int, int]) -> Pixels:
        now = self.asked[-1] if self.asked else Exposure()
        strength = (now.shutter_us or CAMERA_US) / 1e6 * (now.gain or 1.0)
        level = round(min(1.0, light * strength) ** (1 / 2.2) * 255)
        return np.full((*size, 3), level, np.uint8)


def _read(text: str, crop: Pixels, sure: float = 0.99) -> Read:
    return replace(read_of(text, sure=sure), crop=crop)


def drive(exposer: Exposer, camera: FakeCamera, clock: FakeClock, seconds: float) -> int:
    """Show a street with a bright plate in it; return the plate's last grey level."""
    level = 0
    for number in range(int(seconds * 2)):
        clock.advance(0.5)
        crop = camera.take(900.0, (40, 90))
        level = int(crop[0, 0, 0])
        frame = Frame(camera.take(100.0, (90, 160)), clock.now(), number=number)
        exposer.see(frame, [_read("AB12345", crop)])
    return level


def test_a_burnt_plate_is_exposed_to_its_target() -> None:
    """Under an exposure at which plates are white, the camera is asked for less until they fit."""
    clock, camera = FakeClock(), FakeCamera()
    exposer = Exposer(SETTINGS.exposure, camera, clock)
    assert camera.take(900.0, (4, 4))[0, 0, 0] == 255
    level = drive(exposer, camera, clock, 20)
    assert level == pytest.approx(SETTINGS.exposure.target, abs=16)
    assert exposer.exposure == camera.asked[-1]


def test_a_camera_is_not_asked_twice_for_the_same() -> None:
    """Once plates fit, nothing more is asked: drivers may stop a stream for every control."""
    clock, camera = FakeClock(), FakeCamera()
    exposer = Exposer(SETTINGS.exposure, camera, clock)
    drive(exposer, camera, clock, 20)
    asked = len(camera.asked)
    drive(exposer, camera, clock, 20)
    assert len(camera.asked) == asked


def test_lettering_does_not_steer() -> None:
    """A read that is not sure may be a van's telephone number: it teaches nothing."""
    clock, camera = FakeClock(), FakeCamera()
    exposer = Exposer(SETTINGS.exposure, camera, clock)
    drive(exposer, camera, clock, 20)
    settled = exposer.exposure
    for number in range(40):
        clock.advance(0.5)
        crop = np.full((40, 90, 3), 255, np.uint8)
        frame = Frame(camera.take(100.0, (90, 160)), clock.now(), number=number)
        exposer.see(frame, [_read("VANSALE", crop, sure=0.7)])
    assert exposer.exposure == settled


def test_a_grey_frame_and_a_low_one_are_metered_alike() -> None:
    """Where the camera gives a small luma of its own, that is metered; else the frame, coarsely."""
    clock = FakeClock()
    image = np.full((96, 160, 3), 90, np.uint8)
    asked = []
    for low in (None, cv2.cvtColor(image[::8, ::8], cv2.COLOR_BGR2GRAY)):
        camera = FakeCamera()
        exposer = Exposer(SETTINGS.exposure, camera, clock)
        exposer.see(Frame(image, clock.now(), low=low), [])
        asked.append(camera.asked)
    assert asked[0] == asked[1] != []


def test_the_camera_steers_itself_by_default() -> None:
    """Nothing is asked of a camera unless the town wants it."""
    source = open_source(SETTINGS.source, FakeClock())
    assert open_exposer(SETTINGS, source, FakeClock()) is None


def test_what_takes_no_orders_is_refused(tmp_path: Path) -> None:
    """A recording, or a network camera, cannot be exposed by us: the mode is refused, with why."""
    site = tmp_path / "site.toml"
    site.write_text(
        "[exposure]\nmode = 'plate'\n[source]\nkind = 'rtsp'\naddress = 'rtsp://camera/1'\n"
    )
    settings = load([site]).settings
    source = open_source(settings.source, FakeClock())
    with pytest.raises(ConfigError, match="picamera, v4l2"):
        open_exposer(settings, source, FakeClock())
    site.write_text(
        "[exposure]\nmode = 'plate'\n[source]\nkind = 'v4l2'\naddress = '/dev/video9'\n"
    )
    settings = load([site]).settings
    found = open_exposer(settings, open_source(settings.source, FakeClock()), FakeClock())
    assert isinstance(found, Exposer)
