"""Flat plates and crops: the same seed gives the same bytes, corners lie on the plate."""

import cv2
import numpy as np
import pytest

from edge.plates.alphabet import CHARACTERS
from models.synth.crops import paste, render_crop
from models.synth.formats import JURISDICTIONS
from models.synth.glyphs import SERIAL_FACES, Face, glyph, serial
from models.synth.plates import render_plate


@pytest.mark.parametrize("jurisdiction", JURISDICTIONS)
def test_a_plate_of_every_jurisdiction(jurisdiction: str) -> None:
    """Every jurisdiction renders, twice to the same bytes, with both dark and bright pixels."""
    one = render_plate(np.random.default_rng(5), jurisdiction)
    two = render_plate(np.random.default_rng(5), jurisdiction)
    assert np.array_equal(one.image, two.image)
    assert (one.text, one.style) == (two.text, two.style)
    assert one.jurisdiction == jurisdiction
    assert one.image.dtype == np.uint8
    assert 100 <= one.image.shape[0] <= 220
    assert 300 <= one.image.shape[1] <= 540
    assert one.image.std() > 15


def test_given_text_is_drawn() -> None:
    """A given text comes back, and another text gives another picture."""
    one = render_plate(np.random.default_rng(6), "us-ct", "AB12345")
    two = render_plate(np.random.default_rng(6), "us-ct", "XY67890")
    assert (one.text, two.text) == ("AB12345", "XY67890")
    assert not np.array_equal(one.image, two.image)


@pytest.mark.parametrize("character", CHARACTERS)
def test_every_font_has_every_character(character: str) -> None:
    """No serial font lacks a character: its glyph has ink, and differs from a missing one's."""
    for role in SERIAL_FACES:
        mask = glyph(role, character)
        assert mask.mean() > 20, role
        assert not np.array_equal(mask, glyph(role, "\u00ff")), role


def test_serial_keeps_to_its_width() -> None:
    """A long serial is squeezed into the room it has, and its gap is reported."""
    line = serial("ABCD 123456", Face("narrow-500"), 80, 300)
    assert line.mask.shape == (80, line.mask.shape[1])
    assert line.mask.shape[1] <= 303
    assert len(line.separators) == 1


@pytest.mark.parametrize("seed", range(30))
def test_crop_corners_are_inside(seed: int) -> None:
    """A crop's corners lie inside the picture, in the order TL TR BR BL; seeds repeat."""
    image, corners, text, _ = render_crop(np.random.default_rng(seed))
    again = render_crop(np.random.default_rng(seed))
    assert np.array_equal(image, again[0])
    assert np.array_equal(corners, again[1])
    assert corners.dtype == np.float32
    height, width = image.shape[:2]
    assert (corners >= 0).all()
    assert (corners <= (width, height)).all()
    assert corners[0, 0] < corners[1, 0]
    assert corners[0, 1] < corners[3, 1]
    assert 1 <= len(text) <= 10
    assert cv2.contourArea(corners) > 300


def test_pasted_plate_comes_back() -> None:
    """Warping the corners back gives the plate that was pasted, and nothing outside changed."""
    plate = render_plate(np.random.default_rng(8), "us-ny", "ABC1234", clean=True).image
    image = np.full((300, 400, 3), 90, np.uint8)
    corners = np.array([[60, 80], [330, 70], [340, 215], [50, 200]], np.float32)
    paste(image, plate, corners)
    height, width = plate.shape[:2]
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners - 0.5, flat - 0.5)
    back = cv2.warpPerspective(image, matrix, (width, height))
    assert np.corrcoef(back.ravel(), plate.ravel())[0, 1] > 0.93
    outside = np.full(image.shape[:2], 255, np.uint8)
    cv2.fillConvexPoly(outside, corners.astype(np.int32), 0)
    outside = cv2.erode(outside, np.ones((5, 5), np.uint8)) > 0
    assert (image[outside] == 90).all()
