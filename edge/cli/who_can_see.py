"""``edge who-can-see``: who can open what now, who can receive it, and what nobody has granted."""

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from edge.clock import SystemClock
from edge.config import load
from edge.keys.parties import to_time
from edge.policy.who import Sight, Thing
from edge.services.who import look

NAME = "who-can-see"
HELP = "Print who can open and receive what now, and what is possible beyond what was granted."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("--json", action="store_true", help="the same for programs")
    parser.add_argument(
        "--keys",
        metavar="FOLDER",
        type=Path,
        help="town.json, roster, grants (default: keys.folder)",
    )


def run(options: argparse.Namespace) -> int:
    """Print it; status 1 when something is possible that was not granted.

    Raises:
        EdgeError: the roster cannot be read, or the broker of [sharing] does not answer.
    """
    settings = load(options.config).settings
    sight = look(settings, SystemClock(settings.clock.trust), options.keys)
    if options.json:
        print(json.dumps(_document(sight), indent=1))
    else:
        print("\n".join(_lines(sight)))
    return 1 if sight.drift else 0


def _lines(sight: Sight) -> list[str]:
    lines = [f"{sight.town}, roster {sight.roster}, {to_time(sight.at)}", ""]
    for thing in sight.things:
        lines += [
            thing.what,
            f"  can open:    {_openers(thing)}",
            f"  can receive: {_heard(thing)}",
        ]
    lines += ["", "grants in force:" if sight.grants else "grants in force: none"]
    for one in sight.grants:
        what = f"{' and '.join(sorted(one.uses))} of {', '.join(sorted(one.categories))}"
        until = to_time(one.until)
        lines.append(f"  {one.number[:12]}  {one.who}: {what} until {until}: {one.why}")
    lines += ["", *(f"the broker says: {one}" for one in sight.said)]
    lines += [f"not known: {one}" for one in sight.untold]
    lines.append(f"possible and not granted: {len(sight.drift) or 'nothing'}")
    lines += [f"  {one.word}: {one.sentence}" for one in sight.drift]
    return lines


def _openers(thing: Thing) -> str:
    if thing.openers is None:
        return "whoever receives it: it is signed and not sealed"
    by: dict[str, list[str]] = defaultdict(list)
    for one in thing.openers:
        why = one.by if not one.by.startswith("grant ") else one.by[:18]
        until = f" until {to_time(one.until)[:10]}"
        by[f"{one.role}" if why == "role" else f"{one.role}, {why}"].append(one.name + until)
    return "; ".join(f"{', '.join(names)} ({why})" for why, names in by.items()) or "nobody"


def _heard(thing: Thing) -> str:
    if thing.receivers is None:
        return "not known, or it never travels"
    return ", ".join(thing.receivers) or "nobody"


def _document(sight: Sight) -> dict[str, Any]:
    return {
        "town": sight.town,
        "roster": sight.roster,
        "at": to_time(sight.at),
        "things": [_thing(one) for one in sight.things],
        "grants": [
            {
                "number": one.number,
                "who": one.who,
                "uses": sorted(one.uses),
                "categories": sorted(one.categories),
                "since": to_time(one.since),
                "until": to_time(one.until),
                "why": one.why,
            }
            for one in sight.grants
        ],
        "drift": [
            {"word": one.word, "who": one.who, "sentence": one.sentence} for one in sight.drift
        ],
        "not_known": list(sight.untold),
        "said": list(sight.said),
    }


def _thing(thing: Thing) -> dict[str, Any]:
    openers = thing.openers
    return {
        "what": thing.what,
        "can_open": None
        if openers is None
        else [
            {"name": one.name, "role": one.role, "until": to_time(one.until), "by": one.by}
            for one in openers
        ],
        "can_receive": None if thing.receivers is None else list(thing.receivers),
    }
