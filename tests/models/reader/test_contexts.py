"""A stored crop is put into another car, where that car's plate was."""

import numpy as np

from edge.vision.rectify import corners_of_box
from models.reader.contexts import Context, put_into


def test_the_crop_covers_the_old_plate_and_its_corners_are_true() -> None:
    """The crop's pixels lie where the corners say; of the old plate at most a thin rim is left."""
    around = np.full((90, 230), 40, np.uint8)
    around[30:60, 51:179] = 250  # the old plate
    context = Context(around, (51.0, 30.0, 179.0, 60.0))
    crop = np.arange(24 * 96, dtype=np.uint8).reshape(24, 96)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        put, corners = put_into(rng, crop, corners_of_box((0.0, 0.0, 96.0, 24.0)), context)
        left, top = corners[0].astype(int)
        assert corners[2].tolist() == [left + 96, top + 24]
        np.testing.assert_array_equal(put[top : top + 24, left : left + 96], crop)
        inner = int(put.max())
        outside = put.copy()
        outside[max(0, top - 3) : top + 27, max(0, left - 6) : left + 102] = 0
        assert outside.max() < 0.9 * inner


def test_the_surroundings_take_the_brightness_of_the_crop() -> None:
    """A dark crop stands in a dark car: the seam tells the reader nothing."""
    around = np.full((90, 230), 100, np.uint8)
    around[30:60, 51:179] = 200
    context = Context(around, (51.0, 30.0, 179.0, 60.0))
    crop = np.full((24, 96), 60, np.uint8)
    put, _ = put_into(
        np.random.default_rng(1), crop, corners_of_box((0.0, 0.0, 96.0, 24.0)), context
    )
    assert 25 < put[0, 0] < 35
