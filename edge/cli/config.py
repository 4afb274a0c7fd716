"""``edge config``: what is in force, who set it, and is it right."""

import argparse
import json
from collections.abc import Mapping
from typing import Any

from edge.config import Loaded, load
from edge.config.redact import redact

NAME = "config"
HELP = "Show the effective settings with the file that set each, or check the files."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("what", choices=("show", "check"))


def run(options: argparse.Namespace) -> int:
    """Print the settings, or that they are right; errors name file and line."""
    loaded = load(options.config)
    if options.what == "show":
        print("\n".join(_lines(loaded)))
    else:
        files = sorted({str(file) for file in loaded.origins.values()})
        print(f"settings are right: {', '.join(files)}")
    return 0


def _lines(loaded: Loaded) -> list[str]:
    lines: list[str] = []
    for section, fields in loaded.settings.model_dump(mode="json").items():
        lines += _table(section, fields, loaded)
    return lines[:-1]


def _table(name: str, fields: Mapping[str, Any], loaded: Loaded) -> list[str]:
    """Return a section's lines and, after them, those of the tables within it."""
    lines = [
        _setting(name, key, given, loaded)
        for key, given in fields.items()
        if not isinstance(given, dict)
    ]
    if lines:
        lines = [f"[{name}]", *lines, ""]
    for key, given in fields.items():
        if isinstance(given, dict):
            lines += _table(f"{name}.{key}", given, loaded)
    return lines


def _setting(section: str, key: str, given: Any, loaded: Loaded) -> str:
    value = redact(given) if (section, key) == ("source", "address") else given
    return f"{f'{key} = {json.dumps(value)}':40} # {loaded.origins[f'{section}.{key}']}"
