"""Tests of the polygons drawn on the picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config.zones import ZonesSection
from edge.records import Detection
from edge.vision.rectify import corners_of_box
from edge.vision.zones import Zones, inside

LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
ARROW = ((0.0, 0.0), (1.0, 0.0), (0.5, 0.5), (1.0, 1.0), (0.0, 1.0))  # bitten from the right


def found(x: float, y: float) -> Detection:
    box = (x - 10, y - 5, x + 10, y + 5)
    return Detection(corners_of_box(box), box, 0.9)


def zones(interest: tuple = (), ignore: tuple = ()) -> Zones:
    return Zones(ZonesSection(interest=interest, ignore=ignore, direction=(), sense="both"))


def test_without_polygons_everything_counts() -> None:
    """A fresh unit looks everywhere."""
    assert zones().keeps(found(5, 5), 1280, 720)
    assert zones().cells(4, 6).all()


@pytest.mark.parametrize(("x", "kept"), [(300, True), (900, False)])
def test_interest_is_by_the_plates_centre(x: float, kept: bool) -> None:
    """Only plates whose centre lies in a polygon of interest count."""
    assert zones(interest=(LEFT_HALF,)).keeps(found(x, 300), 1280, 720) is kept


def test_ignore_wins_over_interest() -> None:
    """A plate in both kinds of zone does not count."""
    both = zones(interest=(LEFT_HALF,), ignore=(((0.0, 0.0), (0.2, 0.0), (0.2, 1.0), (0.0, 1.0)),))
    assert not both.keeps(found(100, 300), 1280, 720)
    assert both.keeps(found(500, 300), 1280, 720)


def test_a_concave_polygon_has_its_bite() -> None:
    """Points in the notch of a concave polygon are outside."""
    points = np.array([[0.9, 0.5], [0.2, 0.5], [0.9, 0.05], [1.5, 0.5]])
    assert inside(points, ARROW).tolist() == [False, True, True, False]


def test_one_plate_is_judged_as_the_grid_is() -> None:
    """What the line asks of one centre is what the even-odd rule says of many points."""
    points = np.random.default_rng(3).random((500, 2))
    section = zones(interest=(ARROW,), ignore=(LEFT_HALF,))
    kept = [section.keeps(found(1000 * x, 1000 * y), 1000, 1000) for x, y in points]
    wanted = inside(points, ARROW) & ~inside(points, LEFT_HALF)
    assert kept == wanted.tolist()
    assert 50 < sum(kept) < 450


@given(
    st.tuples(st.floats(0.01, 0.99), st.floats(0.01, 0.99)),
    st.integers(1, 40),
    st.integers(1, 40),
)
def test_no_zone_is_too_small_for_the_grid(
    centre: tuple[float, float], rows: int, columns: int
) -> None:
    """A tiny polygon of interest opens the cell that it lies in, and hardly another."""
    x, y = centre
    tiny = tuple((min(1.0, x + dx), min(1.0, y + dy)) for dx, dy in ((0, 0), (1e-3, 0), (0, 1e-3)))
    cells = zones(interest=(tiny,)).cells(rows, columns)
    assert cells[min(int(y * rows), rows - 1), min(int(x * columns), columns - 1)]
    assert cells.sum() <= 3


def test_an_ignored_zone_shuts_only_cells_that_it_covers() -> None:
    """A cell that reaches beyond the ignored polygon still counts."""
    cells = zones(ignore=(LEFT_HALF,)).cells(2, 3)
    assert cells.tolist() == [[False, True, True], [False, True, True]]
