"""``edge search``: ask units what they hold on a plate, with a reason, and read their answers."""

import argparse
import json
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from edge.cli.keys_ask import now, officers_key
from edge.cli.search_show import answer_rows, preview
from edge.clock import SystemClock
from edge.config import Settings, load
from edge.delivery.mqtt import Link
from edge.delivery.visitor import visit
from edge.errors import KeysError, SearchError
from edge.keys.identity import Identity
from edge.keys.officers import OfficerFolder
from edge.keys.roles import Role
from edge.messages.answer import ANSWER_LIMIT
from edge.messages.search import Bundle, Query
from edge.policy.search import Allowed, Refusal, Word
from edge.records import Category
from edge.services.keyring import Keyring, open_keyring
from edge.services.search_ask import SearchSender, topics_of
from edge.services.search_asked import Asked, AskedFolder, collect, open_asked
from edge.services.search_make import (
    Record,
    SearchMaker,
    Wish,
    approved,
    open_record,
    remember,
    tell_opened,
    tell_wrong,
)

NAME = "search"
HELP = "Ask units for hits, and kept reads where the law has them, on a plate; signed, reasoned."
_CARRIERS = (Role.CONSOLE, Role.ARCHIVE, Role.PARTNER)
_AGO = {"m": 60, "h": 3600, "d": 86_400}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument(
        "pattern",
        nargs="?",
        metavar="PLATE",
        help="? is one character, * any number; O and 0 are two characters",
    )
    parser.add_argument("--since", type=_moment, help="2026-01-31T12:00 (UTC), or 2h, 30m, 3d ago")
    parser.add_argument("--until", type=_moment, help="as --since (default: now)")
    parser.add_argument("--case", metavar="NUMBER", help="as your agency writes case numbers")
    parser.add_argument("--purpose", help="one of the town's list")
    parser.add_argument("--units", default="all", metavar="NAMES", help="a,b,c (default: all)")
    parser.add_argument(
        "--place", action="append", default=[], help="only units that hang there; repeat for more"
    )
    parser.add_argument(
        "--category",
        action="append",
        default=[],
        choices=[one.value for one in Category],
        help="only such hits; repeat for more",
    )
    parser.add_argument(
        "--officer", metavar="NAME", help="who asks and reads (a partner asks with its own keys)"
    )
    parser.add_argument("--supervisor", metavar="NAME", help="who signs a wide search as well")
    parser.add_argument(
        "--expires", type=float, default=1.0, metavar="H", help="hours (default: 1)"
    )
    parser.add_argument(
        "--wait", type=float, default=60.0, metavar="S", help="for answers (default: 60)"
    )
    parser.add_argument("--yes", action="store_true", help="send without asking once more")
    parser.add_argument(
        "--collect", action="store_true", help="ask nothing: show the answers of the last week"
    )
    parser.add_argument("--json", action="store_true", help="answers as one JSON document")
    _takes_keys(parser)


def _takes_keys(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--password-file", metavar="FILE", type=Path, help="the officer's, mode 600 (default: ask)"
    )
    parser.add_argument(
        "--supervisor-password-file", metavar="FILE", type=Path, help="mode 600 (default: ask)"
    )
    parser.add_argument(
        "--folder", type=Path, help="of the officers' files (default: officers in console.folder)"
    )
    parser.add_argument("--keys", type=Path, help="this machine's (default: keys.folder)")


def run(options: argparse.Namespace) -> int:
    """Ask, or collect what was answered late.

    Returns:
        0 when every unit has answered; 1 when one refuses, or has not answered as yet.
    """
    settings = load(options.config).settings
    clock = SystemClock(settings.clock.trust)
    keys = options.keys or Path(settings.keys.folder)
    keyring = open_keyring(keys, clock, set(_CARRIERS))
    folder = open_asked(settings, keyring.identity.role)
    folder.prune(keyring.rosters.at())
    officers = OfficerFolder(options.folder or Path(settings.console.folder) / "officers")
    if options.collect:
        officer = _officer(options, settings, keyring, officers)
        collect(folder, settings, keyring, clock)
        searches = folder.all(officer.name)
        with open_record(settings, keyring, clock) as record:
            return _show(options, folder, searches, officer, keyring, record, {})
    return _ask(options, settings, keyring, folder, officers)


def _ask(
    options: argparse.Namespace,
    settings: Settings,
    keyring: Keyring,
    folder: AskedFolder,
    officers: OfficerFolder,
) -> int:
    _complete(options)
    officer = _officer(options, settings, keyring, officers)
    maker = SearchMaker(settings, keyring)
    query = maker.query(_wish(options), officer, now())
    bundle, judged, told = maker.looked(query, officer)
    for line in preview(query, told):
        print(line, file=sys.stderr)
    bundle = _approved(
        options, bundle, judged, officers, _wrong(options.supervisor, settings, keyring)
    )
    judged = maker.judged(bundle)
    # which grants a partner has, units know
    if isinstance(judged, Refusal) and judged.word is not Word.GRANT:
        raise SearchError(f"not sent, for units would refuse it ({judged.word}): {judged.sentence}")
    if not (options.yes or _agreed(len(query.units))):
        print("not sent", file=sys.stderr)
        return 1
    blob = maker.seal(bundle, query)
    clock = SystemClock(settings.clock.trust)
    with open_record(settings, keyring, clock) as record:
        asked = remember(folder, query, bundle, officer, record)
    trouble = _send(options, settings, keyring, folder, asked, blob)
    with open_record(settings, keyring, clock) as record:
        return _show(options, folder, [asked], officer, keyring, record, trouble)


def _officer(
    options: argparse.Namespace, settings: Settings, keyring: Keyring, officers: OfficerFolder
) -> Identity:
    """Return who asks: an officer by a password, or the partner whose machine this is."""
    if keyring.identity.role is Role.PARTNER:
        return keyring.identity
    if not options.officer:
        raise SearchError("a search names who asks: --officer NAME")
    wrong = _wrong(options.officer, settings, keyring)
    return officers_key(officers, options.officer, options.password_file, wrong)


def _wrong(name: str, settings: Settings, keyring: Keyring) -> Callable[[], None]:
    """Return what puts a wrong password for *name* on this machine's chain."""
    clock = SystemClock(settings.clock.trust)
    return lambda: tell_wrong(name, settings, keyring, clock)


def _send(
    options: argparse.Namespace,
    settings: Settings,
    keyring: Keyring,
    folder: AskedFolder,
    asked: Asked,
    blob: bytes,
) -> dict[str, str]:
    clock, own = SystemClock(settings.clock.trust), keyring.identity
    link = Link(
        *visit(settings.delivery, own.town, own.name),
        topics_of(own.town),
        clock,
        largest=ANSWER_LIMIT,
    )
    sender = SearchSender(link, keyring.rosters, folder, clock)
    link.start()
    try:
        trouble = sender.send(asked, blob, round(options.expires * 3600), options.wait)
    finally:
        link.stop()
    collect(folder, settings, keyring, clock)
    return trouble


def _show(
    options: argparse.Namespace,
    folder: AskedFolder,
    searches: list[Asked],
    officer: Identity,
    keyring: Keyring,
    record: Record,
    trouble: dict[str, str],
) -> int:
    roster, at = keyring.rosters.roster, keyring.rosters.at()
    whole, told = True, []
    for asked in searches:
        query = folder.query(asked, officer)
        said = folder.told(asked, officer, roster, at)
        for one in said:
            if one.message is not None:
                tell_opened(record, asked.number, officer.name, one.unit)
        whole = whole and all(one.message and not one.message.payload.refused for one in said)
        if options.json:
            told.append(_document(asked, query, said, trouble))
        else:
            print("\n".join(answer_rows(query, said, trouble)))
    if options.json:
        print(json.dumps(told if options.collect else told[0], indent=2))
    elif not searches:
        print(f"{officer.name} has asked nothing of late on this machine")
    return 0 if whole else 1


def _document(asked: Asked, query: Query, said: Any, trouble: dict[str, str]) -> dict[str, Any]:
    units = {
        one.unit: one.message.payload.model_dump(mode="json")
        if one.message
        else {"waiting": trouble.get(one.unit, "no answer yet")}
        for one in said
    }
    return {"search": asked.number, "query": query.model_dump(mode="json"), "units": units}


def _wish(options: argparse.Namespace) -> Wish:
    return Wish(
        pattern=options.pattern,
        since=options.since,
        until=options.until or now(),
        case=options.case,
        purpose=options.purpose,
        units=options.units,
        places=tuple(options.place),
        categories=tuple(options.category),
        hours=options.expires,
    )


def _approved(
    options: argparse.Namespace,
    bundle: Bundle,
    judged: Allowed | Refusal,
    officers: OfficerFolder,
    wrong: Callable[[], None],
) -> Bundle:
    """Return the bundle with a supervisor's word, where one is named or needed."""
    if not options.supervisor:
        if isinstance(judged, Refusal) and judged.word is Word.SUPERVISOR:
            raise SearchError(f"not sent: {judged.sentence}; name one with --supervisor")
        return bundle
    if isinstance(judged, Refusal) and judged.word is not Word.SUPERVISOR:
        return bundle
    file = options.supervisor_password_file
    supervisor = officers_key(officers, options.supervisor, file, wrong)
    return approved(bundle, supervisor, now())


def _agreed(units: int) -> bool:
    if not sys.stdin.isatty():
        raise KeysError("there is no terminal to ask whether to send: give --yes")
    print(
        f"send it to {units} unit{'s' * (units != 1)}? [y/N] ", end="", file=sys.stderr, flush=True
    )
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _complete(options: argparse.Namespace) -> None:
    wanted = ("pattern", "since", "case", "purpose")
    missing = [one for one in wanted if getattr(options, one) is None]
    if missing:
        names = ", ".join("PLATE" if one == "pattern" else f"--{one}" for one in missing)
        raise SearchError(f"a search names {names} as well; --collect shows earlier ones")


def _moment(text: str) -> datetime:
    """Return a moment of the command line: UTC, or so long ago."""
    ago = re.fullmatch(r"(\d{1,6})([mhd])", text)
    if ago:
        return now() - timedelta(seconds=int(ago[1]) * _AGO[ago[2]])
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no moment: write 2026-01-31T12:00, or 2h for two hours ago"
        ) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
