"""Tests of the detector, on real sessions."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from edge.errors import ModelError, PictureError
from edge.vision.cards import load_card
from edge.vision.detector import Detector
from edge.vision.session import Session
from tests.vision import graphs
from tests.vision.conftest import detector_section


def opened(
    folder: Path, model: onnx.ModelProto, side_multiple: int = 0, **changes: object
) -> Detector:
    card = graphs.write(folder, "detector", model, side_multiple=side_multiple)
    detector = Detector(Session(load_card(str(card)), 1), detector_section(card, **changes))
    detector.start()
    return detector


@pytest.mark.parametrize(
    ("shape", "given"),
    [
        ((720, 1280), (384, 640)),
        ((960, 1280), (384, 512)),
        ((1280, 720), (384, 256)),
        ((200, 300), (256, 320)),
        ((64, 64), (64, 64)),
        ((1, 4000), (64, 640)),
    ],
)
def test_an_input_of_open_sides_is_no_larger_than_the_frame_needs(
    tmp_path: Path, shape: tuple[int, int], given: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sides are rounded up to what the card allows, and the plate is found where it is."""
    detector = opened(tmp_path, graphs.bright_detector(any_size=True), 64, min_width=0.0)
    shown: list[tuple[int, ...]] = []
    run = Session.run

    def noted(self: Session, array: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        shown.append(array.shape)
        return run(self, array)

    monkeypatch.setattr(Session, "run", noted)
    image = np.full((*shape, 3), 255, np.uint8)
    (found,) = detector.detect(image)
    assert shown == [(1, *given, 3)]
    pixel = max(1.0, shape[1] / 640, shape[0] / 384)
    assert found.box == pytest.approx((0, 0, shape[1], shape[0]), abs=pixel)


def fixed(folder: Path, *rows: list[float], **changes: object) -> Detector:
    return opened(folder, graphs.fixed_detector(np.array(rows, np.float32)), **changes)


@pytest.mark.parametrize("shape", [(720, 1280), (384, 640), (2160, 3840), (200, 300), (1000, 400)])
def test_boxes_are_in_pixels_of_the_frame(tmp_path: Path, shape: tuple[int, int]) -> None:
    """A plate is found where it is, whatever the size of the frame."""
    image = np.zeros((*shape, 3), np.uint8)
    x1, y1, x2, y2 = shape[1] // 4, shape[0] // 2, shape[1] // 2, shape[0] * 5 // 8
    image[y1:y2, x1:x2] = 255
    (found,) = opened(tmp_path, graphs.bright_detector()).detect(image)
    pixel = max(1.0, shape[1] / 640, shape[0] / 384)  # of the input, in those of the frame
    assert found.box == pytest.approx((x1, y1, x2, y2), abs=pixel)
    assert found.corners[2] == pytest.approx([x2, y2], abs=pixel)
    assert found.score == pytest.approx(0.9)


@pytest.mark.parametrize("over", [0.0, 100.0])
def test_a_large_plate_is_where_it_is_after_a_second_look_too(tmp_path: Path, over: float) -> None:
    """The smaller picture of the second look gives the same place, in pixels of the frame."""
    image = np.zeros((720, 1280, 3), np.uint8)
    image[200:400, 300:900] = 255
    detector = opened(tmp_path, graphs.bright_detector(), look_again_over=over)
    (found,) = detector.detect(image)
    assert found.box == pytest.approx((300, 200, 900, 400), abs=9)  # 2 pixels of the smaller one


def test_no_plate_is_an_empty_list(tmp_path: Path) -> None:
    """A picture without a plate gives none."""
    detector = opened(tmp_path, graphs.bright_detector())
    assert detector.detect(np.zeros((720, 1280, 3), np.uint8)) == []


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 1), (2160, 3840, 1), (3, 4000, 3), (90, 70, 4)])
def test_any_picture_is_taken(tmp_path: Path, shape: tuple[int, ...]) -> None:
    """One pixel, 4K, grey and BGRA pictures run through the model; the boxes stay in the frame."""
    detector = opened(tmp_path, graphs.bright_detector(), min_width=0.0)
    for found in detector.detect(np.full(shape, 255, np.uint8)):
        x1, y1, x2, y2 = found.box
        assert 0 <= x1 < x2 <= shape[1]
        assert 0 <= y1 < y2 <= shape[0]


def test_twenty_plates_are_found_best_first(tmp_path: Path) -> None:
    """All of a full street are told, in order of score, though the model gave them in another."""
    rows = [
        graphs.row(
            0.5 + 0.02 * i,
            (10 + 120 * (i % 5), 10 + 90 * (i // 5), 90 + 120 * (i % 5), 40 + 90 * (i // 5)),
        )
        for i in range(20)
    ]
    found = fixed(tmp_path, *rows).detect(np.zeros((384, 640, 3), np.uint8))
    assert len(found) == 20
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    assert len(fixed(tmp_path, *rows, max_plates=3).detect(np.zeros((9, 9, 3), np.uint8))) <= 3


def test_unlikely_narrow_and_doubled_plates_are_dropped(tmp_path: Path) -> None:
    """Low scores, plates too narrow to read, and second boxes of one plate are not told."""
    detector = fixed(
        tmp_path,
        graphs.row(0.9, (100, 100, 200, 130)),
        graphs.row(0.8, (105, 102, 205, 133)),
        graphs.row(0.7, (120, 105, 180, 125)),
        graphs.row(0.6, (300, 300, 320, 310)),
        graphs.row(0.3, (400, 100, 500, 130)),
    )
    found = detector.detect(np.zeros((384, 640, 3), np.uint8))
    assert [one.score for one in found] == pytest.approx([0.9])


def test_a_plate_at_the_edge_is_clipped_but_keeps_its_corners(tmp_path: Path) -> None:
    """The box ends at the frame; the corners may lie beyond, where the plate goes on."""
    (found,) = fixed(tmp_path, graphs.row(0.9, (-30, 350, 70, 400))).detect(
        np.zeros((384, 640, 3), np.uint8)
    )
    assert found.box == (0.0, 350.0, 70.0, 384.0)
    assert found.corners.min() == -30


def test_corners_that_make_no_plate_are_replaced_by_the_box(tmp_path: Path) -> None:
    """A mirrored quadrilateral would read backwards: the box's own corners are used."""
    row = graphs.row(0.9, (100, 100, 200, 130))
    row[5:] = [200, 100, 100, 100, 100, 130, 200, 130]
    (found,) = fixed(tmp_path, row).detect(np.zeros((384, 640, 3), np.uint8))
    assert found.corners.tolist() == [[100, 100], [200, 100], [200, 130], [100, 130]]


def test_a_score_that_is_no_probability_is_an_error(tmp_path: Path) -> None:
    """A model exported without its sigmoid is refused rather than believed."""
    with pytest.raises(ModelError, match="scores are no probabilities"):
        fixed(tmp_path, graphs.row(7.5, (100, 100, 200, 130)))


def test_an_empty_frame_is_an_error(tmp_path: Path) -> None:
    """A frame without pixels is no frame without plates."""
    detector = opened(tmp_path, graphs.bright_detector())
    with pytest.raises(PictureError):
        detector.detect(np.zeros((0, 640, 3), np.uint8))


def test_a_readers_card_makes_no_detector(tmp_path: Path) -> None:
    """The wrong card in the settings is told in words."""
    card = graphs.write(tmp_path, "reader", graphs.fixed_reader("A1"))
    detector = Detector(Session(load_card(str(card)), 1), detector_section(card))
    with pytest.raises(ModelError, match="no card of a detector"):
        detector.start()
