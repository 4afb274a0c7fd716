"""Tests of the pixel code that training shares: letterbox, rectify, colour."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.errors import PictureError
from edge.vision.colour import as_bgr
from edge.vision.letterbox import PADDING, fit, letterbox
from edge.vision.rectify import corners_of_box, rectify, widen

sizes = st.integers(1, 5000)


@given(sizes, sizes, st.lists(st.tuples(st.floats(-1, 2), st.floats(-1, 2)), min_size=1))
def test_points_come_back_from_the_input(
    width: int, height: int, fractions: list[tuple[float, float]]
) -> None:
    """To the input and back is the identity, inside the frame and outside of it."""
    how = fit(width, height, 640, 384)
    points = (np.array(fractions) * [width, height]).astype(np.float32)
    assert how.to_frame(how.to_input(points)) == pytest.approx(points, abs=0.02 / how.scale)


@given(sizes, sizes)
def test_the_whole_frame_lies_in_the_input(width: int, height: int) -> None:
    """Each frame fits, is never enlarged, and fills one direction when it has to shrink."""
    how = fit(width, height, 640, 384)
    corners = how.to_input(np.array([[0, 0], [width, height]], np.float32))
    assert how.scale <= 1.0
    assert (corners[0] >= -0.01).all()
    assert (corners[1] <= [641, 385]).all()
    assert how.scale == 1.0 or 640 / width == how.scale or 384 / height == how.scale


@pytest.mark.parametrize("shape", [(1, 1), (720, 1280), (384, 640), (3000, 20), (2, 4000)])
def test_a_mark_is_found_where_the_letterbox_says(shape: tuple[int, int]) -> None:
    """What is drawn at a place of the frame appears at that place of the input."""
    height, width = shape
    image = np.zeros((height, width, 3), np.uint8)
    x, y = width // 2, height // 2
    image[y // 2 : y + 1, x // 2 : x + 1] = 255
    canvas, how = letterbox(image, 640, 384)
    assert canvas.shape == (384, 640, 3)
    where = how.to_input(np.array([[(x // 2 + x + 1) / 2, (y // 2 + y + 1) / 2]], np.float32))[0]
    assert canvas[min(383, int(where[1])), min(639, int(where[0]))].min() > PADDING


def test_a_frame_without_pixels_is_an_error() -> None:
    """An empty frame is refused by name."""
    with pytest.raises(PictureError, match="0x20"):
        fit(0, 20, 640, 384)


@given(st.floats(0, 0.5), st.floats(20, 300), st.floats(10, 90), st.floats(-1, 1))
def test_widening_grows_each_side_by_the_margin(
    margin: float, width: float, height: float, tilt: float
) -> None:
    """A rectangle, however turned, becomes one whose sides are longer by twice the margin."""
    turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    corners = (corners_of_box((0, 0, width, height)) @ turn).astype(np.float32)
    grown = widen(corners, margin)
    sides = np.linalg.norm(np.roll(grown, -1, axis=0) - grown, axis=1)
    grow = 1 + 2 * margin
    assert sides == pytest.approx([width * grow, height * grow] * 2, rel=1e-3)
    assert grown.mean(axis=0) == pytest.approx(corners.mean(axis=0), abs=0.01)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.floats(-25, 25), st.floats(-12, 12)), min_size=4, max_size=4),
    st.floats(0.5, 4.0),
)
def test_a_warped_plate_comes_back_flat(jitter: list[tuple[float, float]], zoom: float) -> None:
    """A plate drawn into a frame in perspective is recovered by its corners."""
    rng = np.random.default_rng(3)
    plate = cv2.resize(rng.integers(0, 255, (4, 8), np.uint8), (160, 64))
    corners = (corners_of_box((200, 200, 360, 264)) + np.array(jitter, np.float32)) * zoom
    source = np.array([[0, 0], [160, 0], [160, 64], [0, 64]], np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform(source, (corners - 0.5).astype(np.float32))
    size = round(500 * zoom)
    frame = cv2.warpPerspective(plate, matrix, (size, size), borderMode=cv2.BORDER_REPLICATE)
    flat = rectify(frame, corners.astype(np.float32), 160, 64)
    error = np.abs(flat.astype(int) - plate)[4:-4, 4:-4]
    assert error.mean() < 6


@pytest.mark.parametrize("shape", [(1, 1, 3), (5, 5), (64, 160, 3), (2160, 3840, 3)])
@pytest.mark.parametrize(
    "corners",
    [
        corners_of_box((-50, -20, 30, 10)),
        corners_of_box((0, 0, 1, 1)),
        corners_of_box((5000, 5000, 5200, 5060)),
        corners_of_box((-4000, -4000, 9000, 9000)),
    ],
)
def test_a_crop_may_reach_beyond_the_frame(shape: tuple[int, ...], corners: np.ndarray) -> None:
    """Corners outside of the frame give a full crop in which the frame's edge is repeated."""
    image = np.full(shape, 77, np.uint8)
    assert (rectify(image, corners, 160, 64, margin=0.1) == 77).all()


@pytest.mark.parametrize("bad", [np.full((4, 2), np.nan), np.zeros((4, 2))])
def test_corners_without_a_plate_are_an_error(bad: np.ndarray) -> None:
    """NaN and a single point are told, not stretched."""
    with pytest.raises(PictureError):
        rectify(np.zeros((9, 9, 3), np.uint8), bad.astype(np.float32), 160, 64)


@pytest.mark.parametrize("shape", [(6, 7), (6, 7, 1), (6, 7, 3), (6, 7, 4)])
def test_every_kind_of_picture_becomes_bgr(shape: tuple[int, ...]) -> None:
    """Grey, one-channel and BGRA pictures get three channels of the same value."""
    made = as_bgr(np.full(shape, 50, np.uint8))
    assert made.shape == (6, 7, 3)
    assert (made == 50).all()


@pytest.mark.parametrize(
    "image",
    [np.zeros((3, 3), np.float32), np.zeros((0, 3, 3), np.uint8), np.zeros((3, 3, 2), np.uint8)],
)
def test_what_is_no_picture_is_an_error(image: np.ndarray) -> None:
    """Floats, emptiness and two channels are refused by name."""
    with pytest.raises(PictureError):
        as_bgr(image)
