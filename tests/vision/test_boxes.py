"""Tests of what is done with the detector's rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from edge.vision.boxes import apart, area, clip, sound
from edge.vision.rectify import corners_of_box

BOX = np.array([100, 50, 200, 80], np.float32)


def some_boxes() -> st.SearchStrategy[np.ndarray]:
    corner = arrays.arrays(
        np.float32, st.tuples(st.integers(0, 25), st.just(4)), elements=st.floats(0, 200, width=32)
    )
    return corner.map(lambda a: np.concatenate([a[:, :2], a[:, :2] + 1 + a[:, 2:]], axis=1))


def shared(one: np.ndarray, other: np.ndarray) -> float:
    low, high = np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])
    return float(np.clip(high - low, 0, None).prod())


@given(some_boxes())
def test_what_stays_is_apart_and_what_goes_was_doubled(boxes: np.ndarray) -> None:
    """No two kept boxes show one plate, and every dropped one lies over a better kept one."""
    kept = apart(boxes)
    assert kept == sorted(kept)
    for i, one in enumerate(kept):
        for other in kept[:i]:
            smaller = min(area(boxes[[one, other]]))
            assert shared(boxes[one], boxes[other]) < 0.71 * smaller
    for dropped in set(range(len(boxes))) - set(kept):
        assert any(shared(boxes[dropped], boxes[one]) > 0 for one in kept if one < dropped)


def test_the_best_of_an_overlapping_crowd_stays() -> None:
    """Boxes about one plate, or one inside another, give one plate; a neighbour stays."""
    crowd = np.array(
        [[100, 50, 200, 80], [104, 52, 204, 82], [120, 55, 160, 75], [205, 50, 300, 80]], np.float32
    )
    assert apart(crowd) == [0, 3]
    assert apart(np.zeros((0, 4), np.float32)) == []


@given(some_boxes())
def test_clipped_boxes_lie_in_the_frame(boxes: np.ndarray) -> None:
    """After clipping no box leaves the frame, and none has a negative area."""
    cut = clip(boxes - 50, 120, 90)
    assert (cut >= 0).all()
    assert (cut[:, 2] <= 120).all()
    assert (cut[:, 3] <= 90).all()
    assert (area(cut) >= 0).all()


def test_a_boxs_own_corners_are_sound() -> None:
    """Corners that are the box's, or those of a tilted plate in it, are believed."""
    assert sound(corners_of_box((100, 50, 200, 80)), BOX)
    assert sound(np.array([[102, 50], [200, 60], [197, 80], [100, 70]], np.float32), BOX)


@pytest.mark.parametrize(
    "corners",
    [
        [[200, 50], [100, 50], [100, 80], [200, 80]],  # mirrored
        [[100, 50], [200, 80], [200, 50], [100, 80]],  # crossed
        [[100, 50], [200, 50], [150, 55], [100, 80]],  # not convex
        [[150, 65], [150, 65], [150, 65], [150, 65]],  # one point
        [[140, 60], [160, 60], [160, 66], [140, 66]],  # a speck of the box
        [[900, 50], [999, 50], [999, 80], [900, 80]],  # elsewhere
    ],
)
def test_corners_that_would_smear_the_plate_are_not_sound(corners: list[list[float]]) -> None:
    """Whatever is no upright convex quadrilateral that fills its box is refused."""
    assert not sound(np.array(corners, np.float32), BOX)
