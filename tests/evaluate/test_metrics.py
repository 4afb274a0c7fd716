"""Tests of the pure figures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from edge.evaluate.metrics import (
    Share,
    alignment,
    assign,
    character_errors,
    confusions,
    iou,
    percentile,
    share,
    shows,
)

texts = st.text("AB01", max_size=7)


def some_boxes(most: int = 8) -> st.SearchStrategy[np.ndarray]:
    shape = st.tuples(st.integers(0, most), st.just(4))
    numbers = arrays.arrays(np.float64, shape, elements=st.floats(0, 50))
    return numbers.map(lambda a: np.concatenate([a[:, :2], a[:, :2] + 1 + a[:, 2:]], axis=1))


@given(some_boxes(), some_boxes())
def test_iou_is_a_share_and_the_same_both_ways(some: np.ndarray, others: np.ndarray) -> None:
    """Every overlap lies between 0 and 1, is symmetric, and 1 of a box with itself."""
    overlaps = iou(some, others)
    assert overlaps.shape == (len(some), len(others))
    assert ((overlaps >= 0) & (overlaps <= 1 + 1e-9)).all()
    assert np.allclose(overlaps.T, iou(others, some))
    assert np.diag(iou(some, some)) == pytest.approx(np.ones(len(some)))


def test_iou_of_known_boxes() -> None:
    """Half of a box has a half, strangers have nothing, a box without area has nothing."""
    boxes = np.array([[0, 0, 10, 10.0]])
    others = np.array([[0, 0, 5, 10], [20, 20, 30, 30], [3, 3, 3, 3.0]])
    assert iou(boxes, others).tolist() == [[0.5, 0.0, 0.0]]


@given(some_boxes(), some_boxes(), st.floats(0.1, 0.9))
def test_a_plate_is_found_once(found: np.ndarray, truth: np.ndarray, least: float) -> None:
    """No plate is given to two finds, and every find with a plate overlaps it enough."""
    shown = assign(found, truth, least)
    given_away = [index for index in shown if index >= 0]
    assert len(given_away) == len(set(given_away))
    for row, index in enumerate(shown):
        assert index < 0 or iou(found, truth)[row, index] >= least


def test_the_better_find_has_the_plate() -> None:
    """A second find of the same plate is a false one, even if it lies closer."""
    found = np.array([[0, 0, 10, 8], [0, 0, 10, 10], [50, 50, 60, 60.0]])
    truth = np.array([[0, 0, 10, 10], [51, 51, 61, 61.0]])
    assert assign(found, truth, 0.5) == [0, -1, 1]
    assert assign(found, truth[:0], 0.5) == [-1, -1, -1]


def test_a_find_shows_a_plate_by_overlap_or_centre() -> None:
    """A small box inside, or one that overlaps by 0.3, is about the plate; a neighbour is not."""
    plate = (100, 100, 200, 140)
    assert shows((145, 115, 155, 125), plate)
    assert shows((100, 100, 300, 145), plate)
    assert not shows((201, 100, 300, 140), plate)


@given(texts, texts)
def test_an_alignment_holds_both_texts_and_is_as_short_as_any(truth: str, read: str) -> None:
    """It spells both texts, and its edits lie within the bounds that lengths and places set."""
    pairs = alignment(truth, read)
    assert "".join(pair[0] for pair in pairs) == truth
    assert "".join(pair[1] for pair in pairs) == read
    edits = sum(a != b for a, b in pairs)
    assert edits >= abs(len(truth) - len(read))
    assert edits <= max(len(truth), len(read))
    if len(truth) == len(read):
        assert edits <= sum(a != b for a, b in zip(truth, read, strict=True))
    assert edits == sum(a != b for a, b in alignment(read, truth))
    assert (edits == 0) == (truth == read)


def test_errors_are_counted_by_character() -> None:
    """One wrong, one missing and one extra character are three edits of nine."""
    pairs = [("ABC", "ABD"), ("ABC", "AC"), ("ABC", "ABCC")]
    assert character_errors(pairs) == Share(3, 9)
    assert confusions([*pairs, ("C1", "D1")])[0] == ("C", "D", 2)
    assert ("B", "", 1) in confusions(pairs)
    assert ("", "C", 1) in confusions(pairs)


@given(st.integers(0, 500), st.integers(0, 500))
def test_an_interval_holds_its_share(hits: int, more: int) -> None:
    """The interval lies in 0..1 around the share, and shrinks with more of the same."""
    one, many = Share(hits, hits + more), Share(10 * hits, 10 * (hits + more))
    low, high = one.interval
    assert 0 <= low <= high <= 1
    if one.total:
        assert low - 1e-9 <= one.value <= high + 1e-9
        assert many.interval[1] - many.interval[0] < high - low


def test_an_interval_of_known_numbers() -> None:
    """Wilson's interval of 8 in 10, and of errors that outnumber the characters."""
    assert Share(8, 10).interval == pytest.approx((0.490, 0.943), abs=0.001)
    assert Share(30, 10).interval[1] == 1.0


def test_shares_and_percentiles_of_nothing_are_none() -> None:
    """No items make no division by zero."""
    assert share([]) == Share(0, 0)
    assert Share(0, 0).value == 0.0
    assert Share(0, 0).interval == (0.0, 1.0)
    assert percentile([], 95) == 0.0
    assert share([True, False, True]) == Share(2, 3)
