"""``edge subject``: a person's request: what is held on one plate, handed out or erased."""

import argparse
import hashlib
import sys
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from edge.cli.keys_ask import now
from edge.cli.keys_words import whose_keys
from edge.clock import SystemClock
from edge.config import Settings, load
from edge.errors import SubjectError
from edge.keys.files import read_public, write
from edge.keys.identity import load_identity
from edge.keys.parties import to_time
from edge.keys.signed import digest, from_bytes, to_bytes
from edge.keys.trust import open_roster
from edge.messages.order import kind_of
from edge.policy.subject import (
    APPROVAL,
    LONGEST,
    REQUEST,
    Request,
    plate_of,
    sign_approval,
    sign_request,
)
from edge.services.machine_store import open_machine_store
from edge.services.subject import SubjectTaker, export

NAME = "subject"
HELP = "A person's request: hand out or erase what is held on one plate, on the record."

_PLATE = "the whole plate; left out, it is asked for and stays out of the shell's history"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    out = actions.add_parser(
        "export",
        help="write what this machine holds on a plate into a new folder",
        description="With the settings and keys of a unit, a console or the archive: write what it"
        " holds on PLATE into a new folder, for the person: each revision, its picture, who"
        " received or viewed it, and what else is held. Run it at each of them.",
    )
    out.add_argument("plate", nargs="?", metavar="PLATE", help=_PLATE)
    out.add_argument("--reference", required=True, help="the request's number; no plate")
    out.add_argument("--out", required=True, type=Path, metavar="FOLDER", help="a new folder")
    out.set_defaults(do=_export)
    ask = actions.add_parser("request", help="a supervisor: erase what is held on a plate")
    ask.add_argument("plate", nargs="?", metavar="PLATE", help=_PLATE)
    ask.add_argument("--reference", required=True, help="the request's number; no plate")
    ask.add_argument("--days", type=int, default=30, help=f"it counts (30; {LONGEST.days} at most)")
    ask.add_argument("--out", required=True, type=Path, metavar="FILE", help="names the plate")
    ask.set_defaults(do=_request)
    approve = actions.add_parser("approve", help="an auditor: approve that request")
    approve.add_argument("request", type=Path, metavar="FILE")
    approve.add_argument("--out", required=True, type=Path, metavar="FILE")
    approve.set_defaults(do=_approve)
    erase = actions.add_parser("erase", help="erase on this machine, by a request and its approval")
    erase.add_argument("file", nargs=2, type=Path, metavar="FILE")
    erase.set_defaults(do=_erase)
    whose_keys((out, ask, approve, erase))


def run(options: argparse.Namespace) -> int:
    """Do what the action says."""
    settings = load(options.config).settings
    return int(options.do(options, options.keys or Path(settings.keys.folder), settings))


def _export(options: argparse.Namespace, keys: Path, settings: Settings) -> int:
    clock, own, plate = SystemClock(settings.clock.trust), load_identity(keys), _plate(options)
    number = hashlib.sha256(options.reference.encode("utf-8")).hexdigest()
    with open_machine_store(settings, own, clock) as store:
        count = export(store.keeper, plate, number, options.out, clock.now())
    print(f"{count} alerts held by {own.name} are in {options.out}; it names the plate")
    return 0


def _request(options: argparse.Namespace, keys: Path, _: Settings) -> int:
    at, supervisor = now(), load_identity(keys)
    try:
        request = Request(
            v=1,
            town=supervisor.town,
            plate=_plate(options),
            reference=options.reference,
            made=to_time(at),
            until=to_time(at + timedelta(days=options.days)),
        )
    except ValueError as error:
        raise SubjectError("a reference has 1 to 80 characters") from error
    signed = sign_request(request, supervisor)
    write(options.out, to_bytes(signed), private=True)
    print(f"{digest(signed)[:12]} is in {options.out}, which names the plate: erase it afterwards")
    print(f"it erases nothing until an auditor runs: edge subject approve {options.out}")
    return 0


def _approve(options: argparse.Namespace, keys: Path, _: Settings) -> int:
    at, roster = now(), open_roster(keys)
    request = from_bytes(read_public(options.request), str(options.request), REQUEST)
    approval = sign_approval(request, load_identity(keys), roster, roster.no_earlier(at))
    write(options.out, to_bytes(approval))
    print(f"{digest(request)[:12]} is approved; units, consoles and archive erase it by:")
    print(f"edge orders send {options.request} {options.out}")
    return 0


def _erase(options: argparse.Namespace, keys: Path, settings: Settings) -> int:
    found = {}
    for file in options.file:
        document = read_public(file)
        found[kind_of(document, (REQUEST, APPROVAL))] = document
    roster = open_roster(keys)
    with ExitStack() as stack:
        clock = SystemClock(settings.clock.trust)
        own = stack.enter_context(open_machine_store(settings, load_identity(keys), clock))
        (taker,) = (one for one in own.takers if isinstance(one, SubjectTaker))
        print(taker.take(found, roster, roster.no_earlier(now())))
    return 0


def _plate(options: argparse.Namespace) -> str:
    if options.plate is not None:
        return plate_of(options.plate)
    print("plate: ", end="", file=sys.stderr, flush=True)
    return plate_of(sys.stdin.readline().strip())
