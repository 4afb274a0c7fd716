"""USB and other V4L2 cameras, through OpenCV (PyAV's wheels have no V4L2)."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from edge.clock import Clock, suspended_ns
from edge.config.source import SourceSection
from edge.errors import SourceLost
from edge.log import Log
from edge.records import Pixels
from edge.sources.base import Shot
from edge.sources.exposure import Exposure
from edge.sources.stamps import SensorStamps

# V4L2_CID_EXPOSURE_AUTO: 1 is manual, 3 leaves the shutter to the camera
_MANUAL, _AUTOMATIC = 1.0, 3.0
_SHUTTER_UNIT_US = 100  # V4L2_CID_EXPOSURE_ABSOLUTE counts these
_OPENING_S = 10.0
_MOST_DAMAGED = 30

log = Log("edge.sources")


class Capture(Protocol):
    """The part of ``cv2.VideoCapture`` that is used here; the boundary at which tests fake."""

    def isOpened(self) -> bool: ...  # noqa: N802, D102 - OpenCV's name

    def grab(self) -> bool: ...  # noqa: D102

    def retrieve(self) -> tuple[bool, Any]: ...  # noqa: D102

    def set(self, prop: int, value: float) -> bool: ...  # noqa: D102

    def get(self, prop: int) -> float: ...  # noqa: D102

    def release(self) -> None: ...  # noqa: D102


def open_capture(path: str) -> Capture:
    """Open a device with OpenCV's V4L2 backend."""
    return cv2.VideoCapture(path, cv2.CAP_V4L2)


class V4l2Camera:
    """A camera at ``/dev/videoN``, or better ``/dev/v4l/by-id/...``, which survives replugging.

    Gain is in the device's own units, 0 for automatic as in all sources.
    """

    def __init__(
        self,
        section: SourceSection,
        clock: Clock,
        opener: Callable[[str], Capture] = open_capture,
        asleep_ns: Callable[[], int] = suspended_ns,
    ) -> None:
        self._section = section
        self._stamps = SensorStamps(clock, asleep_ns)
        self._opener = opener
        self._capture: Capture | None = None
        self._exposure = Exposure()
        self._wanted = Exposure(section.shutter_us, section.gain)
        self._lock = threading.Lock()
        self._damaged = 0

    @property
    def name(self) -> str:
        """The device's path."""
        return self._section.address

    @property
    def limit_s(self) -> float:
        """The driver's own time-out cannot be set: a stall is noticed from outside."""
        return max(self._section.stall_s, _OPENING_S if self._capture is None else 0.0)

    @property
    def damaged(self) -> int:
        """Pictures left out so far because they could not be decoded."""
        return self._damaged

    def expose(self, exposure: Exposure) -> None:
        """Ask for *exposure* from one of the next pictures on; safe from any thread."""
        with self._lock:
            self._wanted = exposure

    def open(self) -> None:
        """Open the device and ask for size, rate and exposure.

        Raises:
            SourceLost: it is not plugged in, is no camera, or another program has it.
        """
        if not Path(self.name).exists():  # OpenCV would only print about it
            raise SourceLost("no such device: is the camera plugged in?")
        capture = self._opener(self.name)
        if not capture.isOpened():
            capture.release()
            raise SourceLost(
                "it cannot be opened: is it a camera, does another program use it, "
                "and is this user in the group video?"
            )
        self._capture = capture
        self._ask_for_pictures(capture)
        self._exposure = Exposure()
        self._apply_exposure(capture)

    def read(self) -> Shot:
        """Return the next picture, stamped by the driver.

        Raises:
            SourceLost: the device was unplugged or fell silent.
        """
        capture = self._capture
        if capture is None:
            raise SourceLost("it is not open")
        self._apply_exposure(capture)
        for _ in range(_MOST_DAMAGED):
            if not capture.grab():
                raise SourceLost("no more pictures: was the camera unplugged?")
            image = _decoded(capture)
            if image is not None:
                stamp_ms = capture.get(cv2.CAP_PROP_POS_MSEC)
                return Shot(image, self._stamps.moment(round(stamp_ms * 1e6) or None))
            self._damaged += 1
        raise SourceLost(f"{_MOST_DAMAGED} damaged pictures in a row: is the cable good?")

    def close(self) -> None:
        """Let go of the device."""
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.release()

    def _ask_for_pictures(self, capture: Capture) -> None:
        # uncompressed, USB 2 carries 720p at 10 frames a second at most
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 2)
        asked = {
            "width": (cv2.CAP_PROP_FRAME_WIDTH, self._section.width),
            "height": (cv2.CAP_PROP_FRAME_HEIGHT, self._section.height),
            "fps": (cv2.CAP_PROP_FPS, self._section.fps),
        }
        for prop, value in asked.values():
            capture.set(prop, value)
        for key, (prop, value) in asked.items():
            given = capture.get(prop)
            if abs(given - value) > 0.5:
                log.warning(f"the camera gives another {key}", asked=value, given=given)

    def _apply_exposure(self, capture: Capture) -> None:
        with self._lock:
            wanted = self._wanted
        if wanted.shutter_us != self._exposure.shutter_us:
            self._set_shutter(capture, wanted.shutter_us)
        if wanted.gain != self._exposure.gain:
            self._set_gain(capture, wanted.gain)
        self._exposure = wanted

    def _set_shutter(self, capture: Capture, shutter_us: int) -> None:
        manual = shutter_us > 0
        done = capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, _MANUAL if manual else _AUTOMATIC)
        if manual:
            units = max(1, round(shutter_us / _SHUTTER_UNIT_US))
            done = capture.set(cv2.CAP_PROP_EXPOSURE, units) and done
        if not done:
            log.warning("the camera has no shutter control: source.shutter_us is ignored")

    def _set_gain(self, capture: Capture, gain: float) -> None:
        # V4L2 has no common switch for automatic gain; 0 is the least, which drivers start from
        if not capture.set(cv2.CAP_PROP_GAIN, gain):
            log.warning("the camera has no gain control: source.gain is ignored")


def _decoded(capture: Capture) -> Pixels | None:
    """Return the grabbed picture as BGR; None when its JPEG is damaged, as USB cameras' may be."""
    try:
        good, image = capture.retrieve()
    except cv2.error as error:
        log.debug("a picture cannot be decoded", reason=error.err)
        return None
    if not good or image is None:
        return None
    if image.ndim == 2:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    return np.ascontiguousarray(image, dtype=np.uint8)
