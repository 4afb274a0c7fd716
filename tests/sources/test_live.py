"""A camera goes away and comes back."""

import logging
import threading

import pytest

from edge.clock import SystemClock
from edge.errors import SourceLost, SourceUnsupported
from edge.sources.base import Shot
from edge.sources.exposure import Exposure
from edge.sources.live import LiveSource
from tests.sources.stage import frame, section, wait_until

GOOD = None


class ScriptedCamera:
    """A camera whose opens and reads follow a script of errors; after it all is good."""

    name = "camera under test"
    damaged = 0

    def __init__(self, opens=(), reads=(), limit_s=5.0):
        self.opens, self.reads, self.limit_s = list(opens), list(reads), limit_s
        self.clock = SystemClock()
        self.opened = self.closed = 0
        self.exposure = Exposure()
        self.hang = threading.Event()
        self.hanging = threading.Event()

    def expose(self, exposure):
        self.exposure = exposure

    def open(self):
        self.opened += 1
        self._follow(self.opens)

    def read(self):
        self._follow(self.reads)
        return Shot(frame(0).image, self.clock.now())

    def close(self):
        self.closed += 1

    def _follow(self, script):
        step = script.pop(0) if script else GOOD
        if step == "hang":
            self.hanging.set()
            self.hang.wait(30)
        elif step is not GOOD:
            raise step


def first(source, count):
    """The first *count* frames, and the states that went with them; then stop."""
    stop, frames, states = threading.Event(), [], []
    for one in source.frames(stop):
        frames.append(one)
        states.append(source.state)
        if len(frames) >= count:
            stop.set()
    return frames, states


def test_a_loss_is_repaired(caplog):
    """Frames go on after a loss; numbers run on, the return is counted and told once."""
    camera = ScriptedCamera(reads=[GOOD, GOOD, SourceLost("torn off")])
    source = LiveSource(camera, section(), camera.clock)
    with caplog.at_level(logging.INFO):
        frames, states = first(source, 4)
    assert [one.number for one in frames] == [0, 1, 2, 3]
    assert [state.reopened for state in states] == [0, 0, 1, 1]
    assert all(state.up for state in states)
    assert states[-1].last_frame == frames[-1].captured
    assert (camera.opened, camera.closed) == (2, 2)
    assert (source.state.up, source.state.detail) == (False, "stopped")
    told = [record.getMessage() for record in caplog.records]
    assert told == ["the camera delivers", "no frames, trying again", "the camera delivers"]


def test_every_reason_is_told_once(caplog):
    """Twenty failed tries with two reasons make two lines; the state has the newest reason."""
    camera = ScriptedCamera(opens=[SourceLost("no such device")] * 3 + [SourceLost("busy")] * 3)
    source = LiveSource(camera, section(retry_max_s=0.05), camera.clock)
    with caplog.at_level(logging.WARNING):
        first(source, 1)
    reasons = [record.fields["reason"] for record in caplog.records]
    assert reasons == ["no such device", "busy"]
    assert source.state.reopened == 0
    assert camera.closed == camera.opened == 7


def test_down_says_why():
    """While the camera is away the state says who and why, and still after the stop."""
    camera = ScriptedCamera(opens=[SourceLost("no such device")] * 1000)
    source = LiveSource(camera, section(), camera.clock)
    stop = threading.Event()
    thread = threading.Thread(target=lambda: list(source.frames(stop)))
    thread.start()
    assert wait_until(lambda: source.state.detail == "camera under test: no such device")
    assert not source.state.up
    stop.set()
    thread.join(1.0)
    assert not thread.is_alive()
    assert source.state.detail == "camera under test: no such device"


def test_a_hanging_camera_looks_stuck_and_is_not_opened_twice():
    """A read that hangs is a loss; the device is not opened again before it is let go."""
    camera = ScriptedCamera(reads=[GOOD, "hang"], limit_s=0.2)
    source = LiveSource(camera, section(), camera.clock)
    stop, frames = threading.Event(), []
    thread = threading.Thread(target=lambda: frames.extend(source.frames(stop)))
    thread.start()
    assert wait_until(lambda: "does not let go" in source.state.detail)
    assert (source.state.up, camera.opened, camera.closed) == (False, 1, 0)
    camera.hang.set()
    assert wait_until(lambda: source.state.reopened == 1)
    stop.set()
    thread.join(2.0)
    assert camera.opened == camera.closed == 2


def test_stop_does_not_wait_for_a_hanging_camera():
    """A stop while the driver hangs is over within a second; the device is closed later."""
    camera = ScriptedCamera(reads=["hang"], limit_s=30.0)
    source = LiveSource(camera, section(), camera.clock)
    stop = threading.Event()
    thread = threading.Thread(target=lambda: list(source.frames(stop)))
    thread.start()
    assert camera.hanging.wait(5)
    stop.set()
    thread.join(1.0)
    assert not thread.is_alive()
    assert camera.closed == 0
    camera.hang.set()
    assert wait_until(lambda: camera.closed == 1)


@pytest.mark.parametrize("error", [SourceUnsupported("no picamera2"), ZeroDivisionError("a bug")])
def test_what_cannot_mend_itself_is_raised(error):
    """A missing library or a bug is not retried, and the device is closed."""
    camera = ScriptedCamera(opens=[error])
    with pytest.raises(type(error)):
        first(LiveSource(camera, section(), camera.clock), 1)
    assert (camera.opened, camera.closed) == (1, 1)


def test_an_abandoned_iteration_closes_the_camera():
    """Whoever drops the iterator in mid-stream leaves no open device behind."""
    camera = ScriptedCamera()
    frames = LiveSource(camera, section(), camera.clock).frames(threading.Event())
    next(frames)
    frames.close()
    assert camera.closed == 1


def test_exposure_goes_to_the_camera():
    """A new exposure is handed to the camera while it runs."""
    camera = ScriptedCamera()
    LiveSource(camera, section(), camera.clock).expose(Exposure(500, 2.0))
    assert camera.exposure == Exposure(500, 2.0)
