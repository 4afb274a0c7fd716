"""``edge broker``: who may do what at the broker, made from the roster, and held against a file."""

import argparse
import sys
from pathlib import Path

from edge.cli import keys_ask as ask
from edge.config import Settings, load
from edge.errors import DeliveryError, KeysError
from edge.keys.trust import ROOT_FILE
from edge.services.broker import FORMATS, broker_access, compare, open_watcher, write_rules

NAME = "broker"
HELP = "Write the broker's access rules from roster and grants; tell where a file differs."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    sentence = "print the access rules: for each party what its role may do, under its own name"
    one = actions.add_parser("acl", help=sentence, description=sentence)
    _where(one)
    sentence = "tell what a broker's file gives that it must not, or lacks; status 1 if anything"
    one = actions.add_parser("check", help=sentence, description=sentence)
    one.add_argument("file", type=Path, metavar="FILE", help="as the broker has it")
    _where(one)


def run(options: argparse.Namespace) -> int:
    """Print rules or differences.

    Raises:
        KeysError: the roster or a grant cannot be read or is not the town's.
        DeliveryError: the file cannot be read or is of another form.
    """
    settings = load(options.config).settings
    access = broker_access(_keys(options, settings), ask.now(), options.roster)
    if options.action == "acl":
        watcher = open_watcher(settings.sharing)
        sys.stdout.write(write_rules(access, options.format, watcher))
        return 0
    watches = settings.sharing.user
    found = compare(access, options.format, _text(options.file), str(options.file), watches)
    for line in found:
        print(line)
    print(f"{options.file}: {len(found) or 'no'} differences from roster {access.sequence}")
    return 1 if found else 0


def _where(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format", choices=sorted(FORMATS), default="mosquitto", help="(default: mosquitto)"
    )
    parser.add_argument(
        "--keys",
        metavar="FOLDER",
        type=Path,
        help="town.json, roster, grants (default: keys.folder)",
    )
    parser.add_argument(
        "--roster", metavar="FILE", type=Path, help="this roster instead of the folder's"
    )


def _keys(options: argparse.Namespace, settings: Settings) -> Path:
    """Return the folder with the town's roster; the settings' own is a unit's, not a desk's."""
    folder: Path = options.keys or Path(settings.keys.folder)
    if options.keys is None and not (folder / ROOT_FILE).is_file():
        raise KeysError(
            f"{folder}: has no {ROOT_FILE}: name the folder of the town's root or another with its"
            f" roster, as 'edge broker {options.action} --keys town'"
        )
    return folder


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DeliveryError(f"{file}: cannot be read: {error}") from error
