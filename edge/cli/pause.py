"""``edge pause``: the town's order that units read nothing, and its end before its time."""

import argparse
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

from edge.cli.keys_ask import date, now
from edge.cli.keys_words import desk_folder, whose_keys
from edge.config import load
from edge.errors import PauseError
from edge.keys.files import make_folder, read_public, write
from edge.keys.identity import load_identity
from edge.keys.parties import to_time
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.signed import digest, to_bytes
from edge.keys.trust import load_root, open_roster
from edge.messages.order import kind_of
from edge.policy import pauses
from edge.policy.pauses import LONGEST, Ordered, Pause, sign_approval, sign_lift, sign_pause
from edge.services.numbered import find_numbered
from edge.services.pause_folder import FOLDER, PauseFolder, PauseTaker, read_lift, read_order
from edge.services.pause_proof import LIMITS, prove_pause, told

NAME = "pause"
HELP = "Order units to read nothing until a day, by one key; lift that early by two, and prove it."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    make = actions.add_parser("make", help="a supervisor or an auditor: read nothing until a day")
    whom = make.add_mutually_exclusive_group(required=True)
    whom.add_argument("--town", action="store_true", help="all units, later ones too")
    whom.add_argument("--unit", action="append", metavar="NAME", help="repeat for more")
    make.add_argument("--days", type=int, required=True, help=f"at most {LONGEST.days}")
    make.add_argument("--from", dest="since", type=date, help="first day (default: now)")
    make.add_argument("--reason", required=True, help="stands on the page: a vote, a court's word")
    make.set_defaults(do=_make)
    lift = actions.add_parser("lift", help="propose to end a pause early; does nothing by itself")
    lift.add_argument("number", help="of the pause; the first digits suffice")
    lift.add_argument("--why", required=True, help="stays beside the pause")
    lift.set_defaults(do=_lift)
    approve = actions.add_parser("approve", help="the other of supervisor and auditor: end it")
    approve.add_argument("number", help="of the pause; the first digits suffice")
    approve.set_defaults(do=_approve)
    install = actions.add_parser("install", help="on a unit: take files brought by hand")
    install.add_argument("file", nargs="+", type=Path, metavar="FILE")
    install.set_defaults(do=_install)
    proof = actions.add_parser("prove", help="an auditor, offline: nothing was read meanwhile")
    proof.add_argument("file", metavar="FILE", type=Path, help="the unit's exported record")
    proof.add_argument("--pause", metavar="NUMBER", required=True, help="the first digits suffice")
    proof.add_argument(
        "--root", metavar="FILE", type=Path, required=True, help="the town's public root, town.json"
    )
    proof.add_argument(
        "--heads",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="signed heads or receipts kept elsewhere, a line each as in an export",
    )
    proof.add_argument(
        "--within",
        metavar="S",
        type=float,
        default=5.0,
        help="how soon after its order it must have begun (default: 5)",
    )
    show = actions.add_parser("show", help="which pauses are in force, over or lifted, and why")
    show.set_defaults(do=_show)
    actions_of_desk = (make, lift, approve, install, show)
    whose_keys(actions_of_desk)
    desk_folder(actions_of_desk, "pauses", "the pauses")


def run(options: argparse.Namespace) -> int:
    """Do what the action says."""
    if options.action == "prove":
        return _prove(options)  # on an auditor's machine, which has no settings
    settings = load(options.config).settings
    own = Path(settings.keys.folder)
    keys: Path = options.keys or own
    options.unit_name = settings.unit.name
    return int(options.do(options, options.folder or own / FOLDER, keys))


def _make(options: argparse.Namespace, folder: Path, keys: Path) -> int:
    at, signer, roster = now(), load_identity(keys), open_roster(keys)
    since = options.since or at
    pause = Pause(
        v=1,
        town=signer.town,
        units=_units(options.unit or [], roster),
        since=to_time(since),
        until=to_time(since + timedelta(days=options.days)),
        reason=options.reason,
        made=to_time(at),
    )
    signed = sign_pause(pause, signer)
    one = pauses.read_pause(signed, roster, at)
    _put(folder, f"{one.number}.pause", to_bytes(signed))
    print(f"{one.number[:12]}: {_said(one)}")
    print(f"bring it to the units: edge orders send {folder / one.number}.pause")
    return 0


def _lift(options: argparse.Namespace, folder: Path, keys: Path) -> int:
    file = _found(folder, options.number)
    read_order(file)
    if file.with_suffix(".lifted").exists():
        raise PauseError(f"pause {file.stem[:12]} is lifted already")
    signed = sign_lift(file.stem, options.why, load_identity(keys), now())
    _put(folder, f"{file.stem}.lift", to_bytes(signed))
    print(f"it lifts nothing until the other of supervisor and auditor runs: {_approval(file)}")
    return 0


def _approve(options: argparse.Namespace, folder: Path, keys: Path) -> int:
    at, roster, file = now(), open_roster(keys), _found(folder, options.number)
    lift = read_lift(file.with_suffix(".lift"))
    approval = sign_approval(lift, load_identity(keys), roster, at)
    one = pauses.read_lifted(lift, approval, roster, at)
    if one.number != digest(read_order(file)):
        raise PauseError(f"{file.with_suffix('.lift')}: is the lift of another pause")
    _put(folder, f"{one.number}.lifted", to_bytes(approval))
    print(f"{one.number[:12]} is lifted by {one.signers[0]} and {one.signers[1]}: {one.why}")
    print(f"bring it to the units: edge orders send {folder / one.number}.lift*")
    return 0


def _install(options: argparse.Namespace, folder: Path, keys: Path) -> int:
    found: dict[str, bytes] = {}
    for file in options.file:
        document = read_public(file)
        kind = kind_of(document, pauses.KINDS)
        if not kind or kind in found:
            raise PauseError(f"{file}: is no pause and no lift of one, or the second of its kind")
        found[kind] = document
    roster = open_roster(keys)
    at = roster.no_earlier(now())
    print(f"taken: {PauseTaker(PauseFolder(folder), options.unit_name).take(found, roster, at)}")
    return 0


def _show(_: argparse.Namespace, folder: Path, keys: Path) -> int:
    roster = open_roster(keys)
    at = roster.no_earlier(now())
    found = PauseFolder(folder).read(roster, at)
    for number, one in found.ordered.items():
        print(f"{number[:12]} {_state(one, found.lifted.keys(), folder, at)}: {_said(one)}")
    for name, why in found.refused.items():
        print(f"{name[:12]} does not hold: {why}")
    print(f"{len(found.ordered)} pauses, {len(found.lifted)} lifted, {len(found.refused)} refused")
    return 0


def _prove(options: argparse.Namespace) -> int:
    """Return 0 when everything is shown, 1 otherwise."""
    root = load_root(options.root)
    record, proof = prove_pause(options.file, options.pause, root, options.heads, options.within)
    for line in told((*record, *proof.points)):
        print(line)
    shown = proof.holds and all(point.holds for point in record)
    word = "PROVEN" if shown else "NOT PROVEN"
    still = (
        "" if proof.ended else f", up to row {proof.last}; what came after, a later export shows"
    )
    print(word + still, *LIMITS, sep="\n")
    return 0 if shown else 1


def _state(one: Ordered, lifted: Collection[str], folder: Path, at: datetime) -> str:
    if one.number in lifted:
        return "is lifted"
    if at >= one.until:
        return "is over"
    state = "begins later" if at < one.since else "is in force"
    proposed = (folder / f"{one.number}.lift").exists()
    return f"{state}, its lift waits for the second key" if proposed else state


def _said(one: Ordered) -> str:
    return (
        f"{one.scope} reads nothing from {to_time(one.since)} until {to_time(one.until)}:"
        f" {one.reason}; {one.signer}"
    )


def _units(names: list[str], roster: Roster) -> list[str]:
    known = {party.name for party in roster.parties if party.role is Role.UNIT}
    missing = sorted(set(names) - known)
    if missing:
        raise PauseError(f"{' and '.join(missing)}: no unit of roster {roster.sequence}")
    return sorted(set(names))


def _found(folder: Path, number: str) -> Path:
    return find_numbered(folder, ".pause", number, "pause", PauseError, "edge pause show")


def _approval(file: Path) -> str:
    return f"edge pause approve {file.stem[:12]}"


def _put(folder: Path, name: str, body: bytes) -> None:
    make_folder(folder, private=False)
    write(folder / name, body)
