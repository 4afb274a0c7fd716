"""The only door to onnxruntime: a model file that is held to its card's promise."""

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

# Wheels from 1.29 on write a device id under ~/.cache and upload session data unless this stands
# before the import; older ones ignore it. A unit that reads plates phones nobody.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as state

from edge.errors import ModelError
from edge.vision.cards import ModelCard, Tensor

onnxruntime.set_default_logger_severity(4)  # its warnings are not sentences for an operator

_FATAL: Final = 4
_DTYPES: Final = {"tensor(uint8)": "uint8", "tensor(float)": "float32"}
_FAILURES: Final = (
    state.EPFail,
    state.EngineError,
    state.Fail,
    state.InvalidArgument,
    state.InvalidGraph,
    state.InvalidProtobuf,
    state.ModelLoaded,
    state.NoModel,
    state.NoSuchFile,
    state.NotImplemented,
    state.RuntimeException,
)


class Session:
    """A model that runs, once started.

    Args:
        card: whose weights to run; their inputs and outputs must be as it says.
        threads: of this session; they sleep between runs, since spinning ones steal the cores
            that the grabber and the other model need.
    """

    def __init__(self, card: ModelCard, threads: int) -> None:
        self.card = card
        self._threads = threads
        self._session: onnxruntime.InferenceSession | None = None

    def start(self) -> None:
        """Load the weights, hold them to the card, and run them once on a grey picture.

        Raises:
            ModelError: naming the file and the promise that it breaks.
        """
        session = _opened(self.card.weights, self._threads)
        self._hold("input", session.get_inputs(), self.card.input)
        for promised in self.card.outputs:
            self._hold("output", session.get_outputs(), promised)
        self._session = session
        shape = self.card.shape_of_one
        self.run(np.full(shape, 128, self.card.input.dtype))
        if step := self.card.side_multiple:  # that it takes smaller ones is a promise, too
            batch, _, _, colours = shape
            self.run(np.full((batch, step, step, colours), 128, self.card.input.dtype))

    def run(
        self, array: NDArray[np.uint8] | NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], ...]:
        """Return the outputs that the card promises, in its order, for one input.

        Raises:
            ModelError: not started, an input that the card does not allow, a run that failed, or
                an output that is not finite or not of the promised shape.
        """
        if self._session is None:
            raise ModelError(f"{self.card.weights}: is not loaded; start the session first")
        promised = self.card.input
        if str(array.dtype) != promised.dtype or not self._allows(array.shape):
            raise ModelError(
                f"{self.card.weights}: takes {_told(promised)}, "
                f"not {array.dtype} {tuple(array.shape)}"
            )
        try:
            outputs = self._session.run(
                [tensor.name for tensor in self.card.outputs], {promised.name: array}
            )
        except _FAILURES as error:
            raise ModelError(
                f"{self.card.weights}: failed in its run: {_first_line(error)}"
            ) from error
        return tuple(map(self._checked, outputs, self.card.outputs))

    def _allows(self, shape: tuple[int, ...]) -> bool:
        """Say whether the card allows an input of *shape*."""
        promised, step = self.card.input.shape, self.card.side_multiple
        if _agrees(shape, promised):
            return True
        if not step or len(shape) != len(promised) or shape[::3] != promised[::3]:
            return False
        sides = zip(shape[1:3], promised[1:3], strict=True)
        return all(0 < have <= most and have % step == 0 for have, most in sides)

    def _hold(self, side: str, found: list[onnxruntime.NodeArg], promised: Tensor) -> None:
        by_name = {tensor.name: tensor for tensor in found}
        tensor = by_name.get(promised.name)
        if tensor is None or (side == "input" and len(found) != 1):
            raise ModelError(
                f"{self.card.weights}: its card promises one {side} '{promised.name}', "
                f"the file has {', '.join(sorted(by_name)) or 'none'}"
            )
        shape, dtype = _shape(tensor), _DTYPES.get(tensor.type, tensor.type)
        if dtype != promised.dtype or not _may_agree(shape, promised.shape):
            raise ModelError(
                f"{self.card.weights}: its card promises the {side} {_told(promised)}, "
                f"the file has {dtype} {shape}"
            )

    def _checked(self, output: NDArray[np.float32], promised: Tensor) -> NDArray[np.float32]:
        if not _agrees(output.shape, promised.shape):
            raise ModelError(
                f"{self.card.weights}: its card promises {_told(promised)}, "
                f"it gave {output.dtype} {tuple(output.shape)}"
            )
        if not np.isfinite(output).all():
            raise ModelError(
                f"{self.card.weights}: gave numbers that are not finite in '{promised.name}'; "
                "the file is damaged or was exported wrongly"
            )
        return output


@dataclass(frozen=True, slots=True)
class Side:
    """An input or output as a file itself declares it; -1 stands for any length.

    Attributes:
        dtype: ``uint8``, ``float32``, or the runtime's own word for another.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str


def look(file: Path) -> tuple[tuple[Side, ...], tuple[Side, ...]]:
    """Return the inputs and the outputs that an ONNX file declares.

    Raises:
        ModelError: it cannot be loaded.
    """
    session = _opened(file, 1)
    inputs, outputs = (
        tuple(Side(one.name, _shape(one), _DTYPES.get(one.type, one.type)) for one in side)
        for side in (session.get_inputs(), session.get_outputs())
    )
    return inputs, outputs


def trace(card: ModelCard) -> list[dict[str, Any]]:
    """Return what the runtime notes of each step of one run, the graph as the file has it.

    Raises:
        ModelError: it cannot be loaded or run.
    """
    with tempfile.TemporaryDirectory() as folder:
        options = _options(1)
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.add_session_config_entry("session.disable_prepacking", "1")  # it hides shapes
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(folder) / "run")
        session = _opened(card.weights, 1, options)
        given = np.full(
            card.shape_of_one, 128 if card.input.dtype == "uint8" else 0.5, card.input.dtype
        )
        try:
            session.run(None, {card.input.name: given})
        except _FAILURES as error:
            raise ModelError(f"{card.weights}: failed in its run: {_first_line(error)}") from error
        events: list[dict[str, Any]] = json.loads(Path(session.end_profiling()).read_text("utf-8"))
    return [event["args"] for event in events if event.get("cat") == "Node"]


def _options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _opened(
    file: Path, threads: int, options: onnxruntime.SessionOptions | None = None
) -> onnxruntime.InferenceSession:
    options = options or _options(threads)
    try:
        return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except _FAILURES as error:
        raise ModelError(
            f"{file}: cannot be loaded: {_first_line(error)}; "
            "copy it and its card again from the release"
        ) from error


def _shape(tensor: onnxruntime.NodeArg) -> tuple[int, ...]:
    return tuple(length if isinstance(length, int) else -1 for length in tensor.shape or ())


def _agrees(shape: tuple[int, ...], promised: tuple[int, ...]) -> bool:
    return len(shape) == len(promised) and all(
        want in (-1, have) for have, want in zip(shape, promised, strict=True)
    )


def _may_agree(shape: tuple[int, ...], promised: tuple[int, ...]) -> bool:
    """Say whether a shape with unknown lengths (-1) can keep the promise; the run tells."""
    return len(shape) == len(promised) and all(
        have in (want, -1) for have, want in zip(shape, promised, strict=True)
    )


def _told(tensor: Tensor) -> str:
    return f"'{tensor.name}' {tensor.dtype} {tensor.shape}"


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:300]
