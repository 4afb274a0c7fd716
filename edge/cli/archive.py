"""``edge archive``: how chains and units stand; all of it as open files, and whether those hold."""

import argparse
from datetime import UTC, date, datetime
from pathlib import Path

from edge.archive.export import Period
from edge.archive.store import ArchiveStore
from edge.clock import SystemClock
from edge.config import Settings, load
from edge.errors import ConfigError
from edge.keys.roles import Role
from edge.messages.fleet import ChainState
from edge.messages.wire import rfc3339
from edge.services.archive import open_archive
from edge.services.archive_export import check, export
from edge.services.keyring import Keyring, open_keyring

NAME = "archive"
HELP = "The town's archive: how its chains stand, an export in open formats, and a check of one."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    status = actions.add_parser("status", help="chains and units as they stand; reads every row")
    status.set_defaults(do=_status)
    out = actions.add_parser("export", help="everything into a new folder, with a signed manifest")
    out.add_argument("folder", metavar="FOLDER", type=Path, help="it must be new")
    out.add_argument("--since", type=_day, help="letters that came from this day on")
    out.add_argument("--until", type=_day, help="letters that came before this day")
    out.add_argument("--why", default="", help="who asked, or for what; stays on the record")
    out.set_defaults(do=_export)
    verify = actions.add_parser("verify", help="hold an export's files against its manifest")
    verify.add_argument("folder", metavar="FOLDER", type=Path)
    verify.add_argument(
        "--root", metavar="FILE", type=Path, required=True, help="the town's public root, town.json"
    )
    verify.set_defaults(do=_verify)


def run(options: argparse.Namespace) -> int:
    """Do what the action says."""
    return int(options.do(options))


def _status(options: argparse.Namespace) -> int:
    _, _, store = _open(options)
    wrong = 0
    with store:
        for one in store.chains():
            broken = store.books.verify(one.name, one.epoch) or one.broken
            wrong += broken is not None
            print(f"chain {one.name}/{one.epoch[:8]}: {_standing(one)}")
            if broken is not None:
                print(f"  does not hold at row {broken.number}: {broken.reason}")
        for unit in store.units():
            heard = rfc3339(datetime.fromtimestamp(unit.heard_ns / 1e9, UTC))
            state = {True: "online", False: "offline", None: "unknown"}[unit.online]
            print(f"unit {unit.name}: {state}, heard {heard}, {len(unit.problems)} problems")
            if unit.remote is not None and unit.remote.who:
                print(f"  {unit.remote.sentence}")
            for problem in unit.problems:
                print(f"  {problem}")
    return 1 if wrong else 0


def _standing(one: ChainState) -> str:
    told = f"{one.number} rows, {one.proven} proven, last of {one.at or 'never'}"
    return f"{told}; rows {one.gap[0]} to {one.gap[1]} are missing" if one.gap else told


def _export(options: argparse.Namespace) -> int:
    settings, keyring, store = _open(options)
    period = Period(options.since or "", options.until or "")
    clock = SystemClock(settings.clock.trust)
    with store:
        keys = Path(settings.keys.folder)
        made = export(store, keyring.identity, keys, options.folder, period, clock, options.why)
    print(
        f"{made.folder}: {made.rows} rows, {made.letters} letters, {made.files} files,"
        f" {made.bytes / 1e6:.1f} MB"
    )
    return 0


def _verify(options: argparse.Namespace) -> int:
    found = check(options.folder, options.root)
    manifest = found.manifest
    for sentence in found.wrong:
        print(f"WRONG {sentence}")
    state = "is not as it was written" if found.wrong else "is whole"
    print(
        f"{options.folder}: {state}: {len(manifest.files)} files, signed by {manifest.archive} of"
        f" {manifest.town} at {manifest.made_at}; 'edge audit verify' holds the chains in it"
    )
    return 1 if found.wrong else 0


def _open(options: argparse.Namespace) -> tuple[Settings, Keyring, ArchiveStore]:
    settings = load(options.config).settings
    clock = SystemClock(settings.clock.trust)
    keyring = open_keyring(Path(settings.keys.folder), clock, {Role.ARCHIVE})
    section = settings.archive
    if not section.database and not Path(section.folder).is_dir():
        raise ConfigError(f"{section.folder}: there is no archive here; name its settings")
    return settings, keyring, open_archive(settings, keyring, clock)


def _day(text: str) -> str:
    try:
        return f"{date.fromisoformat(text)}T00:00:00.000Z"
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: write 2026-01-31") from None
