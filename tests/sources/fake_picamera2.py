"""A picamera2 that behaves like the real one (0.3.3x) where our code can tell the difference.

Padded rows, formats that libcamera adjusts in silence or refuses, controls that raise when they
are not advertised, orders (jobs) that stay queued when their waiter gives up and later take a
request that nobody returns, a fixed number of buffers, one owner per camera. A test steers it
through :class:`World`.
"""

from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np

_BYTES = {"RGB888": 3, "BGR888": 3, "XRGB8888": 4, "XBGR8888": 4, "YUYV": 2}
_ALIGN = 64
PADDING = 0xEE


@dataclass
class World:
    """The machine's one camera, and what was done to it.

    Attributes:
        formats: what the main stream can do; another one is adjusted to the first.
        refused: formats, or ``lores``, on which configure raises.
        paint: gives the picture ``(H, W, 3)`` BGR for a size.
        delivering: whether frames come; a call in :attr:`on_wait` may change it.
        out: requests that were taken and not released.
        known: the cameras of the last look; None after a close.
    """

    formats: tuple[str, ...] = ("RGB888", "YUV420", "NV12", "XBGR8888", "BGR888", "YUYV")
    refused: tuple[str, ...] = ()
    controls: dict = field(
        default_factory=lambda: {
            "ExposureTime": (60, 66_000, 20_000),
            "AnalogueGain": (1.0, 16.0, 1.0),
            "FrameDurationLimits": (16_000, 1_000_000, 33_333),
        }
    )
    paint: object = None
    stamp: object = lambda: 0
    present: bool = True
    delivering: bool = True
    on_wait: object = None
    owner: object = None
    opened: int = 0
    closed: int = 0
    out: int = 0
    orphaned: int = 0
    applied: list = field(default_factory=list)
    known: list | None = None

    def module(self) -> SimpleNamespace:
        """What ``import picamera2`` shall give."""
        return SimpleNamespace(Picamera2=Cameras(self))


class Cameras:
    """What stands for the class Picamera2: makes cameras, and keeps a list of them, as libcamera's.

    The list is made at the first look and kept until a camera that was opened is closed.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._cm = self
        self.cameras: dict = {}

    def __call__(self, number: int) -> "FakePicamera2":
        return FakePicamera2(self._world, number)

    def global_camera_info(self) -> list[dict]:
        if self._world.known is None:
            self.reset()
        return self._world.known

    def reset(self) -> None:
        self._world.known = [{"Num": 0}] if self._world.present else []


class FakePicamera2:
    def __init__(self, world: World, number: int) -> None:
        if not world.present or number != 0:
            raise RuntimeError(f"No camera number {number} found")
        if world.owner is not None:
            raise RuntimeError("Failed to acquire camera: Device or resource busy")
        world.owner = self
        world.opened += 1
        self.world = world
        self.jobs: list[Future] = []
        self.config: dict = {}
        self.started = False

    @property
    def camera_controls(self) -> dict:
        return self.world.controls

    def create_video_configuration(self, main, lores=None, raw=None, buffer_count=6):
        stream = {"format": "XBGR8888", "size": (1280, 720)} | main
        low = None if lores is None else {"format": "YUV420", "size": stream["size"]} | lores
        return {"main": stream, "lores": low, "raw": raw, "buffer_count": buffer_count}

    def configure(self, config) -> None:
        assert not self.started, "Camera must be stopped before configuring"
        main, low = dict(config["main"]), config["lores"] and dict(config["lores"])
        if main["format"] in self.world.refused or (low and "lores" in self.world.refused):
            raise RuntimeError(f"Invalid camera configuration: {config}")
        if main["size"][0] % 2 or main["size"][1] % 2:
            raise RuntimeError("width and height should be even")
        for stream in filter(None, (main, low)):
            if stream["format"] not in self.world.formats:
                stream["format"] = self.world.formats[0]
            stream["stride"] = _stride(stream)
        self.config = {**config, "main": main, "lores": low}

    def camera_configuration(self) -> dict:
        return self.config

    def set_controls(self, controls) -> None:
        for name in controls:
            if name not in self.world.controls:
                raise RuntimeError(f"Control {name} is not advertised by libcamera")
        self.world.applied.append(dict(controls))

    def start(self) -> None:
        assert self.config, "Camera has not been configured"
        self.started = True

    def capture_request(self, wait=None):
        assert wait is False, "a wait without end would hang for ever with a dead camera"
        job: Future = Future()
        self.jobs.append(job)
        self._serve()
        return job

    def wait(self, job, timeout=None):
        if not job.done() and self.world.on_wait:
            self.world.on_wait()
            self._serve()
        return job.result(timeout=0 if timeout is not None else None)

    def cancel_all_and_flush(self) -> None:
        for job in self.jobs:
            job.set_exception(CancelledError())
        self.jobs = []

    def close(self) -> None:
        self.world.orphaned += len(self.jobs)
        self.world.owner = self.world.known = None
        self.world.closed += 1
        self.started = False

    def _serve(self) -> None:
        world = self.world
        if not world.present:
            raise RuntimeError("Camera frontend has timed out!")
        free = self.config["buffer_count"] - world.out
        while self.started and world.delivering and self.jobs and free > 0:
            world.out += 1
            free -= 1
            self.jobs.pop(0).set_result(FakeRequest(self))


class FakeRequest:
    def __init__(self, camera: FakePicamera2) -> None:
        self.camera = camera
        self.released = False

    def get_metadata(self) -> dict:
        return {"SensorTimestamp": self.camera.world.stamp(), "ExposureTime": 1000}

    def make_array(self, name: str) -> np.ndarray:
        assert not self.released, "the buffer went back to the camera"
        stream = self.camera.config[name]
        if stream is None:
            raise RuntimeError(f"Stream {name!r} is not defined")
        return _array(self.camera.world.paint(stream["size"]), stream)

    def release(self) -> None:
        assert not self.released, "CompletedRequest: lock now has negative ref_count"
        self.released = True
        self.camera.world.out -= 1


def _stride(stream) -> int:
    least = stream["size"][0] * _BYTES.get(stream["format"], 1)
    return -(-least // _ALIGN) * _ALIGN


def _array(bgr: np.ndarray, stream) -> np.ndarray:
    """A picture as picamera2's make_array gives it: padding cut off, or left in for YUV420."""
    height, width = bgr.shape[:2]
    match stream["format"]:
        case "RGB888":
            return bgr.copy()
        case "BGR888":
            return bgr[:, :, ::-1].copy()
        case "XBGR8888":
            return np.dstack([bgr[:, :, ::-1], np.full((height, width), 255, np.uint8)])
        case "YUV420":
            return _planar(bgr, stream["stride"])
        case "NV12":
            return _semiplanar(bgr)
    raise AssertionError(f"the fake has no {stream['format']}")


def _yuv(bgr: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """BT.601, limited range, colour at half size: written out, so as not to trust OpenCV twice."""
    blue, green, red = (bgr[:, :, index].astype(np.float64) for index in range(3))
    luma = 16 + 0.257 * red + 0.504 * green + 0.098 * blue
    u = 128 - 0.148 * red - 0.291 * green + 0.439 * blue
    v = 128 + 0.439 * red - 0.368 * green - 0.071 * blue
    planes = (luma, u[::2, ::2], v[::2, ::2])
    return tuple(np.clip(np.rint(plane), 0, 255).astype(np.uint8) for plane in planes)


def _planar(bgr: np.ndarray, stride: int) -> np.ndarray:
    height, width = bgr.shape[:2]
    luma, u, v = _yuv(bgr)
    buffer = np.full((height * 3 // 2, stride), PADDING, np.uint8)
    buffer[:height, :width] = luma
    colour = buffer[height:].reshape(height, stride // 2)
    colour[: height // 2, : width // 2] = u
    colour[height // 2 :, : width // 2] = v
    return buffer


def _semiplanar(bgr: np.ndarray) -> np.ndarray:
    height, width = bgr.shape[:2]
    luma, u, v = _yuv(bgr)
    colour = np.dstack([u, v]).reshape(height // 2, width)
    return np.vstack([luma, colour])
