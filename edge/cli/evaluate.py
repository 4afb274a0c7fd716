"""``edge evaluate``: how well the models find and read labelled plates."""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final, TypeVar

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from edge.clock import SystemClock
from edge.config import load
from edge.errors import ConfigError
from edge.evaluate.figures import Figure
from edge.evaluate.run import evaluate

NAME = "evaluate"
HELP = "Measure detector, reader and both together on labelled pictures."

Item = TypeVar("Item")

_DATA: Final = Path("../shared/data")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument(
        "--data", type=Path, default=_DATA, help=f"labelled pictures (default: {_DATA})"
    )
    parser.add_argument(
        "--out", type=Path, help="folder of the results (default: a fresh one below runs/)"
    )
    parser.add_argument("--limit", type=int, help="at most so many pictures of each kind")
    parser.add_argument("--jsonl", action="store_true", help="one figure a line as JSON")


def run(options: argparse.Namespace) -> int:
    """Print the figures; write them and contact sheets of what went wrong."""
    if options.limit is not None and options.limit < 1:
        raise ConfigError(f"--limit must be 1 or more, not {options.limit}")
    settings = load(options.config).settings
    clock = SystemClock(settings.clock.trust)
    stamp = clock.now().iso()[:19].replace(":", "").replace("-", "")
    out = options.out or Path("runs") / f"evaluate-{stamp}"
    with _Bars() as bars:
        outcome = evaluate(
            options.data,
            settings.detector,
            settings.reader,
            clock,
            limit=options.limit,
            watch=bars.watch,
        )
    outcome.write(out)
    if options.jsonl:
        for figure in outcome.figures:
            print(json.dumps(asdict(figure), allow_nan=False), flush=True)
    else:
        _print_table(outcome.figures)
    print(f"figures and contact sheets: {out}", file=sys.stderr)
    return 0


def _print_table(figures: Iterable[Figure]) -> None:
    table = Table("part", "group", "figure", "value", "95 %", "of")
    for figure in figures:
        interval = of = ""
        if figure.low is not None and figure.high is not None:
            interval = f"{figure.low:.3f} - {figure.high:.3f}"
        if figure.total is not None:
            of = f"{figure.hits} / {figure.total}"
        table.add_row(figure.part, figure.group, figure.name, f"{figure.value:g}", interval, of)
    Console(width=None if sys.stdout.isatty() else 140).print(table)


class _Bars:
    """A bar for each part on a terminal's standard error; elsewhere nothing."""

    def __init__(self) -> None:
        self._progress = Progress(
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,
            disable=not sys.stderr.isatty(),
        )

    def __enter__(self) -> "_Bars":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def watch(self, what: str, items: Sequence[Item]) -> Iterable[Item]:
        """Hand out *items* under a bar."""
        return self._progress.track(items, description=what)
