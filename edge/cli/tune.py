"""``edge tune``: settings that are tried on the unit before they are kept, and every one before."""

import argparse
import getpass
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from edge.cli import tune_remote
from edge.clock import Moment, SystemClock
from edge.config import load
from edge.config.change import changed
from edge.config.load import TUNING_FILE
from edge.errors import ConfigError
from edge.evaluate.clip_truth import load_cars
from edge.services.trial import TrialFolder, tuning_file
from edge.services.tune import Outcome, Proposal, Tuning, open_tuning
from edge.services.tune_clip import aimed, compare, told

NAME = "tune"
HELP = "On the unit: try settings, keep them if frames go on, go back; or try them on a clip."

_START: Final = Moment(utc_ns=1_767_268_800_000_000_000, monotonic_ns=0)  # noon, 2026-01-01


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    keep = actions.add_parser("set", help="show what changes, try it, and keep it if frames go on")
    keep.add_argument("pairs", metavar="KEY=VALUE", nargs="+", help="the value as in TOML")
    keep.set_defaults(do=_set)
    back = actions.add_parser("back", help="to an earlier version, tried as any other")
    back.add_argument("number", type=int, metavar="N", help="see history")
    back.set_defaults(do=_back)
    for action in (keep, back):
        action.add_argument("--why", default="", help="stands in the history and on the record")
        action.add_argument("--who", default="", help="instead of who is logged in")
    diff = actions.add_parser("diff", help="what these, or tuning.toml itself, would change")
    diff.add_argument("pairs", metavar="KEY=VALUE", nargs="*", help="none: against the site's file")
    diff.set_defaults(do=_diff)
    history = actions.add_parser("history", help="every version: when, by whom and why")
    history.set_defaults(do=_history)
    clip = actions.add_parser("try", help="old settings against new over a clip; saves nothing")
    clip.add_argument("clip", metavar="CLIP|FOLDER", type=Path)
    clip.add_argument("pairs", metavar="KEY=VALUE", nargs="+")
    clip.add_argument("--truth", metavar="FILE", type=Path, help="what is on it: truth.jsonl")
    clip.add_argument(
        "--least-px", type=float, default=60.0, help="cars whose plate is never so wide don't count"
    )
    clip.set_defaults(do=_try)
    remote = tune_remote.declare(actions)
    for action in (keep, back, diff, history, clip, remote):
        action.add_argument(
            "--config",
            metavar="FILE",
            type=Path,
            action="append",
            default=argparse.SUPPRESS,
            help="as the daemon has them, tuning.toml last",
        )


def run(options: argparse.Namespace) -> int:
    """Do what the action says."""
    return int(options.do(options))


def _set(options: argparse.Namespace) -> int:
    tuning = _tuning(options)
    why = options.why or f"set {' '.join(options.pairs)}"
    return _save(tuning, tuning.propose(pairs(options.pairs)), options.who, why)


def _back(options: argparse.Namespace) -> int:
    tuning = _tuning(options)
    why = f"back to version {options.number}" + (f": {options.why}" if options.why else "")
    return _save(tuning, tuning.propose_back(options.number), options.who, why)


def _save(tuning: Tuning, proposal: Proposal, who: str, why: str) -> int:
    _show(proposal)
    outcome: Outcome = tuning.save(proposal, who or _user(), why)
    print(outcome.sentence)
    return 0 if outcome.kept else 1


def _diff(options: argparse.Namespace) -> int:
    tuning = _tuning(options)
    proposal = tuning.propose(pairs(options.pairs)) if options.pairs else tuning.own()
    _show(proposal)
    return int(bool(proposal.changes))


def _history(options: argparse.Namespace) -> int:
    tuning = _tuning(options)
    for one in tuning.history():
        by = f"{one.at} {one.who}: {one.why}" if one.at else "written by hand"
        print(f"{one.number:5}  {by}{'  (undone)' if one.undone else ''}")
    return 0


def _try(options: argparse.Namespace) -> int:
    old = aimed(load(options.config).settings, options.clip)
    new = old
    for key, value in pairs(options.pairs).items():
        new = changed(new, key, value)
    cars = load_cars(options.truth, options.least_px) if options.truth else None
    print("\n".join(told(compare(old, new, _START, SystemClock("always")), cars)))
    return 0


def pairs(words: Sequence[str]) -> Mapping[str, str]:
    """Return ``KEY=VALUE`` by key.

    Raises:
        ConfigError: one is none.
    """
    found: dict[str, str] = {}
    for word in words:
        key, mark, value = word.partition("=")
        if not mark:
            raise ConfigError(f"{word}: write KEY=VALUE, the value as in TOML")
        found[key.strip()] = value.strip()
    return found


def _show(proposal: Proposal) -> None:
    print("\n".join(str(one) for one in proposal.changes) or "nothing differs")


def _tuning(options: argparse.Namespace) -> Tuning:
    file = tuning_file(options.config, TUNING_FILE)
    return open_tuning(options.config, TrialFolder(file) if file else None, SystemClock("always"))


def _user() -> str:
    """Return who is logged in: the person behind ``sudo``, where there is one."""
    return os.environ.get("SUDO_USER") or getpass.getuser()
