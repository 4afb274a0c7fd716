"""The Pi's camera; the only door to picamera2.

picamera2 comes with the system, not from PyPI, and is imported only when the camera is opened.
Two streams: the main one for reading, a small one whose luma the gate looks at for next to
nothing. Every picture is stamped by the sensor's own time.
"""

import gc
import importlib
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any

from edge.clock import Clock, suspended_ns
from edge.config.source import SourceSection
from edge.errors import SourceLost, SourceUnsupported
from edge.log import Log
from edge.records import Pixels
from edge.sources.base import Shot
from edge.sources.exposure import Exposure
from edge.sources.planes import Raw, bgr_converter, luma_cutter
from edge.sources.stamps import SensorStamps

_MAIN_FORMATS = ("RGB888", "YUV420", "NV12")
_LOW_FORMATS = ("YUV420", "NV12")
_LOW_WIDTH = 320
_BUFFERS = 4  # one filled, one waiting, one read, one spare
_OPENING_S = 15.0  # libcamera takes some seconds to load its tuning on a small Pi
# what picamera2 and libcamera raise when a camera is not there, busy, or torn off
_TROUBLES = (RuntimeError, OSError, IndexError, CancelledError)
_MEND = (
    "install it with `sudo apt install python3-picamera2` and make the virtual environment with "
    "`python3 -m venv --system-site-packages`"
)

log = Log("edge.sources")


class PiCamera:
    """A camera that libcamera knows, by its number."""

    def __init__(
        self,
        section: SourceSection,
        clock: Clock,
        asleep_ns: Callable[[], int] = suspended_ns,
    ) -> None:
        self._section = section
        self._stamps = SensorStamps(clock, asleep_ns)
        self._device: Any = None
        self._exposure = Exposure()
        self._wanted = Exposure(section.shutter_us, section.gain)
        self._lock = threading.Lock()
        self._main: Callable[[Raw], Pixels] | None = None
        self._low: Callable[[Raw], Pixels] | None = None

    @property
    def name(self) -> str:
        """Its kind and number."""
        return f"picamera {self._section.address}"

    @property
    def limit_s(self) -> float:
        """Longer than a stall, which the camera notices by itself."""
        return self._section.stall_s + _OPENING_S

    @property
    def damaged(self) -> int:
        """Always 0: libcamera withholds damaged pictures."""
        return 0

    def expose(self, exposure: Exposure) -> None:
        """Ask for *exposure* from one of the next pictures on; safe from any thread."""
        with self._lock:
            self._wanted = exposure

    def open(self) -> None:
        """Open, configure and start the camera.

        Raises:
            SourceUnsupported: picamera2 is missing, or the camera's pictures cannot be converted.
            SourceLost: there is no such camera, or another program has it.
        """
        picamera2, number = _picamera2(), int(self._section.address)
        # what is left of a camera before refers to itself, and would hold its buffers, of which a
        # Pi has few, and libcamera's list of cameras, until Python happens to tidy up
        gc.collect()
        try:
            _look_for(picamera2.Picamera2, number)
            self._device = picamera2.Picamera2(number)
            self._configure()
            self._exposure = Exposure()
            self._apply_exposure()
            self._device.start()
        except _TROUBLES as error:
            raise SourceLost(f"the camera cannot be opened: {_reason(error)}") from error

    def read(self) -> Shot:
        """Return the next picture.

        Raises:
            SourceLost: none came for ``source.stall_s``, or the camera was torn off.
        """
        try:
            self._apply_exposure()
            request = self._request()
            try:
                return self._shot(request)
            finally:
                request.release()  # a request that is kept is a buffer that the camera lacks
        except _TROUBLES as error:
            raise SourceLost(f"the camera failed: {_reason(error)}") from error

    def close(self) -> None:
        """Stop the camera and let go of it."""
        device, self._device = self._device, None
        if device is None:
            return
        try:
            device.close()
        except _TROUBLES as error:
            log.warning("the camera did not close", reason=_reason(error), camera=self.name)

    def _configure(self) -> None:
        device = self._device
        size = (self._section.width, self._section.height)
        _try_configurations(device, size)
        main, low = device.camera_configuration()["main"], device.camera_configuration()["lores"]
        self._main = bgr_converter(main["format"], main["size"])
        self._low = luma_cutter(low["format"], low["size"]) if low else None
        if tuple(main["size"]) != size:
            log.warning("the camera gives another size", asked=size, given=tuple(main["size"]))
        if "FrameDurationLimits" in device.camera_controls:
            duration_us = round(1e6 / self._section.fps)
            device.set_controls({"FrameDurationLimits": (duration_us, duration_us)})

    def _apply_exposure(self) -> None:
        with self._lock:
            wanted = self._wanted
        if wanted == self._exposure:
            return
        controls, complaints = wanted.controls(self._device.camera_controls, self._exposure)
        for complaint in complaints:
            log.warning(complaint, camera=self.name)
        if controls:
            self._device.set_controls(controls)
        self._exposure = wanted

    def _request(self) -> Any:
        device = self._device
        job = device.capture_request(wait=False)
        try:
            return device.wait(job, timeout=self._section.stall_s)
        except TimeoutError:
            # the order must not stay behind: it would take a buffer that nobody gives back
            device.cancel_all_and_flush()
            self._give_back(job)
            raise SourceLost(f"no picture for {self._section.stall_s:g} s") from None

    def _give_back(self, job: Any) -> None:
        """Release the request of a job that was filled just as it was given up."""
        try:
            self._device.wait(job, timeout=0.1).release()
        except (CancelledError, TimeoutError):
            return

    def _shot(self, request: Any) -> Shot:
        assert self._main is not None
        captured = self._stamps.moment(request.get_metadata().get("SensorTimestamp"))
        image = self._main(request.make_array("main"))
        low = self._low(request.make_array("lores")) if self._low else None
        return Shot(image, captured, low)


def _picamera2() -> Any:
    try:
        return importlib.import_module("picamera2")
    except ImportError as error:
        raise SourceUnsupported(f"picamera2 cannot be imported ({error}): {_MEND}") from error


def _look_for(cameras: Any, number: int) -> None:
    """Have libcamera look again where it knows too few cameras.

    picamera2 keeps libcamera's list for as long as no camera was opened and closed: one that was
    not there at the first look would never be found. It has no public word for another look.

    Raises:
        SourceLost: there is no camera with that number.
    """
    if number < len(cameras.global_camera_info()):
        return
    manager = cameras._cm  # noqa: SLF001 - see above
    if not manager.cameras:
        manager.reset()
    found = len(cameras.global_camera_info())
    if number >= found:
        raise SourceLost(
            f"libcamera finds {found} cameras, none is number {number}: is the ribbon in, and "
            "camera_auto_detect=1 or the sensor's dtoverlay in config.txt?"
        )


def _try_configurations(device: Any, size: tuple[int, int]) -> None:
    """Configure *device* with the first streams that it accepts.

    libcamera may also accept and change what was asked, so the configuration must be read back.
    """
    low_size = (_LOW_WIDTH, _LOW_WIDTH * size[1] // size[0] // 2 * 2)
    if low_size[0] > size[0]:
        low_size = size
    lows: list[dict[str, Any] | None] = [{"format": one, "size": low_size} for one in _LOW_FORMATS]
    choices = [(main, low) for low in [*lows, None] for main in _MAIN_FORMATS]
    for main, low in choices:
        try:
            device.configure(
                device.create_video_configuration(
                    main={"format": main, "size": size},
                    lores=low,
                    raw=None,
                    buffer_count=_BUFFERS,
                )
            )
        except RuntimeError as error:
            log.debug("the camera refuses", main=main, low=low, reason=error)
            if (main, low) == choices[-1]:
                raise
        else:
            return


def _reason(error: BaseException) -> str:
    """Return an error's text with its causes: picamera2 hides the useful one below."""
    texts = []
    current: BaseException | None = error
    while current is not None:
        texts.append(str(current) or type(current).__name__)
        current = current.__cause__
    return ": ".join(texts)
