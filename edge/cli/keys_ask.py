"""What the key commands ask a person for, and how they name the moment."""

import argparse
import getpass
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.clock import SystemClock
from edge.errors import KeysError
from edge.keys import files
from edge.keys.identity import Identity
from edge.keys.officers import OfficerFolder


def now() -> datetime:
    """Return the present moment in whole seconds, as rosters have it."""
    return datetime.fromtimestamp(SystemClock().now().utc_ns // 1_000_000_000, UTC)


def passphrase(options: argparse.Namespace, *, twice: bool = False) -> str:
    """Return the root's passphrase from the file that was named, or from the terminal.

    Raises:
        KeysError: the file may be read by others, nobody is at the terminal, or the two differ.
    """
    if options.passphrase_file:
        file: Path = options.passphrase_file.absolute()
        text = files.read_private(file.parent, file.name).decode("utf-8", "replace")
        return text.split("\n", 1)[0].rstrip("\r")
    if not sys.stdin.isatty():
        raise KeysError("there is no terminal to ask for the passphrase: name --passphrase-file")
    first = getpass.getpass("Passphrase of the root: ")
    if twice and getpass.getpass("Once more: ") != first:
        raise KeysError("the two passphrases differ; nothing was made")
    return first


def officers_key(
    officers: OfficerFolder,
    name: str,
    file: Path | None,
    wrong: Callable[[], object] = lambda: None,
) -> Identity:
    """Return an officer's keys, by a password from *file* or from the terminal.

    Args:
        wrong: called where the password is wrong, before that is told.

    Raises:
        KeysError: no such officer, a wrong password, or nobody is at the terminal.
    """
    if file is not None:
        place = file.absolute()
        text = files.read_private(place.parent, place.name).decode("utf-8", "replace")
        password = text.split("\n", 1)[0].rstrip("\r")
    elif sys.stdin.isatty():
        password = getpass.getpass(f"Password of {name}: ")
    else:
        raise KeysError(f"there is no terminal to ask {name}'s password: name a password file")
    identity = officers.open(name, password)
    if identity is None:
        wrong()
        raise KeysError(f"{name}: the password is wrong")
    return identity


def take_passphrase(parser: argparse.ArgumentParser) -> None:
    """Declare ``--passphrase-file``."""
    parser.add_argument(
        "--passphrase-file",
        metavar="FILE",
        type=Path,
        help="read the passphrase from the first line of FILE, mode 600 (default: ask)",
    )


def take_root(parser: argparse.ArgumentParser) -> None:
    """Declare ``--root``."""
    parser.add_argument(
        "--root",
        metavar="FOLDER",
        type=Path,
        default=Path("town"),
        help="folder of the town's root (default: town)",
    )


def take_folder(parser: argparse.ArgumentParser) -> None:
    """Declare ``--folder``."""
    parser.add_argument(
        "--folder",
        metavar="FOLDER",
        type=Path,
        default=Path("/var/lib/edge/keys"),
        help="folder of this party's keys (default: /var/lib/edge/keys)",
    )


def days(text: str) -> timedelta:
    """Return a number of days as given on the command line."""
    try:
        count = float(text)
    except ValueError:
        count = -1.0
    if not 0 < count <= 3650:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days from 0 to 3650")
    return timedelta(days=count)


def date(text: str) -> datetime:
    """Return a date of the command line as its first moment in UTC."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no date: write it 2026-01-31")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date: {error}") from None
