"""``edge certify``: what a unit can do on the day it is put up, measured and signed."""

import argparse
import signal
import threading
from pathlib import Path

from edge.cli.keys_ask import officers_key
from edge.cli.record import plate_of
from edge.clock import SystemClock
from edge.config import Settings, load
from edge.errors import ConfigError
from edge.keys.files import read_public, write
from edge.keys.identity import Identity
from edge.keys.officers import AT_UNIT, OfficerFolder
from edge.keys.signed import digest, from_bytes
from edge.messages.certificate import KIND, LIMIT, Certificate
from edge.services.certify import (
    Asked,
    certify,
    check_asked,
    read_certificate,
    save_certificate,
)
from edge.services.certify_judge import WORDS
from edge.services.check import check_all
from edge.services.finding import Finding
from edge.services.tuning import OFFICERS
from edge.web.certificate import certificate_page

NAME = "certify"
HELP = "Drive your own car by, and get a signed certificate of what the unit makes of it."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    make = actions.add_parser("make", help="on the unit: measure, judge and sign")
    make.add_argument("--plate", default="", help="of your car (default: test entries of the list)")
    make.add_argument("--passes", type=int, default=3, help="how often it drives by (default: 3)")
    make.add_argument("--speed", metavar="KMH", type=float, default=0.0, help="posted there")
    make.add_argument("--minutes", type=float, default=15.0, help="at most (default: 15)")
    make.add_argument("--installer", default="", help="your name")
    make.add_argument("--remarks", default="", help="at most 1000 characters")
    make.add_argument("--recording", metavar="CLIP|FOLDER", type=Path, help="not the camera")
    make.add_argument(
        "--technician",
        metavar="NAME",
        help="measure through the watch that runs, logged in as NAME (default: watch is stopped)",
    )
    make.add_argument("--password-file", metavar="FILE", type=Path, help="mode 600 (default: ask)")
    make.add_argument("--out", metavar="FOLDER", type=Path, default=Path())
    make.set_defaults(do=_make)
    verify = actions.add_parser("verify", help="anywhere: did this unit sign it, and is it whole?")
    verify.add_argument("file", metavar="FILE", type=Path)
    verify.add_argument("--root", metavar="FILE", type=Path, required=True, help="town.json")
    verify.add_argument("--roster", metavar="FILE", type=Path, help="of today: what was revoked")
    verify.add_argument("--page", metavar="FILE", type=Path, help="write its page anew")
    verify.set_defaults(do=_verify)


def run(options: argparse.Namespace) -> int:
    """Do what the action says; 1 when the unit did not pass."""
    return int(options.do(options))


def _make(options: argparse.Namespace) -> int:
    settings = load(options.config).settings
    clock = SystemClock(settings.clock.trust)
    if options.technician and options.recording:
        raise ConfigError("a recording needs no technician: name --recording or --technician")
    asked = Asked(
        plate=plate_of(options.plate) if options.plate else "",
        passes=max(1, options.passes),
        speed_kmh=options.speed,
        installer=options.installer,
        remarks=options.remarks,
        recording=options.recording,
        limit_s=options.minutes * 60,
        technician=_technician(options, settings),
    )
    check_asked(settings, asked, clock)  # before the minute that the checks take
    findings: list[Finding] = []
    own = options.technician is None  # that way nobody but the test has the camera
    check_all(settings, clock, findings.append, still=["edge-watch"] if own else [])
    for one in findings:
        print(f"{WORDS[one.passed]:11} {one.name}: {one.sentence}")
    stop = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: stop.set())
    print(f"drive by {asked.passes} times now; Ctrl-C ends the test before its time", flush=True)
    try:
        certificate, signed = certify(settings, asked, findings, clock, stop, _say)
    finally:
        signal.signal(signal.SIGINT, before)
    page = certificate_page(certificate, digest(signed))
    document, shown = save_certificate(signed, page, options.out)
    _tell(certificate)
    if own:
        print("this test stood in for watch: systemctl start edge-watch")
    print(f"signed: {document}\nfor print: {shown}")
    return 0 if certificate.passed else 1


def _say(words: str) -> None:
    print(words, flush=True)


def _technician(options: argparse.Namespace, settings: Settings) -> Identity | None:
    if not options.technician:
        return None
    officers = OfficerFolder(Path(settings.tuning.folder) / OFFICERS, roles=AT_UNIT)
    return officers_key(officers, options.technician, options.password_file)


def _verify(options: argparse.Namespace) -> int:
    blob, what = read_public(options.file, 2 * LIMIT), str(options.file)
    certificate = read_certificate(blob, what, options.root, options.roster)
    number = digest(from_bytes(blob, what, KIND))
    print(f"signed by {certificate.unit} of {certificate.town}, by its own clock at ", end="")
    print(f"{certificate.made_at}, number {number}")
    _tell(certificate)
    if options.page:
        write(options.page, certificate_page(certificate, number).encode("utf-8"))
    return 0 if certificate.passed else 1


def _tell(certificate: Certificate) -> None:
    for one in certificate.points:
        if one.passed is False:
            print(f"FAIL {one.name}: {one.measured}, limit {one.limit}: {one.sentence}")
    good = sum(one.passed is True for one in certificate.points)
    word = "PASSED" if certificate.passed else "NOT PASSED"
    print(f"{word}: {good} of {len(certificate.points)} points")
