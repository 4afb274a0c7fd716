"""Plates of the world: serials as issued, rows that part as issued, wear that leaves them alike."""

import re

import cv2
import numpy as np
import pytest

from models.synth import degrade, wear
from models.synth.conditions import draw_conditions
from models.synth.crops import plate_px, render_crop
from models.synth.formats import display_for, random_serial
from models.synth.glyphs import GLYPH_HEIGHT, Face, glyph, serial
from models.synth.plates import render_plate
from models.synth.plates_world import split
from models.synth.serials_world import WORLD_SERIALS
from models.synth.world_looks import LOOKS


@pytest.mark.parametrize(
    ("jurisdiction", "form"),
    [
        ("eu-de", r"[A-Z]{2,5}[1-9][0-9]{0,3}"),
        ("eu-es", r"[0-9]{4}[BCDFGHJ-NPRSTV-Z]{3}|[MB][0-9]{4}[A-Z]{2}"),
        ("eu-it", r"[A-HJ-NPR-TV-Z]{2}[0-9]{3}(?:[A-HJ-NPR-TV-Z]{2}|[0-9]{2})"),
        ("eu-se", r"[A-HJ-PR-UW-Z]{3}[0-9]{2}[0-9A-NP-Z]"),
        ("eu-gr", r"[ABEHIKMNOPTXYZ]{3}[1-9][0-9]{3}"),
        ("br", r"[A-Z]{3}[0-9][0-9A-Z][0-9]{2}"),
        ("my", r"[A-HJ-NP-Z]{1,3}[1-9][0-9]{0,3}[A-HJ-NP-Z]?"),
    ],
)
def test_serials_are_as_issued(jurisdiction: str, form: str) -> None:
    """Letters that a country leaves out and leading zeros never come up."""
    rng = np.random.default_rng(4)
    for _ in range(300):
        text = random_serial(rng, jurisdiction, lookalikes=0.5)
        assert re.fullmatch(form, text), text


def test_codes_come_up() -> None:
    """German plates start with a town's code, Indian ones with a state's."""
    german = {pattern.split(" ")[0] for _, pattern in WORLD_SERIALS["eu-de"]}
    assert {"B", "HH", "KL"} <= german
    assert all("{" not in pattern for line in WORLD_SERIALS.values() for _, pattern in line)
    assert display_for("KLYA542", "eu-de") == "KL YA 542"
    assert display_for("KLYA042", "eu-de") == "KLYA042"


@pytest.mark.parametrize(
    ("display", "cut", "rows"),
    [
        ("KL YA 542", "first", ["KL", "YA 542"]),
        ("AG 80 228", "last", ["AG 80", "228"]),
        ("KL 49 H 5270", "even", ["KL 49", "H 5270"]),
        ("ABC1D23", "first", ["ABC", "1D23"]),
    ],
)
def test_rows_part_at_their_place(display: str, cut: str, rows: list[str]) -> None:
    """Two rows part at the first separator, at the last, or where they come even."""
    assert split(display, cut) == rows


def test_a_look_carries_its_own_serials() -> None:
    """Mercosur plates never hold the old Brazilian format, nor grey ones the new."""
    for seed in range(60):
        plate = render_plate(np.random.default_rng(seed), "br")
        assert ("mercosur" in plate.style) == plate.text[4].isalpha()


def test_every_place_has_looks() -> None:
    """Whatever has serials can be drawn, and no look stands without serials."""
    assert set(LOOKS) == set(WORLD_SERIALS)


def test_a_slit_tells_zero_from_o() -> None:
    """The slit opens the 0 at its upper right and leaves the O alone."""
    for role in ("roadmono-600", "tech-700"):
        face = Face(role, fixed=False, slit=True)
        zero, letter = (serial(c, face, GLYPH_HEIGHT, 400).mask for c in "0O")
        half = zero.shape[1] // 2
        top = zero[: GLYPH_HEIGHT // 3, half:]
        plain = glyph(role, "O" if role == "roadmono-600" else "0")
        assert top.mean() < plain[: GLYPH_HEIGHT // 3, plain.shape[1] // 2 :].mean() * 0.95
        assert np.array_equal(letter, serial("O", Face(role, fixed=False), 96, 400).mask)


def test_italics_keep_their_width() -> None:
    """A slanted serial stays as wide and as high, its ink moved right at the top."""
    plain = serial("HHHH", Face("grotesk-700"), 60, 300).mask
    lean = serial("HHHH", Face("grotesk-700", slant=0.3), 60, 300).mask
    assert plain.shape == lean.shape
    columns = np.arange(plain.shape[1])
    middle = [float((row * columns).sum() / row.sum()) for row in lean[[5, 54]].astype(float)]
    assert middle[0] > middle[1] + 5


def test_wear_keeps_the_plate_alike() -> None:
    """Bends, splashes, blooms and tow balls change the picture, but little of it."""
    rng = np.random.default_rng(3)
    plate = render_plate(rng, "eu-se", clean=True).image
    bent = wear.bend(rng, plate)
    splashed = plate.copy()
    wear.splash(rng, splashed)
    towed = plate.copy()
    height, width = plate.shape[:2]
    wear.tow_ball(rng, towed, np.array([[0, 0], [width, 0], [width, height], [0, height]], "f4"))
    bloomed = degrade.bloom(plate, 0.2, 2.0)
    for other in (bent, splashed, towed, bloomed):
        assert other.shape == plate.shape
        assert not np.array_equal(other, plate)
        assert np.corrcoef(other.ravel(), plate.ravel())[0, 1] > 0.6


def test_most_frames_are_good() -> None:
    """Six in seven plates of 100 pixels are blurred by less than two strokes."""
    rng = np.random.default_rng(6)
    drawn = [draw_conditions(rng, 100.0) for _ in range(500)]
    sharp = [np.hypot(*met.motion) + 2 * met.defocus_px < 2 * 100 / 45 for met in drawn]
    assert np.mean(sharp) > 0.85
    assert all(met.coarser < 2 for met in drawn)


def test_crops_keep_enough_to_read() -> None:
    """A plate has some seven pixels a character, and contrast in all but a few crops."""
    spreads = []
    for seed in range(80):
        image, corners, text, _ = render_crop(np.random.default_rng(seed), "in")
        assert plate_px(corners) > 3.2 * len(text)
        (left, top), (right, bottom) = corners.min(0).astype(int), corners.max(0).astype(int)
        grey = cv2.cvtColor(image[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
        spreads.append(grey.std())
    assert np.mean(np.array(spreads) > 8) > 0.95
