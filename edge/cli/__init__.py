"""The ``edge`` command: one verb a file, the root is a list."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

from edge import __version__
from edge.errors import EdgeError

VERBS = (
    "run",
    "listen",
    "read",
    "aim",
    "record",
    "replay",
    "evaluate",
    "check",
    "certify",
    "tune",
    "config",
    "hotlist",
    "corrections",
    "grants",
    "audit",
    "archive",
    "report",
    "who-can-see",
    "supervision",
    "law",
    "reads",
    "keys",
    "provision",
    "service",
    "update",
    "officers",
    "orders",
    "hold",
    "subject",
    "search",
    "pause",
    "models",
    "broker",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb.

    Returns:
        0 when all went well, 1 when the work found faults, 2 when it could not be done at all;
        130 after Ctrl-C.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    options = _parser(words).parse_args(words)
    try:
        return int(options.verb.run(options))
    except EdgeError as error:
        print(f"edge: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # the reader of our output went away (``edge read | head``): nothing is left to say
        sys.stderr.close()
        return 1
    except KeyboardInterrupt:
        return 130


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="edge", description="Read rear plates, check them against a local hotlist, alert."
    )
    parser.add_argument("--version", action="version", version=f"edge {__version__}")
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    for module in _modules(words):
        verb = verbs.add_parser(module.NAME, help=module.HELP, description=module.HELP)
        verb.add_argument(
            "--config",
            metavar="FILE",
            type=Path,
            action="append",
            help="settings on top of the defaults; may be given again, later ones win "
            "(default: /etc/edge/site.toml, then /var/lib/edge/tuning/tuning.toml)",
        )
        module.arguments(verb)
        verb.set_defaults(verb=module)
    return parser


def _modules(words: Sequence[str]) -> list[ModuleType]:
    """Import the verb that is asked for, or all for the help: each import costs time on a Pi."""
    asked = [word for word in words[:1] if word in VERBS]
    return [import_module(f"edge.cli.{name.replace('-', '_')}") for name in asked or VERBS]
