"""Geometry on the ground: what must hold everywhere, and places whose distance is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.sources.geo import bearing_deg, between, distance_m, moved, on_circle, turned

HARTFORD = (41.7637, -72.6851)
NEW_YORK = (40.7128, -74.0060)
LONDON = (51.5074, -0.1278)
SYDNEY = (-33.8688, 151.2093)
SUVA = (-18.1416, 178.4419)
APIA = (-13.8333, -171.7667)
HALF_ROUND_M = 20_015_115.0

spots = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
# near a pole a hair's breadth turns the compass: directions are held elsewhere
usual_spots = st.tuples(st.floats(-80, 80), st.floats(-180, 180))
headings = st.floats(0, 360, exclude_max=True)


@pytest.mark.parametrize(
    ("a", "b", "metres", "degrees"),
    [
        (HARTFORD, NEW_YORK, 160_600, 224.0),
        (LONDON, NEW_YORK, 5_570_200, 288.3),
        (LONDON, SYDNEY, 16_993_900, 60.7),
        (SUVA, APIA, 1_153_000, 67.3),
        ((0.0, 0.0), (0.0, 180.0), HALF_ROUND_M, None),
        ((90.0, 12.0), (-90.0, -70.0), HALF_ROUND_M, None),
    ],
)
def test_known_pairs(a, b, metres, degrees):
    """Cities, one pair across the date line, and the poles are as far apart as tables say."""
    assert distance_m(a, b) == pytest.approx(metres, rel=0.004)
    if degrees is not None:
        assert bearing_deg(a, b) == pytest.approx(degrees, abs=0.5)


@pytest.mark.parametrize(
    ("b", "degrees"), [((1, 0), 0.0), ((0, 1), 90.0), ((-1, 0), 180.0), ((0, -1), 270.0)]
)
def test_the_compass(b, degrees):
    """North is 0, and it goes on clockwise."""
    assert bearing_deg((0.0, 0.0), b) == pytest.approx(degrees)


@given(spots, spots)
def test_there_is_as_far_as_back(a, b):
    """Distance is symmetric, no more than half round the earth, and 0 from a place to itself."""
    assert distance_m(a, b) == pytest.approx(distance_m(b, a), abs=1e-3)
    assert 0.0 <= distance_m(a, b) <= HALF_ROUND_M
    assert distance_m(a, a) == 0.0


@given(spots, spots, spots)
def test_no_way_round_is_shorter(a, b, c):
    """The triangle inequality."""
    assert distance_m(a, c) <= distance_m(a, b) + distance_m(b, c) + 0.5


@given(spots, spots)
def test_a_bearing_is_on_the_circle(a, b):
    """Every bearing is at least 0 and less than 360, for the same place too."""
    assert 0.0 <= bearing_deg(a, b) < 360.0


@given(usual_spots, headings, st.floats(10, 100_000))
def test_going_and_measuring_agree(start, heading, metres):
    """Whoever goes so far in a direction is then that far away, in that direction."""
    there = moved(start, heading, metres)
    assert -90.0 <= there[0] <= 90.0
    assert -180.0 <= there[1] < 180.0
    assert distance_m(start, there) == pytest.approx(metres, abs=0.01)
    off = abs(bearing_deg(start, there) - heading)
    assert min(off, 360 - off) < 0.01


@given(usual_spots, headings, st.floats(1, 50_000), st.floats(0, 1))
def test_between_divides_the_way(start, heading, metres, share):
    """A place between two has its share of the distance to the one and the rest to the other."""
    end = moved(start, heading, metres)
    middle = between(start, end, share)
    assert distance_m(start, middle) == pytest.approx(metres * share, abs=0.02)
    assert distance_m(middle, end) == pytest.approx(metres * (1 - share), abs=0.02)


@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4), st.floats(0, 1))
def test_a_turn_goes_the_short_way(first, second, share):
    """No turn is over 180 degrees, and its end is the second heading."""
    part = abs(turned(first, second, share) - on_circle(first))
    assert min(part, 360 - part) <= 180 * share + 1e-6
    end = abs(turned(first, second, 1.0) - on_circle(second))
    assert min(end, 360 - end) < 1e-6
    assert 0.0 <= turned(first, second, share) < 360.0


def test_turned_over_north():
    """Half way from 350 to 20 is 5, not 185."""
    assert turned(350.0, 20.0, 0.5) == pytest.approx(5.0)
    assert on_circle(-1e-20) == 0.0
