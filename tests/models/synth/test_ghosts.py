"""Plates with a second character shining through: what is drawn, and what it should teach."""

import numpy as np
import pytest

from edge.plates.lookalikes import folded
from models.synth.ghosts import LEAST, MOST, doubt, ghosted
from models.synth.plates import render_plate


def test_a_ghost_differs_in_one_character_and_lies_on_the_plate() -> None:
    """The rival has one other character that is drawn otherwise, and the picture lies between."""
    seen = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        plate = render_plate(rng, "us-ct")
        shown, rival, share = ghosted(rng, plate)
        if not rival:
            assert share == 0.0
            assert shown is plate
            continue
        seen += 1
        assert LEAST <= share <= MOST
        assert shown.text == plate.text
        assert sum(a != b for a, b in zip(rival, plate.text, strict=True)) == 1
        assert folded(rival) != folded(plate.text)
        assert shown.image.dtype == np.uint8
    assert seen > 30


def test_the_same_seed_draws_the_same_ghost() -> None:
    """Weights can be made again: a ghost hangs on its random numbers alone."""
    one, other = (
        ghosted(np.random.default_rng(5), render_plate(np.random.default_rng(4), "us-ny"))
        for _ in range(2)
    )
    assert one[1:] == other[1:]
    assert np.array_equal(one[0].image, other[0].image)


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0.0), (0.15, 0.0), (0.5, 0.5), (0.9, 0.5)])
def test_doubt_begins_above_dirt_and_ends_at_a_guess(share: float, expected: float) -> None:
    """A faint ghost is dirt, half and half is anybody's guess, and a rival never deserves more."""
    assert doubt(share) == pytest.approx(expected)
