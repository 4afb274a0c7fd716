"""``edge config``: what is in force, who set it, is it right, and what there is to set."""

import argparse
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from edge.config import Loaded, Settings, load
from edge.config.redact import redact
from edge.config.schema import every_setting, json_schema

NAME = "config"
HELP = "Show the settings in force and who set each; check files; show what differs, or the schema."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument(
        "what",
        choices=("show", "check", "diff", "schema"),
        help="show: all in force, with the file that set each and whether a change needs a restart "
        "(others take force by systemctl reload edge-watch); check: are the files right; diff: "
        "what differs from the defaults; schema: JSON Schema of a site's file, for editors",
    )
    parser.add_argument(
        "--against",
        metavar="FILE",
        type=Path,
        action="append",
        help="diff: with these files instead of the defaults alone",
    )


def run(options: argparse.Namespace) -> int:
    """Print the settings, or that they are right; errors name file, line and column.

    Returns:
        0; 1 of ``diff`` when something differs, as ``diff`` itself does.
    """
    if options.what == "schema":
        print(json.dumps(json_schema(load([]).settings), indent=2))
        return 0
    loaded = load(options.config)
    if options.what == "diff":
        found = list(_differences(load(options.against or []).settings, loaded))
        print("\n".join(found) if found else "nothing differs")
        return int(bool(found))
    if options.what == "show":
        print("\n".join(_lines(loaded)))
    else:
        print(_right(loaded))
    return 0


def _right(loaded: Loaded) -> str:
    """Return which files say what is in force; one that was read and says nothing is named too."""
    by_whom = {str(file) for file in loaded.origins.values()}
    silent = [str(file) for file in loaded.files if str(file) not in by_whom]
    told = [f"settings are right: {', '.join(sorted(by_whom))}"]
    told += [f"{file}: sets nothing: is it empty?" for file in silent]
    return "\n".join(told)


def _differences(before: Settings, after: Loaded) -> Iterator[str]:
    """Return each setting that differs: its name, both values, and the file that says so."""
    pairs = zip(every_setting(before), every_setting(after.settings), strict=True)
    for old, new in pairs:
        if old.default != new.default:
            was, now = _shown(old.path, old.default), _shown(new.path, new.default)
            yield f"{f'{new.path} = {now}':48} # {was} before; {after.origins[new.path]}"


def _lines(loaded: Loaded) -> list[str]:
    reloaded = {one.path for one in every_setting(loaded.settings) if one.reload}
    lines: list[str] = []
    for section, fields in loaded.settings.model_dump(mode="json").items():
        lines += _table(section, fields, loaded, reloaded)
    return lines[:-1]


def _table(
    name: str, fields: Mapping[str, Any], loaded: Loaded, reloaded: Collection[str]
) -> list[str]:
    """Return a section's lines and, after them, those of the tables within it."""
    lines = [
        _setting(f"{name}.{key}", given, loaded, reloaded)
        for key, given in fields.items()
        if not isinstance(given, dict)
    ]
    if lines:
        lines = [f"[{name}]", *lines, ""]
    for key, given in fields.items():
        if isinstance(given, dict):
            lines += _table(f"{name}.{key}", given, loaded, reloaded)
    return lines


def _setting(path: str, given: Any, loaded: Loaded, reloaded: Collection[str]) -> str:
    key, restart = path.rpartition(".")[2], "" if path in reloaded else "; restart"
    return f"{f'{key} = {_shown(path, given)}':40} # {loaded.origins[path]}{restart}"


def _shown(path: str, value: Any) -> str:
    return json.dumps(redact(value) if path == "source.address" else value)
