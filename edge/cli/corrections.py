"""``edge corrections``: an officer says that an alert was wrong, a supervisor confirms it."""

import argparse
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from edge.cli.keys_ask import now
from edge.cli.keys_words import whose_keys
from edge.clock import SystemClock
from edge.config import Settings, load
from edge.errors import CorrectionError
from edge.hotlist.keeper import HotlistKeeper
from edge.keys.identity import load_identity
from edge.keys.parties import to_time
from edge.keys.trust import open_roster
from edge.plates import alphabet
from edge.policy.ledger import Claim
from edge.services.corrections import CorrectionFolder, listed_by, open_folder
from edge.services.notices import export, read_notices

NAME = "corrections"
HELP = "Correct a wrong alert, by an officer's and a supervisor's key, and show the corrections."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="an officer: this car was wrongly taken for that entry")
    add.add_argument("text", help="the plate of the car that was wrongly taken for a listed one")
    for name, what in (
        ("--plate", "the listed plate that it was taken for"),
        ("--entry", "number of that entry"),
        ("--owner", "owner of that entry, who gets the notice"),
        ("--alert", "the wrong alert: unit/epoch/sequence"),
        ("--reason", "what was wrong, in a sentence"),
    ):
        add.add_argument(name, required=True, help=what)
    add.add_argument("--days", type=int, default=30, help="how long it holds (default: 30)")
    add.set_defaults(do=_add)
    confirm = actions.add_parser("confirm", help="a supervisor: confirm a claim by its number")
    confirm.add_argument("number", help="the first digits suffice")
    confirm.set_defaults(do=_confirm)
    show = actions.add_parser("show", help="which wait, which stand, which hold no more")
    show.add_argument("--public", action="store_true", help="counts only, for publication")
    show.set_defaults(do=_show)
    notices = actions.add_parser(
        "notices", help="the letters to the owners of lists: which wait, or write them out"
    )
    notices.add_argument(
        "--export", type=Path, metavar="DIR", help="write a text and the signed file of each"
    )
    notices.set_defaults(do=_notices)
    whose_keys((add, confirm, show, notices))


def run(options: argparse.Namespace) -> int:
    """Do what the action says."""
    settings = load(options.config).settings
    keys = options.keys or Path(settings.keys.folder)
    return int(options.do(options, settings, open_folder(settings, keys), keys))


def _add(
    options: argparse.Namespace, settings: Settings, folder: CorrectionFolder, keys: Path
) -> int:
    at = now()
    officer = load_identity(keys)
    claim = _claim(options, officer.town, at)
    number = folder.add(claim, officer, _listed(settings))
    print(f"{number[:12]}: {claim.text} was wrongly taken for {claim.plate}; until {claim.until}")
    print(f"it does nothing until a supervisor runs: edge corrections confirm {number[:12]}")
    return 0


def _confirm(
    options: argparse.Namespace, settings: Settings, folder: CorrectionFolder, keys: Path
) -> int:
    one = folder.confirm(options.number, load_identity(keys), now(), _listed(settings))
    print(f"{one.number[:12]} stands until {to_time(one.until)}: {one.text} is no alarm any more")
    print(f"a notice for {one.owner} lies in the folder's notices")
    return 0


def _show(
    options: argparse.Namespace, settings: Settings, folder: CorrectionFolder, _: Path
) -> int:
    ledger = folder.read(now(), _listed_if_any(settings))
    counts = ledger.figures
    if not options.public:
        for one in ledger.standing:
            print(
                f"{one.number[:12]} stands until {to_time(one.until)}: {one.text}, taken for "
                f"{one.plate} of {one.owner}; {one.officer}, {one.supervisor}"
            )
        for number, claim in ledger.waiting.items():
            print(f"{number[:12]} waits for a supervisor: {claim.text}, taken for {claim.plate}")
        for number, why in ledger.refused.items():
            print(f"{number[:12]} does not hold: {why}")
    print(f"{counts.standing} stand, {counts.waiting} wait, {counts.ended} hold no more")
    return 0


def _notices(
    options: argparse.Namespace, settings: Settings, _: CorrectionFolder, keys: Path
) -> int:
    """Return 1 when one of them does not hold."""
    waiting, refused = read_notices(Path(settings.policy.corrections), open_roster(keys), now())
    for one in waiting:
        print(f"{one.file.stem[:12]} for {one.notice.owner}: {one.notice.sentence}")
        if options.export is not None:
            letter, copy = export(one, options.export)
            print(f"  {letter} and {copy}")
    for name, why in refused.items():
        print(f"{name} does not hold: {why}")
    print(f"{len(waiting)} notices; the owners get them by mail, nothing here sends them")
    return 1 if refused else 0


def _claim(options: argparse.Namespace, town: str, at: datetime) -> Claim:
    text, plate = alphabet.normalise(options.text), alphabet.normalise(options.plate)
    try:
        return Claim(
            v=1,
            town=town,
            alert=options.alert,
            text=text,
            plate=plate,
            entry_id=options.entry,
            owner=options.owner,
            reason=options.reason,
            made=to_time(at),
            until=to_time(at + timedelta(days=options.days)),
        )
    except ValueError as error:
        raise CorrectionError(
            f"{text!r} and {plate!r}: a plate is 1 to 10 characters of 0-9 A-Z, other texts have "
            "at most 500"
        ) from error


def _listed(settings: Settings) -> Callable[[str], bool]:
    """Return what says whether a plate is on the list in force.

    Raises:
        CorrectionError: there is none, so nobody can say whether a listed plate would be silenced.
    """
    keeper = _keeper(settings)
    if keeper.current is None:
        raise CorrectionError(
            f"no list is in force to hold the correction against: {keeper.problem}"
        )
    return listed_by(lambda: keeper.current)


def _listed_if_any(settings: Settings) -> Callable[[str], bool]:
    """Return the same for showing: where there is no list, nothing is listed."""
    keeper = _keeper(settings)
    return listed_by(lambda: keeper.current)


def _keeper(settings: Settings) -> HotlistKeeper:
    keeper = HotlistKeeper(settings.hotlist, SystemClock(settings.clock.trust))
    keeper.refresh()
    return keeper
