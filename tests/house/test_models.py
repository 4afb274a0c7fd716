"""Weights come with a card, a digest and a line in the manifest."""

import hashlib
import tomllib
from typing import Any

import pytest

from edge.plates import alphabet
from edge.vision.cards import load_card
from scripts.bench_macs import macs, parameters
from tests.house.tree import ROOT, tracked

WEIGHTS = [ROOT / file for file in tracked("models/weights/*") if file.suffix != ".toml"]
ONNX = [file for file in WEIGHTS if file.suffix == ".onnx"]


def manifest() -> dict[str, Any]:
    return tomllib.loads((ROOT / "models" / "manifest.toml").read_text("utf-8"))


def mentions(tree: Any, word: str) -> bool:
    """Say whether *word* is a key or a value anywhere in *tree*."""
    if isinstance(tree, dict):
        return any(mentions(key, word) or mentions(value, word) for key, value in tree.items())
    if isinstance(tree, list):
        return any(mentions(value, word) for value in tree)
    return str(tree).rsplit("/", 1)[-1] == word


def test_there_is_a_detector_and_a_reader() -> None:
    """The two models that the defaults name are part of the sources."""
    assert {file.name for file in ONNX} >= {"detector.onnx", "reader.onnx"}


def test_nothing_but_models_lies_among_the_weights() -> None:
    """The folder goes into the wheel whole, so nothing else may lie in it."""
    assert [file.name for file in WEIGHTS if file.suffix not in {".onnx"}] in ([], [".gitkeep"])


@pytest.mark.parametrize("file", ONNX, ids=lambda file: file.name)
def test_every_weight_has_a_card_that_keeps_its_digest(file: Any) -> None:
    """The card loads, and it tells colour, shapes, scores, data and licence."""
    card = load_card(str(file.with_suffix(".toml")))
    assert card.file == file.name
    assert card.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert card.macs == pytest.approx(macs(file, given=card.shape_of_one), rel=0.02)
    assert card.parameters == pytest.approx(parameters(file), rel=0.02)
    assert card.scores, "a card without scores promises nothing"
    assert card.made.data
    assert card.made.licence
    assert card.made.command
    if card.task == "reader":
        assert card.alphabet == alphabet.CHARACTERS


@pytest.mark.parametrize("file", ONNX, ids=lambda file: file.name)
def test_every_weight_is_in_the_manifest(file: Any) -> None:
    """models/manifest.toml names the file and its digest."""
    listed = manifest()
    assert mentions(listed, file.name)
    assert mentions(listed, hashlib.sha256(file.read_bytes()).hexdigest())
