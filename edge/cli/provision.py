"""``edge provision``: a batch of cards from one sheet, first boot, enrolment, labels."""

import argparse
from pathlib import Path

from edge.cli import provision_desk
from edge.errors import ProvisionError
from edge.services.first_boot import FirstBoot
from edge.services.led import LEDS, Led
from edge.services.places import unit_places
from edge.services.wipe import wipe

NAME = "provision"
HELP = "Make cards for many sites from one sheet, take them at first boot, let the units in."

_LAMPS = ("ACT", "led0")  # the lamp of a Pi, by its newer and its older name


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    provision_desk.arguments(actions)
    first = actions.add_parser(
        "first-boot", help="on the unit: take what lies on the card's boot partition"
    )
    first.add_argument(
        "--boot",
        metavar="FOLDER",
        type=Path,
        default=Path("/boot/firmware"),
        help="the boot partition (default: /boot/firmware)",
    )
    first.add_argument(
        "--lamp",
        metavar="NAME",
        default="",
        help="an LED below /sys/class/leds (default: the Pi's)",
    )
    first.set_defaults(do=_first_boot)
    gone = actions.add_parser(
        "wipe", help="on the unit: erase its keys, settings, secrets, alerts and lists"
    )
    gone.add_argument("name", help="the unit's name, so that it is the right one")
    gone.set_defaults(do=_wipe)
    for action in (first, gone):
        action.add_argument(
            "--target",
            metavar="FOLDER",
            type=Path,
            default=Path("/"),
            help="as if FOLDER were /, for a trial: owners are left as they are",
        )


def run(options: argparse.Namespace) -> int:
    """Do what the action says."""
    return int(options.do(options))


def _first_boot(options: argparse.Namespace) -> int:
    places = unit_places(options.target)
    try:
        taken = FirstBoot(options.boot, places, lambda line: print(line, flush=True)).run()
    except ProvisionError as error:
        lamp = _lamp(options.lamp)
        if lamp is None:
            print("there is no lamp to flash")
        else:
            lamp.flash(error.flashes)
            print(lamp.problem or f"the lamp flashes {error.flashes} times, a pause, and again")
        return 2
    if not taken:
        print("no card waits: nothing to do")
    return 0


def _lamp(name: str) -> Led | None:
    wanted = [name] if name else _LAMPS
    return next((Led(LEDS / one) for one in wanted if (LEDS / one).is_dir()), None)


def _wipe(options: argparse.Namespace) -> int:
    gone = wipe(unit_places(options.target), options.name)
    print(f"wiped: {len(gone)} files and folders of {options.name}")
    print("a memory card may keep what was overwritten: at the root, run 'edge provision revoke'")
    return 0
