"""``edge hotlist``: a list's way from the agency's file to the unit, one module a step."""

import argparse
from importlib import import_module

NAME = "hotlist"
HELP = "Import, check and forecast a hotlist before it goes live."

# Each has `declare(actions)`, which adds its parsers; a parser sets `act`, the function that runs.
ACTIONS = (
    "hotlist_import",
    "hotlist_lint",
    "hotlist_forecast",
    "hotlist_bundle",
    "hotlist_publish",
    "hotlist_serve",
    "hotlist_install",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name in ACTIONS:
        import_module(f"edge.cli.{name}").declare(actions)


def run(options: argparse.Namespace) -> int:
    """Run the action that was asked for."""
    return int(options.act(options))
