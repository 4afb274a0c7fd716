"""Tests of a whole evaluation, on small real models and drawn pictures."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.config.models import DetectorSection, ReaderSection
from edge.errors import TruthError
from edge.evaluate import sheet
from edge.evaluate.run import Evaluation, evaluate, thin
from edge.evaluate.sheet import Tile
from tests.evaluate import data
from tests.fakes import FakeClock
from tests.vision import graphs


@pytest.fixture
def outcome(tmp_path: Path) -> Evaluation:
    """An evaluation of a detector of bright rectangles and a reader that always says AB12."""
    folder = data.write(tmp_path / "data")
    detector = graphs.write(tmp_path, "detector", graphs.bright_detector())
    reader = graphs.write(tmp_path, "reader", graphs.fixed_reader("AB12"))
    return evaluate(
        folder,
        DetectorSection(
            card=str(detector), min_score=0.4, min_width=24.0, max_plates=20, threads=1
        ),
        ReaderSection(card=str(reader), margin=0.06, weakest_character=0.25, threads=1),
        FakeClock(),
    )


def figure(outcome: Evaluation, part: str, name: str, group: str = "all") -> float:
    (value,) = (
        one.value
        for one in outcome.figures
        if (one.part, one.group) == (part, group) and one.name.startswith(name)
    )
    return value


def test_the_detector_is_scored(outcome: Evaluation) -> None:
    """One of two readable plates is found, one of three in all, and one find is false."""
    assert figure(outcome, "detector", "recall, plates of 24 px") == 0.5
    assert figure(outcome, "detector", "recall, every plate") == pytest.approx(1 / 3, abs=1e-4)
    assert figure(outcome, "detector", "precision") == 0.5
    assert figure(outcome, "detector", "false finds") == 0.5
    assert figure(outcome, "detector", "recall, plates of 24 px", group="two") == 0.5
    low, high = outcome.details["detector_curve"][0], outcome.details["detector_curve"][-2]
    assert (low["recall"], high["recall"]) == (0.5, 0.5)


def test_the_reader_is_scored(outcome: Evaluation) -> None:
    """One of two crops is right, one of eight characters wrong, and the mistake is named."""
    assert figure(outcome, "reader", "whole plate exact") == 0.5
    assert figure(outcome, "reader", "whole plate exact", group="us") == 1.0
    assert figure(outcome, "reader", "whole plate exact", group="eu") == 0.0
    assert figure(outcome, "reader", "exact with borders repeated by 0.06") == 0.5
    assert figure(outcome, "reader", "character error rate") == 0.125
    assert outcome.details["confusions"] == [{"true": "I", "read": "1", "count": 1}]


def test_whole_pictures_are_scored(outcome: Evaluation) -> None:
    """One of three plates is read right, one wrong, and one is missed."""
    assert figure(outcome, "pictures", "labelled plate read") == pytest.approx(1 / 3, abs=1e-4)
    assert figure(outcome, "pictures", "found") == pytest.approx(2 / 3, abs=1e-4)
    assert figure(outcome, "pictures", "right of those told") == 0.5
    assert [len(tiles) for tiles in outcome.sheets.values()] == [1, 1, 1, 2]


def test_results_are_written(outcome: Evaluation, tmp_path: Path) -> None:
    """The folder gets the figures, with models and settings, and a sheet for each kind of fault."""
    outcome.write(tmp_path / "new" / "out")
    told = json.loads((tmp_path / "new/out/figures.json").read_text("utf-8"))
    assert len(told["figures"]) == len(outcome.figures)
    assert [model["name"] for model in told["models"]] == ["detector", "reader"]
    assert told["settings"]["detector"]["min_score"] == 0.4
    sheets = {file.stem for file in (tmp_path / "new/out").glob("*.jpg")}
    assert sheets == {"wrong-reads", "missed-plates", "false-plates", "wrong-pictures"}


def test_a_folder_that_cannot_be_made_is_told(outcome: Evaluation, tmp_path: Path) -> None:
    """A file in the way of the folder is an error with its path."""
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(TruthError, match="cannot be written"):
        outcome.write(tmp_path / "file")


def test_a_limit_takes_evenly() -> None:
    """Fewer items are taken from all over the list, in order, and never more than there are."""
    assert thin(range(10), 3) == [0, 3, 6]
    assert thin(range(2), 3) == [0, 1]
    assert thin(range(2), None) == [0, 1]


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
