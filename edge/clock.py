"""Where every timestamp comes from.

Nothing else in the package asks the system for the time (ruff's ``banned-api`` holds it), so that
a replay can run on the clip's clock and a test on a clock of its own. A unit without network or
battery-backed clock wakes up in the past: :meth:`Clock.trusted` says whether the kernel's clock
has been set by something that knows better.
"""

import ctypes
import errno
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol

_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant, on both clocks.

    Attributes:
        utc_ns: nanoseconds since 1970 UTC; may jump when the clock is set.
        monotonic_ns: nanoseconds of CLOCK_MONOTONIC; only differences mean anything.
    """

    utc_ns: int
    monotonic_ns: int

    def later(self, seconds: float) -> "Moment":
        """Return the moment *seconds* after this one (before it, if negative)."""
        delta_ns = round(seconds * _NS)
        return Moment(self.utc_ns + delta_ns, self.monotonic_ns + delta_ns)

    def since(self, earlier: "Moment") -> float:
        """Return the seconds from *earlier* to this moment, by the monotonic clock."""
        return (self.monotonic_ns - earlier.monotonic_ns) / _NS

    def iso(self) -> str:
        """Return UTC as RFC 3339 with milliseconds, ``2026-01-31T12:00:00.123Z``."""
        whole, rest_ns = divmod(self.utc_ns, _NS)
        stamp = datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{stamp}.{rest_ns // 1_000_000:03d}Z"


class Clock(Protocol):
    """What the rest of the package needs of a clock."""

    def now(self) -> Moment:
        """Return the present moment."""

    def trusted(self) -> bool:
        """Say whether UTC can be believed."""

    def sleep(self, seconds: float) -> None:
        """Wait; a replay's clock may return at once."""


class SystemClock:
    """The machine's clock.

    Args:
        trust: ``kernel`` believes UTC when the kernel says that it is synchronised (chrony, NTP,
            GPS); ``always`` is for machines whose installer vouches for a battery-backed clock.
    """

    def __init__(self, trust: Literal["kernel", "always"] = "kernel") -> None:
        self._trust = trust

    def now(self) -> Moment:
        """Return the present moment."""
        return Moment(time.time_ns(), time.monotonic_ns())

    def trusted(self) -> bool:
        """Say whether UTC can be believed."""
        return self._trust == "always" or _kernel_synchronised()

    def sleep(self, seconds: float) -> None:
        """Wait *seconds*."""
        time.sleep(max(0.0, seconds))


def suspended_ns() -> int:
    """Return how long this machine has slept since it was started.

    It is what CLOCK_BOOTTIME, by which some cameras stamp their frames, is ahead of the
    CLOCK_MONOTONIC of a :class:`Moment`; 0 on a machine that never sleeps, off by microseconds.
    """
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.monotonic_ns()


def _kernel_synchronised() -> bool:
    """Ask adjtimex(2); False where it cannot be asked, as in most containers.

    Raises:
        OSError: the call failed though the C library has it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "adjtimex"):
        return False
    timex = ctypes.create_string_buffer(512)  # struct timex, all zero: read only
    state = libc.adjtimex(timex)
    if state < 0:
        number = ctypes.get_errno()
        if number == errno.EPERM:
            return False
        raise OSError(number, f"adjtimex: {os.strerror(number)}")
    return bool(state != _TIME_ERROR)
