"""Tests of the contact sheets."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.evaluate import sheet
from edge.evaluate.sheet import Tile


@pytest.mark.parametrize("count", [0, 1, 3, 30])
def test_a_sheet_has_a_place_for_each_tile(count: int) -> None:
    """Any number of tiles of any shape is drawn; the heaviest come first, up to the limit."""
    shapes = [(1, 1, 3), (90, 3, 3), (3, 900, 3), (40, 100)]
    tiles = [
        Tile(np.full(shapes[i % 4], 255, np.uint8), ("text", str(i)), float(i))
        for i in range(count)
    ]
    drawn = sheet.draw(tiles, limit=20)
    assert drawn.ndim == 3
    assert (drawn.max() == 255) == (count > 0)
    assert drawn.shape == sheet.draw(tiles[-20:]).shape


def test_a_cut_stays_in_the_picture() -> None:
    """A box at, across or beyond the edge gives pixels of the picture."""
    image = np.arange(300, dtype=np.uint8).reshape(10, 10, 3)
    for box in ((0, 0, 4, 4), (-5, -5, 3, 3), (8, 8, 30, 30), (50, 50, 60, 60)):
        assert sheet.cut(image, box).size > 0
    assert sheet.cut(image, (2, 2, 7, 7), 0.0).shape == (5, 5, 3)


def test_no_tiles_make_no_file(tmp_path: Path) -> None:
    """Nothing wrong, no sheet; a written sheet is a picture."""
    sheet.write(tmp_path / "none.jpg", [])
    assert not (tmp_path / "none.jpg").exists()
    sheet.write(tmp_path / "one.jpg", [Tile(np.zeros((5, 5, 3), np.uint8), ("x",))])
    assert cv2.imread(str(tmp_path / "one.jpg")) is not None


def test_a_small_picture_fits_a_page() -> None:
    """Large pictures are brought down in proportion, small ones stay as they are."""
    wide = cv2.imdecode(
        np.frombuffer(sheet.small_jpeg(Tile(np.zeros((100, 900, 3), np.uint8), ())), np.uint8),
        cv2.IMREAD_COLOR,
    )
    assert wide.shape[:2] == (39, 352)
    assert sheet.small_jpeg(Tile(np.zeros((1, 1), np.uint8), ())).startswith(b"\xff\xd8")
