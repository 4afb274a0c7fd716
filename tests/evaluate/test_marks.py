"""Tests of marks, resampling by plate, and what is measured of a plate."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.evaluate.bootstrap import by_plate, resampled
from edge.evaluate.figures import of_marks, of_mean
from edge.evaluate.halves import Half, half_of
from edge.evaluate.marks import Mark, grouped, place_of
from edge.evaluate.measures import SCALES, by_scales, light, light_in, slant
from edge.evaluate.metrics import Share, upper_bound


def mark(key: str, *, right: bool, source: str = "one", place: str = "", **measures: float) -> Mark:
    return Mark(f"{key}.webp", key, right, source, place, measures=measures)


def test_a_plate_that_comes_often_counts_once_in_the_interval() -> None:
    """Ten pictures each of ten plates leave the interval of ten plates, wider than Wilson's."""
    marks = [mark(str(n % 10), right=n % 10 < 7) for n in range(100)]
    (low, high), plates = by_plate(marks)
    alone = Share(70, 100).interval
    assert plates == 10
    assert (low, high) == (0.4, pytest.approx(1.0, abs=0.11))
    assert low < alone[0]
    assert high > alone[1]
    assert by_plate(marks) == ((low, high), plates)


def test_all_right_is_not_certain() -> None:
    """Where no resample can differ the interval is Wilson's over plates, not over pictures."""
    marks = [mark(str(n % 5), right=True) for n in range(50)]
    assert by_plate(marks) == (Share(5, 5).interval, 5)
    assert by_plate([mark("A", right=False)] * 9) == (Share(0, 1).interval, 1)
    assert by_plate([]) == ((0.0, 1.0), 0)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=40))
def test_an_interval_by_plate_lies_in_0_to_1(outcomes: list[tuple[int, bool]]) -> None:
    """Whatever the plates, the ends are in order and are shares."""
    (low, high), plates = by_plate([mark(str(key), right=right) for key, right in outcomes])
    assert 0.0 <= low <= high <= 1.0
    assert plates == len({key for key, _ in outcomes})


def test_means_are_resampled_too() -> None:
    """The mean of false finds lies in its interval; nothing has no bounds."""
    values = np.array([0, 0, 1, 3], np.float64)
    low, high = resampled(values, np.ones(4))
    assert low < 1.0 < high <= 3.0
    assert resampled(values[:0], values[:0]) == (0.0, 1.0)
    figure = of_mean("detector", "false", [0, 1], "", "all")
    assert (figure.value, figure.hits, figure.total, figure.better) == (0.5, 1, 2, "less")


def test_figures_come_by_half_place_and_source() -> None:
    """Each mark counts in all and in its half, place and source; the nameless place is none."""
    marks = [mark("A", right=True, place="us"), mark("B", right=False, source="two")]
    figures = of_marks("reader", "exact", marks, "checked")
    assert {(one.by, one.group): (one.hits, one.total) for one in figures} == {
        ("", "all"): (1, 2),
        **{
            ("half", str(half_of(key))): (sum(m.right for m in marks if m.half == half), n)
            for key, half, n in ((k, half_of(k), _in_half(marks, half_of(k))) for k in "AB")
        },
        ("place", "us"): (1, 1),
        ("source", "one"): (1, 1),
        ("source", "two"): (0, 1),
    }
    assert {one.labels for one in figures} == {"checked"}
    assert of_marks("reader", "exact", []) == []


def _in_half(marks: list[Mark], half: Half) -> int:
    return sum(one.half == half for one in marks)


def test_groups_keep_their_order() -> None:
    """Named groups come first, then the largest."""
    marks = [mark("A", right=True, source=s) for s in ("few", "many", "many", "first", "")]
    assert list(grouped(marks, lambda one: one.source, ("first",))) == ["first", "many", "few"]
    assert place_of("us-ny") == "us"
    assert place_of("br") == "br"


@pytest.mark.parametrize(("angle", "lean"), [(0, 0), (12, 0), (-12, 0), (90, 0), (0, 20), (7, -15)])
def test_a_slanting_plate_is_measured(angle: float, lean: float) -> None:
    """Turning a plate is its tilt, shearing it its lean, whatever the sign."""
    shear = math.tan(math.radians(lean)) * 20
    flat = np.array([[0, 0], [100, 0], [100 + shear, 20], [shear, 20]])
    turn = math.radians(angle)
    turned = flat @ np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    measured = slant(turned.astype(np.float32))
    assert measured["tilt"] == pytest.approx(abs(angle), abs=0.01)
    assert measured["lean"] == pytest.approx(abs(lean), abs=0.01)


def test_light_is_measured_where_the_plate_is() -> None:
    """Mean and contrast are of the box, even where it leaves the picture."""
    image = np.zeros((50, 100, 3), np.uint8)
    image[10:20, 10:30] = 200
    assert light_in(image, (10, 10, 30, 20)) == {"light": 200.0, "contrast": 0.0}
    assert light_in(image, (10, 10, 30, 30))["contrast"] == 200.0
    assert light_in(image, (500, 500, 600, 600))["light"] == 0.0
    assert light(image[..., 0])["light"] == pytest.approx(8.0)


def test_ranges_hold_each_value_once() -> None:
    """Every width lies in one range; ranges without plates are left out."""
    widths = [10.0, 39.9, 40.0, 79.0, 5000.0]
    marks = [mark(str(w), right=w > 40, width=w) for w in widths]
    found = by_scales("reader", "exact", marks)
    assert [(one.group, one.hits, one.total) for one in found] == [
        ("under 40 px", 0, 2),
        ("40 to 60 px", 0, 1),
        ("60 to 80 px", 1, 1),
        ("250 px and more", 1, 1),
    ]
    assert SCALES[-1].label(1) == "40 to 70"


@pytest.mark.parametrize(
    ("hits", "total", "bound"), [(0, 598, 0.005), (0, 10, 0.2589), (1, 100, 0.0466), (3, 3, 1.0)]
)
def test_upper_bounds_of_known_numbers(hits: int, total: int, bound: float) -> None:
    """Clopper and Pearson's one-sided bound: none of 598 wrong is at most 0.5 %."""
    assert upper_bound(hits, total) == pytest.approx(bound, abs=1e-4)
    assert upper_bound(0, 0) == 1.0
