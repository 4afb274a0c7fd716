"""Plates that were read tell the camera how to expose the next ones."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from edge.clock import Clock, Moment
from edge.config.exposure import ExposureSection
from edge.config.settings import Settings
from edge.errors import ConfigError
from edge.log import Log
from edge.records import Frame, Pixels, Read
from edge.sources.base import Source
from edge.sources.exposure import Exposure
from edge.sources.live import LiveSource
from edge.sources.metering import Limits, PlateMeter, plate_light, scene_light

_EVERY_S: Final = 0.5
_SURE: Final = 0.6  # a read less certain may be of lettering, which is lit otherwise
_EDGE: Final = 0.22  # of a crop on each side: its margin, and the plate's own rim
_COARSE: Final = 8  # every eighth pixel is enough to meter a frame
_CAMERAS: Final = ("picamera", "v4l2")
_log = Log("edge.metering")


class Exposer:
    """Steers one camera; called by the line after each frame that was looked at.

    Attributes:
        exposure: what was last asked of the camera; None before the first frame.
    """

    def __init__(self, section: ExposureSection, camera: LiveSource, clock: Clock) -> None:
        self._meter = _meter(section)
        self._section = section
        self._camera = camera
        self._clock = clock
        self._looked: Moment | None = None
        self._lamp = False
        self.exposure: Exposure | None = None

    def retune(self, section: ExposureSection) -> None:
        """Keep to other limits from now on; what was learnt of the light is learnt anew."""
        if section != self._section:
            self._section, self._meter = section, _meter(section)

    def see(self, frame: Frame, reads: Sequence[Read]) -> None:
        """Learn from a frame and the plates in it, and ask the camera for what is better."""
        sure = [read for read in reads if read.confidence >= _SURE]
        due = self._looked is None or frame.captured.since(self._looked) >= _EVERY_S
        if not sure and not due:
            return
        self._looked = frame.captured
        self._meter.see_scene(scene_light(_luma(frame)), frame.captured)
        for read in sure:
            self._meter.see_plate(plate_light(_middle(read.crop)), frame.captured)
        self._ask(self._meter.exposure(self._clock.now()))

    def _ask(self, wanted: Exposure) -> None:
        if wanted != self.exposure:
            self.exposure = wanted
            self._camera.expose(wanted)
        lamp = self._meter.lamp_share > 0.5
        if lamp != self._lamp:
            self._lamp = lamp
            _log.info("plates are lit by the lamp" if lamp else "plates are lit by daylight")


def _meter(section: ExposureSection) -> PlateMeter:
    return PlateMeter(
        Limits(section.day_shutter_us, section.day_gain),
        Limits(section.night_shutter_us, section.night_gain),
        section.target,
        section.bracket_stops,
    )


def open_exposer(settings: Settings, source: Source, clock: Clock) -> Exposer | None:
    """Return what steers the exposure; None where the camera does so itself.

    Raises:
        ConfigError: plates are to steer what is no camera, or one that takes no such orders.
    """
    if settings.exposure.mode == "camera":
        return None
    if settings.source.kind not in _CAMERAS or not isinstance(source, LiveSource):
        raise ConfigError(
            f"exposure.mode = 'plate' steers shutter and gain, which source.kind = "
            f"'{settings.source.kind}' does not let us set: take 'camera', or one of "
            f"{', '.join(_CAMERAS)}"
        )
    return Exposer(settings.exposure, source, clock)


def shutter_us(settings: Settings, exposer: Exposer | None) -> int:
    """Return the exposure time in force; 0 where the camera chooses."""
    if exposer is not None and exposer.exposure is not None:
        return exposer.exposure.shutter_us
    return settings.source.shutter_us


def _luma(frame: Frame) -> Pixels:
    if frame.low is not None:
        return frame.low
    coarse = np.ascontiguousarray(frame.image[::_COARSE, ::_COARSE])
    return coarse if coarse.ndim == 2 else np.asarray(cv2.cvtColor(coarse, cv2.COLOR_BGR2GRAY))


def _middle(crop: Pixels) -> Pixels:
    """Return a crop without the car around the plate."""
    high, wide = crop.shape[:2]
    down, across = round(high * _EDGE), round(wide * _EDGE)
    inner = crop[down : high - down, across : wide - across]
    return inner if inner.size else crop
