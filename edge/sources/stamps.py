"""From the counters that cameras stamp their frames with to moments."""

from collections.abc import Callable

from edge.clock import Clock, Moment, suspended_ns
from edge.log import Log

_NS = 1_000_000_000
_OLDEST_NS = 10 * _NS  # a frame older than this is a frame whose stamp we misunderstand
_FUTURE_NS = 20_000_000  # clocks are read one after the other
_DRIFT = 500e-6  # how much a camera's quartz may run slow: 500 ppm
_LEAST_STEP_NS = 1_000_000

log = Log("edge.sources")


class SensorStamps:
    """Moments of frames that the kernel stamped, on CLOCK_MONOTONIC or CLOCK_BOOTTIME.

    Drivers differ in which of the two they use, and the clocks differ by the time that the
    machine was suspended, so the reading that makes the frame youngest counts. A stamp that fits
    neither is not believed: the frame is then stamped on arrival, and that is told once.
    """

    def __init__(self, clock: Clock, asleep_ns: Callable[[], int] = suspended_ns) -> None:
        self._clock = clock
        self._asleep_ns = asleep_ns
        self._told = False

    def moment(self, stamp_ns: int | None) -> Moment:
        """Return when the sensor saw the frame that carries *stamp_ns*."""
        now = self._clock.now()
        if stamp_ns is not None:
            age_ns = now.monotonic_ns - stamp_ns
            ages = (age_ns, age_ns + self._asleep_ns())
            fitting = [age for age in ages if -_FUTURE_NS <= age <= _OLDEST_NS]
            if fitting:
                return now.later(-max(0, min(fitting)) / _NS)
        if not self._told:
            self._told = True
            log.warning("the camera's time stamps make no sense; frames are stamped on arrival")
        return now


class StreamStamps:
    """Moments of frames of a network stream, by the stream's own clock.

    A frame that was held up on its way was not captured later for it. The frame that came through
    fastest tells how the stream's clock lies to ours; its own delay (some tens of milliseconds) is
    all that remains as error. The relation may creep by 500 ppm, as quartzes do. Moments rise by
    at least a millisecond from frame to frame.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset_ns: int | None = None
        self._last_pts_ns = 0
        self._last: Moment | None = None

    def moment(self, pts_ns: int | None) -> Moment:
        """Return when the frame with the presentation time *pts_ns* was captured."""
        now = self._clock.now()
        captured = now.later(-self._age_ns(pts_ns, now) / _NS)
        if self._last is not None:
            early_ns = self._last.monotonic_ns + _LEAST_STEP_NS - captured.monotonic_ns
            captured = captured.later(max(0, early_ns) / _NS)
        self._last = captured
        return captured

    def _age_ns(self, pts_ns: int | None, now: Moment) -> int:
        if pts_ns is None:
            return 0
        offset_ns = now.monotonic_ns - pts_ns
        passed_ns = pts_ns - self._last_pts_ns
        self._last_pts_ns = pts_ns
        if self._offset_ns is None or passed_ns < 0:
            self._offset_ns, passed_ns = offset_ns, 0
        self._offset_ns = min(offset_ns, self._offset_ns + round(passed_ns * _DRIFT))
        if offset_ns - self._offset_ns > _OLDEST_NS:  # the camera set its clock
            self._offset_ns = offset_ns
        return offset_ns - self._offset_ns
