"""The place at the moment of capture, from fixes a second apart."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.records import Fix
from edge.sources.fixes import Fixes
from edge.sources.geo import distance_m, moved
from tests.fakes import START

HOME = (41.85, -72.64)


def a_fix(
    at_s: float, north_m: float = 0.0, heading=0.0, speed=15.0, error: float | None = 3.0
) -> Fix:
    latitude, longitude = moved(HOME, 0.0, north_m)
    return Fix(latitude, longitude, heading, speed, error, START.later(at_s))


def north_m(fix: Fix | None) -> float:
    assert fix is not None
    return distance_m(HOME, (fix.latitude, fix.longitude))


def fixes_of(*fixes: Fix) -> Fixes:
    ring = Fixes(max_age_s=20.0, slow_mps=1.5)
    for fix in fixes:
        ring.add(fix)
    return ring


def test_between_two_fixes_the_place_lies_between_them():
    """Place, heading (the short way) and speed are mixed; the error is the larger one."""
    ring = fixes_of(a_fix(0, 0, 350.0, 10.0, 3.0), a_fix(1, 20, 20.0, 30.0, 5.0))
    fix = ring.at(START.later(0.5))
    assert north_m(fix) == pytest.approx(10.0, abs=0.01)
    assert fix is not None
    assert (fix.heading_deg, fix.speed_mps, fix.error_m) == pytest.approx((5.0, 20.0, 5.0))
    assert fix.at == START.later(0.5)


def test_a_picture_younger_than_the_newest_fix():
    """The car goes on as it drove for two seconds; the fix's own moment stays visible."""
    ring = fixes_of(a_fix(0, 0), a_fix(1, 15))
    fix = ring.at(START.later(1.8))
    assert north_m(fix) == pytest.approx(27.0, abs=0.1)
    assert fix is not None
    assert fix.at == START.later(1)
    assert north_m(ring.at(START.later(3.5))) == pytest.approx(15.0, abs=0.1), "no further"


def test_a_gap_is_not_bridged():
    """Over more than 3 s, as in a tunnel, it is the last place before, with its age."""
    ring = fixes_of(a_fix(0, 0), a_fix(9, 200))
    fix = ring.at(START.later(6))
    assert fix is not None
    assert (north_m(fix), fix.at) == (pytest.approx(0.0, abs=0.01), START)


def test_a_jump_that_no_car_makes_is_not_a_way():
    """Two fixes 2 km apart in a second are not joined: nothing lies between them."""
    fix = fixes_of(a_fix(0, 0), a_fix(1, 2000)).at(START.later(0.5))
    assert north_m(fix) == pytest.approx(0.0, abs=0.01)


def test_too_old_is_not_known():
    """After max_age_s there is no place, however much is known of the time before."""
    ring = fixes_of(a_fix(0), a_fix(1))
    assert ring.at(START.later(20.9)) is not None
    assert ring.at(START.later(21.1)) is None
    assert ring.at(START.later(-20.1)) is None
    assert fixes_of().at(START) is None


def test_a_standing_car_keeps_its_heading():
    """Noise of a slow receiver is not believed: the last good heading holds while it stands."""
    ring = fixes_of(a_fix(0, 0, 90.0, 12.0), a_fix(1, 5, 213.0, 0.3))
    assert ring.newest is not None
    assert ring.newest.heading_deg == 90.0
    ring.add(a_fix(2, 40, 17.0, 0.4))
    assert ring.newest.heading_deg is None, "35 m further the old heading says nothing"
    ring.add(a_fix(3, 5, 17.0, 0.4))
    assert ring.newest.heading_deg is None, "and does not come back"
    assert fixes_of(a_fix(0, heading=80.0, speed=None)).newest.heading_deg is None


def test_headings_and_speeds_that_are_not_known_stay_unknown():
    """Between a fix with and one without heading, the one there is holds; speed is unknown."""
    first = replace(a_fix(0, 0, 90.0, 12.0), error_m=None)
    ring = fixes_of(first, a_fix(1, 5, None, None))
    fix = ring.at(START.later(0.5))
    assert fix is not None
    assert (fix.heading_deg, fix.speed_mps, fix.error_m) == (90.0, None, None)


def test_more_about_the_same_instant():
    """What the receiver adds to an instant replaces it and keeps its moment."""
    ring = fixes_of(a_fix(0, 0), a_fix(1, 15, None, None))
    ring.add(a_fix(1.2, 15, 0.0, 15.0), again=True)
    assert ring.newest is not None
    assert (ring.newest.at, ring.newest.speed_mps) == (START.later(1), 15.0)


def test_a_minute_is_kept():
    """Older fixes go: the ring does not grow with the shift."""
    ring = fixes_of(*(a_fix(s, 15 * s) for s in range(200)))
    assert len(ring._fixes) == 61
    assert north_m(ring.at(START.later(150.5))) == pytest.approx(150.5 * 15, rel=1e-4)
    fast = fixes_of(*(a_fix(s / 100) for s in range(3000)))
    assert len(fast._fixes) == 1500


@given(
    st.lists(
        st.tuples(st.floats(0.05, 5), st.floats(-60, 60), st.floats(0, 40)), min_size=1, max_size=20
    ),
    st.floats(-5, 120),
)
def test_no_moment_breaks_it(steps, asked_s):
    """Whatever way it came, the answer is none or a place within reach of a fix it had."""
    ring, at_s, way_m, told = Fixes(20.0, 1.5), 0.0, 0.0, []
    for gap_s, metres, speed in steps:
        at_s, way_m = at_s + gap_s, max(0.0, way_m + metres)
        fix = a_fix(at_s, way_m, 0.0, speed)
        told.append(fix)
        ring.add(fix)
    fix = ring.at(START.later(asked_s))
    if fix is not None:
        near = min(abs(north_m(fix) - north_m(one)) for one in told)
        assert near <= 80.1
        assert abs(START.later(asked_s).since(fix.at)) <= 20.0
