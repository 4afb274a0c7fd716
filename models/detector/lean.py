"""The same detector file with cheaper first steps: python -m models.detector.lean FILE.

As torch writes it, the picture is cast to float32, transposed from ``(H, W, 3)`` to ``(3, H, W)``,
and shifted and scaled, each at full size, before the first convolution sees it: a seventh of the
detector's time. None of that is needed. Rows of interleaved pixels are a picture of one channel
that is three times as wide; over it a kernel three times as wide moves three times as far and
multiplies the same numbers. Shift and scale go into its weights; the grey that the shift made of
the border is put there as pixels.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

_BEFORE = ["Cast", "Transpose", "Sub", "Mul", "Conv"]
_NAMES = {"Constant", "Identity"}  # they compute nothing
_COLOURS = 3
SIDES = 64  # pixels, the coarsest stride: a side that the file leaves open is a multiple of it


def lean(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return *model* with its first steps in one convolution over the pixels as they come.

    Answers differ by roundings of float32; multiplications and weights are as many as before. Where
    the file leaves a side open, all multiples of
    ``SIDES`` need the same border.

    Raises:
        ValueError: the file does not begin as the export writes it (or is lean already).
    """
    graph = model.graph
    steps = [node for node in graph.node if node.op_type not in _NAMES][: len(_BEFORE)]
    if [node.op_type for node in steps] != _BEFORE:
        raise ValueError(
            f"begins with {', '.join(node.op_type for node in steps)} instead of "
            f"{', '.join(_BEFORE)}: lean already, or no detector's file"
        )
    conv = steps[-1]
    values = _values(graph)
    grey, unit = (float(values[step.input[1]]) for step in steps[2:4])
    weights, bias = (values[name].astype(np.float64) for name in conv.input[1:3])
    bias = bias - grey * unit * weights.sum((1, 2, 3))
    flat = weights.transpose(0, 2, 3, 1).reshape(len(weights), 1, weights.shape[2], -1) * unit
    _put(graph, "first.weight", flat.astype(np.float32))
    _put(graph, "first.bias", bias.astype(np.float32))
    _, high, wide, _ = (axis.dim_value for axis in graph.input[0].type.tensor_type.shape.dim)
    begin = _steps(graph, conv, (high or SIDES, wide or SIDES), round(grey))
    rest = [node for node in graph.node if node not in steps]
    del graph.node[:], graph.value_info[:]
    graph.node.extend([*begin, *rest])
    _prune(graph)
    onnx.checker.check_model(model, full_check=True)
    return model


def _steps(
    graph: onnx.GraphProto, conv: onnx.NodeProto, size: tuple[int, int], grey: int
) -> list[onnx.NodeProto]:
    """Return the new first nodes, whose last answers as *conv* did."""
    said = {one.name: helper.get_attribute_value(one) for one in conv.attribute}
    (kernel, _), (stride, _) = said["kernel_shape"], said["strides"]
    top, left, bottom, right = (
        _needed(length, kernel, stride, said["pads"][axis], said["pads"][axis + 2])[side]
        for side in (0, 1)
        for axis, length in enumerate(size)
    )
    _put(graph, "first.rows", np.array([0, 0, -1], np.int64))  # one picture, its rows as they are
    _put(graph, "first.colours", np.array([1], np.int64))
    border = [0, 0, top, left * _COLOURS, 0, 0, bottom, right * _COLOURS]
    _put(graph, "first.border", np.array(border, np.int64))
    _put(graph, "first.grey", np.array(grey, np.uint8))
    wide = helper.make_node(
        "Conv",
        ["first.pixels", "first.weight", "first.bias"],
        list(conv.output),
        name=conv.name or "first",
        kernel_shape=[kernel, kernel * _COLOURS],
        strides=[stride, stride * _COLOURS],
    )
    return [
        helper.make_node(
            "Reshape", [graph.input[0].name, "first.rows"], ["first.wide"], name="first.wide"
        ),
        helper.make_node(
            "Unsqueeze", ["first.wide", "first.colours"], ["first.flat"], name="first.flat"
        ),
        helper.make_node(
            "Pad",
            ["first.flat", "first.border", "first.grey"],
            ["first.bordered"],
            name="first.bordered",
        ),
        helper.make_node(
            "Cast", ["first.bordered"], ["first.pixels"], name="first.pixels", to=TensorProto.FLOAT
        ),
        wide,
    ]


def _needed(length: int, kernel: int, stride: int, before: int, after: int) -> tuple[int, int]:
    """Return how much border the kernel really sees on either side."""
    windows = (length + before + after - kernel) // stride + 1
    return before, max(0, (windows - 1) * stride + kernel - length - before)


def _values(graph: onnx.GraphProto) -> dict[str, NDArray[np.float32]]:
    """Return what is constant in the graph, by name."""
    values = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            values[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
        elif node.op_type == "Identity" and node.input[0] in values:
            values[node.output[0]] = values[node.input[0]]
    return values


def _prune(graph: onnx.GraphProto) -> None:
    """Leave out constants that nothing reads any more."""
    read = {name for node in graph.node for name in node.input}
    idle = [n for n in graph.node if n.op_type in _NAMES and read.isdisjoint(n.output)]
    for node in idle:
        graph.node.remove(node)
    read = {name for node in graph.node for name in node.input}
    for one in [one for one in graph.initializer if one.name not in read]:
        graph.initializer.remove(one)


def _put(graph: onnx.GraphProto, name: str, value: NDArray[np.generic]) -> None:
    graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(value), name))


def main(words: Sequence[str] | None = None) -> None:
    """Rewrite files in place; their cards are written by the export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    for file in parser.parse_args(words).files:
        onnx.save(lean(onnx.load(str(file))), str(file))


if __name__ == "__main__":
    main()
