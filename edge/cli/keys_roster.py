"""``edge keys roster``: who may do what, changed as a draft, signed by the root."""

import argparse
from datetime import datetime, timedelta
from pathlib import Path

from edge.cli import keys_ask as ask
from edge.keys import edits, files
from edge.keys.parties import Party
from edge.keys.request import read_request
from edge.keys.roster import Roster, load_roster
from edge.keys.town import Town
from edge.keys.trust import install_roster, load_root

_LIFE = timedelta(days=400)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    add = actions.add_parser("add", help="put a party on the draft, by its application")
    _application(add)
    add.add_argument("--from", dest="since", type=ask.date, help="first day (default: now)")
    add.set_defaults(do=_add)
    rotate = actions.add_parser("rotate", help="put a party's next key on the draft")
    _application(rotate)
    rotate.add_argument(
        "--overlap",
        type=ask.days,
        default=timedelta(days=14),
        metavar="DAYS",
        help="how long the old key counts beside the new one (default: 14)",
    )
    rotate.set_defaults(do=_rotate)
    revoke = actions.add_parser("revoke", help="revoke a party on the draft, for the next signing")
    revoke.add_argument("name")
    revoke.add_argument("--reason", required=True, help="stays on the roster")
    ask.take_root(revoke)
    revoke.set_defaults(do=_revoke)
    sign = actions.add_parser("sign", help="sign the draft with the next number")
    ask.take_root(sign)
    ask.take_passphrase(sign)
    sign.set_defaults(do=_sign)
    show = actions.add_parser("show", help="print the draft, or the roster if there is none")
    ask.take_root(show)
    show.set_defaults(do=_show)
    _outside(actions)


def lines(roster: Roster, now: datetime) -> list[str]:
    """Return a roster as a table for people, with a line on top."""
    head = (
        f"roster {roster.sequence} of {roster.town}, {roster.issued:%Y-%m-%d %H:%M} UTC:"
        f" {len(roster.parties)} keys, {len(roster.revoked)} revoked"
    )
    rows = [
        f"{party.name:<20} {party.role:<12} {_state(roster, party, now):<24} {party.fingerprint}"
        for party in roster.parties
    ]
    reasons = [
        f"revoked {one.at:%Y-%m-%d %H:%M} UTC: {one.name}: {one.reason}" for one in roster.revoked
    ]
    return [head, *rows, *reasons]


def _application(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="NAME.party, as 'edge keys make' or 'rotate' wrote")
    parser.add_argument(
        "--days", type=ask.days, default=_LIFE, help="how long the key counts (default: 400)"
    )
    ask.take_root(parser)


def _outside(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verify = actions.add_parser("verify", help="check a roster's file against the root's key")
    verify.add_argument("file", type=Path)
    verify.add_argument(
        "--trust",
        type=Path,
        required=True,
        metavar="FILE",
        help="town.json, the root's public key, got by hand",
    )
    verify.add_argument("--least", type=int, default=0, help="refuse a number below this one")
    verify.set_defaults(do=_verify)
    install = actions.add_parser("install", help="put a newer roster in force in a folder of keys")
    install.add_argument("file", type=Path)
    ask.take_folder(install)
    install.set_defaults(do=_install)


def _add(options: argparse.Namespace) -> int:
    blob, town, now = files.read_public(options.file), Town(options.root), ask.now()
    request = read_request(blob, str(options.file))
    since = options.since or now
    town.change(edits.added(town.draft(), request, since, since + options.days), now)
    town.keep(request, blob)
    print(f"on the draft: {request.name}, {request.role}, from {since:%Y-%m-%d}")
    print(f"before signing, let them read you this: {request.fingerprint}")
    return 0


def _rotate(options: argparse.Namespace) -> int:
    blob, town, now = files.read_public(options.file), Town(options.root), ask.now()
    request = read_request(blob, str(options.file))
    until = now + options.days
    town.change(edits.rotated(town.draft(), request, now, until, options.overlap), now)
    town.keep(request, blob)
    print(f"on the draft: the next key of {request.name}")
    print(f"the old one counts until {now + options.overlap:%Y-%m-%d %H:%M} UTC at most")
    print(f"before signing, let them read you this: {request.fingerprint}")
    return 0


def _revoke(options: argparse.Namespace) -> int:
    town, now = Town(options.root), ask.now()
    town.change(edits.revoked(town.draft(), options.name, now, options.reason), now)
    print(f"on the draft: {options.name} revoked; it counts once the roster is signed")
    print("'edge keys revoke' signs at once and revokes the TLS certificate too")
    return 0


def _sign(options: argparse.Namespace) -> int:
    town, now = Town(options.root), ask.now()
    roster = town.sign(ask.passphrase(options), now)
    print("\n".join(lines(roster, now)))
    print(f"signed: bring {town.folder / 'roster'} to every process of {roster.town}")
    return 0


def _show(options: argparse.Namespace) -> int:
    town = Town(options.root)
    print("\n".join(lines(town.draft(), ask.now())))
    if town.pending():
        print("this is the draft; it counts once 'edge keys roster sign' has signed it")
    return 0


def _verify(options: argparse.Namespace) -> int:
    root = load_root(options.trust)
    roster = load_roster(options.file, root.key, options.least)
    print("\n".join(lines(roster, ask.now())))
    print(f"signed by the root with the fingerprint {root.fingerprint}")
    return 0


def _install(options: argparse.Namespace) -> int:
    roster = install_roster(files.read_public(options.file), str(options.file), options.folder)
    print(f"in force: roster {roster.sequence} of {roster.town}, {len(roster.parties)} keys")
    return 0


def _state(roster: Roster, party: Party, now: datetime) -> str:
    if roster.revocation(party) is not None:
        return "REVOKED"
    if now < party.since:
        return f"from {party.since:%Y-%m-%d}"
    word = "until" if now < party.until else "ended"
    return f"{word} {party.until:%Y-%m-%d %H:%M}"
