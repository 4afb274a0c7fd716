"""How many multiplications a run takes, counted from what the runtime notes of it."""

import math
from collections.abc import Sequence
from typing import Any, Final

_NOT_COUNTED: Final = frozenset(  # they multiply a lot, and in other ways than those counted below
    "Attention ConvInteger DeformConv Einsum GRU LSTM MatMulInteger QLinearConv QLinearMatMul RNN "
    "ConvTranspose".split()
)


def multiplications(steps: Sequence[dict[str, Any]]) -> int:
    """Return the multiply-accumulates of all convolutions and matrix products; 0: not countable.

    Args:
        steps: of one run, see :func:`edge.vision.session.trace`.
    """
    if any(step["op_name"] in _NOT_COUNTED for step in steps):
        return 0
    return sum(map(_of_step, steps))


def _of_step(step: dict[str, Any]) -> int:
    kind = step["op_name"]
    if kind not in ("Conv", "Gemm", "MatMul"):
        return 0
    first, second = (_shape(one) for one in step["input_type_shape"][:2])
    out = _shape(step["output_type_shape"][0])
    if kind == "Conv":
        return math.prod(out) * math.prod(second[1:])
    depth = first[-1] if kind == "MatMul" else math.prod(first) // max(1, out[0])
    return math.prod(out) * depth


def _shape(noted: dict[str, list[int]]) -> list[int]:
    """Return the shape in ``{"float": [1, 3, 8, 8]}``."""
    return next(iter(noted.values()))
