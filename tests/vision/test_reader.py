"""Tests of the reader, on real sessions."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from edge.errors import ModelError
from edge.plates.alphabet import CLASSES, SLOTS, confidence, decode
from edge.vision.cards import load_card
from edge.vision.reader import Reader
from edge.vision.session import Session
from tests.vision import graphs


def opened(folder: Path, model: onnx.ModelProto, **changes: object) -> Reader:
    card = graphs.write(folder, "reader", model, **changes)
    reader = Reader(Session(load_card(str(card)), 1))
    reader.start()
    return reader


def grey(level: int) -> np.ndarray:
    return np.full((graphs.CROP_HEIGHT, graphs.CROP_WIDTH), level, np.uint8)


def test_a_text_is_read(tmp_path: Path) -> None:
    """The slots of a crop decode to its text, with the product of their probabilities."""
    readings = opened(tmp_path, graphs.fixed_reader("AB12CDE", 0.9)).read([grey(9)])
    (slots,) = readings.slots
    assert slots.shape == (SLOTS, CLASSES)
    assert decode(slots) == "AB12CDE"
    assert confidence(slots) == pytest.approx(0.9**10, rel=1e-4)


def test_each_crop_of_a_batch_has_its_own_read(tmp_path: Path) -> None:
    """Reads come in the order of the crops, and one at a time gives the same."""
    reader = opened(tmp_path, graphs.brightness_reader())
    crops = [grey(level) for level in (190, 5, 110, 45)]
    together = reader.read(crops).slots
    assert [decode(slots) for slots in together] == ["9", "0", "5", "2"]
    assert np.array_equal(np.concatenate([reader.read([crop]).slots for crop in crops]), together)


def test_no_crop_is_no_read(tmp_path: Path) -> None:
    """An empty batch does not reach the model."""
    readings = opened(tmp_path, graphs.fixed_reader("A1")).read([])
    assert readings.slots.shape == (0, SLOTS, CLASSES)
    assert readings.jurisdictions == ()


@pytest.mark.parametrize("scale", [0.5, 3.0, -1.0])
def test_slots_that_are_no_distributions_are_an_error(tmp_path: Path, scale: float) -> None:
    """A model exported without its softmax is refused at its start rather than believed."""
    with pytest.raises(ModelError, match="no probabilities"):
        opened(tmp_path, graphs.slots_reader(graphs.distribution("A1") * np.float32(scale)))


@pytest.mark.parametrize(
    "changes",
    [
        {"alphabet": '"ABC"'},
        {"colour": '"bgr"'},
        {"task": '"detector"'},
        {"output": '{name="slots",shape=[-1,8,37],dtype="float32",meaning=""}'},
        {"input": '{name="crops",shape=[1,64,160],dtype="uint8",meaning=""}'},
    ],
)
def test_a_card_of_another_kind_is_refused(tmp_path: Path, changes: dict[str, str]) -> None:
    """Another alphabet, colour, task or shape than this version's is told in words."""
    with pytest.raises(ModelError, match="no card of a reader that this version runs"):
        opened(tmp_path, graphs.fixed_reader("A1"), **changes)


def test_a_reader_says_where_plates_are_from(tmp_path: Path) -> None:
    """Each crop has a probability by code; what is unknown is left out."""
    model = graphs.placed_reader("A1", [0.7, 0.2, 0.1])
    reader = opened(tmp_path, model, **graphs.jurisdictions("us-ct", "eu-de", "unknown"))
    told = reader.read([grey(9), grey(200)]).jurisdictions
    assert [set(one) for one in told] == [{"us-ct", "eu-de"}] * 2
    assert told[0] == pytest.approx({"us-ct": 0.7, "eu-de": 0.2})


def test_a_reader_without_places_names_none(tmp_path: Path) -> None:
    """A card without jurisdictions gives an empty answer for each crop, whatever the file has."""
    assert opened(tmp_path, graphs.fixed_reader("A1")).read([grey(9)]).jurisdictions == ({},)
    (told,) = opened(tmp_path, graphs.placed_reader("A1", [0.5, 0.5])).read([grey(9)]).jurisdictions
    assert told == {}


@pytest.mark.parametrize(
    ("shares", "changes", "words"),
    [
        ([0.7, 0.3], {"jurisdictions": '["us-ct", "unknown"]'}, "it says no such output"),
        ([0.7, 0.3], graphs.jurisdictions("us-ct", "eu-de", "unknown"), "the file has float32"),
        ([0.7, 0.3], graphs.jurisdictions("us-ct", "unknown", shape=(-1, 3)), "float32 (-1, 2)"),
        ([0.7, 0.3], graphs.jurisdictions("us-ct", "eu-de"), "the last 'unknown'"),
        ([0.7, 0.2, 0.1], graphs.jurisdictions("uk", "uk", "unknown"), "each stand once"),
        ([0.7, 0.9], graphs.jurisdictions("us-ct", "unknown"), "'jurisdiction' are no probab"),
        ([1.7, -0.7], graphs.jurisdictions("us-ct", "unknown"), "'jurisdiction' are no probab"),
        ([0.7, 0.3], graphs.jurisdictions("Texas", "unknown"), "jurisdictions.0"),
    ],
)
def test_a_lie_about_places_is_refused_at_start(
    tmp_path: Path, shares: list[float], changes: dict[str, str], words: str
) -> None:
    """Codes, their number, their order and their sum to 1 are held before the first plate."""
    with pytest.raises(ModelError) as caught:
        opened(tmp_path, graphs.placed_reader("A1", shares), **changes)
    assert words in str(caught.value)
    assert str(tmp_path / "reader.") in str(caught.value)
