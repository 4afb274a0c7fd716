"""Torch to an ONNX file that says the same."""

import io
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

OPSET = 17
TOLERANCE = 2e-3
TIE = 1e-3  # scores closer than this may change places by a rounding


def write_onnx(
    model: nn.Module,
    sample: Tensor,
    file: Path,
    inward: str,
    outward: str | tuple[str, ...],
    *,
    any_number: bool = False,
    any_size: bool = False,
    ranked: bool = False,
) -> None:
    """Write *model* to *file* and hold the file's answers against torch's.

    Args:
        sample: an input; random ones of its shape are used for the comparison.
        any_number: the first axis may have any length.
        any_size: so may the next two of the input, as far as the model allows.
        ranked: the answer is rows, best first by their first number.

    Raises:
        ArithmeticError: the file answers otherwise than torch.
    """
    data = io.BytesIO()
    names = [outward] if isinstance(outward, str) else list(outward)
    axes = {name: {0: "n"} for name in (inward, *names)} if any_number else {}
    axes |= {inward: {1: "height", 2: "width"}} if any_size else {}
    torch.onnx.export(
        model,
        (sample,),
        data,
        input_names=[inward],
        output_names=names,
        dynamic_axes=axes,
        opset_version=OPSET,
        dynamo=False,
    )
    graph = onnx.load_from_string(data.getvalue())
    onnx.checker.check_model(graph, full_check=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(graph, str(file))
    compare(model, sample, file, ranked=ranked)


def numbers(file: Path) -> int:
    """Return how many numbers the file's weights have."""
    graph = onnx.load(str(file)).graph
    return sum(int(np.prod(one.dims)) for one in graph.initializer if len(one.dims) > 0)


def compare(model: nn.Module, sample: Tensor, file: Path, *, ranked: bool = False) -> float:
    """Return the greatest difference between torch and *file* on random pictures.

    Of ranked rows, those that a rounding may swap with a neighbour are compared by score alone: an
    untrained network ranks almost nothing else.

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
            said = model(given)
        answers = session.run(None, {session.get_inputs()[0].name: given.numpy()})
        for wanted, got in zip([said] if isinstance(said, Tensor) else said, answers, strict=True):
            worst = max(worst, _apart(wanted.numpy(), got, ranked=ranked))
    if not worst < TOLERANCE:
        raise ArithmeticError(f"{file} differs from torch by {worst:.2e} of the largest value")
    return worst


def _apart(wanted: NDArray[np.float32], got: NDArray[np.float32], *, ranked: bool) -> float:
    """Return the greatest difference, as a share of the largest value or of 1."""
    apart = np.abs(got - wanted)
    if ranked:
        apart[..., 1:][_swappable(wanted[..., 0])] = 0.0
    return float(apart.max()) / max(1.0, float(np.abs(wanted).max()))


def _swappable(scores: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which of the descending *scores* ``(..., K)`` all but equal a neighbour, or are last.

    The last may have an equal that was left out.
    """
    close = -np.diff(scores, axis=-1) < TIE
    end = np.ones_like(close[..., :1])
    return np.concatenate([~end, close], -1) | np.concatenate([close, end], -1)
