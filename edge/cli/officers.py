"""``edge officers``: who may log in to a console, each with keys that only a password opens."""

import argparse
import getpass
import sys
from pathlib import Path

from edge.config import load
from edge.errors import KeysError
from edge.keys import files
from edge.keys.officers import AT_TOWN_HALL, AT_UNIT, ROLES, OfficerFolder
from edge.keys.roles import Role

NAME = "officers"
HELP = "Who logs in to a console, the archive's page or a unit's: make keys, passwords, shut out."
FOLDER = "officers"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="make an officer's keys, locked by a password")
    add.add_argument("name", help="as the roster will know it: small letters, digits, dashes")
    add.add_argument(
        "--role",
        choices=[str(role) for role in dict.fromkeys((*ROLES, *AT_TOWN_HALL, *AT_UNIT))],
        help="default: officer; with --archive: auditor; with --tuning: technician",
    )
    add.set_defaults(do=_add)
    passwd = actions.add_parser("passwd", help="change a password; the keys stay")
    passwd.add_argument("name")
    passwd.add_argument(
        "--new-password-file", metavar="FILE", type=Path, help="the new one (default: ask)"
    )
    passwd.set_defaults(do=_passwd)
    for action in (add, passwd):
        action.add_argument(
            "--password-file",
            metavar="FILE",
            type=Path,
            help="read the password from the first line of FILE, mode 600 (default: ask)",
        )
    for name, what, do in (
        ("lock", "shut an officer out on this console, at once", _lock),
        ("unlock", "let a locked officer in again", _unlock),
    ):
        action = actions.add_parser(name, help=what)
        action.add_argument("name")
        action.set_defaults(do=do)
    actions.add_parser("list", help="who there is, and who is shut out").set_defaults(do=_list)
    for action in actions.choices.values():
        action.add_argument(
            "--folder",
            metavar="FOLDER",
            type=Path,
            help="of the officers' files (default: officers in console.folder)",
        )
        action.add_argument(
            "--archive", action="store_true", help="of the archive's page: officers in its folder"
        )
        action.add_argument(
            "--tuning", action="store_true", help="technicians of a unit's own page, likewise"
        )


def run(options: argparse.Namespace) -> int:
    """Do what the action says."""
    settings = load(options.config).settings
    place, options.usual = settings.console.folder, Role.OFFICER
    roles: tuple[Role, ...] = ROLES
    if options.archive:
        place, roles, options.usual = settings.archive.folder, AT_TOWN_HALL, Role.AUDITOR
    elif options.tuning:
        place, roles, options.usual = settings.tuning.folder, AT_UNIT, Role.TECHNICIAN
    folder = options.folder or Path(place) / FOLDER
    options.town = settings.unit.town
    return int(options.do(options, OfficerFolder(folder, roles=roles)))


def _add(options: argparse.Namespace, folder: OfficerFolder) -> int:
    password = _password(options.password_file, "Password", twice=True)
    role = Role(options.role or options.usual)
    identity, application = folder.add(options.name, role, options.town, password)
    print(f"made: {identity.name}, {identity.role} of {identity.town}")
    print(f"fingerprint: {identity.fingerprint}")
    print(f"bring {application} to the root: edge keys roster add {application.name}")
    return 0


def _passwd(options: argparse.Namespace, folder: OfficerFolder) -> int:
    old = _password(options.password_file, "Present password")
    new = _password(options.new_password_file, "New password", twice=True)
    folder.change(options.name, old, new)
    print(f"changed: the password of {options.name}")
    return 0


def _lock(options: argparse.Namespace, folder: OfficerFolder) -> int:
    folder.bar(options.name)
    print(f"locked: {options.name} cannot log in here; revoke a stolen key at the root as well")
    return 0


def _unlock(options: argparse.Namespace, folder: OfficerFolder) -> int:
    folder.admit(options.name)
    print(f"unlocked: {options.name}")
    return 0


def _list(_: argparse.Namespace, folder: OfficerFolder) -> int:
    for label, barred in folder.labels():
        print(f"{label.name}, {label.role} of {label.town}{', locked' if barred else ''}")
    return 0


def _password(file: Path | None, what: str, *, twice: bool = False) -> str:
    if file is not None:
        place = file.absolute()
        text = files.read_private(place.parent, place.name).decode("utf-8", "replace")
        return text.split("\n", 1)[0].rstrip("\r")
    if not sys.stdin.isatty():
        raise KeysError("there is no terminal to ask for the password: name --password-file")
    first = getpass.getpass(f"{what}: ")
    if twice and getpass.getpass("Once more: ") != first:
        raise KeysError("the two passwords differ; nothing was changed")
    return first
