"""``edge update``: other versions of the software, signed, tried, kept or taken back."""

import argparse
from pathlib import Path

from edge.cli import update_bootloader, update_index
from edge.cli.keys_ask import now
from edge.cli.keys_words import whose_keys
from edge.clock import SystemClock
from edge.config import Settings, load
from edge.errors import ConfigError, UpdateError
from edge.keys.files import read_public
from edge.keys.identity import load_identity
from edge.keys.roster import read_roster
from edge.keys.trust import load_root, open_roster
from edge.policy import updating
from edge.services.law import check_law
from edge.services.selftest import check_outbox, check_tables, read_clip
from edge.services.update_fetched import fetch_lines
from edge.services.update_file import check_bundle
from edge.services.update_sign import Wish, approve_update, sign_update, verified
from edge.services.update_state import read_state
from edge.services.update_unit import Updater
from edge.services.updater import open_updater, sides_here

NAME = "update"
HELP = "Sign a version of the software; on a unit: stage, try, keep it, or go back by itself."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    sign = actions.add_parser("sign", help="an updater: a bundle becomes a release for units")
    sign.add_argument(
        "bundle", metavar="BUNDLE", type=Path, help="of scripts/bundle or scripts/rauc-bundle"
    )
    sign.add_argument(
        "--number", metavar="N", type=int, required=True, help="of the release; counts up"
    )
    sign.add_argument(
        "--least", metavar="VERSION", required=True, help="lowest version that may take it"
    )
    sign.add_argument("--out", metavar="FILE", type=Path, help="default: beside the bundle")
    sign.set_defaults(do=_sign)
    second = actions.add_parser("approve", help="a second key: units may go back to this release")
    second.add_argument("file", metavar="FILE", type=Path)
    second.set_defaults(do=_approve)
    verify = actions.add_parser("verify", help="anywhere: who signed it, and is it whole?")
    verify.add_argument("file", metavar="FILE", type=Path)
    verify.add_argument("--root", metavar="FILE", type=Path, help="town.json (default: in --keys)")
    verify.add_argument("--roster", metavar="FILE", type=Path, help="default: in --keys")
    verify.set_defaults(do=_verify)
    whose_keys((sign, second, verify))
    stage = actions.add_parser("stage", help="on a unit, root: make a release ready, beside")
    stage.add_argument("file", metavar="FILE", type=Path)
    stage.add_argument("--again", action="store_true", help="also one that was taken back here")
    stage.set_defaults(do=_stage)
    for name, sentence, do in (
        ("status", "on a unit: which version is in force, and where an update stands", _status),
        ("apply", "on a unit, root: put the release that waits in force now, on trial", _apply),
        ("back", "on a unit, root: go back to the version before the one kept last", _back),
        ("run", "root's service: take what has come, wait, switch, watch", _run),
        ("settle", "root's service, at start: finish or take back what was cut", _settle),
    ):
        one = actions.add_parser(name, help=sentence)
        one.set_defaults(do=do)
    update_bootloader.arguments(
        actions.add_parser("bootloader", help="a card with two sides: which one starts")
    )
    update_index.arguments(
        actions.add_parser("index", help="at the desk: a folder of releases, for a web server")
    )
    test = actions.add_parser(
        "self-test", help="this version reads its clip with this unit's models"
    )
    test.add_argument(
        "--as",
        dest="which",
        choices=("kept", "next"),
        help="before a switch: the version in force (no alert waits), or the other (tables fit)",
    )
    test.set_defaults(do=_self_test)


def run(options: argparse.Namespace) -> int:
    """Do what the action says; 1 where an update was taken back."""
    if options.action == "bootloader":
        return int(options.do(options))
    if options.action in {"run", "settle"}:
        return int(options.do(options, _or_plain(options.config)))
    return int(options.do(options, load(options.config).settings))


def _or_plain(files: list[Path] | None) -> Settings:
    """Return the settings, or else the defaults with which nothing new is taken.

    A way back must not end at a setting that no daemon starts with either.
    """
    try:
        return load(files).settings
    except (ConfigError, OSError) as error:
        print(f"{error}: no update is taken until that is mended")
        plain = load([]).settings
        off = plain.update.model_copy(update={"enabled": False})
        return plain.model_copy(update={"update": off})


def _sign(options: argparse.Namespace, settings: Settings) -> int:
    keys: Path = options.keys or Path(settings.keys.folder)
    wish = Wish(options.bundle, options.number, options.least)
    out = sign_update(wish, load_identity(keys), now(), options.out)
    print(f"{out}: release {options.number}, {out.stat().st_size // 1_000_000} MB")
    print("a unit takes it from a stick, or from inbox in its update.folder, in a quiet hour")
    return 0


def _approve(options: argparse.Namespace, settings: Settings) -> int:
    keys: Path = options.keys or Path(settings.keys.folder)
    approve_update(options.file, load_identity(keys), now())
    print(f"{options.file}: units that had a newer one may go back to it")
    return 0


def _verify(options: argparse.Namespace, settings: Settings) -> int:
    keys: Path = options.keys or Path(settings.keys.folder)
    if options.root or options.roster:
        root = load_root(options.root or keys / "town.json")
        file = options.roster or keys / "roster"
        roster = read_roster(read_public(file), str(file), root.key)
    else:
        roster = open_roster(keys)
    found, vouched = verified(options.file, roster, roster.no_earlier(now()))
    check_bundle(found, vouched.release)
    one = vouched.release
    print(f"edge {one.version} for {one.arch}, release {one.sequence} of {one.town}, {one.made}")
    signers = " and ".join(vouched.signers)
    print(f"signed by {signers}; {len(one.files)} files, SHA-256 {one.digest}")
    python = f"Python {' or '.join(one.pythons)}" if one.pythons else "two sides: a whole system"
    print(f"for units with {one.least} or newer, {python}")
    return 0


def _stage(options: argparse.Namespace, settings: Settings) -> int:
    state = _updater(settings).stage(options.file, again=options.again)
    return _told(state)


def _apply(_: argparse.Namespace, settings: Settings) -> int:
    return _told(_updater(settings).apply())


def _back(_: argparse.Namespace, settings: Settings) -> int:
    _updater(settings).back()
    return 0


def _run(_: argparse.Namespace, settings: Settings) -> int:
    _updater(settings).run(take=settings.update.enabled)
    return 0


def _settle(_: argparse.Namespace, settings: Settings) -> int:
    _updater(settings).settle()
    return 0


def _status(_: argparse.Namespace, settings: Settings) -> int:
    folder = Path(settings.update.folder)
    state = read_state(folder)
    if state is None:
        raise UpdateError(f"{folder}: where an update stood is not known any more")
    sides = sides_here(SystemClock(settings.clock.trust))
    what = "side " if sides.anew else ""
    print(
        f"in force: {what}{sides.in_force() or 'none'}; found good: {what}{sides.kept() or 'none'}"
    )
    print(updating.sentence(state) or "no update is under way")
    if state.refused:
        print(f"refused: {state.refused}")
    for line in fetch_lines(settings, SystemClock(settings.clock.trust)):
        print(line)
    for act in state.acts:
        signers = f", signed by {' and '.join(act.signers)}" if act.signers else ""
        why = f": {act.why}" if act.why else ""
        what = f" {act.version} (number {act.sequence})" if act.version else ""
        print(f"{act.at}  {act.act}{what}{signers}{why}")
    return 0


def _self_test(options: argparse.Namespace, settings: Settings) -> int:
    check_law(settings)
    clock = SystemClock(settings.clock.trust)
    if options.which == "kept":
        check_outbox(settings, clock)
    if options.which == "next":
        check_tables(Path(settings.update.folder), Path(settings.store.folder))
    plates = read_clip(settings, clock)
    print(f"the settings hold, and the self-test clip was read: {', '.join(plates)}")
    return 0


def _updater(settings: Settings) -> Updater:
    clock = SystemClock(settings.clock.trust)
    return open_updater(settings, clock, lambda line: print(line, flush=True))


def _told(state: updating.State) -> int:
    return 1 if state.phase is updating.Phase.BACK else 0
