"""The ``plate_config.yaml`` beside a fast-plate-ocr reader.

It is a flat file of keys with scalars and lists. That much YAML is read here, strictly, so that a
unit needs no YAML library: whatever else YAML can do is refused with its line. A value is taken by
the type of its key, so an alphabet of digits stays text.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.errors import ModelError

_KEY: Final = re.compile(r"([a-z_]+):(?:\s+(.*))?$")
_ITEM: Final = re.compile(r"-\s+(.*)$")
_NOTHING: Final = {"", "~", "null", "Null", "NULL"}
_SPECIAL: Final = "&*!|>%@`{}?"  # a plain value that begins so is YAML of the kind refused here

Byte = Annotated[int, Field(ge=0, le=255)]
Value = str | list[str] | None


class PlateConfig(BaseModel):
    """What the file says; its defaults are fast-plate-ocr's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_plate_slots: int = Field(ge=1)
    alphabet: str = Field(min_length=2)
    pad_char: str = Field(min_length=1, max_length=1)
    img_height: int = Field(ge=1)
    img_width: int = Field(ge=1)
    keep_aspect_ratio: bool = False
    interpolation: Literal["nearest", "linear", "cubic", "area", "lanczos4"] = "linear"
    image_color_mode: Literal["grayscale", "rgb"] = "grayscale"
    padding_color: tuple[Byte, Byte, Byte] | Byte = (114, 114, 114)
    plate_regions: tuple[str, ...] | None = None

    @property
    def padding(self) -> tuple[int, int, int]:
        """The padding as three channels."""
        one = self.padding_color
        return (one, one, one) if isinstance(one, int) else one


def read_plate_config(file: Path) -> PlateConfig:
    """Read a ``plate_config.yaml``.

    Raises:
        ModelError: naming the file and, where it can, the line or key that is wrong.
    """
    try:
        values = parse(file.read_text("utf-8"))
        return PlateConfig.model_validate(values)
    except OSError as error:
        raise ModelError(f"{file}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ModelError(f"{file}: {key}: {first['msg'].lower()}") from error
    except ValueError as error:
        raise ModelError(f"{file}: {error}") from error


def parse(text: str) -> dict[str, Value]:
    """Return the keys of a flat YAML file, scalars as they are written, quotes taken off.

    Raises:
        ValueError: a line is not of the little YAML that is read here.
    """
    values: dict[str, Value] = {}
    last = ""
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if not bare or bare.startswith("#") or line.rstrip() == "---":
            continue
        try:
            item = _ITEM.match(bare)
            if item and last:
                values[last] = [*_items(values[last]), _scalar(item[1])]
                continue
            last = _keyed(line, values)
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error
    return values


def _items(value: Value) -> list[str]:
    if isinstance(value, str):
        raise ValueError("an item of a list below a key that has a value already")  # noqa: TRY004
    return value or []


def _keyed(line: str, values: dict[str, Value]) -> str:
    found = _KEY.match(line.rstrip())
    if not found:
        raise ValueError("is not 'key: value', nor an item '- value' of the key above")
    key, written = found[1], (found[2] or "").strip()
    if key in values:
        raise ValueError(f"{key} stands twice")
    if written.startswith("["):
        body = re.sub(r"\s+#.*$", "", written)
        if not body.endswith("]"):
            raise ValueError(f"{key}: a list in brackets must end on its line")
        parts = [part.strip() for part in body[1:-1].split(",")]
        values[key] = [_scalar(part) for part in parts if part]
    else:
        plain = _scalar(written)
        quoted = written[:1] in ("'", '"')
        values[key] = None if plain in _NOTHING and not quoted else plain
    return key


def _scalar(written: str) -> str:
    quote = written[:1]
    if quote in ("'", '"'):
        return _quoted(written, quote)
    plain = re.sub(r"(^|\s+)#.*$", "", written)
    if (plain[:1] and plain[0] in _SPECIAL) or ": " in plain:
        raise ValueError(f"{plain!r}: only plain values, quoted values and lists are read here")
    return plain


def _quoted(written: str, quote: str) -> str:
    inside = r"((?:[^']|'')*)" if quote == "'" else r'((?:[^"\\]|\\["\\])*)'
    found = re.fullmatch(rf"{quote}{inside}{quote}(\s+#.*)?", written)
    if not found:
        raise ValueError(f"{written}: the quotes do not close, or hold an escape not read here")
    told: Any = found[1]
    return str(told.replace("''", "'") if quote == "'" else re.sub(r"\\(.)", r"\1", told))
