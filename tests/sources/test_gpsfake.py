"""A drive before a real gpsd: the place at the moment of capture, held against the track."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.clock import Moment, SystemClock
from edge.records import Fix
from edge.sources.geo import distance_m
from edge.sources.gps import Gps
from tests.sources.gps_track import Drive, driving, true_heading, truth
from tests.sources.gpsd_stage import gps_section
from tests.sources.stage import wait_until

CLOCK = SystemClock("always")
_ALERT_S = 0.12  # from capture to the alert, about


def utc(moment: Moment) -> datetime:
    return datetime.fromtimestamp(moment.utc_ns / 1e9, UTC)


def off_m(drive: Drive, fix: Fix, moment: Moment, later_s: float = 0.0) -> float:
    """Return how far *fix* is from where the car truly was *later_s* after *moment*."""
    there = truth(drive.driven_s(utc(moment)) + later_s)
    return distance_m((fix.latitude, fix.longitude), there)


def test_the_place_of_a_moment_is_where_the_car_was(tmp_path: Path) -> None:
    """Live, before the next fix has come, each place is within 10 m of the track, heading too.

    Control: a second earlier or later the car, which drives at 20 m/s, was elsewhere.
    """
    moments: list[tuple[Moment, Fix]] = []
    with driving(tmp_path, 30) as drive:
        gps = Gps(gps_section(drive.port), CLOCK)
        gps.start()
        assert wait_until(lambda: gps.newest() is not None and not gps.problem)
        for _ in range(20):
            moment = CLOCK.now()
            threading.Event().wait(_ALERT_S)
            fix = gps.at(moment)
            assert fix is not None
            moments.append((moment, fix))
        gps.stop()
    off = [off_m(drive, fix, moment) for moment, fix in moments]
    assert max(off) < 10.0, off
    assert min(off_m(drive, fix, moment, 1.0) for moment, fix in moments) > 10.0
    assert min(off_m(drive, fix, moment, -1.0) for moment, fix in moments) > 10.0
    for moment, fix in moments:
        assert fix.speed_mps == pytest.approx(20.0, abs=0.2)
        assert fix.heading_deg is not None
        turn = abs(fix.heading_deg - true_heading(drive.driven_s(utc(moment))))
        assert min(turn, 360 - turn) < 8.0
