"""The last minute of a car's way: where it was at a moment that has just gone by.

A receiver tells a place once a second, and a car goes 30 m in that time. A picture is older than
the newest fix or younger than it, so its place lies between two fixes, or a little after the last.
"""

from bisect import bisect_right
from dataclasses import replace

from edge.clock import Moment
from edge.records import Fix
from edge.sources.geo import Spot, between, distance_m, moved, turned

_KEEP_S = 60.0
_JOIN_S = 3.0  # two fixes further apart say little about the way between them
_REACH_S = 2.0  # so long is speed and heading believed after the newest fix
_FASTEST_MPS = 100.0  # no car drives from one place to another faster
_TURN_ROOM_M = 25.0  # further from where it was had, a standing car's heading is a guess
_MOST = 1500  # of a receiver that tells 20 a second, with some to spare


class Fixes:
    """Fixes in the order of their moments; one thread adds, any may ask.

    Args:
        max_age_s: a fix further than this from a moment says nothing about it.
        slow_mps: below this speed a receiver's own heading is noise.
    """

    def __init__(self, max_age_s: float, slow_mps: float) -> None:
        self._max_age_s = max_age_s
        self._slow_mps = slow_mps
        self._fixes: tuple[Fix, ...] = ()  # replaced whole, so that no lock is needed
        self._steady: Fix | None = None

    @property
    def newest(self) -> Fix | None:
        """The last one, however old."""
        fixes = self._fixes
        return fixes[-1] if fixes else None

    def add(self, fix: Fix, *, again: bool = False) -> None:
        """Take in *fix*.

        Args:
            again: the receiver says more about the instant that it told last, which keeps its
                moment.
        """
        fixes = self._fixes
        if again and fixes:
            fix, fixes = replace(fix, at=fixes[-1].at), fixes[:-1]
        fix = self._headed(fix)
        kept = [one for one in fixes[1 - _MOST :] if 0 < fix.at.since(one.at) <= _KEEP_S]
        self._fixes = (*kept, fix)

    def at(self, moment: Moment) -> Fix | None:
        """Return where the car was at *moment*; None when no fix is near enough.

        Between two fixes, and for 2 s after the newest of a car that drives, the place is
        reckoned. Otherwise it is the last one before, or else the first one after, as it was told;
        its own ``at`` says how far off that is.
        """
        fixes = self._fixes
        place = bisect_right([one.at.monotonic_ns for one in fixes], moment.monotonic_ns)
        before = fixes[place - 1] if place else None
        after = fixes[place] if place < len(fixes) else None
        if before and after and _joined(before, after):
            return _interpolated(before, after, moment)
        if before and after is None:
            before = self._carried(before, moment)
        for one in (before, after):
            if one and abs(moment.since(one.at)) <= self._max_age_s:
                return one
        return None

    def _headed(self, fix: Fix) -> Fix:
        """Return *fix* with the last good heading, where it is too slow for one of its own."""
        if fix.heading_deg is not None and (fix.speed_mps or 0.0) >= self._slow_mps:
            self._steady = fix
            return fix
        steady = self._steady
        if steady and distance_m(_spot(steady), _spot(fix)) > _TURN_ROOM_M:
            self._steady = steady = None
        return replace(fix, heading_deg=steady.heading_deg if steady else None)

    def _carried(self, fix: Fix, moment: Moment) -> Fix:
        """Return *fix* moved on to *moment* as it drove; its age stays visible in ``at``."""
        age_s, speed = moment.since(fix.at), fix.speed_mps or 0.0
        if age_s > _REACH_S or fix.heading_deg is None or not self._slow_mps <= speed:
            return fix
        metres = min(speed, _FASTEST_MPS) * age_s
        latitude, longitude = moved(_spot(fix), fix.heading_deg, metres)
        return replace(fix, latitude=latitude, longitude=longitude)


def _spot(fix: Fix) -> Spot:
    return fix.latitude, fix.longitude


def _joined(before: Fix, after: Fix) -> bool:
    gap_s = after.at.since(before.at)
    return gap_s <= _JOIN_S and distance_m(_spot(before), _spot(after)) <= _FASTEST_MPS * gap_s


def _interpolated(before: Fix, after: Fix, moment: Moment) -> Fix:
    share = moment.since(before.at) / after.at.since(before.at)
    latitude, longitude = between(_spot(before), _spot(after), share)
    return Fix(
        latitude=latitude,
        longitude=longitude,
        heading_deg=_heading(before.heading_deg, after.heading_deg, share),
        speed_mps=_mixed(before.speed_mps, after.speed_mps, share),
        error_m=_larger(before.error_m, after.error_m),
        at=moment,
    )


def _heading(first: float | None, second: float | None, share: float) -> float | None:
    if first is None or second is None:
        return second if first is None else first
    return turned(first, second, share)


def _mixed(first: float | None, second: float | None, share: float) -> float | None:
    return None if first is None or second is None else first + share * (second - first)


def _larger(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else max(first, second)
