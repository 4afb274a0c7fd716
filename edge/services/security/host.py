"""The machine that is judged: its files, below a root folder of their own."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.errors import HostUnreadable
from edge.services.machine import Machine

_LINKS: Final = 8  # no honest chain of links is longer


@dataclass(frozen=True, slots=True)
class Entry:
    """A file's owner and rights."""

    path: str
    uid: int
    gid: int
    mode: int
    folder: bool


@dataclass(frozen=True, slots=True)
class Account:
    """A line of ``/etc/passwd``."""

    name: str
    uid: int
    home: str
    shell: str


@dataclass(frozen=True, slots=True)
class Host:
    """Files of *machine*, by the names that they have there; links are followed inside its root."""

    machine: Machine

    @property
    def runs(self) -> bool:
        """Whether its kernel answers, or this is a folder with a system in it."""
        return (self.machine.proc / "mounts").exists()

    def text(self, name: str) -> str:
        """Return what the file *name* says; empty where there is none.

        Raises:
            HostUnreadable: it is there, and this user may not read it.
        """
        try:
            return self._real(name).read_text("utf-8", "replace")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return ""
        except OSError as error:
            raise _unreadable(name, error) from error

    def lines(self, name: str, comment: str = "#") -> list[str]:
        """Return the lines of a file that say something, without comments and blanks around."""
        stripped = (line.strip() for line in self.text(name).splitlines())
        return [line for line in stripped if line and not line.startswith(comment)]

    def has(self, name: str) -> bool:
        """Say whether there is such a file, folder or link."""
        try:
            return self._real(name).exists() or self._at(name).is_symlink()
        except OSError as error:
            raise _unreadable(name, error) from error

    def names(self, folder: str, pattern: str = "*") -> list[str]:
        """Return the paths in *folder* that fit *pattern*, sorted; none where it is missing."""
        try:
            home = self._real(folder)
            if not home.is_dir():
                return []
            next(home.iterdir(), None)  # glob passes over a folder that may not be read
            found = sorted(home.glob(pattern))
        except OSError as error:
            raise _unreadable(folder, error) from error
        return [f"{folder.rstrip('/')}/{one.relative_to(home)}" for one in found]

    def entry(self, name: str) -> Entry | None:
        """Return owner and rights of what *name* leads to; None where there is nothing."""
        try:
            found = self._real(name).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _unreadable(name, error) from error
        mode = stat.S_IMODE(found.st_mode)
        return Entry(name, found.st_uid, found.st_gid, mode, stat.S_ISDIR(found.st_mode))

    def below(self, folder: str) -> Iterator[Entry]:
        """Yield everything below *folder*, links left out."""
        home = self._real(folder)
        for place, folders, files in os.walk(home, onerror=_raise):
            for one in sorted(folders + files):
                path = Path(place) / one
                if not path.is_symlink():
                    inside = path.relative_to(home)
                    found = self.entry(f"{folder.rstrip('/')}/{inside}")
                    if found is not None:
                        yield found

    def accounts(self) -> list[Account]:
        """Return the users that the machine knows."""
        split = (line.split(":") for line in self.lines("/etc/passwd"))
        return [
            Account(one[0], int(one[2]), one[5], one[6])
            for one in split
            if len(one) == 7 and one[2].isdecimal()
        ]

    def boot(self, name: str) -> str:
        """Return the path of *name* on the Pi's boot partition."""
        folder = "/boot/firmware" if self.has("/boot/firmware") else "/boot"
        return f"{folder}/{name}"

    def enabled(self) -> set[str]:
        """Return the units that a link starts with the machine."""
        wants = self.names("/etc/systemd/system", "*.wants/*")
        wants += self.names("/etc/systemd/system", "*.requires/*")
        return {one.rpartition("/")[2] for one in wants}

    def _at(self, name: str) -> Path:
        return self.machine.root / name.lstrip("/")

    def _real(self, name: str) -> Path:
        """Follow links; one that begins with a slash begins at the root of the machine judged."""
        parts = [one for one in name.split("/") if one]
        done, links = self.machine.root, 0
        while parts:
            part = parts.pop(0)
            step = done / part
            if part == "..":
                done = done.parent if done != self.machine.root else done
            elif links < _LINKS and step.is_symlink():
                links += 1
                target = str(step.readlink())
                parts = [one for one in target.split("/") if one] + parts
                done = self.machine.root if target.startswith("/") else done
            else:
                done = step
        return done


def _raise(error: OSError) -> None:
    raise _unreadable(str(error.filename), error)


def _unreadable(name: str, error: OSError) -> HostUnreadable:
    return HostUnreadable(f"{name}: {error.strerror or error}")
