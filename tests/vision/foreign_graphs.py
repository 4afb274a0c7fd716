"""Small ONNX graphs with the signatures of other projects' models, whose answers hang on the input.

The detector finds red and nothing else, so that channel order and range are seen to be right; the
reader spells what it sees in single pixels, so that colour, size and bars are.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto

from edge.plates.alphabet import CHARACTERS
from edge.vision.foreign import Origin, as_toml, card_of
from edge.vision.plate_config import read_plate_config
from tests.vision.graphs import Outward, model, node

SIDE = 384
PADDED = CHARACTERS + "_"
RED = (20, 30, 250)  # BGR
CONFIG = """\
# of a model for tests
max_plate_slots: {slots}
alphabet: '{alphabet}'
pad_char: '_'
img_height: {height}
img_width: {width}
keep_aspect_ratio: {keep}
interpolation: linear
image_color_mode: {mode}
"""


def red_detector(rank: int = 2, side: int = SIDE) -> onnx.ModelProto:
    """An end-to-end YOLOv9: a row about all that is red, none where nothing is.

    Its score is the value of the input's first pixel: in the bars of a letterbox, 114 / 255.
    """
    nodes = [
        node("Gather", ["images", "red"], "r", axis=1),
        node("Gather", ["images", "blue"], "b", axis=1),
        node("Greater", ["r", "much"], "reddish"),
        node("Less", ["b", "little"], "blueless"),
        node("And", ["reddish", "blueless"], "lit"),
        node("Cast", ["lit"], "mask", to=TensorProto.FLOAT),
        node("ReduceMax", ["mask"], "columns", axes=[0, 1], keepdims=0),
        node("ReduceMax", ["mask"], "lines", axes=[0, 2], keepdims=0),
        node("ReduceMax", ["mask"], "found_", keepdims=0),
        node("Reshape", ["found_", "one"], "found__"),
        node("Cast", ["found__"], "found", to=TensorProto.BOOL),
        node("Slice", ["images", "nil4", "one4"], "corner"),
        node("Reshape", ["corner", "one"], "score"),
    ]
    for name, axis in (("x", "columns"), ("y", "lines")):
        nodes += [
            node("ArgMax", [axis], f"{name}1_", axis=0, keepdims=1),
            node("ArgMax", [axis], f"{name}2_", axis=0, keepdims=1, select_last_index=1),
            node("Cast", [f"{name}1_"], f"{name}1", to=TensorProto.FLOAT),
            node("Cast", [f"{name}2_"], f"{name}2__", to=TensorProto.FLOAT),
            node("Add", [f"{name}2__", "step"], f"{name}2"),
        ]
    shape = "row2" if rank == 2 else "row3"
    nodes += [
        node("Concat", ["zero", "x1", "y1", "x2", "y2", "zero", "score"], "plate", axis=0),
        node("Concat", ["zero", "x1", "zero", "x2", "y1", "step", "score"], "other", axis=0),
        node("Concat", ["plate", "other"], "both", axis=0),
        node("Reshape", ["both", "row2"], "rows"),
        node("Concat", ["found", "found"], "kept", axis=0),
        node("Compress", ["rows", "kept"], "some", axis=0),
        node("Reshape", ["some", shape], "output"),
    ]
    constants = {
        "red": np.array(0),
        "blue": np.array(2),
        "much": np.float32(0.9),
        "little": np.float32(0.1),
        "one": np.array([1]),
        "step": np.ones(1, np.float32),
        "zero": np.zeros(1, np.float32),
        "nil4": np.zeros(4, np.int64),
        "one4": np.ones(4, np.int64),
        "row2": np.array([-1, 7]),
        "row3": np.array([1, -1, 7]),
    }
    outward = ("output", "float32", ("rows", 7) if rank == 2 else (1, "rows", 7))
    return model(nodes, ("images", "float32", (1, 3, side, side)), outward, constants)


def pixel_reader(
    channels: int,
    size: tuple[int, int] = (64, 128),
    slots: int = 9,
    *,
    flat: bool = False,
    batch: int | str = "N",
    regions: Sequence[float] = (),
    alphabet: str = PADDED,
) -> onnx.ModelProto:
    """A fast-plate-ocr reader that spells tens of grey levels: 0 for 0..19, C for 240..255.

    First the channels of the middle pixel, then the first channel of the top's middle, then of
    the middle line's left end.
    """
    height, width = size
    spots = [(height // 2, width // 2, channel) for channel in range(channels)]
    spots += [(0, width // 2, 0), (height // 2, 0, 0)]
    nodes = [node("Cast", ["input"], "floats", to=TensorProto.FLOAT)]
    constants: dict[str, np.ndarray] = {}
    for index, spot in enumerate(spots):
        constants |= {f"from{index}": np.array(spot), f"to{index}": np.array(spot) + 1}
        given = ["floats", f"from{index}", f"to{index}", "axes"]
        nodes.append(node("Slice", given, f"level{index}"))
    seen, rest = len(spots), slots - len(spots)
    nodes += [
        node("Concat", [f"level{index}" for index in range(seen)], "levels_", axis=3),
        node("Reshape", ["levels_", "seen"], "levels"),
        node("Div", ["levels", "twenty"], "tens_"),
        node("Floor", ["tens_"], "tens"),
        node("Slice", ["tens", "nil", "one", "one"], "some"),
        node("Sub", ["some", "some"], "nothing"),
        node("Add", ["nothing", "pads"], "padding"),
        node("Concat", ["tens", "padding"], "classes_", axis=1),
        node("Cast", ["classes_"], "classes", to=TensorProto.INT64),
        node("OneHot", ["classes", "depth", "values"], "hot", axis=-1),
        node("Reshape", ["hot", "shape"], "plate"),
    ]
    sure = 0.99
    constants |= {
        "axes": np.array([1, 2, 3]),
        "seen": np.array([-1, seen]),
        "twenty": np.float32(20),
        "nil": np.array([0]),
        "one": np.array([1]),
        "pads": np.full((1, rest), alphabet.index("_"), np.float32),
        "depth": np.array(len(alphabet)),
        "values": np.array([(1 - sure) / (len(alphabet) - 1), sure], np.float32),
        "shape": np.array([-1, slots * len(alphabet)] if flat else [-1, slots, len(alphabet)]),
    }
    shape = (batch, slots * len(alphabet)) if flat else (batch, slots, len(alphabet))
    outputs: list[Outward] = [("plate", "float32", shape)]
    if regions:
        nodes.append(node("Add", ["nothing", "shares"], "region"))
        constants["shares"] = np.array([regions], np.float32)
        outputs.append(("region", "float32", (batch, len(regions))))
    return model(nodes, ("input", "uint8", (batch, height, width, channels)), outputs, constants)


def config(
    mode: str,
    *more: str,
    size: tuple[int, int] = (64, 128),
    slots: int = 9,
    keep: str = "false",
    alphabet: str = PADDED,
) -> str:
    """Return a ``plate_config.yaml``."""
    height, width = size
    text = CONFIG.format(
        slots=slots, alphabet=alphabet, height=height, width=width, keep=keep, mode=mode
    )
    return text + "".join(f"{line}\n" for line in more)


def write(folder: Path, name: str, what: onnx.ModelProto, yaml: str = "") -> Path:
    """Write *what*, and its card as ``edge models add`` would; return the card's path."""
    weights = folder / f"{name}.onnx"
    weights.write_bytes(what.SerializeToString())
    plates = None
    if yaml:
        (folder / f"{name}.yaml").write_text(yaml, "utf-8")
        plates = read_plate_config(folder / f"{name}.yaml")
    file = weights.with_suffix(".toml")
    file.write_text(as_toml(card_of(weights, plates, Origin(name, "", "a test"))), "utf-8")
    return file
