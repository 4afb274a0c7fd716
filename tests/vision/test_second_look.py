"""Tests of the second look at large plates."""

import numpy as np
import pytest

from edge.records import Detection, Pixels
from edge.vision.rectify import corners_of_box
from edge.vision.second_look import look_again

FRAME = np.zeros((720, 1280, 3), np.uint8)
TIGHT = (200.0, 300.0, 900.0, 500.0)  # 350 pixels wide in an input half as large as the frame


def plate(box: tuple[float, float, float, float], score: float = 0.8) -> Detection:
    return Detection(corners_of_box(box), box, score)


class Eye:
    """A detector that remembers what it was shown, and finds *boxes*, in fractions."""

    def __init__(self, *boxes: tuple[float, float, float, float]) -> None:
        self._boxes = boxes
        self.shown: list[tuple[int, ...]] = []

    def detect(self, image: Pixels) -> list[Detection]:
        """Find the same part of every picture."""
        self.shown.append(image.shape)
        high, wide = image.shape[:2]
        return [plate((a * wide, b * high, c * wide, d * high), 0.9) for a, b, c, d in self._boxes]


def test_a_large_plate_takes_the_place_seen_in_the_smaller_picture() -> None:
    """Box, corners and the higher score are those of the second look, in pixels of the frame."""
    eye = Eye((0.15, 0.4, 0.8, 0.75))
    (one,) = look_again(FRAME, [plate(TIGHT)], 250, 0.5, eye.detect)
    assert one.box == pytest.approx((192, 288, 1024, 540), rel=1e-5)
    assert one.corners[2] == pytest.approx([1024, 540], rel=1e-5)
    assert one.score == 0.9


def test_the_smaller_picture_shows_the_widest_plate_140_pixels_wide() -> None:
    """One more look serves all plates of a frame, at the size that detectors know best."""
    eye = Eye()
    found = [plate(TIGHT), plate((0, 0, 560, 160))]
    look_again(FRAME, found, 250, 0.5, eye.detect)
    assert eye.shown == [(144, 256, 3)]  # 700 pixels became 140


@pytest.mark.parametrize(("over", "looks"), [(349.0, 1), (351.0, 0), (0.0, 0)])
def test_only_plates_over_the_limit_cost_a_second_look(over: float, looks: int) -> None:
    """The limit is in pixels of the input; 0 is never."""
    eye = Eye()
    look_again(FRAME, [plate(TIGHT)], over, 0.5, eye.detect)
    assert len(eye.shown) == looks


def test_what_the_second_look_does_not_see_stays() -> None:
    """A plate found once is kept where it was, and so is a small one beside it."""
    found = [plate(TIGHT), plate((1000.0, 600.0, 1100.0, 630.0), 0.6)]
    eye = Eye((0.0, 0.0, 0.1, 0.1), (0.78, 0.83, 0.87, 0.9))
    assert look_again(FRAME, found, 250, 0.5, eye.detect) == found


def test_a_sticker_beside_a_box_too_tight_goes_when_the_box_is_right() -> None:
    """What lies inside the plate as the second look sees it is no plate of its own."""
    found = [plate(TIGHT), plate((905.0, 350.0, 1010.0, 450.0), 0.85)]
    seen = look_again(FRAME, found, 250, 0.5, Eye((0.15, 0.4, 0.8, 0.75)).detect)
    assert [one.score for one in seen] == [0.9]
