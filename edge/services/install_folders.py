"""Lists that arrive as files: a watched folder, a USB stick, the boot partition.

All end in :class:`~edge.services.install.Installer`. What lies in the watched folder is moved to
``done`` or ``refused`` beside it, with the reason in a ``.why.txt``; a stick is only read. Files
that are no ``*.bundle`` are left alone.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from edge.clock import Clock, Moment
from edge.errors import BundleRefused, EdgeError, HotlistError, KeysError
from edge.hotlist.bundle import SUFFIX
from edge.log import Log
from edge.services.install import Installer

DONE: Final = "done"
REFUSED: Final = "refused"
WHY: Final = ".why.txt"

_DOUBT_S: Final = 60.0  # how often the list in force is held against the roster
_KEPT: Final = 20  # files in each of the two
_REVOKED: Final = "is signed with a key that was revoked since"
_log = Log("edge.install")

_Facts = tuple[int, ...]


class _Ready(NamedTuple):
    sequence: int
    file: Path
    blob: bytes
    moved: bool


class Folders:
    """Installs what arrives in folders.

    Args:
        inbox: the watched folder; None watches none.
        sticks: folders that are looked into and never written, whether or not they are there.
        every_s: how often they are looked at; a file is complete when it kept still so long.
    """

    def __init__(
        self,
        installer: Installer,
        inbox: Path | None,
        sticks: Sequence[Path],
        clock: Clock,
        every_s: float,
    ) -> None:
        self._installer = installer
        self._inbox = inbox
        self._sticks = tuple(sticks)
        self._clock = clock
        self._every_s = every_s
        self._looked: Moment | None = None
        self._seen: dict[Path, _Facts] = {}
        self._tried: dict[Path, _Facts] = {}
        self._refused = ""
        self._waits = ""
        self._doubt = ""
        self._revoked = False
        self._doubted: Moment | None = None

    @property
    def problem(self) -> str:
        """What was last refused, until a list is installed; what cannot be read; doubts."""
        return "; ".join(one for one in (self._refused, self._waits, self._doubt) if one)

    @property
    def doubt(self) -> str:
        """What is held against the list in force, for a gate's sentence; empty for nothing."""
        return _REVOKED if self._revoked else ""

    def look(self) -> None:
        """Install what has arrived and kept still since the last look, in the lists' own order.

        Never raises for a bad bundle or an unreadable folder: see :attr:`problem`.
        """
        now = self._clock.now()
        if self._looked is not None and now.since(self._looked) < self._every_s:
            return
        self._looked = now
        before, self._refused, self._waits = self._refused, "", ""
        opened = [one for file in self._ready() if (one := self._open(file))]
        ordered = sorted(opened, key=lambda one: one.sequence)
        installed = [one for one in ordered if self._install(one)]
        if not self._refused and not installed:
            self._refused = before
        if installed or self._doubted is None or now.since(self._doubted) >= _DOUBT_S:
            self._doubted = now
            self._doubt = self._doubts()

    def _doubts(self) -> str:
        try:
            found = self._installer.doubt()
        except KeysError as error:  # what was known before holds
            return f"nobody can say whether the hotlist's issuer is revoked: {error}"
        self._revoked = bool(found)
        return found

    def _ready(self) -> list[Path]:
        """Return the files that kept still since the last look and are new."""
        folders = (*self._sticks, *([self._inbox] if self._inbox else ()))
        now = {file: facts for folder in folders for file, facts in self._arrived(folder)}
        before, self._seen = self._seen, now
        self._tried = {file: facts for file, facts in self._tried.items() if file in now}
        return [
            file
            for file, facts in now.items()
            if before.get(file) == facts and self._tried.get(file) != facts
        ]

    def _arrived(self, folder: Path) -> Iterator[tuple[Path, _Facts]]:
        try:
            for file in sorted(folder.iterdir()):
                if file.suffix == SUFFIX and not file.name.startswith("."):
                    status = file.lstat()
                    if stat.S_ISREG(status.st_mode):
                        yield file, _facts(status)
        except (FileNotFoundError, NotADirectoryError):
            return  # no stick, and an inbox that nobody has made: nothing has arrived
        except OSError as error:
            self._waits = f"{folder}: cannot be read: {error.strerror}"

    def _open(self, file: Path) -> _Ready | None:
        moved = file.parent == self._inbox
        try:
            blob = _content(file, self._installer.largest)
            return _Ready(self._installer.open(blob).header.sequence, file, blob, moved)
        except BundleRefused as error:
            self._refuse(file, error, moved=moved)
        except EdgeError as error:
            self._wait(file, error)
        return None

    def _install(self, one: _Ready) -> bool:
        file = one.file
        try:
            now = self._installer.install(one.blob)
        except BundleRefused as error:
            if error.why == "early":  # nobody's fault: it is tried again until its time comes
                return False
            self._refuse(file, error, moved=one.moved)
            return False
        except EdgeError as error:
            self._wait(file, error)
            return False
        self._tried[file] = self._seen[file]
        _log.info("a signed list is in force", list=now.name, signers=" ".join(now.signers))
        if one.moved:
            self._move(file, DONE)
        return True

    def _wait(self, file: Path, error: EdgeError) -> None:
        """Leave a file for the next look: the fault is not its own."""
        self._waits = f"{file.name} waits: {error}"

    def _refuse(self, file: Path, error: BundleRefused, *, moved: bool) -> None:
        self._tried[file] = self._seen[file]
        if error.why == "older" and not moved:
            _log.info("a stick holds an older list", file=file, why=error)
            return
        self._refused = f"{file.name} was refused ({error.why}): {error}; the list in force holds"
        _log.warning("a bundle is refused", file=file, reason=error.why, why=error)
        try:
            self._installer.refused(str(file), error)
        except HotlistError as failed:
            self._waits = str(failed)
        if moved:
            self._move(file, REFUSED, f"{file.name}: {error.why}: {error}\n")

    def _move(self, file: Path, where: str, why: str = "") -> None:
        """Move a file that is still the one that was tried, with a word on why."""
        folder = file.parent / where
        try:
            if _facts(file.lstat()) != self._seen[file]:
                return  # another has taken its place meanwhile and has its turn
            folder.mkdir(exist_ok=True)
            if why:
                (folder / (file.name + WHY)).write_text(why, encoding="utf-8")
            file.replace(folder / file.name)
            _keep_newest(folder)
        except OSError as error:
            self._waits = f"{file}: cannot be moved to {folder}: {error.strerror}"


def _facts(status: os.stat_result) -> _Facts:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _content(file: Path, largest: int) -> bytes:
    """Return the bytes of a plain file.

    Raises:
        BundleRefused: there are more than *largest*.
        HotlistError: it cannot be read.
    """
    try:
        # no link is followed, and whatever took the file's place does not make us wait
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as opened:
            size = os.fstat(handle).st_size
            blob = opened.read(largest + 1) if size <= largest else b""
    except OSError as error:
        raise HotlistError(f"{file}: cannot be read: {error.strerror}") from error
    if max(size, len(blob)) > largest:
        raise BundleRefused("large", f"has more than the {largest} bytes that are taken")
    return blob


def _keep_newest(folder: Path) -> None:
    bundles = [file for file in folder.iterdir() if file.suffix == SUFFIX]
    bundles.sort(key=lambda file: file.stat().st_ctime_ns, reverse=True)
    for file in bundles[_KEPT:]:
        file.unlink()
        file.with_name(file.name + WHY).unlink(missing_ok=True)
