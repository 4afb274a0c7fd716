"""Small ONNX models with cards, so that the runtime is tested with real sessions.

The detector of a bright rectangle and the readers of a fixed text or of a crop's brightness keep
the promises of the real ones; the broken ones each break a single promise.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from edge.plates.alphabet import CHARACTERS, CLASSES, SLOTS, encode

HEIGHT, WIDTH = 384, 640
CROP_HEIGHT, CROP_WIDTH = 64, 160

Outward = tuple[str, str, Sequence[int | str]]
_TYPES = {"uint8": TensorProto.UINT8, "float32": TensorProto.FLOAT}


def node(kind: str, inputs: list[str], output: str, **attributes: object) -> onnx.NodeProto:
    return helper.make_node(kind, inputs, [output], **attributes)


def model(
    nodes: Sequence[onnx.NodeProto],
    inward: tuple[str, str, Sequence[int | str]],
    outward: Outward | Sequence[Outward],
    constants: dict[str, NDArray[np.generic]],
) -> onnx.ModelProto:
    """Return a model of one input and its outputs, each a name, a dtype and a shape."""
    outputs = [outward] if isinstance(outward[0], str) else outward
    sides = [helper.make_tensor_value_info(n, _TYPES[t], s) for n, t, s in (inward, *outputs)]
    weights = [numpy_helper.from_array(array, name) for name, array in constants.items()]
    graph = helper.make_graph(nodes, "test", sides[:1], sides[1:], weights)
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("elsewhere", 1)]
    return helper.make_model(graph, opset_imports=imports, ir_version=8)


def bright_detector(*, any_size: bool = False) -> onnx.ModelProto:
    """A detector that finds the rectangle about all pixels brighter than 200, score 0.9."""
    nodes = [
        node("Cast", ["image"], "pixels", to=TensorProto.FLOAT),
        node("ReduceMax", ["pixels"], "luma", axes=[0, 3], keepdims=0),
        node("Greater", ["luma", "level"], "lit"),
        node("Cast", ["lit"], "mask", to=TensorProto.FLOAT),
        node("ReduceMax", ["mask"], "columns", axes=[0], keepdims=0),
        node("ReduceMax", ["mask"], "rows", axes=[1], keepdims=0),
        node("ReduceMax", ["mask"], "any", axes=[0, 1], keepdims=0),
        node("Mul", ["any", "sure"], "flat_score"),
        node("Reshape", ["flat_score", "one"], "score"),
    ]
    for side, axis in (("x", "columns"), ("y", "rows")):
        nodes += [
            node("ArgMax", [axis], f"{side}1_", axis=0, keepdims=1),
            node("ArgMax", [axis], f"{side}2_", axis=0, keepdims=1, select_last_index=1),
            node("Cast", [f"{side}1_"], f"{side}1", to=TensorProto.FLOAT),
            node("Cast", [f"{side}2_"], f"{side}2__", to=TensorProto.FLOAT),
            node("Add", [f"{side}2__", "step"], f"{side}2"),
        ]
    order = ["score", "x1", "y1", "x2", "y2", "x1", "y1", "x2", "y1", "x2", "y2", "x1", "y2"]
    nodes += [
        node("Concat", order, "row", axis=0),
        node("Reshape", ["row", "shape"], "plates"),
    ]
    constants = {
        "level": np.float32(200),
        "sure": np.float32(0.9),
        "one": np.array([1]),
        "step": np.ones(1, np.float32),
        "shape": np.array([1, 1, 13]),
    }
    return _detector(nodes, 1, constants, any_size=any_size)


def fixed_detector(rows: NDArray[np.float32]) -> onnx.ModelProto:
    """A detector that gives the same ``(K, 13)`` *rows* for every frame."""
    nodes = [*_nothing("image"), node("Add", ["nothing", "rows"], "plates")]
    return _detector(nodes, len(rows), {"rows": rows[None].astype(np.float32)})


def row(score: float, box: tuple[float, float, float, float]) -> list[float]:
    """A detector's row whose corners are those of its box, in pixels of the input."""
    x1, y1, x2, y2 = box
    return [score, x1, y1, x2, y2, x1, y1, x2, y1, x2, y2, x1, y2]


def fixed_reader(text: str, sure: float = 0.9) -> onnx.ModelProto:
    """A reader that gives *text* for every crop, each slot with probability *sure*."""
    return slots_reader(distribution(text, sure))


def distribution(text: str, sure: float = 0.9) -> NDArray[np.float32]:
    """Return ``(SLOTS, CLASSES)``: *text* with *sure* in each slot, the rest spread evenly."""
    slots = np.full((SLOTS, CLASSES), (1 - sure) / (CLASSES - 1), np.float32)
    slots[np.arange(SLOTS), encode(text)] = sure
    return slots


def slots_reader(slots: NDArray[np.float32]) -> onnx.ModelProto:
    """A reader that gives the same *slots* for every crop."""
    nodes = [*_batch(), node("Add", ["nothing", "fixed"], "slots")]
    return _reader(nodes, {"fixed": slots[None]})


def brightness_reader() -> onnx.ModelProto:
    """A reader whose first character tells the crop's mean grey: 0 for black, 9 for 180..199."""
    nodes = [
        node("Cast", ["crops"], "pixels", to=TensorProto.FLOAT),
        node("ReduceMean", ["pixels"], "mean", axes=[1, 2], keepdims=0),
        node("Div", ["mean", "twenty"], "level"),
        node("Floor", ["level"], "digit"),
        node("Cast", ["digit"], "index", to=TensorProto.INT64),
        node("OneHot", ["index", "depth", "values"], "hot", axis=-1),
        node("Unsqueeze", ["hot", "one"], "first"),
        *_batch(),
        node("Add", ["nothing", "rest"], "later"),
        node("Concat", ["first", "later"], "slots", axis=1),
    ]
    blanks = distribution("", 1.0)[None, 1:]
    constants = {
        "twenty": np.float32(20),
        "depth": np.array(CLASSES),
        "values": np.array([0, 1], np.float32),
        "one": np.array([1]),
        "rest": blanks,
    }
    return _reader(nodes, constants)


def placed_reader(text: str, shares: Sequence[float]) -> onnx.ModelProto:
    """A reader of *text* whose second output gives *shares* of the jurisdictions."""
    nodes = [
        *_batch(),
        node("Add", ["nothing", "fixed"], "slots"),
        node("Squeeze", ["nothing", "last"], "none"),
        node("Add", ["none", "shares"], "jurisdiction"),
    ]
    outputs = [
        ("slots", "float32", ("N", SLOTS, CLASSES)),
        ("jurisdiction", "float32", ("N", len(shares))),
    ]
    inward = ("crops", "uint8", ("N", CROP_HEIGHT, CROP_WIDTH))
    constants = {
        "fixed": distribution(text)[None],
        "last": np.array([2]),
        "shares": np.array([shares], np.float32),
    }
    return model(nodes, inward, outputs, constants)


def jurisdictions(*codes: str, shape: Sequence[int] | None = None) -> dict[str, str]:
    """Return the fields of a card whose reader says where plates are from."""
    told = list(shape or (-1, len(codes)))
    return {
        "jurisdictions": json.dumps(codes),
        "jurisdiction": _tensor("jurisdiction", told, "float32"),
    }


def not_finite(what: onnx.ModelProto) -> onnx.ModelProto:
    """Return *what* with an output of NaN."""
    name = what.graph.output[0].name
    what.graph.node[-1].output[0] = "sane"
    what.graph.node.extend([node("Sub", ["sane", "sane"], "zero"), node("Log", ["zero"], "low")])
    what.graph.node.extend([node("Sub", ["low", "low"], name)])
    return what


def unknown_operator() -> onnx.ModelProto:
    """A detector made of an operator that nobody knows."""
    return _detector([helper.make_node("Guess", ["image"], ["plates"], domain="elsewhere")], 1, {})


def _nothing(name: str) -> list[onnx.NodeProto]:
    """Nodes that make a zero of the input, so that the graph depends on it."""
    return [
        node("Cast", [name], "pixels", to=TensorProto.FLOAT),
        node("ReduceMax", ["pixels"], "peak", keepdims=0),
        node("Sub", ["peak", "peak"], "nothing"),
    ]


def _batch() -> list[onnx.NodeProto]:
    """Nodes that make a zero of shape (N, 1, 1)."""
    return [
        node("Cast", ["crops"], "floats", to=TensorProto.FLOAT),
        node("ReduceMax", ["floats"], "peaks", axes=[1, 2], keepdims=1),
        node("Sub", ["peaks", "peaks"], "nothing"),
    ]


def _detector(
    nodes: Sequence[onnx.NodeProto],
    found: int,
    constants: dict[str, NDArray[np.generic]],
    *,
    any_size: bool = False,
) -> onnx.ModelProto:
    inward = ("image", "uint8", (1, "H", "W", 3) if any_size else (1, HEIGHT, WIDTH, 3))
    return model(nodes, inward, ("plates", "float32", (1, found, 13)), constants)


def _reader(
    nodes: Sequence[onnx.NodeProto], constants: dict[str, NDArray[np.generic]]
) -> onnx.ModelProto:
    inward = ("crops", "uint8", ("N", CROP_HEIGHT, CROP_WIDTH))
    return model(nodes, inward, ("slots", "float32", ("N", SLOTS, CLASSES)), constants)


def write(folder: Path, task: str, what: onnx.ModelProto, /, **changes: object) -> Path:
    """Write *what* and a card that promises what a *task* must be; return the card's path.

    Args:
        changes: replace a field of the card, given as TOML.
    """
    weights = folder / f"{task}.onnx"
    weights.write_bytes(what.SerializeToString())
    return write_card(folder, task, **changes)


def write_card(folder: Path, task: str, /, **changes: object) -> Path:
    """Write the card of the weights that lie in *folder*."""
    found = [-1]
    if task == "detector":
        onnx_file = onnx.ModelProto.FromString((folder / "detector.onnx").read_bytes())
        found = [side.dim_value for side in onnx_file.graph.output[0].type.tensor_type.shape.dim]
    fields: dict[str, object] = {
        "name": f'"{task}"',
        "task": f'"{task}"',
        "version": '"test-1"',
        "file": f'"{task}.onnx"',
        "sha256": f'"{hashlib.sha256((folder / f"{task}.onnx").read_bytes()).hexdigest()}"',
        "colour": '"bgr"' if task == "detector" else '"grey"',
        "alphabet": '""' if task == "detector" else f'"{CHARACTERS}"',
        "macs": 0,
        "parameters": 0,
        "input": _tensor("image", [1, HEIGHT, WIDTH, 3], "uint8")
        if task == "detector"
        else _tensor("crops", [-1, CROP_HEIGHT, CROP_WIDTH], "uint8"),
        "output": _tensor("plates", found, "float32")
        if task == "detector"
        else _tensor("slots", [-1, SLOTS, CLASSES], "float32"),
        "made": '{command = "test", commit = "", seed = 0, data = [], licence = "ours"}',
    }
    card = folder / f"{task}.toml"
    lines = [f"{key} = {value}" for key, value in {**fields, **changes}.items()]
    card.write_text("\n".join(lines) + "\n", "utf-8")
    return card


def _tensor(name: str, shape: list[int], dtype: str) -> str:
    return f'{{name = "{name}", shape = {shape}, dtype = "{dtype}", meaning = "test"}}'
