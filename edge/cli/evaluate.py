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
from edge.evaluate.checked import Checked, load_checked
from edge.evaluate.compare import Change, load_earlier
from edge.evaluate.figures import Figure
from edge.evaluate.report.write import PAGE, write
from edge.evaluate.run import Sections, evaluate

NAME = "evaluate"
HELP = "Measure detector, reader and both together on labelled pictures."

Item = TypeVar("Item")

_DATA: Final = Path("../shared/data")
_CHECKED: Final = Path(__file__).resolve().parents[2] / "models" / "checked"  # in a checkout


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument(
        "--data", type=Path, default=_DATA, help=f"labelled pictures (default: {_DATA})"
    )
    parser.add_argument(
        "--out", type=Path, help="folder of the results (default: a fresh one below runs/)"
    )
    parser.add_argument(
        "--checked",
        type=Path,
        help="folder of labels.csv and no_plates.csv, what was checked by eye "
        "(default: models/checked of the checkout; an installed edge has none)",
    )
    parser.add_argument(
        "--compare", type=Path, help="figures.json of an earlier run, to show gains and losses"
    )
    parser.add_argument("--limit", type=int, help="at most so many pictures of each kind")
    parser.add_argument("--jsonl", action="store_true", help="one figure a line as JSON")


def run(options: argparse.Namespace) -> int:
    """Print the figures; write the report, the figures and contact sheets of what went wrong."""
    if options.limit is not None and options.limit < 1:
        raise ConfigError(f"--limit must be 1 or more, not {options.limit}")
    earlier = (options.compare, load_earlier(options.compare)) if options.compare else None
    settings = load(options.config).settings
    clock = SystemClock(settings.clock.trust)
    stamp = clock.now().iso()[:19].replace(":", "").replace("-", "")
    out = options.out or Path("runs") / f"evaluate-{stamp}"
    with _Bars() as bars:
        outcome = evaluate(
            options.data,
            Sections(settings.detector, settings.reader, settings.policy),
            clock,
            checked=_checked(options.checked),
            earlier=earlier,
            limit=options.limit,
            watch=bars.watch,
        )
    write(out, outcome)
    if options.jsonl:
        for figure in outcome.figures:
            print(json.dumps(asdict(figure), allow_nan=False), flush=True)
    else:
        _print_table(outcome.figures)
        if outcome.details.comparison is not None:
            _print_changes(outcome.details.comparison.changes)
    print(f"report, figures and contact sheets: {out / PAGE}", file=sys.stderr)
    return 0


def _checked(folder: Path | None) -> Checked:
    """Return the lists of *folder*, or else those of the checkout, or none."""
    if folder is None and not _CHECKED.is_dir():
        return Checked()
    return load_checked(folder or _CHECKED)


_SHOWN: Final = ("", "half", "place")  # the page has the others


def _print_table(figures: Iterable[Figure]) -> None:
    table = Table("part", "group", "figure", "labels", "value", "95 %, by plate", "of")
    for figure in figures:
        if figure.by in _SHOWN:
            of = "" if figure.total is None else f"{figure.hits} / {figure.total}"
            name, value = figure.name, f"{figure.value:g}"
            table.add_row(
                figure.part, figure.group, name, figure.labels, value, _interval(figure), of
            )
    _print(table)


def _interval(figure: Figure) -> str:
    sides = (figure.low_plates, figure.high_plates), (figure.low, figure.high)
    for low, high in sides:
        if low is not None and high is not None:
            return f"{low:.3f} - {high:.3f}"
    return ""


def _print_changes(changes: Iterable[Change]) -> None:
    table = Table("part", "group", "figure", "labels", "before", "now", "gain")
    for one in changes:
        now = one.now
        if now.by in _SHOWN:
            numbers = f"{one.before:g}", f"{now.value:g}", f"{one.gain:+g}"
            table.add_row(now.part, now.group, now.name, now.labels, *numbers)
    _print(table)


def _print(table: Table) -> None:
    Console(width=None if sys.stdout.isatty() else 160).print(table)


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
