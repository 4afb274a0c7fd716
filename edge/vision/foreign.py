"""Write the card of a model that came without one, from what its files say."""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import ValidationError

from edge.errors import ModelError
from edge.vision.cards import UNKNOWN, Made, ModelCard, Plate, Tensor
from edge.vision.plate_config import PlateConfig
from edge.vision.regions import code_of
from edge.vision.session import Side, look

_ROW: Final = 7  # columns of an end-to-end YOLOv9's output
_COLOURS: Final = {"grayscale": "grey", "rgb": "rgb"}


@dataclass(frozen=True, slots=True)
class Origin:
    """What only the person who adds a model can tell.

    Attributes:
        licence: empty where it was not told.
        command: how the card came to be.
    """

    name: str
    licence: str
    command: str


def card_of(weights: Path, config: PlateConfig | None, origin: Origin) -> ModelCard:
    """Return the card of an ONNX file; until it is written, its path is that of the weights.

    Args:
        config: of a fast-plate-ocr reader; without it the file must be a YOLOv9 detector.

    Raises:
        ModelError: the file cannot be loaded, or has neither signature.
    """
    inputs, outputs = look(weights)
    if len(inputs) != 1 or not outputs:
        raise ModelError(
            f"{weights}: has {len(inputs)} inputs and {len(outputs)} outputs; "
            "a detector or reader has one input"
        )
    fields = (
        _detector(weights, inputs[0], outputs[0])
        if config is None
        else _reader(inputs[0], outputs, config)
    )
    licence = origin.licence or "not told by whoever added it"
    made = Made(command=origin.command, commit="", seed=0, data=(), licence=licence)
    common = {
        "name": origin.name,
        "version": "1",
        "file": weights.name,
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "macs": 0,
        "parameters": 0,
        "made": made,
        "path": weights,
    }
    try:
        return ModelCard.model_validate({**common, **fields})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ModelError(f"{weights}: {key}: {first['msg'].lower()}") from error


def _detector(weights: Path, given: Side, output: Side) -> dict[str, Any]:
    shape = given.shape
    like = given.dtype == "float32" and len(shape) == 4 and shape[0] in (-1, 1) and shape[1] == 3
    if not like or min(shape[2:]) < 1 or (output.shape and output.shape[-1] not in (-1, _ROW)):
        raise ModelError(
            f"{weights}: takes {given.dtype} {shape} and gives {output.dtype} {output.shape}; "
            f"without a card, an end-to-end YOLOv9 detector is expected, float32 (1, 3, H, W) to "
            f"(rows, {_ROW}). A fast-plate-ocr reader needs its plate_config.yaml "
            "(--plate-config); a model of edge's own format comes with a card: add that"
        )
    rows = (*output.shape[:-1], _ROW) if len(output.shape) in (2, 3) else (-1, _ROW)
    return {
        "task": "detector",
        "format": "yolov9-end-to-end",
        "colour": "rgb",
        "input": _tensor(given, (1, *shape[1:]), "letterboxed frame, RGB, 0..1"),
        "output": _tensor(output, rows, "rows of batch, x1, y1, x2, y2, class, score; pixels"),
    }


def _reader(given: Side, outputs: tuple[Side, ...], config: PlateConfig) -> dict[str, Any]:
    by_name = {one.name: one for one in outputs}
    text = by_name.get("plate", outputs[0])
    batch = 1 if given.shape[:1] == (1,) else -1
    channels = 3 if config.image_color_mode == "rgb" else 1
    size = (config.img_height, config.img_width, channels)
    slots, classes = config.max_plate_slots, len(config.alphabet)
    flat = len(text.shape) == 2
    plates = (batch, slots * classes) if flat else (batch, slots, classes)
    return {
        "task": "reader",
        "format": "fast-plate-ocr",
        "colour": _COLOURS[config.image_color_mode],
        "alphabet": config.alphabet,
        "plate": Plate(
            slots=slots,
            pad=config.pad_char,
            keep_aspect=config.keep_aspect_ratio,
            interpolation=config.interpolation,
            padding=config.padding,
            regions=config.plate_regions or (),
        ),
        "input": _tensor(given, (batch, *size), "plates, 0..255"),
        "output": _tensor(text, plates, "each slot's distribution over the alphabet"),
        **_places(by_name.get("region"), batch, config.plate_regions or ()),
    }


def _places(output: Side | None, batch: int, regions: tuple[str, ...]) -> dict[str, Any]:
    """Return the fields about jurisdictions; none where the file or its config names no regions."""
    if output is None or not regions:
        return {}
    meaning = "the probability of each of jurisdictions"
    return {
        "jurisdiction": _tensor(output, (batch, len(regions)), meaning),
        "jurisdictions": tuple(code_of(name) for name in regions),
    }


def _tensor(side: Side, shape: tuple[int, ...], meaning: str) -> Tensor:
    """Return the promise of *side*; only the two dtypes that a card knows can be kept."""
    dtype: Literal["uint8", "float32"] = "uint8" if side.dtype == "uint8" else "float32"
    return Tensor(name=side.name, shape=shape, dtype=dtype, meaning=meaning)


def named(card: ModelCard) -> int:
    """Return how many of a card's jurisdictions have a code of their own."""
    return len(set(card.jurisdictions) - {UNKNOWN})


def as_toml(card: ModelCard) -> str:
    """Return the text of a card's file."""
    fields = card.model_dump(mode="json", exclude_none=True)
    tables = {key: value for key, value in fields.items() if isinstance(value, dict) and value}
    fields = {key: value for key, value in fields.items() if not isinstance(value, dict)}
    lines = ["# what the file beside this promises; written by `edge models add`"]
    lines += [f"{key} = {_value(value)}" for key, value in fields.items()]
    for table, entries in tables.items():
        lines += ["", f"[{table}]"]
        lines += [f"{_key(key)} = {_value(value)}" for key, value in entries.items()]
    return "\n".join(lines) + "\n"


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def _value(value: Any) -> str:
    """Return a scalar or a list of them as TOML; JSON's strings are TOML's but for this flag."""
    return json.dumps(value, ensure_ascii=False)
