"""``edge keys``: the town's root, its parties and what they hold."""

import argparse
from datetime import timedelta
from pathlib import Path

from edge.cli import keys_ask as ask
from edge.cli import keys_roster
from edge.errors import KeysError
from edge.keys import backup, files
from edge.keys.holder import NEXT, begin_rotation, finish_rotation, make_party
from edge.keys.identity import FILE, load_identity
from edge.keys.request import read_request
from edge.keys.roles import Role
from edge.keys.town import REVOKED_FILE, Town, make_town
from edge.keys.trust import ROOT_FILE, ROSTER_FILE, load_root

NAME = "keys"
HELP = "Make, show, rotate and revoke keys; keep the roster of who may do what."

_CERTIFICATE_LIFE = timedelta(days=90)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    _of_the_root(actions)
    _of_a_party(actions)
    roster = actions.add_parser("roster", help="who may do what: change, sign, check, install")
    keys_roster.arguments(roster)


def run(options: argparse.Namespace) -> int:
    """Do what the action says."""
    return int(options.do(options))


def _of_the_root(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    root = actions.add_parser("root", help="make a town's root, on a machine without a network")
    root.add_argument("town", help="name of the town: small letters, digits, dashes")
    root.set_defaults(do=_root)
    revoke = actions.add_parser(
        "revoke", help="a key is stolen or lost: sign a roster without it, revoke its certificate"
    )
    revoke.add_argument("name")
    revoke.add_argument("--reason", required=True, help="stays on the roster")
    revoke.set_defaults(do=_revoke)
    certificate = actions.add_parser(
        "certificate", help="make a TLS certificate for a party, or with --host for a server"
    )
    certificate.add_argument("name")
    certificate.add_argument(
        "--host", action="append", default=[], help="name or address it serves under; repeat"
    )
    certificate.add_argument(
        "--days", type=ask.days, default=_CERTIFICATE_LIFE, help="its life (default: 90)"
    )
    certificate.set_defaults(do=_certificate)
    back = actions.add_parser("backup", help="write the root's backup, and try it")
    back.add_argument("file", type=Path)
    back.set_defaults(do=_backup)
    recover = actions.add_parser("recover", help="make the root's folder anew from a backup")
    recover.add_argument("file", type=Path)
    recover.add_argument(
        "--roster", type=Path, metavar="FILE", help="the newest roster, from any unit of the town"
    )
    recover.set_defaults(do=_recover)
    for action in (root, revoke, certificate, back, recover):
        ask.take_root(action)
        ask.take_passphrase(action)


def _of_a_party(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    make = actions.add_parser("make", help="make a party's keys, on the machine that will use them")
    make.add_argument("role", choices=[str(role) for role in Role])
    make.add_argument("name", help="unique in the town: small letters, digits, dashes")
    make.add_argument("--town", required=True, help="name of the town")
    ask.take_folder(make)
    make.set_defaults(do=_make)
    show = actions.add_parser("show", help="print name, role and fingerprint, to compare by voice")
    show.add_argument(
        "path", type=Path, help="a folder of keys, the root's folder, NAME.party or town.json"
    )
    show.set_defaults(do=_show)
    rotate = actions.add_parser("rotate", help="make the next keys; --finish puts them in force")
    rotate.add_argument(
        "--finish", action="store_true", help="the roster has the new key: use it from now on"
    )
    ask.take_folder(rotate)
    rotate.set_defaults(do=_rotate)


def _root(options: argparse.Namespace) -> int:
    town = make_town(options.root, options.town, ask.passphrase(options, twice=True), ask.now())
    print(f"made: the root of {options.town} in {town.folder}")
    print(f"fingerprint: {town.root().fingerprint}")
    print(f"bring {town.folder / ROOT_FILE} to every process by hand")
    print("back up now: edge keys backup FILE")
    return 0


def _make(options: argparse.Namespace) -> int:
    identity, application = make_party(
        options.folder, Role(options.role), options.name, options.town
    )
    print(f"made: {identity.name}, {identity.role} of {identity.town}, in {options.folder}")
    print(f"fingerprint: {identity.fingerprint}")
    print(f"bring {application} to the root: edge keys roster add {application.name}")
    return 0


def _show(options: argparse.Namespace) -> int:
    path: Path = options.path
    if path.is_dir() and (path / FILE).exists():
        return _show_identity(path)
    if path.is_dir() or path.name == ROOT_FILE:
        root = load_root(path / ROOT_FILE) if path.is_dir() else load_root(path)
        print(f"root of {root.town}\nfingerprint: {root.fingerprint}")
        return 0
    request = read_request(files.read_public(path), str(path))
    print(f"{request.name}, {request.role} of {request.town}\nfingerprint: {request.fingerprint}")
    return 0


def _show_identity(folder: Path) -> int:
    identity = load_identity(folder)
    print(f"{identity.name}, {identity.role} of {identity.town}")
    print(f"fingerprint: {identity.fingerprint}")
    if (folder / NEXT).exists():
        print(f"next, not yet in force: {load_identity(folder, NEXT).fingerprint}")
    return 0


def _rotate(options: argparse.Namespace) -> int:
    if options.finish:
        identity = finish_rotation(options.folder, ask.now())
        print(f"in force: the new keys of {identity.name}; start its processes anew")
        return 0
    identity, application = begin_rotation(options.folder)
    print(f"made: the next keys of {identity.name}; the old ones are still in force")
    print(f"fingerprint: {identity.fingerprint}")
    print(f"bring {application} to the root: edge keys roster rotate {application.name}")
    print("then install the new roster here, and run: edge keys rotate --finish")
    return 0


def _revoke(options: argparse.Namespace) -> int:
    town, now = Town(options.root), ask.now()
    town.root()  # says that this is no root's folder, before a passphrase is asked for
    roster = town.revoke(options.name, options.reason, ask.passphrase(options), now)
    left = ", ".join(one.name for one in roster.recipients(Role.UNIT, now)) or "no unit"
    print(f"revoked: {options.name}: {options.reason}")
    print(f"bring {town.folder / ROSTER_FILE} (number {roster.sequence}) to every process")
    print(f"bring {town.folder / REVOKED_FILE} to the broker, and start it anew")
    print(f"lists built from now on are sealed to: {left}")
    return 0


def _certificate(options: argparse.Namespace) -> int:
    town, now = Town(options.root), ask.now()
    town.root()
    if len(set(options.host)) != len(options.host):
        raise KeysError("a host is named twice")
    phrase = ask.passphrase(options)
    written = town.certify(options.name, options.host, now + options.days, phrase, now)
    for file in written:
        print(f"made: {file}")
    print("back up the root again: only what the backup knows can be revoked after a restore")
    return 0


def _backup(options: argparse.Namespace) -> int:
    town = Town(options.root)
    town.root()
    backup.back_up(town, options.file, ask.passphrase(options))
    print(f"made: {options.file}; a root was restored from it and opened with the passphrase")
    print("keep it in two places, and the passphrase in neither")
    return 0


def _recover(options: argparse.Namespace) -> int:
    town = backup.restore(options.file, options.root, ask.passphrase(options), options.roster)
    roster = town.roster()
    print(f"restored: the root of {roster.town} in {options.root}, roster {roster.sequence}")
    print(f"fingerprint: {town.root().fingerprint}")
    if options.roster is None:
        print("has a unit a newer roster? Then start again with --roster: no number comes twice")
    return 0
