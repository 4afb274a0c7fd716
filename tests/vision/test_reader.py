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
    (slots,) = opened(tmp_path, graphs.fixed_reader("AB12CDE", 0.9)).read([grey(9)])
    assert slots.shape == (SLOTS, CLASSES)
    assert decode(slots) == "AB12CDE"
    assert confidence(slots) == pytest.approx(0.9**10, rel=1e-4)


def test_each_crop_of_a_batch_has_its_own_read(tmp_path: Path) -> None:
    """Reads come in the order of the crops, and one at a time gives the same."""
    reader = opened(tmp_path, graphs.brightness_reader())
    crops = [grey(level) for level in (190, 5, 110, 45)]
    together = reader.read(crops)
    assert [decode(slots) for slots in together] == ["9", "0", "5", "2"]
    assert np.array_equal(np.concatenate([reader.read([crop]) for crop in crops]), together)


def test_no_crop_is_no_read(tmp_path: Path) -> None:
    """An empty batch does not reach the model."""
    assert opened(tmp_path, graphs.fixed_reader("A1")).read([]).shape == (0, SLOTS, CLASSES)


@pytest.mark.parametrize("scale", [0.5, 3.0, -1.0])
def test_slots_that_are_no_distributions_are_an_error(tmp_path: Path, scale: float) -> None:
    """A model exported without its softmax is refused rather than believed."""
    reader = opened(tmp_path, graphs.slots_reader(graphs.distribution("A1") * np.float32(scale)))
    with pytest.raises(ModelError, match="no probabilities"):
        reader.read([grey(9)])


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
