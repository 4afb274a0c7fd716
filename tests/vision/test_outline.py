"""A plate's own edges are found from corners that are only near them."""

import numpy as np
import pytest

from edge.errors import PictureError
from edge.vision.aim import measure
from edge.vision.outline import snap
from models.measure.aimed import shown

WRONG = np.array([[-0.05, -0.03], [0.06, -0.02], [0.04, 0.03], [-0.04, 0.04]], np.float32)


@pytest.mark.parametrize("width", [80, 150, 300])
@pytest.mark.parametrize("tilt", [-6.0, 0.0, 4.0])
def test_corners_that_are_near_become_those_of_the_plate(width: int, tilt: float) -> None:
    """A width that was a tenth off is right within 2 %, and the tilt within a degree."""
    truth = shown(width, tilt_deg=tilt)
    near = truth.corners + WRONG * np.float32(width)
    assert abs(measure(truth.image, near).width_px / width - 1) > 0.08, "the control"
    aim = measure(truth.image, snap(truth.image, near))
    assert aim.width_px == pytest.approx(width, rel=0.02)
    assert aim.tilt_deg == pytest.approx(tilt, abs=1.0)


def test_right_corners_stay() -> None:
    """Corners that are right are moved by less than a fiftieth of the plate."""
    truth = shown(150)
    assert np.abs(snap(truth.image, truth.corners) - truth.corners).max() < 3.0


def test_where_there_is_no_edge_the_corners_stay() -> None:
    """A plate that nobody can see has the sides that the detector said; none is made up."""
    flat = np.full((300, 400), 90, np.uint8)
    corners = np.array([[100, 100], [220, 104], [219, 160], [101, 158]], np.float32)
    assert np.abs(snap(flat, corners) - corners).max() < 1.0


def test_corners_that_enclose_nothing_are_told() -> None:
    """They are an error, as they are where a plate is measured."""
    with pytest.raises(PictureError):
        snap(np.zeros((50, 50), np.uint8), np.zeros((4, 2), np.float32))
