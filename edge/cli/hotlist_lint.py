"""``edge hotlist lint``: what is wrong or doubtful about a list."""

import argparse
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from edge.clock import SystemClock
from edge.config import Settings, load
from edge.errors import ConfigError
from edge.hotlist.csvfile import load_csv
from edge.hotlist.lint import WIDEST, Finding, lint
from edge.plates import syntax

_SHOWN = 20  # of each kind


def declare(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the action."""
    action = actions.add_parser(
        "lint",
        help="say what is wrong or doubtful: twins, duplicates, wide wildcards, dead entries",
        description="Say what is wrong or doubtful about a list, with line numbers. "
        "Status 0: nothing; 1: findings; 2: the list would be refused.",
    )
    action.add_argument(
        "path", nargs="?", type=Path, help="the CSV file (default: hotlist.path of the settings)"
    )
    action.add_argument(
        "--widest",
        type=float,
        default=WIDEST,
        metavar="P",
        help=f"largest share of cars that a wildcard may cover (default: {WIDEST:g})",
    )
    action.add_argument("--all", action="store_true", help="print every finding of each kind")
    action.set_defaults(act=_lint)


def list_path(given: Path | None, settings: Settings) -> Path:
    """Return the list that was named, or else the one of the settings.

    Raises:
        ConfigError: there is none.
    """
    path = given or (Path(settings.hotlist.path) if settings.hotlist.path else None)
    if path is None:
        raise ConfigError("which list? Name a CSV file, or set hotlist.path")
    return path


def _lint(options: argparse.Namespace) -> int:
    """Print the findings and a summary."""
    settings = load(options.config).settings
    path = list_path(options.path, settings)
    hotlist = load_csv(path, settings.hotlist.max_entries)
    now = datetime.fromtimestamp(SystemClock().now().utc_ns / 1e9, UTC)
    place = syntax.shares(settings.unit.jurisdiction, settings.policy.foreign_share)
    findings = lint(hotlist, now, place, options.widest)
    for line in _lines(path, findings, everything=options.all):
        print(line)
    version = hotlist.version
    issued = f"issued {version.issued:%Y-%m-%d %H:%M} UTC"
    print(f"{version.version}: {version.entries} entries, {issued}, {len(findings)} findings")
    return 1 if findings else 0


def _lines(path: Path, findings: Sequence[Finding], *, everything: bool) -> list[str]:
    shown: Counter[str] = Counter()
    lines = []
    for finding in findings:
        shown[finding.kind] += 1
        if everything or shown[finding.kind] <= _SHOWN:
            where = f"{path}:{finding.line}: {finding.kind}: {finding.entry_id}"
            lines.append(f"{where}: {finding.sentence}")
    left = {kind: count - _SHOWN for kind, count in shown.items() if count > _SHOWN}
    if left and not everything:
        more = ", ".join(f"{count} of {kind}" for kind, count in sorted(left.items()))
        lines.append(f"... and {more}; --all prints them")
    return lines
