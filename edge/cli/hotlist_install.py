"""``edge hotlist verify|install|status``: what a unit says of a bundle, and what it has."""

import argparse
import shutil
import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from edge.clock import Clock, SystemClock
from edge.config import Settings, load
from edge.errors import BundleRefused, ConfigError, HotlistError
from edge.hotlist.bundle import Header, instant
from edge.hotlist.bundle_place import POINTER, ROWS, in_force, last_refused
from edge.keys.trust import open_trust
from edge.services.install import Installer


def declare(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the three actions."""
    for name, act, sentence in (
        ("verify", _verify, "say all that this unit would say of a bundle, and change nothing"),
        ("install", _install, "put a bundle in force on this unit, or say why not"),
    ):
        action = actions.add_parser(
            name, help=sentence, description=f"{sentence.capitalize()}. Status 1: it is refused."
        )
        action.add_argument("file", type=Path, help="a signed and sealed bundle")
        action.set_defaults(act=act)
    status = actions.add_parser(
        "status",
        help="which signed list is in force, how old it is, what was last refused and why",
        description="Say which signed list is in force. Status 1: none is, or it has expired.",
    )
    status.set_defaults(act=_status)


def _verify(options: argparse.Namespace) -> int:
    """Install into a copy of the unit's folder: what happens there would happen here."""
    settings = _settings(options)
    folder = Path(settings.hotlist.folder)
    blob = _content(options.file, settings)
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        now = in_force(folder)
        if now is not None:
            shutil.copy(folder / POINTER, copy)
            shutil.copy(folder / (now.name + ROWS), copy)
        rehearsal = settings.model_copy(
            update={"hotlist": settings.hotlist.model_copy(update={"folder": name})}
        )
        installer = _installer(rehearsal)
        try:
            _describe(installer.open(blob).header)
            installer.install(blob)
        except BundleRefused as error:
            return _refuse(options.file, error)
    print("this unit would take it")
    return 0


def _install(options: argparse.Namespace) -> int:
    """Verify, then swap."""
    settings = _settings(options)
    installer = _installer(settings)
    try:
        now = installer.install(_content(options.file, settings))
    except BundleRefused as error:
        installer.refused(str(options.file), error)
        return _refuse(options.file, error)
    print(f"{now.name} is in force: {now.entries} entries, signed by {' and '.join(now.signers)}")
    return 0


def _status(options: argparse.Namespace) -> int:
    """Print what is in force, and what was refused."""
    settings = _settings(options)
    folder, clock = Path(settings.hotlist.folder), _clock(settings)
    now, refused = in_force(folder), last_refused(folder)
    at = datetime.fromtimestamp(clock.now().utc_ns // 1_000_000_000, UTC)
    if now is None:
        print(f"{folder}: no signed list is in force")
    else:
        age_h = (at - now.complete).total_seconds() / 3600
        print(f"{now.name}: {now.entries} entries, sequence {now.sequence}, {now.kind}")
        print(f"signed by {' and '.join(now.signers)}, installed {instant(now.installed)}")
        print(f"whole as of {instant(now.complete)}, {age_h:.1f} hours ago")
        print(f"{'expired' if at >= now.expires else 'expires'} {instant(now.expires)}")
    if not clock.trusted():
        print("the clock is not set: ages and dates are a guess")
    if refused is not None:
        print(f"last refused, {instant(refused.at)}: {refused.file}: {refused.sentence}")
    return 0 if now is not None and at < now.expires else 1


def _settings(options: argparse.Namespace) -> Settings:
    settings = load(options.config).settings
    if not settings.hotlist.folder:
        raise ConfigError("this unit takes no signed lists: hotlist.folder is empty")
    return settings


def _content(file: Path, settings: Settings) -> bytes:
    """Return the bundle; one byte more than is taken is enough to refuse it."""
    try:
        with file.open("rb") as opened:
            return opened.read(int(settings.hotlist.max_bundle_mb * 1e6) + 1)
    except OSError as error:
        raise HotlistError(f"{file}: cannot be read: {error.strerror}") from error


def _installer(settings: Settings) -> Installer:
    trust = partial(open_trust, Path(settings.keys.folder))
    return Installer(settings.hotlist, settings.unit.town, trust, _clock(settings))


def _clock(settings: Settings) -> Clock:
    return SystemClock(settings.clock.trust)


def _describe(header: Header) -> None:
    base = f" on {header.base[:12]}" if header.base else ""
    print(f"{header.name} of {header.town}: {header.kind}{base}, {header.entries} entries")
    print(f"sequence {header.sequence}, issued {instant(header.issued)}")
    print(f"whole as of {instant(header.complete)}; {header.rejects} rows of its source left out")
    print(f"valid {instant(header.valid_from)} to {instant(header.expires)}, {header.keys} key(s)")


def _refuse(file: Path, error: BundleRefused) -> int:
    print(f"{file}: refused ({error.why}): {error}")
    return 1
