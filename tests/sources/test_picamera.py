"""The Pi's camera, on a picamera2 of our own; the real one is tested at installation."""

import logging
import sys
import threading

import numpy as np
import pytest

from edge.errors import SourceLost, SourceUnsupported
from edge.sources.exposure import Exposure
from edge.sources.live import LiveSource
from edge.sources.picamera import PiCamera
from tests.fakes import FakeClock
from tests.sources.fake_picamera2 import World
from tests.sources.stage import section

SIZE = (328, 180)  # rows of 328 pixels end in padding in every format


def paint(size):
    """Four quarters, each of one colour, so that a wrong row or channel order shows."""
    width, height = size
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2, : width // 2] = (200, 30, 40)
    image[: height // 2, width // 2 :] = (30, 200, 60)
    image[height // 2 :, : width // 2] = (40, 50, 210)
    image[height // 2 :, width // 2 :] = (128, 128, 128)
    return image


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def world(clock, monkeypatch):
    one = World(paint=paint, stamp=lambda: clock.now().monotonic_ns - 30_000_000)
    monkeypatch.setitem(sys.modules, "picamera2", one.module())
    return one


def camera(clock, **changes):
    settings = section(width=SIZE[0], height=SIZE[1], **changes)
    return PiCamera(settings, clock, asleep_ns=lambda: 0)


def looks_right(image):
    height, width = image.shape[:2]
    for row, column in ((0.25, 0.25), (0.25, 0.75), (0.75, 0.25), (0.75, 0.75), (0.99, 0.99)):
        y, x = int(row * height), int(column * width)
        if not np.allclose(image[y, x], paint((width, height))[y, x], atol=6):
            return False
    return True


@pytest.mark.parametrize("pixel_format", ["RGB888", "YUV420", "NV12", "XBGR8888", "BGR888"])
def test_every_format_gives_the_same_picture(world, clock, pixel_format):
    """Whatever libcamera makes of the wish, the frame is BGR, contiguous, without padding."""
    world.formats = (pixel_format, "NV12")
    one = camera(clock)
    one.open()
    shot = one.read()
    one.close()
    assert shot.image.shape == (SIZE[1], SIZE[0], 3)
    assert shot.image.flags.c_contiguous
    assert looks_right(shot.image)


def test_the_small_stream_is_luma(world, clock):
    """The gate's picture is the small stream's luma, 320 wide, without padding."""
    one = camera(clock)
    one.open()
    low = one.read().low
    one.close()
    assert world.owner is None
    assert low.shape == (174, 320)
    assert abs(int(low[10, 10]) - (16 + 0.257 * 40 + 0.504 * 30 + 0.098 * 200)) <= 1


def test_a_small_stream_without_luma_is_left_alone(world, clock):
    """Where libcamera makes RGB of the small stream, the gate gets none rather than a wrong one."""
    world.formats = ("RGB888",)
    one = camera(clock)
    one.open()
    assert one.read().low is None
    one.close()


def test_refused_configurations_are_replaced(world, clock):
    """A camera without RGB and without a second stream still gives frames, without luma."""
    world.refused = ("RGB888", "lores")
    one = camera(clock)
    one.open()
    shot = one.read()
    one.close()
    assert looks_right(shot.image)
    assert shot.low is None


def test_an_unknown_format_is_unsupported(world, clock):
    """Pictures that cannot be converted end the daemon with the format's name; nothing is kept."""
    world.formats = ("MJPEG",)
    settings = section(width=SIZE[0], height=SIZE[1])
    source = LiveSource(PiCamera(settings, clock), settings, clock)
    with pytest.raises(SourceUnsupported, match="MJPEG"):
        next(source.frames(threading.Event()))
    assert world.owner is None


@pytest.mark.usefixtures("world")
def test_frames_carry_the_sensor_time(clock):
    """A frame is stamped by its sensor, 30 ms before it was fetched."""
    one = camera(clock)
    one.open()
    assert clock.now().since(one.read().captured) == 0.03
    one.close()


def test_rate_and_exposure_are_asked(world, clock):
    """Rate, shutter and gain of the settings reach the camera before it starts."""
    one = camera(clock, fps=20.0, shutter_us=1000, gain=4.0)
    one.open()
    one.close()
    applied = {name: value for step in world.applied for name, value in step.items()}
    assert applied == {
        "FrameDurationLimits": (50_000, 50_000),
        "ExposureTime": 1000,
        "AnalogueGain": 4.0,
    }


def test_exposure_changes_while_running(world, clock):
    """A new exposure is applied once, before the next picture; 0 goes back to automatic."""
    one = camera(clock, shutter_us=1000)
    one.open()
    one.expose(Exposure(250, 2.0))
    one.read()
    one.read()
    one.expose(Exposure(0, 2.0))
    one.read()
    one.close()
    assert world.applied[-2:] == [
        {"ExposureTime": 250, "AnalogueGain": 2.0},
        {"ExposureTime": 0, "AnalogueGain": 2.0},
    ]


def test_a_camera_without_controls_works_and_says_so(world, clock, caplog):
    """Missing controls are never sent, since picamera2 raises on them; a warning names the key."""
    world.controls = {}
    one = camera(clock, shutter_us=1000)
    with caplog.at_level(logging.WARNING):
        one.open()
        one.read()
    one.close()
    assert world.applied == []
    assert "source.shutter_us is ignored" in caplog.text


def test_no_buffer_is_kept(world, clock):
    """After hundreds of pictures, and after an error in the middle of one, all buffers are free."""
    one = camera(clock)
    one.open()
    for _ in range(300):
        one.read()
    assert world.out == 0
    world.paint = None  # the conversion fails: a bug, say
    with pytest.raises(TypeError):
        one.read()
    assert world.out == 0
    one.close()
    assert world.owner is None


def test_a_silent_camera_is_lost_and_leaves_no_order_behind(world, clock):
    """No picture within stall_s is a loss; the unfilled order is cancelled."""
    one = camera(clock)
    one.open()
    world.delivering = False
    with pytest.raises(SourceLost, match="no picture for 1 s"):
        one.read()
    one.close()
    assert (world.orphaned, world.out, world.owner) == (0, 0, None)


def test_a_picture_that_comes_as_it_is_given_up_is_freed(world, clock, monkeypatch):
    """A request that is filled between the time-out and the cancelling goes back to the camera."""
    one = camera(clock)
    one.open()
    world.delivering = False
    device = world.owner
    cancel = device.cancel_all_and_flush

    def late_delivery():
        world.delivering = True
        device._serve()
        cancel()

    monkeypatch.setattr(device, "cancel_all_and_flush", late_delivery)
    with pytest.raises(SourceLost):
        one.read()
    assert world.out == 0
    one.close()


def test_the_ribbon_comes_loose_and_is_put_back(world, clock):
    """A camera torn off is down with libcamera's words, and delivers again once it is back."""
    settings = section(width=SIZE[0], height=SIZE[1])
    source = LiveSource(PiCamera(settings, clock), settings, clock)
    details = []

    class Watching(threading.Event):
        def wait(self, timeout=None):
            assert timeout > 0
            details.append(source.state.detail)
            if len(details) == 3:
                world.present = True
            return super().wait(0.001)

    frames = source.frames(Watching())
    assert next(frames).number == 0
    world.present = False
    assert next(frames).number == 1
    assert source.state.reopened == 1
    assert "Camera frontend has timed out" in details[0]
    assert "libcamera finds 0 cameras, none is number 0" in details[1]
    frames.close()
    assert world.opened == world.closed == 2


def test_a_camera_that_comes_late_is_found(world, clock):
    """Where libcamera found none it is asked to look again: it would keep that answer for good."""
    world.present = False
    one = camera(clock)
    with pytest.raises(SourceLost, match=r"finds 0 cameras, none is number 0.*ribbon"):
        one.open()
    assert world.opened == 0
    world.present = True
    assert world.known == []
    one.open()
    assert looks_right(one.read().image)
    one.close()


def test_a_busy_camera_is_told(world, clock):
    """A camera that another program holds is a loss with the reason, not a crash."""
    world.owner = "another program"
    with pytest.raises(SourceLost, match="resource busy"):
        camera(clock).open()


def test_without_picamera2_the_mend_is_named(clock, monkeypatch):
    """Where picamera2 is missing the error says what to install."""
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(SourceUnsupported, match="apt install python3-picamera2"):
        camera(clock).open()
