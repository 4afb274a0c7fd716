"""The settings that a technician tunes, as a page draws them: kind, limits, value and its file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from edge.config.load import Loaded
from edge.config.redact import redact
from edge.config.schema import json_schema
from edge.config.settings import Settings
from edge.config.tuning_file import SECTIONS

_TYPES: Final[Mapping[str, str]] = {
    "boolean": "switch",
    "integer": "integer",
    "number": "number",
    "string": "text",
}


@dataclass(frozen=True, slots=True)
class Knob:
    """One setting and its limits.

    Attributes:
        kind: number, integer, switch, choice, text, or shape: what is drawn on the picture.
        low, high: None where there is no limit; *above* where *low* itself is not allowed.
        choices: of a choice.
        file: name of the file that set the value.
        restart: the daemon has to begin anew for it.
    """

    path: str
    section: str
    kind: str
    unit: str
    low: float | None
    high: float | None
    above: bool
    choices: tuple[str, ...]
    default: Any
    value: Any
    file: str
    sentence: str
    restart: bool


def knobs(loaded: Loaded, defaults: Settings) -> Iterator[Knob]:
    """Return what may be tuned, in the order of the sections that a technician may change.

    Args:
        loaded: the settings in force.
        defaults: those without any file of a site.
    """
    schema = json_schema(defaults)["properties"]
    for section in SECTIONS:
        values = getattr(loaded.settings, section).model_dump(mode="json")
        for name, field in schema[section]["properties"].items():
            path = f"{section}.{name}"
            yield _knob(path, field, values[name], loaded.origins[path].name)


def _knob(path: str, field: Mapping[str, Any], value: Any, file: str) -> Knob:
    choices: Sequence[str] = field.get("enum", ())
    kind = "choice" if choices else _TYPES.get(field.get("type", ""), "shape")
    if path.startswith("zones."):
        kind = "shape"  # all of it is drawn, which way counts too
    above = "exclusiveMinimum" in field
    secret = path == "source.address"
    return Knob(
        path=path,
        section=path.partition(".")[0],
        kind=kind,
        unit=field.get("x-unit", ""),
        low=field.get("exclusiveMinimum" if above else "minimum"),
        high=field.get("maximum"),
        above=above,
        choices=tuple(choices),
        default=field["default"],
        value=redact(value) if secret else value,
        file=file,
        sentence=field.get("description", ""),
        restart=not field["x-reload"],
    )
