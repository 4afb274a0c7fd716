"""``edge update bootloader``: which side of a card with two sides starts."""

import argparse
from pathlib import Path
from typing import Final

from edge.config import Settings, load
from edge.errors import UpdateError
from edge.services.selftest import check_tables, known_tables
from edge.services.tryboot import Tryboot, side_of
from edge.services.update_state import UpdateFolder

_ASKS: Final = (
    *("get-primary", "get-current", "get-state", "set-primary", "set-state"),
    *("try", "fits", "kept"),
)
_WORDS: Final = {"get-state": 1, "set-primary": 1, "set-state": 2}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare RAUC's questions to a bootloader, and the try of ours."""
    parser.add_argument(
        "ask", choices=_ASKS, help="RAUC's words; try: the other side, once; fits, kept: this one?"
    )
    parser.add_argument("words", nargs="*", metavar="SIDE|STATE", help="A or B; good or bad")
    parser.add_argument(
        "--boot",
        type=Path,
        default=Path("/boot/firmware"),
        metavar="FOLDER",
        help="the card's first partition (default: /boot/firmware)",
    )
    parser.set_defaults(do=_bootloader)


def _bootloader(options: argparse.Namespace) -> int:
    """Answer one question; RAUC's without settings: a bad one keeps no side from returning."""
    card = Tryboot(options.boot)
    wanted = _WORDS.get(options.ask, 0)
    if len(options.words) != wanted:
        raise UpdateError(f"{options.ask} takes {wanted} more words: a side, then good or bad")
    side = side_of(options.words[0]) if options.words else None
    if side is None:
        return _whole(options, card)
    if options.ask == "get-state":
        print(card.state(side))
    elif options.ask == "set-primary":
        card.set_primary(side)
    elif options.words[1] in ("good", "bad"):
        card.set_state(side, options.words[1])
    else:
        raise UpdateError(f"{options.words[1]}: is no state of a side: good or bad")
    return 0


def _whole(options: argparse.Namespace, card: Tryboot) -> int:
    """Answer what is asked of no side; 1 for a side that is on trial, and not kept."""
    match options.ask:
        case "get-primary":
            print(card.primary())
        case "get-current":
            print(card.current())
        case "try":
            _try(load(options.config).settings, card)
        case "fits":
            if card.tried():
                settings = load(options.config).settings
                check_tables(Path(settings.update.folder), Path(settings.store.folder))
        case _:
            kept = card.kept()
            print(f"side {card.current()} is {'kept' if kept else 'on trial, and was not kept'}")
            return 0 if kept else 1
    return 0


def _try(settings: Settings, card: Tryboot) -> None:
    """Start the other side, which is told before what this one can read of the store."""
    update, keys = Path(settings.update.folder), Path(settings.keys.folder)
    UpdateFolder(update, keys, settings.unit.town).tell_tables(known_tables())
    print(f"side {card.try_other()} is tried once: the machine starts anew")
