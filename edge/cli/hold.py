"""``edge hold``: keep what an alert says for a case, until a day."""

import argparse
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from edge.cli.keys_ask import now
from edge.cli.keys_words import desk_folder, whose_keys
from edge.clock import SystemClock
from edge.config import Settings, load
from edge.errors import EdgeError, HoldError
from edge.keys.files import read_public
from edge.keys.identity import load_identity
from edge.keys.parties import to_time
from edge.keys.trust import open_roster
from edge.messages.order import kind_of
from edge.policy.holds import END, HOLD, LONGEST, Hold, read_hold
from edge.services.holds import FOLDER, HoldFolder, HoldTaker
from edge.services.machine_store import open_machine_store

NAME = "hold"
HELP = "Keep what an alert says for a case until a day, against retention, purge and erasure."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    make = actions.add_parser("make", help="a supervisor: hold an alert for a case")
    make.add_argument("alert", help="its number, unit/epoch/sequence, as a console shows it")
    make.add_argument("--case", required=True, help="the case's number; no plate")
    make.add_argument("--why", required=True, help="stands in the hold; no plate")
    make.add_argument("--days", type=int, required=True, help=f"at most {LONGEST.days}")
    make.set_defaults(do=_make)
    end = actions.add_parser("end", help="a supervisor or an auditor: end a hold at once")
    end.add_argument("number", help="the first digits suffice")
    end.add_argument("--why", required=True, help="stands beside the hold")
    end.set_defaults(do=_end)
    install = actions.add_parser("install", help="where letters are kept: take files by hand")
    install.add_argument("file", nargs="+", type=Path, metavar="FILE")
    install.set_defaults(do=_install)
    show = actions.add_parser("show", help="holds of this desk's folder, and in force in its store")
    show.set_defaults(do=_show)
    actions_of_desk = (make, end, install, show)
    whose_keys(actions_of_desk)
    desk_folder(actions_of_desk, "holds", "the desk's holds")


def run(options: argparse.Namespace) -> int:
    """Do what the action says."""
    settings = load(options.config).settings
    own = Path(settings.keys.folder)
    keys: Path = options.keys or own
    return int(options.do(options, HoldFolder(options.folder or own / FOLDER), keys, settings))


def _make(options: argparse.Namespace, folder: HoldFolder, keys: Path, _: Settings) -> int:
    at, supervisor, roster = now(), load_identity(keys), open_roster(keys)
    try:
        hold = Hold(
            v=1,
            town=supervisor.town,
            alert=options.alert,
            case=options.case,
            why=options.why,
            made=to_time(at),
            until=to_time(at + timedelta(days=options.days)),
        )
    except ValueError as error:
        raise HoldError(
            "a hold names an alert as unit/epoch/sequence, a case of 1 to 80 characters and a"
            " reason of 1 to 400"
        ) from error
    file = folder.make(hold, supervisor, roster, roster.no_earlier(at))
    print(f"{file.stem[:12]}: {hold.alert} is held for case {hold.case} until {hold.until}")
    print(f"it holds nothing until it is brought: edge orders send {file}")
    return 0


def _end(options: argparse.Namespace, folder: HoldFolder, keys: Path, _: Settings) -> int:
    file = folder.end(options.number, load_identity(keys), options.why, now())
    print(f"{file.stem[:12]} is ended once it is brought: edge orders send {file}")
    return 0


def _install(options: argparse.Namespace, _: HoldFolder, keys: Path, settings: Settings) -> int:
    clock, roster = SystemClock(settings.clock.trust), open_roster(keys)
    with ExitStack() as stack:
        own = stack.enter_context(open_machine_store(settings, load_identity(keys), clock))
        (taker,) = (one for one in own.takers if isinstance(one, HoldTaker))
        for file in options.file:
            document = read_public(file)
            kind = kind_of(document, (HOLD, END))
            if not kind:
                raise HoldError(f"{file}: is neither a hold nor the end of one")
            print(taker.take({kind: document}, roster, roster.no_earlier(now())))
    return 0


def _show(_: argparse.Namespace, folder: HoldFolder, keys: Path, settings: Settings) -> int:
    roster = open_roster(keys)
    at = roster.no_earlier(now())
    for file in folder.files():
        try:
            one = read_hold(folder.read(file), roster, at)
        except EdgeError as error:
            print(f"{file.stem[:12]} does not hold: {error}")
            continue
        state = "ended" if folder.ended(file) else f"until {one.until}"
        print(f"{one.number[:12]} {state}: {one.alert}, case {one.case}: {one.why}")
    _show_store(keys, settings)
    return 0


def _show_store(keys: Path, settings: Settings) -> None:
    own = load_identity(keys)
    if own.role not in {"unit", "console", "archive"}:
        return
    with open_machine_store(settings, own, SystemClock(settings.clock.trust)) as store:
        standing = store.holds.standing()
    print(f"in force at {own.name}: {len(standing)}")
    for hold in standing:
        print(f"{hold.number[:12]} until {hold.until}: {hold.alert}, case {hold.case}")
