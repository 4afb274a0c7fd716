"""What the daemons' own users may do: root, who runs the check, may do all of it.

Judged by owner, group and mode of each file and of the folders above it. A grant by an access list
(setfacl) is not seen: it would be told as missing.
"""

import pwd
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.config import Settings
from edge.config.load import SITE_FILE, TUNING_FILE
from edge.keys.holder import TLS_KEY
from edge.keys.identity import FILE
from edge.keys.trust import ROOT_FILE, ROSTER_FILE
from edge.services.finding import Finding, bad
from edge.services.machine import Machine, Person
from edge.store.store import DATABASE

_READ, _WRITE, _PASS = 4, 2, 1
_WORDS: Final = {_READ: "read", _WRITE: "write", _PASS: "pass through"}
_FILES: Final = ("video", "pictures")  # kinds of source that have an owner and a mode
WATCH: Final = "edge-watch"
DELIVER: Final = "edge-deliver"
_TUNING: Final = "edge-tuning"


@dataclass(frozen=True, slots=True)
class _Need:
    """What one user must be able to do with one place; *mode* is what it has on a good unit."""

    user: str
    place: Path
    rights: int
    owner: str
    mode: int


def locked_out(settings: Settings, machine: Machine) -> Finding | None:
    """Return the first place that a daemon's user cannot use as it must; None where all can.

    Users that this machine does not have are not judged: a desk has none of them.
    """
    for need in _needs(settings):
        person = machine.person(need.user)
        found = _problem(person, need) if person is not None else None
        if found is not None:
            return found
    return None


def _problem(person: Person, need: _Need) -> Finding | None:
    """Return what is in the way, and how to mend it."""
    for above in _above(need.place):
        found = _stat(above)
        if found is None:
            return None
        if not _may(person, found, _PASS):
            sentence = f"{above}: {person.name} may not pass through it to {need.place}"
            return bad(
                "rights", f"{sentence} ({found})", f"chmod o+x {above}, or chgrp edge {above}"
            )
    found = _stat(need.place)
    if found is None:  # whoever needs it says so
        return None
    for right, word in _WORDS.items():
        if need.rights & right and not _may(person, found, right):
            sentence = f"{need.place}: {person.name} may not {word} it ({found}): its daemon ends"
            mend = f"chown {need.owner} {need.place}; chmod {need.mode:04o} {need.place}"
            return bad("rights", sentence, mend)
    return None


def _above(place: Path) -> list[Path]:
    return list(reversed(place.absolute().parents))


@dataclass(frozen=True, slots=True)
class _Found:
    uid: int
    gid: int
    mode: int

    def __str__(self) -> str:
        return f"owner {_name(self.uid)}, mode {self.mode:04o}"


def _stat(place: Path) -> _Found | None:
    try:
        found = place.stat()
    except OSError:
        return None
    return _Found(found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode))


def _may(person: Person, found: _Found, right: int) -> bool:
    if person.uid == found.uid:
        return bool(found.mode >> 6 & right)
    if found.gid in person.gids:
        return bool(found.mode >> 3 & right)
    return bool(found.mode & right)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _needs(settings: Settings) -> Iterator[_Need]:
    yield from _of_watch(settings)
    yield from _of_deliver(settings)
    yield from _of_both(settings)
    officers = Path(settings.tuning.folder) / "officers"
    for file in _below(officers, "*.officer"):
        yield _Need(_TUNING, file, _READ, "edge-tuning:edge", 0o600)


def _of_watch(settings: Settings) -> Iterator[_Need]:
    keys = Path(settings.keys.folder)
    for name, mode in ((FILE, 0o600), (ROOT_FILE, 0o640), (ROSTER_FILE, 0o640)):
        yield _Need(WATCH, keys / name, _READ, "edge-watch:edge", mode)
    if settings.source.kind in _FILES:
        address = Path(settings.source.address)
        rights, mode = (_READ | _PASS, 0o755) if address.is_dir() else (_READ, 0o644)
        yield _Need(WATCH, address, rights, "edge-watch:edge", mode)
    if settings.hotlist.path:
        yield _Need(WATCH, Path(settings.hotlist.path), _READ, "edge-watch:edge", 0o640)
    for folder, mode in (
        (settings.hotlist.folder, 0o2750),
        (settings.hotlist.inbox, 0o2770),
        (settings.runtime.folder, 0o2750),
    ):
        if folder:
            yield _Need(WATCH, Path(folder), 7, "edge-watch:edge", mode)


def _of_deliver(settings: Settings) -> Iterator[_Need]:
    sent, keys = settings.delivery, Path(settings.keys.folder)
    for file in (sent.key_file, sent.password_file):
        if file and Path(file) != keys / TLS_KEY:
            yield _Need(DELIVER, Path(file), _READ, "edge-deliver:edge", 0o400)
    for file in (sent.certificate_file, sent.ca_file):
        if file:
            yield _Need(DELIVER, Path(file), _READ, "root:edge", 0o640)
    for name in (ROOT_FILE, ROSTER_FILE):
        yield _Need(DELIVER, keys / name, _READ, "edge-watch:edge", 0o640)


def _of_both(settings: Settings) -> Iterator[_Need]:
    store = Path(settings.store.folder)
    for user in (WATCH, DELIVER):
        yield _Need(user, SITE_FILE, _READ, "root:edge", 0o640)
        yield _Need(user, TUNING_FILE, _READ, "edge-watch:edge", 0o660)
        if settings.search.enabled and settings.search.folder:
            yield _Need(user, Path(settings.search.folder), 7, "edge-watch:edge", 0o2770)
        yield _Need(user, store, 7, "edge-watch:edge", 0o2770)
        for file in _below(store, f"{DATABASE}*"):
            yield _Need(user, file, _READ | _WRITE, "edge-watch:edge", 0o660)


def _below(folder: Path, pattern: str) -> list[Path]:
    try:
        return sorted(folder.glob(pattern))
    except OSError:
        return []
