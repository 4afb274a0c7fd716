"""``edge check``: does this unit work, and if not, what mends it."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from edge import __version__, log
from edge.config import load
from edge.config.load import SITE_FILE, TUNING_FILE
from edge.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.clock import Clock
    from edge.config import Settings
    from edge.services.finding import Finding

NAME = "check"
HELP = (
    "Check camera, focus, clock, disk, models, hotlist, keys, broker, power, ports and more: "
    "pass, fail or not checked, and the mend; --security: what an intruder could use."
)
_WIDE = 26  # columns before a sentence


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument(
        "--security",
        action="store_true",
        help="instead: users, passwords, files, ssh, radio, USB, kernel, services and the like",
    )
    parser.add_argument(
        "--root",
        metavar="FOLDER",
        type=Path,
        help="with --security: a folder with a system in it, instead of this machine",
    )
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
    from edge.services.check_page import verdict  # noqa: PLC0415
    from edge.services.finding import Finding  # noqa: PLC0415

    if options.root is not None and not options.security:
        raise ConfigError("--root goes with --security: the other checks need a running unit")
    settings = load(_files(options)).settings
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

    if options.security:
        passed = _security(options, settings, tell)
    else:
        passed = _everything(options, settings, clock, tell)
    if not options.json:
        print(verdict(found))
    if options.html is not None:
        _write(options, settings, clock, found)
    return 0 if passed else 1


def _everything(
    options: argparse.Namespace,
    settings: "Settings",
    clock: "Clock",
    tell: "Callable[[Finding], None]",
) -> bool:
    from edge.services.check import check_all  # noqa: PLC0415

    return check_all(settings, clock, tell, ports=options.port)


def _security(
    options: argparse.Namespace, settings: "Settings", tell: "Callable[[Finding], None]"
) -> bool:
    from edge.services.machine import Machine  # noqa: PLC0415
    from edge.services.security.checks import check_security  # noqa: PLC0415

    machine = Machine() if options.root is None else Machine(options.root, ask=lambda _: "")
    return check_security(settings, tell, machine, options.port)


def _files(options: argparse.Namespace) -> "list[Path] | None":
    """Return the settings' files: of a folder with a system in it, its own."""
    named: list[Path] | None = options.config
    if options.root is None or named is not None:
        return named
    if not options.root.is_dir():
        raise ConfigError(f"{options.root}: is no folder with a system in it")
    usual = [options.root / str(file).lstrip("/") for file in (SITE_FILE, TUNING_FILE)]
    return [file for file in usual if file.exists()]


def _write(
    options: argparse.Namespace, settings: "Settings", clock: "Clock", found: "list[Finding]"
) -> None:
    """Write the page for the installer's record."""
    from edge.services.check_page import About, check_page  # noqa: PLC0415

    unit = settings.unit
    about = About(unit.town, unit.name, unit.place, clock.now().iso(), __version__)
    if options.security:
        page = check_page(about, found, verb="edge check --security")
    else:
        page = check_page(about, found, _hours(settings))
    try:
        options.html.write_text(page, "utf-8")
    except OSError as error:
        raise ConfigError(f"{options.html}: cannot be written: {error.strerror}") from error


def _hours(settings: "Settings") -> str:
    """Return the plot of the day's quality, as watch left it."""
    from edge.services.check_sight import draw_hours  # noqa: PLC0415
    from edge.services.quality_file import read_hours  # noqa: PLC0415

    return draw_hours(read_hours(Path(settings.runtime.folder)) or ())
