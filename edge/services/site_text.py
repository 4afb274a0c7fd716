"""Settings of one site as TOML text: what a person would have typed."""

import json
from collections.abc import Iterator, Mapping
from typing import Any


def site_text(settings: Mapping[str, Any]) -> str:
    """Return *settings*, tables of values, as TOML."""
    return "\n".join(line for name, table in settings.items() for line in _table(name, table))


def toml_value(value: object) -> str:
    """Return *value* as TOML writes it; texts have no signs that cannot be printed."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(toml_value(one) for one in value)}]"
    if isinstance(value, Mapping):
        inner = ", ".join(f"{name} = {toml_value(one)}" for name, one in value.items())
        return f"{{ {inner} }}"
    return json.dumps(value, ensure_ascii=False)  # the two agree on the rest


def _table(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    plain = {key: one for key, one in table.items() if not isinstance(one, Mapping)}
    if plain:
        yield f"[{name}]"
        yield from (f"{key} = {toml_value(one)}" for key, one in plain.items())
        yield ""
    for key, one in table.items():
        if isinstance(one, Mapping):
            yield from _table(f"{name}.{key}", one)
