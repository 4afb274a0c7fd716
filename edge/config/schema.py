"""What every setting is: its kind, unit, limits, default and sentence, from one place.

Editors complete and check a site's file by the JSON Schema; pages and errors show the same words.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic.fields import FieldInfo

from edge.config.base import Section
from edge.config.settings import Settings

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
UNITS: Final[Mapping[str, str]] = {
    "_s": "seconds",
    "_ms": "milliseconds",
    "_us": "microseconds",
    "_hours": "hours",
    "_days": "days",
    "_mb": "megabytes",
    "_kb": "kilobytes",
    "_px": "pixels",
    "_deg": "degrees",
    "_mps": "metres a second",
    "_m": "metres",
    "_c": "degrees Celsius",
    "fps": "frames a second",
    "latitude": "degrees",
    "longitude": "degrees",
}
"""What the end of a setting's name says of its unit."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Attributes:
        path: as in ``source.fps``.
        unit: in words; empty for what has none.
        default: from ``default.toml``.
        sentence: what it does.
        reload: a running watch takes it between two frames; else it needs a restart.
    """

    path: str
    unit: str
    default: Any
    sentence: str
    reload: bool


def every_setting(defaults: Settings) -> Iterator[Setting]:
    """Return all settings in the order of ``default.toml``.

    Args:
        defaults: the settings without any file of a site.
    """
    for path, field, value, reload in _fields("", defaults):
        yield Setting(path, unit_of(path), value, field.description or "", reload)


def restarted_by(before: Settings, after: Settings) -> tuple[str, ...]:
    """Return the settings that differ and that no running watch can take: they need a restart."""
    return tuple(
        old.path
        for old, new in zip(every_setting(before), every_setting(after), strict=True)
        if old.default != new.default and not old.reload
    )


def unit_of(path: str) -> str:
    """Return the unit of a setting in words, by the end of its name; empty for none."""
    name = path.rpartition(".")[2]
    ends = [end for end in UNITS if name.endswith(end)]
    return UNITS[max(ends, key=len)] if ends else ""


def json_schema(defaults: Settings) -> dict[str, Any]:
    """Return the JSON Schema of a site's file: each key may be left out, none may be invented.

    ``x-unit`` is ours: the unit in words, where a setting has one; and so is ``x-reload``: whether
    a running watch takes the setting between two frames, without a restart.
    """
    schema = Settings.model_json_schema()
    schema |= {"$schema": DIALECT, "title": "Settings of an edge-plates unit"}
    for one in (schema, *schema["$defs"].values()):
        one.pop("required", None)
    reloads = {one.path: one.reload for one in every_setting(defaults)}
    _fill(schema, schema, json.loads(defaults.model_dump_json()), "", reloads)
    del schema["$defs"]  # each stands where it is used by now
    return schema


def _fill(
    table: dict[str, Any],
    schema: dict[str, Any],
    values: Mapping[str, Any],
    at: str,
    reloads: Mapping[str, bool],
) -> None:
    """Write defaults, units and whether they are reloaded into the fields of *table*."""
    for name, field in table.get("properties", {}).items():
        path = f"{at}.{name}" if at else name
        if isinstance(values[name], dict) and "$ref" in field:
            kind = field["$ref"].rpartition("/")[2]
            # sections that share a kind have each their own defaults: they part here
            own = json.loads(json.dumps(schema["$defs"][kind]))
            _fill(own, schema, values[name], path, reloads)
            field.pop("$ref")
            field.update({**own, **field})
        else:
            field["default"] = values[name]
            field["x-reload"] = reloads[path]
            if unit := unit_of(path):
                field["x-unit"] = unit


def _fields(prefix: str, section: Section) -> Iterator[tuple[str, FieldInfo, Any, bool]]:
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, Section):
            yield from _fields(f"{prefix}{name}.", value)
        else:
            yield f"{prefix}{name}", field, value, bool({"*", name} & {*section.RELOADED})
