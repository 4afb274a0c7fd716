"""``edge config``: what is in force, who set it, and is it right."""

import argparse
import json

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
    lines = []
    for section, fields in loaded.settings.model_dump(mode="json").items():
        lines.append(f"[{section}]")
        for name, given in fields.items():
            origin = loaded.origins[f"{section}.{name}"]
            secret = (section, name) == ("source", "address")
            value = redact(given) if secret else given
            setting = f"{name} = {json.dumps(value)}"
            lines.append(f"{setting:40} # {origin}")
        lines.append("")
    return lines[:-1]
