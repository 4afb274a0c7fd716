"""Settings with one of them changed, for a trial that saves nothing."""

import tomllib
from typing import Any

from pydantic import ValidationError

from edge.config.settings import Settings
from edge.errors import ConfigError


def changed(settings: Settings, path: str, text: str) -> Settings:
    """Return *settings* with the one at *path* set to *text*, as TOML would write the value.

    Raises:
        ConfigError: there is no such setting, or it cannot have that value.
    """
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {text!r} is no value as TOML writes it: {error}") from error
    dumped = settings.model_dump()
    *tables, name = path.split(".")
    table: Any = dumped
    for one in tables:
        table = table.get(one, {}) if isinstance(table, dict) else {}
    if not isinstance(table, dict) or name not in table:
        raise ConfigError(f"{path}: no such setting; see `edge config show`")
    table[name] = value
    try:
        return Settings.model_validate(dumped)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ConfigError(f"{path}: {first['msg'].lower()}, not {text}") from None
