"""The machine that a check looks at: its file systems, and its service manager."""

import os
import platform
import pwd
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

Ask = Callable[[Sequence[str]], str]

_PATIENCE_S: Final = 10.0
_ARCHES: Final = {"x86_64": "amd64", "aarch64": "arm64"}


def run(words: Sequence[str], limit_s: float) -> subprocess.CompletedProcess[str]:
    """Run a command without input, and return what became of it.

    One that cannot be run, or takes longer than *limit_s*, has the status 1 and says why.
    """
    try:
        return subprocess.run(
            words,
            capture_output=True,
            text=True,
            check=False,
            timeout=limit_s,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(words, 1, "", f"{words[0]}: {error}")


def architecture() -> str:
    """Return what Debian, and so a release, calls this processor: ``arm64``, ``amd64``."""
    return _ARCHES.get(platform.machine(), platform.machine())


def python_line() -> str:
    """Return which Python runs, as a release names it: ``3.13``."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _ask(words: Sequence[str]) -> str:
    return run(words, _PATIENCE_S).stdout.strip()


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the machine, with all groups that are his."""

    name: str
    uid: int
    gids: frozenset[int]


def _person(name: str) -> Person | None:
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        return None
    return Person(name, found.pw_uid, frozenset(os.getgrouplist(name, found.pw_gid)))


@dataclass(frozen=True, slots=True)
class Machine:
    """Where ``/proc``, ``/sys`` and ``/run`` are, so that a test can seed a fault.

    Attributes:
        ask: runs a command and returns what it printed; empty where it cannot be run.
        person: returns a user; None where there is none of that name.
    """

    root: Path = Path("/")
    ask: Ask = _ask
    person: Callable[[str], Person | None] = _person

    @property
    def proc(self) -> Path:
        """Return where the kernel tells of processes and memory."""
        return self.root / "proc"

    @property
    def sys(self) -> Path:
        """Return where the kernel tells of devices."""
        return self.root / "sys"

    @property
    def systemd(self) -> bool:
        """Whether systemd runs here, as sd_booted(3) asks."""
        return (self.root / "run/systemd/system").is_dir()

    def word(self, file: Path) -> str | None:
        """Return what a small file of the kernel says; None where there is none that answers."""
        try:
            return file.read_text("ascii", "replace").strip("\0\n ")
        except OSError:  # some sensors answer only while the machine pleases
            return None

    def number(self, file: Path, base: int = 10) -> int | None:
        """Return the whole number that a small file of the kernel holds; None without one."""
        try:
            return int(self.word(file) or "", base)
        except ValueError:
            return None
