"""What is measured of a plate in a frame is what was drawn there."""

import numpy as np
import pytest

from edge.errors import PictureError
from edge.vision.aim import measure
from models.measure.aimed import shown

SIZES = (80, 110, 150, 220, 400)
GAUSS = 2.507  # a step blurred by a Gaussian rises over this many standard deviations
SHARP = 1.4  # and one in a picture that is in focus, over this many pixels


@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize("tilt", [-10.0, 0.0, 5.0])
def test_size_and_tilt(width: int, tilt: float) -> None:
    """Plate width, character height and stroke are right within a tenth, the tilt within half."""
    truth = shown(width, tilt_deg=tilt)
    aim = measure(truth.image, truth.corners)
    assert aim.width_px == pytest.approx(width, rel=0.02)
    assert aim.tilt_deg == pytest.approx(tilt, abs=0.5)
    assert aim.character_px == pytest.approx(truth.character_px, rel=0.1)
    assert aim.stroke_px == pytest.approx(truth.stroke_px, rel=0.1)


@pytest.mark.parametrize("width", SIZES)
def test_a_stroke_is_as_wide_out_of_focus(width: int) -> None:
    """Blur up to a fifth of the stroke neither makes it fatter nor its characters higher."""
    sharp = shown(width)
    truth = shown(width, defocus_px=sharp.stroke_px / 5)
    aim = measure(truth.image, truth.corners)
    assert aim.character_px == pytest.approx(truth.character_px, rel=0.1)
    assert aim.stroke_px == pytest.approx(truth.stroke_px, rel=0.1)


@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize("share", [0.2, 0.3])
def test_softness(width: int, share: float) -> None:
    """A blur of some of the stroke is measured: along the plate within a tenth, else a seventh."""
    defocus = share * shown(width).stroke_px
    truth = shown(width, defocus_px=defocus)
    aim = measure(truth.image, truth.corners)
    expected = float(np.hypot(GAUSS * defocus, SHARP))
    assert aim.across_px == pytest.approx(expected, rel=0.1)
    assert aim.down_px == pytest.approx(expected, rel=0.14)


@pytest.mark.parametrize("width", [110, 150, 220, 400])
def test_smear_is_told_from_softness(width: int) -> None:
    """A movement draws edges out along itself, by its own length, and not the other way."""
    length = shown(width).stroke_px
    along = shown(width, across_px=length)
    aim = measure(along.image, along.corners)
    assert aim.across_px == pytest.approx(np.hypot(length, SHARP), rel=0.1)
    assert aim.down_px is not None
    assert aim.down_px < max(2.4, length / 3)
    down = shown(width, down_px=length)
    aim = measure(down.image, down.corners)
    assert aim.down_px == pytest.approx(np.hypot(length, SHARP), rel=0.12)
    assert aim.across_px is not None
    assert aim.across_px < max(2.4, length / 3)


def test_light_letters_on_dark() -> None:
    """Which of the two is the ink makes no difference."""
    truth = shown(150, ink=230, ground=40)
    aim = measure(truth.image, truth.corners)
    assert aim.character_px == pytest.approx(truth.character_px, rel=0.1)
    assert aim.stroke_px == pytest.approx(truth.stroke_px, rel=0.1)


def test_contrast_and_both_ends_of_the_scale() -> None:
    """Contrast is in grey levels, burnt and black pixels in shares of the plate."""
    flat = shown(150, ink=100, ground=130)
    assert measure(flat.image, flat.corners).contrast == pytest.approx(30, abs=2)
    burnt = shown(150, ink=0, ground=255)
    aim = measure(burnt.image, burnt.corners)
    assert aim.burnt == pytest.approx(0.75, abs=0.1)
    assert 0.05 < aim.dark < 0.25


def test_an_empty_plate_has_no_characters() -> None:
    """What is not there is not measured: no row, no stroke, no edges; never a made-up figure."""
    truth = shown(150, text="")
    aim = measure(truth.image, truth.corners)
    assert (aim.character_px, aim.stroke_px) == (None, None)
    assert (aim.across_px, aim.down_px) == (None, None)


def test_colour_and_grey_are_the_same() -> None:
    """A BGR frame is measured as its grey one."""
    truth = shown(110)
    colour = np.repeat(truth.image[:, :, None], 3, axis=2)
    assert measure(colour, truth.corners) == measure(truth.image, truth.corners)


def test_corners_that_are_none_are_an_error() -> None:
    """Corners on one point, or not finite, are told; no figure is made of them."""
    truth = shown(110)
    with pytest.raises(PictureError):
        measure(truth.image, np.zeros((4, 2), np.float32))
    with pytest.raises(PictureError):
        measure(truth.image, np.full((4, 2), np.nan, np.float32))
