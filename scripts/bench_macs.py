"""Count a model's multiply-accumulates from its ONNX graph, float32 or QDQ."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

# what multiplies weights or activations; other operators move or compare, and count nothing
_HEAVY = {"Conv", "ConvTranspose", "Gemm", "MatMul", "Einsum"}
_REFUSED = {"LSTM", "GRU", "RNN", "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger"}


def macs(file: Path, batch: int = 1, given: Sequence[int] | None = None) -> int:
    """Return the multiply-accumulates of one run; a multiplication by the norm counts nothing.

    Shapes are those of a real run, since graphs with a free batch rarely tell them.

    Args:
        batch: what the file leaves open.
        given: shape of the input, where the file leaves more than the batch open.

    Raises:
        ValueError: an operator whose cost is not known here.
    """
    model = onnx.load(str(file))
    heavy = [node for node in model.graph.node if node.op_type in _HEAVY]
    if strange := {node.op_type for node in model.graph.node} & _REFUSED:
        raise ValueError(f"{file}: cannot count {', '.join(sorted(strange))}")
    shapes = _shapes(model, heavy, batch, given)
    return sum(_cost(node, shapes) for node in heavy)


def parameters(file: Path) -> int:
    """Return how many numbers the weights have; the scales of int8 ones are none."""
    graph = onnx.load(str(file)).graph
    scales = {
        name
        for node in graph.node
        if node.op_type in {"QuantizeLinear", "DequantizeLinear"}
        for name in node.input[1:]
    }
    return sum(
        math.prod(tensor.dims)
        for tensor in graph.initializer
        if len(tensor.dims) > 0 and tensor.name not in scales
    )


def empty_input(
    session: onnxruntime.InferenceSession, batch: int, given: Sequence[int] | None = None
) -> dict[str, NDArray[np.uint8] | NDArray[np.float32]]:
    """Return grey pictures of the shape and type that *session* takes."""
    (wanted,) = session.get_inputs()
    shape = given or [side if isinstance(side, int) else batch for side in wanted.shape]
    if wanted.type == "tensor(float)":
        return {wanted.name: np.full(shape, 0.5, np.float32)}
    return {wanted.name: np.full(shape, 128, np.uint8)}


def _shapes(
    model: onnx.ModelProto,
    heavy: list[onnx.NodeProto],
    batch: int,
    given: Sequence[int] | None,
) -> dict[str, tuple[int, ...]]:
    """Run the model once with every tensor of interest as an output."""
    shapes = {one.name: tuple(one.dims) for one in model.graph.initializer}
    known = {one.name for one in (*model.graph.output, *model.graph.input)}
    for name in {name for node in heavy for name in (*node.input, *node.output)}:
        if name and name not in shapes and name not in known:
            model.graph.output.append(onnx.ValueInfoProto(name=name))
            known.add(name)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    names = [one.name for one in session.get_outputs()]
    fed = empty_input(session, batch, given)
    shapes |= {name: array.shape for name, array in fed.items()}
    shapes |= {
        name: np.shape(array) for name, array in zip(names, session.run(names, fed), strict=True)
    }
    return shapes


def _cost(node: onnx.NodeProto, shapes: dict[str, tuple[int, ...]]) -> int:
    first, second = (shapes[name] for name in node.input[:2])
    out = shapes[node.output[0]]
    if node.op_type == "Conv":
        return math.prod(out) * math.prod(second[1:])
    if node.op_type == "ConvTranspose":
        return math.prod(first) * math.prod(second[1:])
    if node.op_type == "Gemm":
        transposed = any(one.name == "transA" and one.i for one in node.attribute)
        return math.prod(out) * first[0 if transposed else 1]
    if node.op_type == "MatMul":
        return math.prod(out) * first[-1]
    return _einsum(node, first, second)


def _einsum(node: onnx.NodeProto, first: tuple[int, ...], second: tuple[int, ...]) -> int:
    (equation,) = [one.s.decode() for one in node.attribute if one.name == "equation"]
    left = equation.replace(" ", "").split("->")[0].split(",")
    if len(left) != 2 or "." in equation:
        raise ValueError(f"cannot count Einsum {equation}")
    sizes = dict(zip("".join(left), (*first, *second), strict=True))
    return math.prod(sizes.values())
