"""``edge supervision``: an auditor's checks on searches, week by week, written without a plate."""

import argparse
from datetime import timedelta
from pathlib import Path

from edge.cli.keys_ask import now
from edge.config import load
from edge.errors import ConfigError
from edge.keys.identity import Identity, load_identity
from edge.keys.roles import Role
from edge.keys.trust import open_roster
from edge.services.supervision import (
    Material,
    PlateKey,
    gather_material,
    load_staff,
    read_week,
)
from edge.services.supervision_report import ReportRows, make_report, read_report, write_report

NAME = "supervision"
HELP = "An auditor's weekly checks on searches: repeats, cases, hours, households, peers."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    report = actions.add_parser("report", help="check a week's searches; status 1 for questions")
    report.add_argument("--week", required=True, metavar="WEEK", help="as 2026-W47")
    report.add_argument(
        "--chains",
        type=Path,
        nargs="+",
        required=True,
        metavar="PATH",
        help="exported chains (edge archive export): folders or files",
    )
    report.add_argument(
        "--queries", type=Path, metavar="FOLDER", help="sealed queries that are in no export"
    )
    report.add_argument(
        "--staff", type=Path, metavar="FILE", help="zone, shifts and groups of officers, TOML"
    )
    report.add_argument(
        "--back", type=int, default=26, metavar="WEEKS", help="compared before it (default: 26)"
    )
    report.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="where the report is written"
    )
    report.add_argument(
        "--open", type=int, metavar="NUMBER", help="print the plates of one finding, to you alone"
    )
    report.set_defaults(do=_report)
    household = actions.add_parser("household", help="plates of households and staff, as HMACs")
    household.add_argument("what", choices=["add", "show"])
    household.add_argument("plate", nargs="?", help="is not kept, only its HMAC")
    household.set_defaults(do=_household)
    verify = actions.add_parser("verify", help="read a signed report")
    verify.add_argument("file", type=Path, metavar="FILE")
    verify.set_defaults(do=_verify)
    for action in (report, household, verify):
        action.add_argument(
            "--keys",
            metavar="FOLDER",
            type=Path,
            help="the auditor's own (default: keys.folder of the settings)",
        )


def run(options: argparse.Namespace) -> int:
    """Do what the action says.

    Raises:
        EdgeError: keys, exports or files cannot be read, or these keys are no auditor's.
    """
    keys = options.keys or Path(load(options.config).settings.keys.folder)
    return int(options.do(options, keys))


def _report(options: argparse.Namespace, keys: Path) -> int:
    auditor, staff = _auditor(keys), load_staff(options.staff)
    week = read_week(options.week, staff.zone)
    material = gather_material(
        options.chains, options.queries, keys, auditor, PlateKey(keys).open()
    )
    back = week[0] - timedelta(weeks=options.back)
    report = make_report(material, staff, auditor, week, back, now())
    written = write_report(report, auditor, options.out, options.week)
    _print(report)
    print(f"written: {', '.join(str(file) for file in written.files)}")
    if options.open is not None:
        _open(report, material, options.open)
    return 1 if report.findings else 0


def _open(report: ReportRows, material: Material, number: int) -> None:
    if not 1 <= number <= len(report.findings):
        raise ConfigError(f"there is no finding {number}: the report has {len(report.findings)}")
    for query in report.findings[number - 1].queries:
        print(f"  {query[:12]}: {material.plates.get(query, 'the query is not here')!r}")


def _household(options: argparse.Namespace, keys: Path) -> int:
    _auditor(keys)
    key = PlateKey(keys).open()
    if options.what == "show":
        print(f"{len(key.household)} plates, as HMACs; which they are, nobody can read from them")
        return 0
    if not options.plate:
        raise ConfigError("which plate? edge supervision household add PLATE")
    print("added" if key.add(options.plate) else "it was there already")
    return 0


def _verify(options: argparse.Namespace, keys: Path) -> int:
    roster = open_roster(keys)
    report = read_report(options.file, roster, roster.no_earlier(now()))
    _print(report)
    print(f"signed by {report.auditor}, auditor of {report.town}, {report.made}")
    return 0


def _print(report: ReportRows) -> None:
    for number, one in enumerate(report.findings, 1):
        print(f"{number}. {one.check}: {one.sentence}")
    for sentence in (*report.not_checked, *report.problems):
        print(f"not checked: {sentence}")
    print(
        f"{report.since[:10]} to {report.until[:10]}: {report.searches_of_week} searches,"
        f" {len(report.findings) or 'no'} questions; compared with {report.searches} since"
        f" {report.back[:10]}"
    )


def _auditor(keys: Path) -> Identity:
    identity = load_identity(keys)
    if identity.role is not Role.AUDITOR:
        raise ConfigError(
            f"{keys}: holds the keys of {identity.name}, {identity.role}: an auditor"
            " alone checks searches"
        )
    return identity
