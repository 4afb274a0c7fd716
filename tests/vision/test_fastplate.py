"""Tests of fast-plate-ocr readers in the line."""

import json
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

from edge.config.zones import ZonesSection
from edge.errors import ModelError, PictureError
from edge.plates.alphabet import BLANK, CHARACTERS, SLOTS, decode
from edge.records import Frame
from edge.vision.cards import load_card
from edge.vision.picture import PictureReader, open_picture_reader
from edge.vision.reader import Reader
from edge.vision.rectify import corners_of_box
from edge.vision.session import Session
from tests.fakes import START, FakeClock
from tests.vision import foreign_graphs as foreign
from tests.vision import graphs
from tests.vision.conftest import detector_section, reader_section

PLATE = (30, 110, 190)  # BGR; as grey 125
BOX = (600, 400, 720, 430)


def opened(folder: Path, what: onnx.ModelProto, yaml: str) -> Reader:
    reader = Reader(Session(load_card(str(foreign.write(folder, "ocr", what, yaml))), 1))
    reader.start()
    return reader


def refused(folder: Path, what: onnx.ModelProto, yaml: str) -> str:
    with pytest.raises(ModelError) as caught:
        opened(folder, what, yaml)
    return str(caught.value)


def plate() -> np.ndarray:
    """A picture that is all plate, 120 x 30, of one colour."""
    return np.full((30, 120, 3), PLATE, np.uint8)


def read(reader: Reader, image: np.ndarray, margin: float = 0.0) -> str:
    high, wide = image.shape[:2]
    crop = reader.cut(image, corners_of_box((0, 0, wide, high)), margin)
    return decode(reader.read([crop]).slots[0])


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize(
    ("mode", "more", "keep", "text"),
    [
        ("rgb", (), "false", "95199"),  # red, green, blue; the plate fills the input
        ("rgb", ("padding_color: [130, 90, 50]",), "true", "95169"),  # a bar of red 130 above
        ("rgb", (), "true", "95159"),  # their default bar, 114
        ("grayscale", (), "false", "666"),
        ("grayscale", ("padding_color: 41",), "true", "626"),
    ],
)
def test_colour_and_aspect_are_as_the_config_says(
    tmp_path: Path, mode: str, more: tuple[str, ...], keep: str, text: str, flat: bool
) -> None:
    """Channel order, grey, stretching, bars and their colour reach the model as in its training."""
    what = foreign.pixel_reader(3 if mode == "rgb" else 1, flat=flat)
    reader = opened(tmp_path, what, foreign.config(mode, *more, keep=keep))
    assert read(reader, plate()) == text


@pytest.mark.parametrize("keep", ["true", "false"])
@pytest.mark.parametrize("interpolation", ["nearest", "linear", "cubic", "area", "lanczos4"])
def test_a_cut_is_what_their_own_resize_gives(
    tmp_path: Path, interpolation: str, keep: str
) -> None:
    """An upright box at whole pixels gives the very pixels of a crop, resized as they do it."""
    yaml = foreign.config("rgb", keep=keep).replace("linear", interpolation)
    reader = opened(tmp_path, foreign.pixel_reader(3), yaml)
    image = np.random.default_rng(1).integers(0, 256, (200, 300, 3), np.uint8)
    given = reader.cut(image, corners_of_box((50, 60, 190, 110)), 0.0)
    how = getattr(cv2, f"INTER_{interpolation.upper()}")
    size = (128, round(50 * 128 / 140)) if keep == "true" else (128, 64)
    want = cv2.resize(image[60:110, 50:190], size, interpolation=how)[:, :, ::-1]
    top = (64 - size[1]) // 2
    assert np.array_equal(given[top : top + size[1]], want)


def test_texts_shorter_than_ours_end_in_blanks(tmp_path: Path) -> None:
    """Six slots become ten: the pad is our blank, and slots that are missing are blank for sure."""
    what = foreign.pixel_reader(1, slots=6)
    reader = opened(tmp_path, what, foreign.config("grayscale", slots=6))
    crop = reader.cut(plate(), corners_of_box((0, 0, 120, 30)), 0.0)
    (slots,) = reader.read([crop]).slots
    assert slots.shape == (SLOTS, len(CHARACTERS) + 1)
    assert slots.sum(axis=1) == pytest.approx(np.ones(SLOTS), abs=1e-5)
    assert slots[3:6, BLANK] == pytest.approx([0.99] * 3)
    assert slots[6:, BLANK].tolist() == [1.0] * 4


def test_another_order_of_the_alphabet(tmp_path: Path) -> None:
    """Classes are told apart by the config's alphabet, not by their places."""
    alphabet = "_" + CHARACTERS[::-1]
    what = foreign.pixel_reader(1, alphabet=alphabet)
    reader = opened(tmp_path, what, foreign.config("grayscale", alphabet=alphabet))
    assert read(reader, plate()) == "UUU"  # the sixth class after the pad


def test_a_model_that_skips_a_plate_is_an_error(tmp_path: Path) -> None:
    """Fewer answers than plates would give one plate's text to another."""
    what = foreign.pixel_reader(1)
    what.graph.node[-1].output[0] = "all"
    what.graph.node.append(graphs.node("Slice", ["all", "nil", "one", "nil"], "plate"))
    reader = opened(tmp_path, what, foreign.config("grayscale"))
    crop = np.zeros((64, 128, 1), np.uint8)
    with pytest.raises(ModelError, match="read 1 crops of 3 in 'plate'"):
        reader.read([crop, crop, crop])


def test_formats_are_not_mixed_up(tmp_path: Path) -> None:
    """A detector's format on a reader, and a grey model called rgb, are told by the card."""
    card = foreign.write(tmp_path, "ocr", foreign.pixel_reader(1), foreign.config("grayscale"))
    text = card.read_text("utf-8")
    for was, lie, words in (
        ('"fast-plate-ocr"', '"yolov9-end-to-end"', "is a detector's"),
        ('colour = "grey"', 'colour = "rgb"', "no card of a fast-plate-ocr reader"),
        ('task = "reader"', 'task = "detector"', "no card of a fast-plate-ocr reader"),
    ):
        card.write_text(text.replace(was, lie), "utf-8")
        with pytest.raises(ModelError, match=words):
            Reader(Session(load_card(str(card)), 1)).start()


def test_a_model_of_one_plate_at_a_time(tmp_path: Path) -> None:
    """A file with a fixed batch of 1 reads many plates one after the other."""
    reader = opened(tmp_path, foreign.pixel_reader(1, batch=1), foreign.config("grayscale"))
    crops = [np.full((64, 128, 1), level, np.uint8) for level in (25, 105, 245)]
    assert [decode(slots) for slots in reader.read(crops).slots] == ["111", "555", "CCC"]
    assert reader.read([]).slots.shape == (0, SLOTS, 37)


def test_regions_become_jurisdictions(tmp_path: Path) -> None:
    """Names become codes where one thing is meant; the same add up, the others are unknown."""
    names = ["Germany", "United States", "Texas", "Great Britain", "United Kingdom", "Unknown"]
    lines = ["plate_regions:", *(f"  - {name}" for name in names)]
    what = foreign.pixel_reader(1, regions=[0.1, 0.2, 0.3, 0.15, 0.2, 0.05])
    reader = opened(tmp_path, what, foreign.config("grayscale", *lines))
    assert reader.card.jurisdictions == ("eu-de", "unknown", "us-tx", "uk", "uk", "unknown")
    crop = reader.cut(plate(), corners_of_box((0, 0, 120, 30)), 0.0)
    told = reader.read([crop, crop]).jurisdictions
    assert told[1] == pytest.approx({"eu-de": 0.1, "us-tx": 0.3, "uk": 0.35})


def test_a_region_head_without_names_is_left_out(tmp_path: Path) -> None:
    """As in fast-plate-ocr, regions count only where both the file and its config have them."""
    what = foreign.pixel_reader(1, regions=[0.5, 0.5])
    reader = opened(tmp_path, what, foreign.config("grayscale"))
    crop = reader.cut(plate(), corners_of_box((0, 0, 120, 30)), 0.0)
    assert reader.read([crop]).jurisdictions == ({},)
    named = foreign.config("grayscale", "plate_regions: [Germany, France]")
    assert opened(tmp_path, foreign.pixel_reader(1), named).card.jurisdictions == ()


@pytest.mark.parametrize(
    ("what", "yaml", "words"),
    [
        ({"slots": 12}, {"slots": 12}, "texts here have at most 10"),
        ({"alphabet": "01ABÄ_"}, {"alphabet": "01ABÄ_"}, "its alphabet has 'Ä'"),
        ({"alphabet": "01AB-_"}, {"alphabet": "01AB-_"}, "its alphabet has '-'"),
        ({}, {"alphabet": "0123456789_"}, "the file has float32"),
        ({}, {"slots": 8}, "the file has float32"),
        ({}, {"size": (32, 128)}, "the file has uint8"),
        ({"regions": [0.5, 0.5]}, {"regions": "[A, B, C]"}, "the file has float32"),
        ({"regions": [0.5, 0.7]}, {"regions": "[A, B]"}, "'jurisdiction' are no probabilities"),
    ],
)
def test_a_config_that_cannot_be_kept_is_refused(
    tmp_path: Path, what: dict[str, object], yaml: dict[str, object], words: str
) -> None:
    """What the file or our texts cannot keep, slots to regions, is refused at start."""
    lines = [f"plate_regions: {names}" for key, names in yaml.items() if key == "regions"]
    said = {key: value for key, value in yaml.items() if key != "regions"}
    told = foreign.config("grayscale", *lines, **said)
    message = refused(tmp_path, foreign.pixel_reader(1, **what), told)
    assert words in message
    assert str(tmp_path / "ocr.") in message


def test_a_card_without_its_plate_part_is_refused(tmp_path: Path) -> None:
    """The format needs slots and pad; a pad that is a character of plates is refused as well."""
    card = foreign.write(tmp_path, "ocr", foreign.pixel_reader(1), foreign.config("grayscale"))
    text = card.read_text("utf-8")
    start, end = text.index("[plate]"), text.index("[made]")
    card.write_text(text[:start] + text[end:], "utf-8")
    with pytest.raises(ModelError, match=r"needs a part \[plate\]"):
        Reader(Session(load_card(str(card)), 1)).start()
    card.write_text(text.replace('pad = "_"', 'pad = "0"'), "utf-8")
    with pytest.raises(ModelError, match="its alphabet has '_'"):
        Reader(Session(load_card(str(card)), 1)).start()


@pytest.mark.parametrize("far", [float("nan"), float("inf")])
def test_corners_that_are_no_numbers_are_an_error(tmp_path: Path, far: float) -> None:
    """As with our own reader, such corners are told and not guessed."""
    reader = opened(tmp_path, foreign.pixel_reader(1), foreign.config("grayscale"))
    with pytest.raises(PictureError):
        reader.cut(plate(), corners_of_box((0, 0, far, 30)), 0.0)


def test_a_box_of_absurd_size_costs_no_memory(tmp_path: Path) -> None:
    """A detector that is wrong by orders of magnitude gives a crop all the same."""
    reader = opened(tmp_path, foreign.pixel_reader(3), foreign.config("rgb", keep="true"))
    assert reader.cut(plate(), corners_of_box((-3e6, -3e6, 4e6, 5e6)), 0.1).shape == (64, 128, 3)


def pictures(folder: Path, **changes: object) -> PictureReader:
    """Return the line's first half with both foreign models, from sections alone."""
    yaml = foreign.config("rgb", "plate_regions: [Brazil, United States]", keep="true")
    reader = foreign.pixel_reader(3, regions=[0.9, 0.1])
    return open_picture_reader(
        detector_section(foreign.write(folder, "yolo", foreign.red_detector()), **changes),
        reader_section(foreign.write(folder, "ocr", reader, yaml), margin=0.0),
        ZonesSection(interest=(), ignore=(), direction=(), sense="both"),
        FakeClock(),
    )


def test_both_foreign_models_run_in_the_line(tmp_path: Path) -> None:
    """A frame goes through their detector and their reader to a read with box, text and place."""
    image = np.full((720, 1280, 3), (250, 30, 20), np.uint8)
    image[BOX[1] : BOX[3], BOX[0] : BOX[2]] = foreign.RED
    (read_,) = pictures(tmp_path).read(Frame(image, START)).reads
    assert read_.detection.box == pytest.approx(BOX, abs=3.4)
    assert read_.text == "C115C"  # the plate's RGB, a bar above, the plate's left end
    assert read_.jurisdiction == pytest.approx({"br": 0.9})
    assert json.dumps(dict(read_.jurisdiction))
