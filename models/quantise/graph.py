"""Static int8 for an ONNX file: QuantizeLinear and DequantizeLinear around its products."""

import logging
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

# what hands int8 on from one convolution to the next, so that nothing between becomes float32
_CARRIERS = {"Add", "MaxPool", "Resize"}


class _Inputs(CalibrationDataReader):
    """Pictures one by one, as the quantiser wants them."""

    def __init__(self, name: str, pictures: Iterable[NDArray[np.uint8]]) -> None:
        self._rest: Iterator[Mapping[str, NDArray[np.uint8]]] = ({name: one} for one in pictures)

    def get_next(self) -> Mapping[str, NDArray[np.uint8]] | None:
        """Return the next input, or None at the end."""
        return next(self._rest, None)


def chosen(graph: onnx.GraphProto) -> list[str]:
    """Return the names of the nodes that become int8.

    Those are the convolutions that end in a ReLU, and what carries their answers to the next one.
    The first stays float32: with one to three channels going in it is no faster in int8, and all
    others hang on it. So do the numbers after the last ReLU (coordinates, log-odds), whose few
    channels share one range, and attention, which loses more than it gains.
    """
    of = {name: node for node in graph.node for name in node.output}
    convs = [node for node in graph.node if node.op_type == "Conv"]
    names: list[str] = []
    kept: set[str] = set()  # tensors that are int8, or are made so at no cost
    if convs:
        kept.update(convs[0].output)
    for node in graph.node:
        made = [name for name in node.input if name in of and of[name].op_type != "Constant"]
        carries = node.op_type == "Relu" or node.op_type in _CARRIERS
        if node.op_type == "Conv" and node is not convs[0] and _ends_in_relu(node, graph):
            names.append(node.name)
        elif carries and made and kept.issuperset(made if node.op_type == "Add" else made[:1]):
            names += [node.name] if made[0] not in convs[0].output else []
        else:
            continue
        kept.update(node.output)
    return names


def _ends_in_relu(node: onnx.NodeProto, graph: onnx.GraphProto) -> bool:
    return any(after.op_type == "Relu" and node.output[0] in after.input for after in graph.node)


def quantise(float_file: Path, out: Path, pictures: Iterable[NDArray[np.uint8]]) -> None:
    """Write *float_file* with int8 products to *out*.

    Weights are int8 with a scale for each channel, activations uint8 with one range for each
    tensor: the pair for which both x86 and ARM have instructions. Weights keep to seven bits: x86
    without VNNI adds two products in 16 bits, and would cut off what eight bits can make. A range
    is the least and the greatest value over *pictures*.

    Args:
        pictures: inputs as the file takes them.

    Raises:
        ValueError: nothing in the file can be quantised, or a node has no name.
    """
    model = onnx.load(str(float_file))
    nodes = chosen(model.graph)
    if not nodes or not all(nodes):
        raise ValueError(f"{float_file}: has no named convolutions that end in a ReLU")
    quiet = logging.getLogger().level
    logging.getLogger().setLevel(logging.ERROR)  # it advises steps that these graphs don't need
    try:
        with tempfile.TemporaryDirectory() as folder:
            rough = Path(folder) / "rough.onnx"
            quantize_static(
                str(float_file),
                str(rough),
                _Inputs(model.graph.input[0].name, pictures),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                reduce_range=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                nodes_to_quantize=nodes,
                calibrate_method=CalibrationMethod.MinMax,
            )
            done = onnx.load(str(rough))
    finally:
        logging.getLogger().setLevel(quiet)
    _tidy(done)
    onnx.save(done, str(out))


def _tidy(model: onnx.ModelProto) -> None:
    """Leave out what other tools noted, and the operator sets of which nothing is used.

    Raises:
        ValueError: an operator is not a standard one, so that other runtimes lack it.
    """
    if strange := {node.op_type for node in model.graph.node if node.domain}:
        raise ValueError(f"operators outside of the standard: {', '.join(sorted(strange))}")
    standard = [one for one in model.opset_import if not one.domain]
    del model.opset_import[:], model.metadata_props[:], model.graph.value_info[:]
    model.opset_import.extend(standard)
    onnx.checker.check_model(model, full_check=True)
