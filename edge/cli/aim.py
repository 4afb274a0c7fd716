"""``edge aim``: is the camera aimed, focused and exposed so that plates can be read?"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from edge.config import load
from edge.sources.pictures import read_picture
from edge.vision.aim import measure
from edge.vision.aiming import Colour, Finding, advise, worst
from edge.vision.outline import snap
from edge.vision.picture import open_detector

NAME = "aim"
HELP = "Measure plates in pictures from a camera, and say what to do about aim, focus and exposure."

_STYLES: Final = {Colour.GREEN: "green", Colour.AMBER: "yellow", Colour.RED: "red"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("pictures", metavar="PICTURE", nargs="+", type=Path)
    parser.add_argument(
        "--speed", metavar="KMH", type=float, default=0.0, help="posted where the camera looks"
    )
    parser.add_argument(
        "--plate", metavar="N", type=int, default=0, help="only the N-th plate from the left"
    )
    parser.add_argument("--jsonl", action="store_true", help="one JSON object a line per plate")


def run(options: argparse.Namespace) -> int:
    """Print the measures of every plate that is found.

    Returns:
        0 when all of all plates is green or amber; 1 when something is red, or no plate is found.
    """
    settings = load(options.config).settings
    detector = open_detector(settings.detector)
    good = True
    for picture in options.pictures:
        image = read_picture(picture)
        corners = [snap(image, one.corners) for one in detector.detect(image)]
        corners.sort(key=lambda one: float(one[:, 0].mean()))
        found = [measure(image, one) for one in corners]
        if not found:
            print(f"{picture}: no plate is found")
            good = False
        elif options.plate > len(found) or options.plate < 0:
            print(f"{picture}: has no plate {options.plate}: {len(found)} are found, from the left")
            good = False
        for number, aim in enumerate(found, 1):
            if options.plate not in (0, number):
                continue
            findings = advise(aim, settings.source.shutter_us, options.speed)
            good = good and worst(findings) is not Colour.RED
            if options.jsonl:
                print(json.dumps(_told(picture, number, findings)))
            else:
                _show(picture, number, findings)
    return 0 if good else 1


def _told(picture: Path, number: int, findings: Sequence[Finding]) -> dict[str, Any]:
    return {
        "image": str(picture),
        "plate": number,
        "colour": worst(findings).value,
        "findings": [asdict(one) for one in findings],
    }


def _show(picture: Path, number: int, findings: Sequence[Finding]) -> None:
    title = f"{picture}, plate {number} from the left: {worst(findings).value}"
    table = Table("", "measure", "value", "what to do", title=title)
    for one in findings:
        value = "-" if one.value is None else f"{one.value:.3g} {one.unit}"
        colour = _STYLES[one.colour]
        table.add_row(f"[{colour}]{one.colour.value}[/]", one.name, value, one.advice)
    Console().print(table)
