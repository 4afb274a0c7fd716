"""The list in force: taken again when another comes, kept when the new one is wrong.

Signed lists lie in ``hotlist.folder`` and go before the plain file of ``hotlist.path``.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from edge.clock import Clock, Moment
from edge.config.hotlist import HotlistSection
from edge.disk import absent
from edge.errors import HotlistError
from edge.hotlist import bundle_place as place
from edge.hotlist.csvfile import load_csv
from edge.hotlist.index import Hotlist
from edge.hotlist.indexfile import open_index

NO_LIST = "no list configured; set hotlist.path"

_Signature = tuple[int, ...]
_Read = Callable[[Path], Hotlist]


class HotlistKeeper:
    """Holds the last good list.

    A new list should come by rename: the file is read through one open handle, so a reader sees
    the old list or the new one. A file that is written in place is refused while it changes, and
    read once it has kept still between two looks.

    Attributes:
        current: the list in force; None before the first good one. Replaced at once as a whole,
            so another thread may take it at any time.
        refused: why a signed list that came was not installed; set by whoever installs.
    """

    def __init__(self, section: HotlistSection, clock: Clock) -> None:
        self.current: Hotlist | None = None
        self.refused = ""
        self._problem = "" if section.path else NO_LIST
        self._doubt = ""
        self._section = section
        self._clock = clock
        self._signed = False
        self._looked: Moment | None = None
        self._seen: _Signature | None = None
        self._tried: _Signature | None = None

    @property
    def problem(self) -> str:
        """Why the newest list is not in force, or what else is wrong; empty when all is well."""
        return "; ".join(one for one in (self.refused, self._problem) if one)

    def refresh(self) -> bool:
        """Look at the files, at most every ``reload_s``; say whether another list is in force now.

        Reading half a million entries from a CSV file takes seconds. Never raises for a bad list:
        see :attr:`problem`.
        """
        if not self._due():
            return False
        pointer = Path(self._section.folder) / place.POINTER
        if self._section.folder and (self._signed or not absent(pointer)):
            self._signed = True  # from now on its absence is a fault, and no plain file replaces it
            return self._refresh(pointer, self._installed, "hotlist.folder")
        if self._section.path:
            return self._refresh(Path(self._section.path), self._plain, "hotlist.path")
        return False

    def doubt(self, why: str) -> None:
        """Hold *why* against the signed list in force; empty takes it back.

        It stays in force, for a list of yesterday is better than none, and every hit verifies.
        """
        self._doubt = why
        current = self.current
        if current is not None and self._signed and current.version.doubt != why:
            current.version = replace(current.version, doubt=why)

    def _refresh(self, path: Path, read: _Read, setting: str) -> bool:
        try:
            seen = _signature(path)
        except OSError as error:
            self._problem = f"{path}: cannot be read: {error.strerror}; see {setting}"
            self._seen = self._tried = None
            return False
        still = self._signed or self._seen in (None, seen)  # the pointer comes by rename alone
        self._seen = seen
        if seen == self._tried or not still:
            return False
        self._tried = seen
        return self._take(path, read)

    def _due(self) -> bool:
        now = self._clock.now()
        if self._looked is not None and now.since(self._looked) < self._section.reload_s:
            return False
        self._looked = now
        return True

    def _take(self, path: Path, read: _Read) -> bool:
        try:
            fresh = read(path)
        except HotlistError as error:
            self._problem = str(error)
            return False
        self._problem = ""
        old, self.current = self.current, fresh
        return old is None or old.version != fresh.version

    def _plain(self, path: Path) -> Hotlist:
        return load_csv(path, self._section.max_entries)

    def _installed(self, pointer: Path) -> Hotlist:
        folder = pointer.parent
        now = place.in_force(folder)
        if now is None:
            raise HotlistError(f"{pointer}: is gone; install the newest full list again")
        try:
            hotlist = open_index(folder / (now.name + place.INDEX))
        except HotlistError:  # rotten, or of another version of this program: made from the rows
            hotlist = self._plain(folder / (now.name + place.ROWS))
            if not hotlist.version.version.endswith(now.digest[:12]):
                raise
        if len(hotlist) > self._section.max_entries:
            raise HotlistError(
                f"{pointer}: the installed list has {len(hotlist)} entries, "
                f"{self._section.max_entries} are allowed; see hotlist.max_entries"
            )
        hotlist.version = replace(now.version, entries=len(hotlist), doubt=self._doubt)
        return hotlist


def _signature(path: Path) -> _Signature:
    status = path.stat()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
