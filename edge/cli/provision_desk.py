"""``edge provision`` at the town's desk: the batch, enrolment, replacement, labels."""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from edge.cli import keys_ask as ask
from edge.disk import put
from edge.errors import ProvisionError
from edge.keys import files
from edge.keys.roster import Roster
from edge.keys.town import REVOKED_FILE, Town
from edge.services.batch import BOOT, Batch, read_lists
from edge.services.enrol import Enrolled, Returned, enrol, read_returned, replace, revoke
from edge.services.labels import read_labels
from edge.services.sites import read_sheet
from edge.services.unit_note import NOTE

_STRANGER = "is in its receivers and not on the roster: nobody there would get its alerts"
_SEALED = "it is not sealed to that unit, which was not on the roster when it was signed"


def arguments(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the actions."""
    batch = actions.add_parser("batch", help="a card's folder for each row of a sheet of sites")
    batch.add_argument("sheet", type=Path, help="CSV; see configs/sites-example.csv")
    batch.set_defaults(do=_batch)
    let_in = actions.add_parser("enrol", help="let units in by what they wrote onto their cards")
    let_in.add_argument("folder", type=Path, help=f"where their {NOTE} files are, at any depth")
    let_in.add_argument(
        "--fingerprints",
        metavar="FILE",
        type=Path,
        help="lines NAME and thirty digits, as read off the units (default: ask)",
    )
    let_in.set_defaults(do=_enrol)
    for action in (batch, let_in):
        action.add_argument(
            "--list",
            metavar="FILE",
            type=Path,
            action="append",
            default=[],
            help="a list that was signed when the unit was on the roster already",
        )
    new = actions.add_parser("replace", help="revoke a site's unit; a card for its successor")
    new.set_defaults(do=_replace)
    gone = actions.add_parser("revoke", help="a unit is stolen or taken down: revoke it at once")
    gone.set_defaults(do=_revoke)
    labels = actions.add_parser("labels", help="stickers for all units that were enrolled, as PDF")
    labels.add_argument("dir", metavar="DIR", type=Path, help="the folder that the batch made")
    labels.add_argument("--out", metavar="FILE.pdf", type=Path, required=True)
    labels.set_defaults(do=_labels)
    for action in (new, gone):
        action.add_argument("name")
        action.add_argument("--reason", required=True, help="stays on the roster")
    for action in (batch, let_in, new, gone):
        action.add_argument(
            "--town-folder",
            metavar="FOLDER",
            type=Path,
            default=Path("town"),
            help="folder of the town's root (default: town)",
        )
        action.add_argument(
            "--out", metavar="DIR", type=Path, required=True, help="one folder per site is in it"
        )
    for action in (let_in, new, gone):
        ask.take_passphrase(action)


def _batch(options: argparse.Namespace) -> int:
    town, batch = _opened(options)
    for one in batch.write(read_sheet(options.sheet, town.root().town), options.list):
        word = "written" if one.changed else "as it was"
        print(f"{one.site:<20} card {one.number} {word}: {batch.folder(one.site) / BOOT}")
        _tell_doubts(batch, one.site, one.left)
    print("scripts/image/customise puts a site's folder 'boot' into a stock image; a card that is")
    print("written already gets a copy of what is in it on its boot partition. Start it;")
    print(f"then bring its {NOTE} back: edge provision enrol FOLDER")
    return 0


def _tell_doubts(batch: Batch, site: str, left: Sequence[str]) -> None:
    """Print what would be found out on a pole only."""
    for name in left:
        print(f"{site:<20} {name} is not on its card: {_SEALED}")
    for name in batch.strangers(site):
        print(f"{site:<20} {name} {_STRANGER}")


def _enrol(options: argparse.Namespace) -> int:
    town, batch = _opened(options)
    returned = read_returned(options.folder, batch, town.roster())
    compared = _from_file(options.fingerprints) if options.fingerprints else _by_eye
    lists = read_lists(options.list) or None
    phrase = ask.passphrase(options)
    roster, enrolled = enrol(returned, batch, town, phrase, ask.now(), compared, lists)
    for one in enrolled:
        print(f"{one.name:<20} card {one.number}: {batch.folder(one.name) / BOOT}")
        _tell_doubts(batch, one.name, one.left)
    for line in _next(town, roster, enrolled, options):
        print(line)
    return 0


def _next(
    town: Town, roster: Roster, enrolled: Sequence[Enrolled], options: argparse.Namespace
) -> list[str]:
    """Return what is to be done now, in its order."""
    listed = town.folder / "roster"
    steps = [
        "the broker must know them: edge broker acl --keys"
        f" {town.folder} >edge.acl.new, put it in the place of its rules, and reload it"
    ]
    without = [one.name for one in enrolled if one.watches and not one.lists]
    if without:
        steps += [
            f"no list is on the card of {', '.join(without)}, and without one nothing alerts."
            f" At the issuer's: edge keys roster install --folder ISSUER {listed}; edge hotlist"
            f" build LIST.csv --town {roster.town} --out NEW.bundle; edge hotlist sign NEW.bundle"
            " --keys ISSUER",
            f"that list onto the cards: edge provision enrol {options.folder} --town-folder"
            f" {town.folder} --out {options.out} --list NEW.bundle; or to hotlist.inbox later",
        ]
    return [
        "what is to be done now:",
        *(f"{at}. {step}" for at, step in enumerate(steps, 1)),
        f"{len(steps) + 1}. copy each 'boot' onto its card again, and start it: then it is believed"
        " and may connect",
        *_spread(town, roster),
    ]


def _replace(options: argparse.Namespace) -> int:
    town, batch = _opened(options)
    batch.role(options.name)
    phrase = ask.passphrase(options)
    roster, number = replace(options.name, options.reason, batch, town, phrase, ask.now())
    print(f"revoked: {options.name}: {options.reason}")
    print(f"card {number} for its successor: {batch.folder(options.name) / BOOT}; onto a new card")
    return _bring(town, roster)


def _revoke(options: argparse.Namespace) -> int:
    town, batch = _opened(options)
    phrase = ask.passphrase(options)
    roster = revoke(options.name, options.reason, batch, town, phrase, ask.now())
    print(f"revoked: {options.name}: {options.reason}")
    return _bring(town, roster)


def _labels(options: argparse.Namespace) -> int:
    try:
        sheet = import_module("edge.services.label_sheet")  # desks alone have the extra
    except ModuleNotFoundError as error:
        raise ProvisionError(
            f"{error.name} is not installed: labels are made at the desk, with the clone's own"
            " program: '.venv/bin/edge provision labels', where scripts/setup has it; put no"
            " package into /opt/edge: what is there is locked"
        ) from None
    labels, without = read_labels(Batch(options.dir, Town(options.dir)))
    try:
        put(options.out, sheet.label_sheet(labels))
    except OSError as error:
        raise ProvisionError(f"{options.out}: cannot be written: {error.strerror}") from None
    print(f"made: {options.out}, {len(labels)} labels")
    for name in without:
        print(f"no label: {name} was not enrolled yet")
    return int(bool(without))


def _opened(options: argparse.Namespace) -> tuple[Town, Batch]:
    town = Town(options.town_folder)
    town.root()  # says that this is no root's folder, before anything is asked for
    return town, Batch(options.out, town)


def _bring(town: Town, roster: Roster) -> int:
    for line in _spread(town, roster):
        print(line)
    return 0


def _spread(town: Town, roster: Roster) -> list[str]:
    return [
        f"roster {roster.sequence}: 'edge orders send {town.folder / 'roster'}' brings it to all",
        f"{town.folder / REVOKED_FILE} goes to the broker whenever somebody was revoked",
        "back up the root again: edge keys backup",
    ]


def _by_eye(returned: Sequence[Returned]) -> None:
    """Ask for each fingerprint whether the unit shows the same.

    Raises:
        ProvisionError: one differs, or nobody is at the terminal.
    """
    if not sys.stdin.isatty():
        raise ProvisionError(
            "there is no terminal to compare fingerprints at: name --fingerprints FILE, with what"
            " was read off the units; nobody was let in"
        )
    for one in returned:
        print(f"{one.request.name:<20} {one.request.fingerprint}")
        if input("does the unit show the same digits? [y/N] ").strip().lower() != "y":
            raise ProvisionError(f"{one.request.name}: not the same digits: nobody was let in")


def _from_file(file: Path) -> Callable[[Sequence[Returned]], None]:
    """Return a comparison with what stands in *file*: a name and thirty digits a line."""
    text = files.read_public(file).decode("utf-8", "replace")
    read = {}
    for line in text.splitlines():
        name, _, digits = line.strip().partition(" ")
        read[name] = re.sub(r"\D", "", digits)

    def compare(returned: Sequence[Returned]) -> None:
        wrong = []
        for one in returned:
            name = one.request.name
            if name not in read:
                wrong.append(f"{file}: has no line for {name}")
            elif read[name] != one.request.fingerprint.replace(" ", ""):
                wrong.append(f"{file}: {name}: other digits than {one.request.fingerprint}")
        if wrong:
            raise ProvisionError("\n".join([*wrong, "nobody was let in"]))

    return compare
