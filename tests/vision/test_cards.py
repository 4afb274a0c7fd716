"""Tests of model cards."""

from pathlib import Path

import pytest

from edge.errors import ModelError
from edge.vision.cards import load_card
from tests.vision import graphs


def refused(card: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_card(str(card))
    return str(caught.value)


def test_a_card_knows_its_weights(tmp_path: Path) -> None:
    """A sound card gives the path of the weights beside it."""
    card = load_card(str(graphs.write(tmp_path, "reader", graphs.fixed_reader("A1"))))
    assert card.weights == tmp_path / "reader.onnx"
    assert card.input.shape == (-1, 64, 160)


def test_missing_files_are_named(tmp_path: Path) -> None:
    """A card that is not there, and weights that are not there, are named with their path."""
    assert str(tmp_path / "no.toml") in refused(tmp_path / "no.toml")
    card = graphs.write(tmp_path, "reader", graphs.fixed_reader("A1"))
    (tmp_path / "reader.onnx").unlink()
    assert str(tmp_path / "reader.onnx") in refused(card)


def test_other_weights_than_the_cards_are_refused(tmp_path: Path) -> None:
    """A file that was changed or mixed up is refused by its digest."""
    card = graphs.write(tmp_path, "reader", graphs.fixed_reader("A1"))
    with (tmp_path / "reader.onnx").open("ab") as weights:
        weights.write(b"x")
    assert "SHA-256" in refused(card)


@pytest.mark.parametrize(
    ("task", "step", "words"),
    [
        ("reader", 32, "only for detectors"),
        ("detector", 50, "no multiples"),
        ("detector", -1, "side_multiple"),
    ],
)
def test_smaller_inputs_are_promised_by_detectors_alone(
    tmp_path: Path, task: str, step: int, words: str
) -> None:
    """A step of sides that cannot be is refused in words."""
    model = graphs.fixed_reader("A1") if task == "reader" else graphs.bright_detector()
    message = refused(graphs.write(tmp_path, task, model, side_multiple=step))
    assert words in message
    assert str(tmp_path / f"{task}.toml") in message


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sha256": '"abc"'}, "sha256"),
        ({"wheels": "4"}, "wheels"),
        ({"task": '"cook"'}, "task"),
        ({"task": "= ="}, "not a TOML card"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, changes: dict[str, str], words: str) -> None:
    """A field that is wrong, unknown or no TOML is named with the card's path."""
    card = graphs.write(tmp_path, "reader", graphs.fixed_reader("A1"), **changes)
    message = refused(card)
    assert str(card) in message
    assert words in message
