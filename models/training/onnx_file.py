"""Torch to an ONNX file that says the same."""

import io
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from torch import Tensor, nn

OPSET = 17
TOLERANCE = 2e-3


def write_onnx(
    model: nn.Module,
    sample: Tensor,
    file: Path,
    inward: str,
    outward: str,
    *,
    any_number: bool = False,
) -> None:
    """Write *model* to *file* and hold the file's answers against torch's.

    Args:
        sample: an input; random ones of its shape are used for the comparison.
        any_number: the first axis may have any length.

    Raises:
        ArithmeticError: the file answers otherwise than torch.
    """
    data = io.BytesIO()
    axes = {inward: {0: "n"}, outward: {0: "n"}} if any_number else None
    torch.onnx.export(
        model,
        (sample,),
        data,
        input_names=[inward],
        output_names=[outward],
        dynamic_axes=axes,
        opset_version=OPSET,
        dynamo=False,
    )
    graph = onnx.load_from_string(data.getvalue())
    onnx.checker.check_model(graph, full_check=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(graph, str(file))
    compare(model, sample, file)


def compare(model: nn.Module, sample: Tensor, file: Path) -> float:
    """Return the greatest difference between torch and *file* on random pictures.

    Raises:
        ArithmeticError: it is more than a rounding.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    worst = 0.0
    for seed in range(3):
        noise = torch.randint(0, 256, sample.shape, generator=torch.Generator().manual_seed(seed))
        # noise alone is a poor picture: average it, so that there are shapes in it
        given = torch.nn.functional.avg_pool2d(noise.float().flatten(0, -3)[None], 5, 1, 2)
        given = given.view(sample.shape).to(torch.uint8)
        with torch.no_grad():
            wanted = model(given).numpy()
        (got,) = session.run(None, {session.get_inputs()[0].name: given.numpy()})
        scale = max(1.0, float(np.abs(wanted).max()))
        worst = max(worst, float(np.abs(got - wanted).max()) / scale)
    if not worst < TOLERANCE:
        raise ArithmeticError(f"{file} differs from torch by {worst:.2e} of the largest value")
    return worst
