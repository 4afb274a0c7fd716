"""``edge report``: the public report of some days, counted from chains; and counted again."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from edge.archive.report.count import Report, count
from edge.archive.report.write import PAGE, Chains, check_free, recount, write
from edge.clock import SystemClock
from edge.config import Settings, load
from edge.errors import ConfigError
from edge.keys.roles import Role
from edge.keys.trust import ROOT_FILE, load_root
from edge.services.archive import open_archive
from edge.services.keyring import open_keyring
from edge.services.report import ExportedChains, StoredChains

NAME = "report"
HELP = "Count the public report of some days from the chains, or count one again and compare."
_DAY: Final = timedelta(days=1)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("--month", metavar="YYYY-MM", help="a whole month of UTC")
    parser.add_argument("--from", dest="since", metavar="DAY", help="or its first day")
    parser.add_argument("--until", metavar="DAY", help="and the day after its last")
    parser.add_argument("--out", metavar="FOLDER", type=Path, help="where it is written")
    parser.add_argument(
        "--overwrite", action="store_true", help="a report that lies in --out already is lost"
    )
    parser.add_argument(
        "--recount", metavar="FOLDER", type=Path, help="count the report in FOLDER again, compare"
    )
    parser.add_argument(
        "--chains",
        metavar="FILE|FOLDER",
        type=Path,
        action="append",
        help="exported chains to count from (default: the archive of these settings)",
    )
    parser.add_argument(
        "--root",
        metavar="FILE",
        type=Path,
        help="the town's public root, for --chains (default: town.json in keys.folder)",
    )


def run(options: argparse.Namespace) -> int:
    """Write the report, or compare one with its chains.

    Returns:
        1 when a recount differs, or a chain that was counted is broken.
    """
    settings = load(options.config).settings
    if (options.out is None) == (options.recount is None):
        raise ConfigError("name either --out FOLDER, or --recount FOLDER")
    if options.recount is not None:
        with _chains(options, settings) as (chains, _):
            return _recount(options.recount, chains)
    check_free(options.out, overwrite=options.overwrite)  # before minutes of counting
    since, until = _days(options)
    with _chains(options, settings) as (chains, town):
        held = list(chains.held())
        report = count(chains.acts(), since, until, town=town, held=held)
    made = SystemClock(settings.clock.trust).now().iso()
    write(options.out, report, made, overwrite=options.overwrite)
    return _told(report, options.out)


def _told(report: Report, folder: Path) -> int:
    for sentence in report.unknown:
        print(sentence)
    print(
        f"{folder / PAGE}: {report.reads()} reads, {report.hits.total('hits')} hits, "
        f"{report.searches.total('searches')} searches, from {len(report.chains)} chains"
    )
    return 1 if any(one.broken for one in report.chains) else 0


def _recount(folder: Path, chains: Chains) -> int:
    found = recount(folder, chains)
    for one in found:
        print(f"{one.where}: the report has {one.told}, the chains have {one.counted}")
    print(f"{folder}: {len(found)} differences" if found else f"{folder}: every figure is the same")
    return 1 if found else 0


@contextmanager
def _chains(options: argparse.Namespace, settings: Settings) -> Iterator[tuple[Chains, str]]:
    """Return the chains, and whose town's they are."""
    keys = Path(settings.keys.folder)
    if options.chains:
        root = load_root(options.root or keys / ROOT_FILE)
        yield ExportedChains(options.chains, root).open(), root.town
        return
    section = settings.archive
    if not section.database and not Path(section.folder).is_dir():
        raise ConfigError(
            f"{section.folder}: there is no archive here; name its settings, or --chains FOLDER"
        )
    clock = SystemClock(settings.clock.trust)
    keyring = open_keyring(keys, clock, {Role.ARCHIVE})
    with open_archive(settings, keyring, clock) as store:
        yield StoredChains(store).open(), keyring.identity.town


def _days(options: argparse.Namespace) -> tuple[str, str]:
    """Return the period as RFC 3339, its end excluded."""
    if options.month and (options.since or options.until):
        raise ConfigError("name --month, or --from and --until, not both")
    if options.month:
        first = _day(f"{options.month}-01", "--month", "2026-10")
        after = (first.replace(day=28) + 4 * _DAY).replace(day=1)
    elif options.since and options.until:
        first = _day(options.since, "--from", "2026-10-01")
        after = _day(options.until, "--until", "2026-11-01")
    else:
        raise ConfigError("of which days? Name --month 2026-10, or --from DAY --until DAY")
    if after <= first:
        raise ConfigError(f"--until {after} is not after --from {first}")
    return f"{first}T00:00:00.000Z", f"{after}T00:00:00.000Z"


def _day(text: str, option: str, like: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{option}: {text!r} is no date; write it like {like}") from None
