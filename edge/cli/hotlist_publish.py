"""``edge hotlist publish``: bundles and their signed manifest, for any web server to serve."""

import argparse
import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from edge.clock import SystemClock
from edge.config import load
from edge.errors import EdgeError, HotlistError
from edge.hotlist.bundle import SUFFIX, Header
from edge.hotlist.manifest import FILE as MANIFEST
from edge.hotlist.manifest import Manifest, offer, publish, read, to_be_signed, write
from edge.keys import files
from edge.keys.trust import Trust, open_trust

_LABEL: Final = ".label"
_LARGEST: Final = 1_000_000_000
_OURS: Final = re.compile(rf"[a-z0-9-]+-\d+-[0-9a-f]{{12}}{re.escape(SUFFIX)}")


class _Label(BaseModel):
    """What a sealed bundle is, for the desk that made it and cannot open it any more."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    digest: str
    header: Header


def write_label(file: Path, header: Header, blob: bytes) -> None:
    """Leave beside a sealed bundle what publishing it must know; it names no plate."""
    label = _Label(digest=hashlib.sha256(blob).hexdigest(), header=header)
    files.write(_label_of(file), label.model_dump_json().encode())


def declare(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the action."""
    action = actions.add_parser(
        "publish",
        help="put signed bundles and their manifest into a folder that a web server serves",
        description="Put bundles and a signed manifest into FOLDER, which any static web server "
        "can serve over https; units poll it (hotlist.manifest_url names FOLDER's file "
        f"'{MANIFEST}'). What units with an older list need stays there. Without a bundle the "
        "manifest is signed anew.",
    )
    action.add_argument("folder", type=Path, metavar="FOLDER", help="made if it is not there")
    action.add_argument(
        "bundle", nargs="*", type=Path, help=f"from sign, with its {_LABEL} beside it"
    )
    action.add_argument("--keys", type=Path, help="the issuer's folder (default: keys.folder)")
    action.add_argument(
        "--keep", type=int, default=60, help="bundles that are offered at most (default: 60)"
    )
    action.set_defaults(act=_publish)


def _publish(options: argparse.Namespace) -> int:
    """Bundles first, then the manifest by one rename, then what nobody is offered any more."""
    trust = open_trust(options.keys or Path(load(options.config).settings.keys.folder))
    folder: Path = options.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HotlistError(f"{folder}: cannot be made: {error.strerror}") from error
    now = datetime.fromtimestamp(SystemClock().now().utc_ns // 1_000_000_000, UTC)
    old = _present(folder, trust, now)
    labels = [_label(file) for file in options.bundle]
    offers = [
        offer(one.header, one.digest, _size(file))
        for one, file in zip(labels, options.bundle, strict=True)
    ]
    town, name = _whose(old, labels)
    sequence = max(int(now.timestamp()), old.sequence + 1 if old else 0)
    known = trust.roster.sequence
    new = publish(old, to_be_signed(town, name, sequence, now, offers, known), options.keep)
    signed = write(new, trust.identity)
    for one, file in zip(offers, options.bundle, strict=True):
        files.write(folder / one.url, files.read_public(file, _LARGEST))
        print(f"{file}: {one.kind}, number {one.sequence}, as {one.url}")
    files.write(folder / MANIFEST, signed)
    _tidy(folder, old, new)
    print(f"{folder / MANIFEST}: number {new.sequence}, {len(new.bundles)} bundles on offer")
    return 0


def _present(folder: Path, trust: Trust, now: datetime) -> Manifest | None:
    """Return the manifest that is there, if it is this town's; anything else is not overwritten."""
    file = folder / MANIFEST
    if not file.exists():
        return None
    blob = files.read_public(file)
    try:
        return read(blob, str(file), trust.roster.town, trust.roster, now)
    except EdgeError as error:
        raise HotlistError(
            f"{error}; move it away, and publish the newest full list anew"
        ) from error


def _whose(old: Manifest | None, labels: list[_Label]) -> tuple[str, str]:
    found = {(one.header.town, one.header.list) for one in labels}
    if not found and old is not None:
        return old.town, old.list
    if len(found) != 1:
        raise HotlistError(
            "name the bundles of one list; each list has a folder of its own"
            if found
            else "which bundle? Nothing is published in that folder yet"
        )
    return found.pop()


def _label(file: Path) -> _Label:
    label_file = _label_of(file)
    try:
        label = _Label.model_validate_json(files.read_public(label_file))
    except ValidationError:
        raise HotlistError(f"{label_file}: is damaged; sign {file} again") from None
    if hashlib.sha256(files.read_public(file, _LARGEST)).hexdigest() != label.digest:
        raise HotlistError(f"{file}: is not what {label_file} was written for; sign it again")
    return label


def _label_of(file: Path) -> Path:
    return file.with_name(file.name + _LABEL)


def _size(file: Path) -> int:
    return file.stat().st_size


def _tidy(folder: Path, old: Manifest | None, new: Manifest) -> None:
    """Remove bundles of neither manifest: a unit may still be loading by the one before."""
    kept = {one.url for each in (old, new) if each for one in each.bundles}
    for file in folder.glob(f"*{SUFFIX}"):
        if _OURS.fullmatch(file.name) and file.name not in kept:
            file.unlink()
