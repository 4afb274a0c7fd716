"""Tests of counting what a model costs."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from edge.config.packed import packed
from edge.errors import ModelError
from edge.vision.cards import load_card
from edge.vision.cost import multiplications
from edge.vision.session import trace
from tests.vision import graphs


@pytest.mark.parametrize("name", ["detector", "reader"])
def test_the_packed_models_cost_what_their_cards_say(name: str) -> None:
    """The count of a run agrees with the one that the export made from the graph."""
    card = load_card(str(packed("weights") / f"{name}.toml"))
    assert multiplications(trace(card)) == pytest.approx(card.macs, rel=0.01)


@pytest.mark.parametrize("turned", [0, 1])
def test_products_count_rows_times_columns_times_depth(tmp_path: Path, turned: int) -> None:
    """A Gemm of (2, 5) and (5, 37), either way round, and a MatMul after it."""
    weights = np.zeros((37, 5) if turned else (5, 37), np.float32)
    nodes = [
        graphs.node("Cast", ["crops"], "floats", to=onnx.TensorProto.FLOAT),
        graphs.node("ReduceMax", ["floats"], "peak", keepdims=0),
        graphs.node("Mul", ["peak", "rows"], "given"),
        graphs.node("Gemm", ["given", "weights"], "product", transB=turned),
        graphs.node("MatMul", ["product", "square"], "slots"),
    ]
    constants = {
        "rows": np.ones((2, 5), np.float32),
        "weights": weights,
        "square": np.zeros((37, 37), np.float32),
    }
    inward, outward = ("crops", "uint8", ("N", 64, 160)), ("slots", "float32", (2, 37))
    card = graphs.write(tmp_path, "reader", graphs.model(nodes, inward, outward, constants))
    assert multiplications(trace(load_card(str(card)))) == 2 * 5 * 37 + 2 * 37 * 37


def test_what_cannot_be_counted_is_not_guessed() -> None:
    """A model with an operator of another kind has no count."""
    assert multiplications([{"op_name": "Relu"}, {"op_name": "LSTM"}]) == 0


def test_a_model_that_cannot_run_is_told(tmp_path: Path) -> None:
    """The failure names the file."""
    nodes = [
        graphs.node("Cast", ["crops"], "floats", to=onnx.TensorProto.FLOAT),
        graphs.node("Reshape", ["floats", "shape"], "slots"),
    ]
    model = graphs.model(
        nodes,
        ("crops", "uint8", ("N", 64, 160)),
        ("slots", "float32", ("N", "s", "c")),
        {"shape": np.array([7, 7, 7])},
    )
    with pytest.raises(ModelError, match=r"reader\.onnx: failed in its run"):
        trace(load_card(str(graphs.write(tmp_path, "reader", model))))
