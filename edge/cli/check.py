"""``edge check``: does this unit work, and if not, what mends it."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from edge import __version__, log
from edge.config import load
from edge.errors import ConfigError

NAME = "check"
HELP = (
    "Check camera, focus, clock, disk, models, hotlist, keys, broker, power, ports and more: "
    "pass, fail or not checked, and the mend."
)
_WIDE = 26  # columns before a sentence


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("--json", action="store_true", help="one object a check")
    parser.add_argument(
        "--html", metavar="FILE", type=Path, help="write a page for the installer's record as well"
    )
    parser.add_argument(
        "--port",
        metavar="N",
        type=int,
        action="append",
        default=[],
        help="a port that may be open to others, besides ssh's; again for more",
    )


def run(options: argparse.Namespace) -> int:
    """Print each answer as it comes; status 1 when a check failed."""
    from edge.clock import SystemClock  # noqa: PLC0415 - only this verb needs what follows
    from edge.services.check import check_all  # noqa: PLC0415
    from edge.services.check_page import About, check_page, verdict  # noqa: PLC0415
    from edge.services.check_sight import draw_hours  # noqa: PLC0415
    from edge.services.finding import Finding  # noqa: PLC0415
    from edge.services.quality_file import read_hours  # noqa: PLC0415

    settings = load(options.config).settings
    clock = SystemClock(settings.clock.trust)
    log.set_up("error")
    found: list[Finding] = []

    def tell(finding: Finding) -> None:
        found.append(finding)
        if options.json:
            print(json.dumps(asdict(finding), allow_nan=False), flush=True)
            return
        sentence = finding.sentence.replace("\n", "\n" + " " * _WIDE)
        print(f"{finding.word:12}{finding.name:14}{sentence}", flush=True)
        if finding.mend:
            print(f"{'':{_WIDE}}mend: {finding.mend}", flush=True)

    passed = check_all(settings, clock, tell, ports=options.port)
    if not options.json:
        print(verdict(found))
    if options.html is not None:
        unit = settings.unit
        about = About(unit.town, unit.name, unit.place, clock.now().iso(), __version__)
        hours = draw_hours(read_hours(Path(settings.runtime.folder)) or ())
        try:
            options.html.write_text(check_page(about, found, hours), "utf-8")
        except OSError as error:
            raise ConfigError(f"{options.html}: cannot be written: {error.strerror}") from error
    return 0 if passed else 1
