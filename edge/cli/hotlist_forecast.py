"""``edge hotlist forecast``: how many innocent cars a list will stop."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from edge.cli.hotlist_lint import list_path
from edge.clock import SystemClock
from edge.config import load
from edge.errors import ConfigError
from edge.hotlist.csvfile import load_csv
from edge.hotlist.forecast import Forecast, Rate, forecast
from edge.hotlist.forecast_reader import load_confusion

_CARS = 10_000


def declare(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the action."""
    action = actions.add_parser(
        "forecast",
        help="predict false alerts a day, by cause and by match rule, and what true hits remain",
        description="Predict false alerts a day for the traffic of a place, by cause and by match "
        "rule, the rate of false alarms that the settings imply, and the share of true hits that "
        "still alarm. Serials are taken as evenly spread and the reader as the table of confusion "
        "says: read the figures as right to a factor of two or three.",
    )
    action.add_argument(
        "path", nargs="?", type=Path, help="the CSV file (default: hotlist.path of the settings)"
    )
    action.add_argument(
        "--cars", type=int, default=_CARS, metavar="N", help=f"cars a day (default: {_CARS})"
    )
    action.add_argument(
        "--foreign-share", type=float, metavar="P", help="instead of policy.foreign_share"
    )
    action.add_argument(
        "--confusion", type=Path, metavar="FILE", help="table of another reader's errors"
    )
    action.set_defaults(act=_forecast)


def _forecast(options: argparse.Namespace) -> int:
    settings = load(options.config).settings
    policy = settings.policy
    if options.foreign_share is not None:
        if not 0.0 <= options.foreign_share <= 1.0:
            raise ConfigError("--foreign-share: is a share, 0 to 1")
        policy = policy.model_copy(update={"foreign_share": options.foreign_share})
    if options.cars < 1:
        raise ConfigError("--cars: at least one a day")
    hotlist = load_csv(list_path(options.path, settings), settings.hotlist.max_entries)
    found = forecast(
        hotlist,
        settings.hotlist,
        policy,
        settings.unit.jurisdiction,
        load_confusion(options.confusion),
        datetime.fromtimestamp(SystemClock().now().utc_ns / 1e9, UTC),
    )
    place = f"{settings.unit.jurisdiction}, {policy.foreign_share:.0%} foreign plates"
    Console(highlight=False, width=100).print(_table(found, options.cars, place))
    for line in _lines(found, settings.unit.jurisdiction):
        print(line)
    return 0


def _table(found: Forecast, cars: int, place: str) -> Table:
    title = f"False alerts a day: {cars:,} cars, {place}, {found.entries:,} entries"
    table = Table(title=title, box=SIMPLE)
    for heading in ("match rule", "same text elsewhere", "misread", "wildcards", "together"):
        table.add_column(heading, justify="left" if heading == "match rule" else "right")
    rules = {
        "these settings: alarm": found.alarm,
        "these settings: alarm or verify": found.told,
        "exact text and place": found.exact,
        "exact text, any place": found.exact_anywhere,
    }
    for rule, rate in rules.items():
        table.add_row(rule, *(f"{part * cars:.3g}" for part in _parts(rate)))
    return table


def _parts(rate: Rate) -> tuple[float, float, float, float]:
    return rate.collision, rate.misread, rate.wildcard, rate.total


def _lines(found: Forecast, home: str) -> list[str]:
    return [
        f"of 1,000,000 innocent cars: {found.alarm.total * 1e6:.1f} alarm, "
        f"{found.told.total * 1e6:.1f} alarm or verify; the exact text alone would give "
        f"{found.exact_anywhere.total * 1e6:.1f}",
        f"of passes of listed {home} cars: {found.true_alarm:.1%} alarm, {found.true_told:.1%} "
        "alarm or verify",
    ]
