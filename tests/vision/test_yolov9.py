"""Tests of end-to-end YOLOv9 detectors in the line."""

from pathlib import Path

import numpy as np
import pytest

from edge.errors import ModelError
from edge.vision.cards import load_card
from edge.vision.detector import Detector
from edge.vision.session import Session
from tests.vision import foreign_graphs as foreign
from tests.vision import graphs
from tests.vision.conftest import detector_section


def opened(card: Path, **changes: object) -> Detector:
    detector = Detector(Session(load_card(str(card)), 1), detector_section(card, **changes))
    detector.start()
    return detector


def street(wide: int, high: int, box: tuple[int, int, int, int] | None) -> np.ndarray:
    """A blue street with a red plate: where red and blue are mixed up, all but the plate is."""
    image = np.full((high, wide, 3), (250, 30, 20), np.uint8)
    if box:
        image[box[1] : box[3], box[0] : box[2]] = foreign.RED
    return image


@pytest.mark.parametrize("rank", [2, 3])
@pytest.mark.parametrize(
    ("size", "box"),
    [
        ((1280, 720), (600, 400, 800, 460)),
        ((480, 960), (100, 700, 300, 760)),
        ((160, 90), (60, 40, 120, 60)),
    ],
)
def test_a_red_plate_is_found_where_it_is(
    tmp_path: Path, rank: int, size: tuple[int, int], box: tuple[int, int, int, int]
) -> None:
    """Wide, high and small frames give the box in their own pixels, through bars of grey 114."""
    card = foreign.write(tmp_path, "yolo", foreign.red_detector(rank))
    (found,) = opened(card).detect(street(*size, box))
    pixel = max(size) / foreign.SIDE
    assert found.box == pytest.approx(box, abs=pixel + 0.01)
    assert found.score == pytest.approx(114 / 255)
    corners = np.array(found.box)[[0, 1, 2, 1, 2, 3, 0, 3]].reshape(4, 2)
    assert found.corners == pytest.approx(corners, abs=1e-3)


def test_a_street_without_a_plate_has_none(tmp_path: Path) -> None:
    """No row is no plate."""
    card = foreign.write(tmp_path, "yolo", foreign.red_detector())
    assert opened(card).detect(street(1280, 720, None)) == []


def test_rows_of_another_class_are_no_plates(tmp_path: Path) -> None:
    """The card says which class is a plate; boxes of others are left out."""
    card = foreign.write(tmp_path, "yolo", foreign.red_detector())
    image = street(1280, 720, (600, 400, 800, 460))
    (plate,) = opened(card).detect(image)
    assert plate.box[1] == pytest.approx(400, abs=4)
    card.write_text(card.read_text("utf-8").replace("plate_class = 0", "plate_class = 1"), "utf-8")
    (other,) = opened(card).detect(image)
    assert other.box[1] == 0.0


def test_rows_of_a_second_picture_are_an_error(tmp_path: Path) -> None:
    """One picture was given: a row of batch 1 is some other picture's plate."""
    row = np.array([[1, 10, 10, 90, 40, 0, 0.9]], np.float32)
    nodes = [
        graphs.node("ReduceMax", ["images"], "peak", keepdims=0),
        graphs.node("Sub", ["peak", "peak"], "nothing"),
        graphs.node("Add", ["nothing", "row"], "output"),
    ]
    sides = ("images", "float32", (1, 3, 96, 96)), ("output", "float32", (1, 7))
    card = foreign.write(tmp_path, "yolo", graphs.model(nodes, *sides, {"row": row}))
    with pytest.raises(ModelError, match="rows of a second picture"):
        opened(card)


@pytest.mark.parametrize(
    ("was", "lie", "words"),
    [
        ("[1, 3, 384, 384]", "[1, 3, 640, 640]", "the file has float32 (1, 3, 384, 384)"),
        ("[1, 3, 384, 384]", "[1, 384, 384, 3]", "no card of a yolov9-end-to-end detector"),
        ('colour = "rgb"', 'colour = "bgr"', "no card of a yolov9-end-to-end detector"),
        ("[-1, 7]", "[-1, 6]", "no card of a yolov9-end-to-end detector"),
        ('"yolov9-end-to-end"', '"fast-plate-ocr"', "is a reader's"),
        ('"yolov9-end-to-end"', '"edge"', "no card of a detector that this version runs"),
        ('"yolov9-end-to-end"', '"yolov8"', "format"),
    ],
)
def test_a_card_that_lies_is_refused_at_start(
    tmp_path: Path, was: str, lie: str, words: str
) -> None:
    """Shape, colour and format are held before the first frame, naming the file."""
    card = foreign.write(tmp_path, "yolo", foreign.red_detector())
    text = card.read_text("utf-8")
    assert was in text
    card.write_text(text.replace(was, lie), "utf-8")
    with pytest.raises(ModelError) as caught:
        opened(card)
    assert words in str(caught.value)
    assert str(tmp_path / "yolo.") in str(caught.value)
