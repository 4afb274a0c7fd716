"""Tests of the second look at large plates."""

import numpy as np
import pytest

from edge.records import Detection, Pixels
from edge.vision.letterbox import fit
from edge.vision.rectify import corners_of_box
from edge.vision.second_look import Limits, look_again

FRAME = np.zeros((720, 1280, 3), np.uint8)
HALF = fit(1280, 720, 640, 384)
LARGE, SMALL = Limits(250, 0), Limits(0, 36)
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
    eye = Eye((0.15, 0.4, 0.8, 0.75))  # of the frame's left 1220 pixels, shrunk to 244
    (one,) = look_again(FRAME, [plate(TIGHT)], LARGE, HALF, eye.detect)
    assert one.box == pytest.approx((183, 288, 976, 540), rel=1e-5)
    assert one.corners[2] == pytest.approx([976, 540], rel=1e-5)
    assert one.score == 0.9


def test_the_smaller_picture_shows_the_widest_plate_140_pixels_wide() -> None:
    """One more look serves all plates of a frame, at the size that detectors know best."""
    eye = Eye()
    found = [plate(TIGHT), plate((0, 0, 560, 160))]
    look_again(FRAME, found, LARGE, HALF, eye.detect)
    assert eye.shown == [(144, 244, 3)]  # 700 pixels became 140, and have 64 around them


def test_the_smaller_picture_leaves_out_what_is_far_from_the_plates() -> None:
    """A frame of 4K costs no more than the plate and what is around it; its place stays right."""
    frame = np.zeros((2160, 3840, 3), np.uint8)
    eye = Eye((0.25, 0.4, 0.75, 0.6))
    how = fit(3840, 2160, 640, 384)
    (one,) = look_again(frame, [plate((1800, 1000, 3340, 1400))], Limits(250, 0), how, eye.detect)
    ((high, wide, _),) = eye.shown
    assert (high, wide) == (164, 249)  # 140x36, 64 on all sides but the right, where the frame ends
    left, top = 1800 - 704, 1000 - 704
    assert one.box[0] == pytest.approx(left + 0.25 * (3840 - left), abs=2)
    assert one.box[3] == pytest.approx(top + 0.6 * (2104 - top), abs=2)


@pytest.mark.parametrize(("over", "looks"), [(349.0, 1), (351.0, 0), (0.0, 0)])
def test_only_plates_over_the_limit_cost_a_second_look(over: float, looks: int) -> None:
    """The limit is in pixels of the input; 0 is never."""
    eye = Eye()
    look_again(FRAME, [plate(TIGHT)], Limits(over, 0), HALF, eye.detect)
    assert len(eye.shown) == looks


def test_what_the_second_look_does_not_see_stays() -> None:
    """A plate found once is kept where it was, and so is a small one beside it."""
    found = [plate(TIGHT), plate((1000.0, 600.0, 1100.0, 630.0), 0.6)]
    eye = Eye((0.0, 0.0, 0.1, 0.1), (0.78, 0.83, 0.87, 0.9))
    assert look_again(FRAME, found, LARGE, HALF, eye.detect) == found


def test_a_sticker_beside_a_box_too_tight_goes_when_the_box_is_right() -> None:
    """What lies inside the plate as the second look sees it is no plate of its own."""
    found = [plate(TIGHT), plate((905.0, 350.0, 1010.0, 450.0), 0.85)]
    seen = look_again(FRAME, found, LARGE, HALF, Eye((0.15, 0.4, 0.85, 0.75)).detect)
    assert [one.score for one in seen] == [0.9]


def test_a_small_plate_is_seen_from_close_by_at_full_resolution() -> None:
    """The detector sees as much of the frame around it as its input holds, inside the frame."""
    eye = Eye((0.3, 0.45, 0.7, 0.6))  # of 193x148 pixels around the plate, from (1, 436) on
    (one,) = look_again(FRAME, [plate((65, 500, 130, 520))], SMALL, HALF, eye.detect)
    assert eye.shown == [(148, 193, 3)]
    assert one.box == pytest.approx((58.9, 502.6, 136.1, 524.8), abs=0.01)
    assert one.corners[0] == pytest.approx([58.9, 502.6], abs=0.01)


def test_a_closer_look_shows_as_many_small_plates_as_the_input_holds() -> None:
    """The best one is in it; others join, best first, while all fit at full resolution."""
    found = [plate((600, 300, 660, 320)), plate((65, 500, 125, 520), 0.7)]
    found += [plate((900, 400, 950, 420), 0.6)]
    eye = Eye()
    look_again(FRAME, found, SMALL, HALF, eye.detect)
    assert eye.shown == [(484 - 236, 1014 - 536, 3)]  # the left one would make 1013 pixels


def test_one_closer_look_serves_the_best_small_plate() -> None:
    """Plates wide enough are left as they are, and so are small ones out of sight."""
    found = [plate((600, 300, 700, 330)), plate((65, 500, 125, 520), 0.7)]
    found += [plate((1200, 100, 1250, 120), 0.6)]
    eye = Eye()
    assert look_again(FRAME, found, SMALL, HALF, eye.detect) == found
    assert len(eye.shown) == 1


def test_a_frame_that_fits_the_input_has_no_more_to_show() -> None:
    """Without more pixels in the frame there is no closer look."""
    eye = Eye()
    small = [plate((65, 100, 90, 110))]
    frame = np.zeros((384, 640, 3), np.uint8)
    assert look_again(frame, small, SMALL, fit(640, 384, 640, 384), eye.detect) == small
    assert eye.shown == []
