"""V4L2 cameras, faked at ``cv2.VideoCapture``: no kernel here offers a test device."""

import logging
import threading

import cv2
import numpy as np
import pytest

from edge.errors import SourceLost
from edge.sources.exposure import Exposure
from edge.sources.live import LiveSource
from edge.sources.v4l2 import V4l2Camera
from tests.fakes import FakeClock
from tests.sources.stage import section

PICTURE = np.full((180, 320, 3), 77, np.uint8)


class FakeCapture:
    """The camera: *script* says what each grab gives; after it all is good.

    True is a picture, False an unplugged cable, None a damaged JPEG, an array itself.
    """

    def __init__(self, clock, script=(), missing=(), *, opens=True):
        self.clock, self.script, self.missing, self.opens = clock, list(script), missing, opens
        self.props = {}
        self.calls = []
        self.released = 0
        self.step = True

    def isOpened(self):  # noqa: N802 - OpenCV's name
        return self.opens

    def grab(self):
        self.step = self.script.pop(0) if self.script else True
        return self.step is not False

    def retrieve(self):
        if self.step is None:
            return False, None
        return True, PICTURE.copy() if self.step is True else self.step

    def set(self, prop, value):
        self.calls.append((prop, value))
        if prop in self.missing:
            return False
        self.props[prop] = value
        return True

    def get(self, prop):
        if prop == cv2.CAP_PROP_POS_MSEC:
            return self.clock.now().monotonic_ns / 1e6 - 20
        return self.props.get(prop, 0.0)

    def release(self):
        self.released += 1


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def device(tmp_path):
    path = tmp_path / "video0"
    path.touch()
    return path


def camera(clock, device, capture, **changes):
    settings = section(kind="v4l2", address=str(device), **changes)
    return V4l2Camera(settings, clock, opener=lambda _: capture, asleep_ns=lambda: 0)


def test_pictures_carry_the_driver_time(clock, device):
    """A picture is BGR as it came, stamped by the driver, 20 ms before it was fetched."""
    one = camera(clock, device, FakeCapture(clock))
    one.open()
    shot = one.read()
    one.close()
    assert np.array_equal(shot.image, PICTURE)
    assert clock.now().since(shot.captured) == pytest.approx(0.02, abs=1e-6)


def test_format_size_and_rate_are_asked(clock, device):
    """Compressed pictures are asked first, then size and rate: the driver's order matters."""
    capture = FakeCapture(clock)
    one = camera(clock, device, capture, width=1280, height=720, fps=15.0)
    one.open()
    assert capture.calls[0] == (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    assert capture.props[cv2.CAP_PROP_FRAME_WIDTH] == 1280
    assert capture.props[cv2.CAP_PROP_FRAME_HEIGHT] == 720
    assert capture.props[cv2.CAP_PROP_FPS] == 15.0
    assert cv2.CAP_PROP_EXPOSURE not in capture.props


def test_another_size_is_told(clock, device, caplog):
    """A camera that gives another size than asked works, and a warning says so."""
    capture = FakeCapture(clock, missing=(cv2.CAP_PROP_FRAME_WIDTH,))
    with caplog.at_level(logging.WARNING):
        camera(clock, device, capture).open()
    assert "gives another width" in caplog.text


def test_exposure_is_set_and_given_back(clock, device):
    """A fixed shutter turns the automatic off, in units of 100 us; 0 turns it on again."""
    capture = FakeCapture(clock)
    one = camera(clock, device, capture, shutter_us=1000, gain=8.0)
    one.open()
    assert capture.props[cv2.CAP_PROP_AUTO_EXPOSURE] == 1.0
    assert capture.props[cv2.CAP_PROP_EXPOSURE] == 10
    assert capture.props[cv2.CAP_PROP_GAIN] == 8.0
    one.expose(Exposure(0, 8.0))
    one.read()
    assert capture.props[cv2.CAP_PROP_AUTO_EXPOSURE] == 3.0


def test_missing_controls_are_told(clock, device, caplog):
    """A camera without shutter and gain works, and warnings name both settings."""
    capture = FakeCapture(clock, missing=(cv2.CAP_PROP_EXPOSURE, cv2.CAP_PROP_GAIN))
    with caplog.at_level(logging.WARNING):
        camera(clock, device, capture, shutter_us=1000, gain=2.0).open()
    assert "source.shutter_us is ignored" in caplog.text
    assert "source.gain is ignored" in caplog.text


def test_grey_cameras_give_bgr(clock, device):
    """An infrared camera's single channel comes as three equal ones."""
    one = camera(clock, device, FakeCapture(clock, [np.full((4, 6), 9, np.uint8)]))
    one.open()
    image = one.read().image
    assert image.shape == (4, 6, 3)
    assert (image == 9).all()


def test_damaged_pictures_are_counted_not_shown(clock, device):
    """A damaged JPEG is left out and counted; the next good picture is handed out."""
    one = camera(clock, device, FakeCapture(clock, [None, None, True]))
    one.open()
    assert np.array_equal(one.read().image, PICTURE)
    assert one.damaged == 2


def test_nothing_but_damage_is_a_loss(clock, device):
    """A cable that damages every picture counts as a lost camera."""
    one = camera(clock, device, FakeCapture(clock, [None] * 30))
    one.open()
    with pytest.raises(SourceLost, match="is the cable good"):
        one.read()


def test_what_cannot_be_opened_is_released(clock, device):
    """A device that is no camera is told with what to check, and not kept."""
    capture = FakeCapture(clock, opens=False)
    with pytest.raises(SourceLost, match="group video"):
        camera(clock, device, capture).open()
    assert capture.released == 1


def test_a_file_is_no_camera(clock, device):
    """The real V4L2 backend, asked to open a plain file, leads to the same sentence."""
    settings = section(kind="v4l2", address=str(device))
    with pytest.raises(SourceLost, match="is it a camera"):
        V4l2Camera(settings, clock).open()


def test_unplugged_and_plugged_in_again(clock, device):
    """Unplugged, the camera is down and says so; plugged in at the same path, it delivers again."""
    captures = []

    def opener(_):
        captures.append(FakeCapture(clock, [True, False] if not captures else []))
        return captures[-1]

    settings = section(kind="v4l2", address=str(device), width=320, height=180)
    source = LiveSource(V4l2Camera(settings, clock, opener), settings, clock)
    details = []

    class Watching(threading.Event):
        def wait(self, timeout=None):
            assert timeout > 0
            details.append(source.state.detail)
            if len(details) == 1:
                device.unlink()
            if len(details) == 3:
                device.touch()
            return super().wait(0.001)

    frames = source.frames(Watching())
    assert [next(frames).number for _ in range(2)] == [0, 1]
    assert "was the camera unplugged" in details[0]
    assert "no such device" in details[1]
    assert source.state.reopened == 1
    frames.close()
    assert [one.released for one in captures] == [1, 1]
