"""Every version that ``tuning.toml`` had: numbered, with its time, who made it and why.

A version that did not stand its trial keeps its number, so that the record speaks of one only.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.disk import put, sync
from edge.errors import ConfigError

MOST: Final = 50
_NAME: Final = re.compile(r"^(\d{6})(\.undone)?\.toml$")
_HEAD: Final = "# tuning: "


@dataclass(frozen=True, slots=True)
class Version:
    """One version.

    Attributes:
        at: RFC 3339; empty for a file that somebody wrote by hand, as are *who* and *why*.
        undone: it was tried, and did not stand.
    """

    number: int
    at: str = ""
    who: str = ""
    why: str = ""
    undone: bool = False


class History:
    """A bounded folder of versions.

    Args:
        folder: is made where it is missing, for the group to write.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self) -> None:
        """Make the folder.

        Raises:
            ConfigError: it cannot be made.
        """
        try:
            if not self._folder.is_dir():
                self._folder.mkdir(parents=True)
                self._folder.chmod(0o2770)  # both the daemon and the technician write here
                sync(self._folder.parent)
        except OSError as error:
            raise ConfigError(f"{self._folder}: cannot be made: {error.strerror}") from error

    def versions(self) -> tuple[Version, ...]:
        """Return all that are kept, the oldest first."""
        return tuple(_version(number, undone, file) for number, undone, file in self._files())

    def text(self, number: int) -> str:
        """Return the file that was version *number*.

        Raises:
            ConfigError: there is none, or none any more.
        """
        for one, undone, file in self._files():
            if one == number and not undone:
                return file.read_text("utf-8")
        raise ConfigError(f"there is no version {number} any more; see `edge tune history`")

    def keep(self, number: int, text: str) -> None:
        """Keep *text* as version *number*, and drop the oldest beyond the limit.

        Raises:
            OSError: it cannot be written.
        """
        put(self._folder / f"{number:06}.toml", text.encode())
        for _, _, file in self._files()[:-MOST]:
            file.unlink()

    def undo(self, number: int) -> None:
        """Say that version *number* did not stand its trial; twice does no harm."""
        file = self._folder / f"{number:06}.toml"
        if file.exists():
            file.replace(file.with_suffix(".undone.toml"))
            sync(self._folder)

    def number_of(self, text: str) -> int:
        """Return the number of what stands in ``tuning.toml``, which is kept if it is not yet."""
        stood = [(number, file) for number, undone, file in self._files() if not undone]
        if stood and stood[-1][1].read_text("utf-8") == text:
            return stood[-1][0]
        number = self.next()
        self.keep(number, text)
        return number

    def next(self) -> int:
        """Return the first number that no version has had."""
        return max((number for number, _, _ in self._files()), default=-1) + 1

    def _files(self) -> list[tuple[int, bool, Path]]:
        names = ((_NAME.match(file.name), file) for file in self._folder.glob("*.toml"))
        found = [(int(name[1]), bool(name[2]), file) for name, file in names if name]
        return sorted(found)


def headed(version: Version, body: str) -> str:
    """Return the file of a version: who made it, in a comment, and the settings."""
    said = {"number": version.number, "at": version.at, "who": version.who, "why": version.why}
    return f"{_HEAD}{json.dumps(said)}\n{body}"


def body_of(text: str) -> str:
    """Return the settings in a version's file."""
    return "\n".join(_lines(text))


def _lines(text: str) -> Iterator[str]:
    return (line for line in text.split("\n") if not line.startswith(_HEAD))


def _version(number: int, undone: bool, file: Path) -> Version:
    head = file.read_text("utf-8").partition("\n")[0]
    if not head.startswith(_HEAD):
        return Version(number, undone=undone)
    try:
        said = json.loads(head.removeprefix(_HEAD))
        at, who, why = (str(said[name]) for name in ("at", "who", "why"))
        if said["number"] == number:
            return Version(number, at, who, why, undone)
        return Version(number, undone=undone)
    except (ValueError, KeyError, TypeError):  # written by hand, whatever it looks like
        return Version(number, undone=undone)
