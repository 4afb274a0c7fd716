"""Tests of the label files."""

from pathlib import Path

import pytest

from edge.errors import TruthError
from edge.evaluate.truth import load_pictures, load_plates, load_scenes, load_truth
from tests.evaluate import data


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return data.write(tmp_path)


def test_a_split_is_loaded(folder: Path) -> None:
    """Crops, scenes and pictures come with source, text and boxes in pixels; others' stay out."""
    first, second = load_plates(folder)
    assert (first.source, first.region, first.text) == ("one", "us-ny", "AB12")
    assert second.path == folder / "plates/one/b.webp"
    one, two = load_scenes(folder)
    assert one.boxes[0] == pytest.approx((100, 100, 180, 130))
    assert len(two.boxes) == 2
    assert [picture.text for picture in load_pictures(folder)] == ["AB12", "XY99", "AB12"]
    assert load_scenes(folder, "train") == []


def test_missing_data_is_told_with_the_mend(tmp_path: Path) -> None:
    """Without the folder the error says which file is missing, and the option that mends it."""
    with pytest.raises(TruthError, match=r"plates\.csv: cannot be read.*--data"):
        load_plates(tmp_path)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("three/a.webp,200,100,300,140,AB-12", "0-9 A-Z"),
        ("three/a.webp,200,100,300,140,", "0-9 A-Z"),
        ("three/a.webp,200,x,300,140,AB12", "column 'y0' must be a number"),
        ("three/a.webp,200,nan,300,140,AB12", "column 'y0' must be a number"),
        ("three/a.webp,300,100,200,140,AB12", "no area"),
        ("three/z.webp,200,100,300,140,AB12", "no picture"),
        ("three/a.webp,200,100,300", "must have 6 columns"),
        ("three/a.webp,200,100,300,140,AB12,7", "must have 6 columns"),
    ],
)
def test_a_wrong_line_is_named(folder: Path, line: str, words: str) -> None:
    """The error names file and line, and what should stand there."""
    file = folder / "pictures/pictures.csv"
    data.table(file, "file,x0,y0,x1,y1,text", "three/a.webp,200,100,300,140,AB12", line)
    with pytest.raises(TruthError) as caught:
        load_pictures(folder)
    assert str(caught.value).startswith(f"{file}:3: ")
    assert words in str(caught.value)


def test_a_missing_column_and_bad_bytes_are_named(folder: Path) -> None:
    """A header without a column, and a file that is no text, are errors with the file's name."""
    file = folder / "pictures/pictures.csv"
    data.table(file, "file,x0,y0,x1,y1")
    with pytest.raises(TruthError, match=r"pictures\.csv:1: column 'text' is missing"):
        load_pictures(folder)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TruthError, match="not UTF-8"):
        load_pictures(folder)


def test_counts_of_boxes_must_agree(folder: Path) -> None:
    """A box lost from boxes.csv is an error, not a plate that nobody has to find."""
    data.table(folder / "scenes/boxes.csv", "file,x0,y0,x1,y1", "two/a.webp,0.1,0.1,0.2,0.2")
    with pytest.raises(TruthError, match=r"scenes\.csv:3: 2 plates promised, boxes\.csv has 0"):
        load_scenes(folder)


def test_a_box_of_no_picture_is_named(folder: Path) -> None:
    """A box whose picture was misspelt is an error with its line, not a box that nobody misses."""
    file = folder / "scenes/boxes.csv"
    lines = file.read_text("utf-8").splitlines()
    data.table(file, *lines, "two/z.webp,0.1,0.1,0.2,0.2")
    with pytest.raises(TruthError, match=r"boxes\.csv:5: scenes\.csv has no picture 'two/z\.webp'"):
        load_scenes(folder)


def test_pictures_know_their_region(folder: Path) -> None:
    """By the crop of the same file, or else of the same text."""
    truth = load_truth(folder)
    assert [picture.region for picture in truth.pictures] == ["us-ny", "", "us-ny"]
    assert truth.pictures[0].file == "three/a.webp"
