"""``edge grants``: a supervisor lets another agency open alerts or search, an auditor approves."""

import argparse
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Final

from edge.cli.keys_ask import date, now
from edge.cli.keys_words import desk_folder, whose_keys
from edge.config import load
from edge.errors import GrantError
from edge.keys.identity import load_identity
from edge.keys.parties import to_time
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.trust import open_roster
from edge.policy.grants import LONGEST, Grant, Standing, Use
from edge.records import Category
from edge.services.grants import FOLDER, GrantFolder

NAME = "grants"
HELP = "Let another agency open alerts or search until a day, by two keys; end it by one."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="a supervisor: this partner may open these alerts")
    add.add_argument("who", help="the partner, as the roster names it")
    add.add_argument(
        "--category",
        action="append",
        required=True,
        choices=[one.value for one in Category],
        help="which alerts; repeat for more",
    )
    add.add_argument(
        "--use",
        action="append",
        choices=[one.value for one in Use],
        help="alerts: sealed to it as they come; search: it may search the hits that units hold;"
        " repeat for both (default: alerts)",
    )
    add.add_argument("--why", required=True, help="the purpose, or the agreement's number")
    add.add_argument("--from", dest="since", type=date, help="first day (default: now)")
    add.add_argument("--days", type=int, required=True, help=f"at most {LONGEST.days}")
    add.set_defaults(do=_add)
    approve = actions.add_parser("approve", help="an auditor: approve a grant by its number")
    approve.add_argument("number", help="the first digits suffice")
    approve.set_defaults(do=_approve)
    end = actions.add_parser("end", help="a supervisor or an auditor: end a grant at once")
    end.add_argument("number", help="the first digits suffice")
    end.add_argument("--why", required=True, help="stays beside the grant")
    end.set_defaults(do=_end)
    show = actions.add_parser("show", help="who may open what, until when, and why")
    show.set_defaults(do=_show)
    actions_of_desk = (add, approve, end, show)
    whose_keys(actions_of_desk)
    desk_folder(actions_of_desk, "grants", "the grants")


def run(options: argparse.Namespace) -> int:
    """Do what the action says."""
    folder = Path(load(options.config).settings.keys.folder)
    keys: Path = options.keys or folder
    return int(options.do(options, GrantFolder(options.folder or folder / FOLDER), keys))


def _add(options: argparse.Namespace, folder: GrantFolder, keys: Path) -> int:
    at, supervisor, roster = now(), load_identity(keys), open_roster(keys)
    if all((one.name, one.role) != (options.who, Role.PARTNER) for one in roster.parties):
        raise GrantError(
            f"{options.who!r} is no partner on roster {roster.sequence} of {roster.town}: add it at"
            " the root first ('edge keys roster add')"
        )
    since = options.since or at
    grant = Grant(
        v=1,
        town=supervisor.town,
        who=options.who,
        categories=sorted({Category(one) for one in options.category}),
        uses=sorted({Use(one) for one in options.use or [Use.ALERTS]}),
        why=options.why,
        since=to_time(since),
        until=to_time(since + timedelta(days=options.days)),
    )
    number = folder.add(grant, supervisor, roster, at)
    print(f"{number[:12]}: {_said(grant)}")
    print(f"it opens nothing until an auditor runs: edge grants approve {number[:12]}")
    return 0


def _approve(options: argparse.Namespace, folder: GrantFolder, keys: Path) -> int:
    one = folder.approve(options.number, load_identity(keys), open_roster(keys), now())
    print(f"{_standing(one)}")
    files = f"{folder.file(one.number)} {folder.file(one.number, '.approved')}"
    print(f"it holds nowhere but here until it is brought: edge orders send {files}")
    print("what a partner has been sent, it keeps")
    return 0


def _end(options: argparse.Namespace, folder: GrantFolder, keys: Path) -> int:
    number = folder.end(options.number, load_identity(keys), options.why, now())
    file = folder.file(number, ".end")
    print(f"{number[:12]} is ended here; elsewhere once it is brought: edge orders send {file}")
    print("alerts from then on are not sealed to its partner")
    return 0


def _show(_: argparse.Namespace, folder: GrantFolder, keys: Path) -> int:
    roster: Roster = open_roster(keys)
    grants = folder.read(roster, roster.no_earlier(now()))
    for one in grants.standing:
        print(_standing(one))
    for number, waiting in grants.waiting.items():
        print(f"{number[:12]} waits for an auditor: {_said(waiting)}")
    for number, why in grants.refused.items():
        print(f"{number[:12]} does not hold: {why}")
    counts = (len(grants.standing), len(grants.waiting), len(grants.refused))
    print("{} stand, {} wait, {} hold no more".format(*counts))
    return 0


def _said(grant: Grant) -> str:
    what = _what(grant.uses, grant.categories)
    return f"{grant.who} may {what} from {grant.since} until {grant.until}: {grant.why}"


def _standing(one: Standing) -> str:
    return (
        f"{one.number[:12]} stands: {one.who} may {_what(one.uses, one.categories)} from"
        f" {to_time(one.since)} until {to_time(one.until)}: {one.why}; {one.supervisor},"
        f" {one.auditor}"
    )


def _what(uses: Collection[Use], categories: Collection[Category]) -> str:
    words = [word for use, word in _WORDS.items() if use in uses]
    return f"{' and '.join(words)} {', '.join(sorted(categories))}"


_WORDS: Final = {Use.ALERTS: "open", Use.SEARCH: "search for"}
