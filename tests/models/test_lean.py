"""A detector's file with cheaper first steps says what it said before."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from models.detector.lean import lean, main
from scripts.bench_macs import macs


def constant(name: str, value: float) -> onnx.NodeProto:
    array = np.array(value, np.float32)
    return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(array))


def first_layer(size: tuple[int, int], kernel: int, stride: int) -> onnx.ModelProto:
    """Return a file that begins as the export writes it: a picture to the first layer's maps."""
    rng = np.random.default_rng(4)
    weights = rng.normal(0, 0.3, (5, 3, kernel, kernel)).astype(np.float32)
    bias = rng.normal(0, 0.3, 5).astype(np.float32)
    nodes = [
        helper.make_node("Cast", ["image"], ["cast"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["cast"], ["turned"], perm=[0, 3, 1, 2]),
        constant("grey", 114.0),
        helper.make_node("Sub", ["turned", "grey"], ["shifted"]),
        constant("unit", 1 / 64),
        helper.make_node("Mul", ["shifted", "unit"], ["scaled"]),
        helper.make_node(
            "Conv",
            ["scaled", "w", "b"],
            ["mixed"],
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=[kernel // 2] * 4,
        ),
        helper.make_node("Relu", ["mixed"], ["plates"]),
    ]
    graph = helper.make_graph(
        nodes,
        "first",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, [1, *size, 3])],
        [helper.make_tensor_value_info("plates", TensorProto.FLOAT, [1, 5, None, None])],
        [numpy_helper.from_array(weights, "w"), numpy_helper.from_array(bias, "b")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def answer(model: onnx.ModelProto, image: NDArray[np.uint8]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return np.asarray(session.run(None, {"image": image})[0])


@pytest.mark.parametrize(
    ("size", "kernel", "stride"), [((16, 24), 3, 2), ((15, 21), 3, 2), ((12, 20), 5, 1)]
)
def test_the_lean_file_says_the_same(size: tuple[int, int], kernel: int, stride: int) -> None:
    """Any size, kernel and stride: all maps agree to a rounding, at the picture's edges too."""
    image = np.random.default_rng(1).integers(0, 256, (1, *size, 3), np.uint8)
    before = answer(first_layer(size, kernel, stride), image)
    after = answer(lean(first_layer(size, kernel, stride)), image)
    assert after.shape == before.shape
    assert np.abs(after - before).max() < 1e-4


def test_open_sides_stay_open() -> None:
    """A file that takes any multiple of the coarsest stride says the same at each of them."""
    before, after = (open_sides(first_layer((64, 64), 3, 2)) for _ in range(2))
    after = lean(after)
    for size in ((64, 64), (128, 192), (64, 320)):
        image = np.random.default_rng(2).integers(0, 256, (1, *size, 3), np.uint8)
        assert np.abs(answer(after, image) - answer(before, image)).max() < 1e-4


def open_sides(model: onnx.ModelProto) -> onnx.ModelProto:
    for axis, name in ((1, "height"), (2, "width")):
        model.graph.input[0].type.tensor_type.shape.dim[axis].dim_param = name
    return model


def test_it_multiplies_no_more_and_touches_no_float_picture(tmp_path: Path) -> None:
    """The multiplications stay, and nothing but one cast reads the picture at full size."""
    file = tmp_path / "detector.onnx"
    onnx.save(first_layer((16, 24), 3, 2), str(file))
    counted = macs(file)
    main([str(file)])
    assert macs(file) == counted
    done = onnx.load(str(file)).graph.node
    steps = ["Reshape", "Unsqueeze", "Pad", "Cast", "Conv", "Relu"]
    assert [node.op_type for node in done] == steps


def test_a_file_that_begins_otherwise_is_refused() -> None:
    """A file that is lean already is named as such, and nothing is done to it twice."""
    with pytest.raises(ValueError, match="lean already"):
        lean(lean(first_layer((16, 24), 3, 2)))
