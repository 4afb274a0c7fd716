"""The list in force: read again when its file changes, kept when the new one is wrong."""

from pathlib import Path

from edge.clock import Clock, Moment
from edge.config.hotlist import HotlistSection
from edge.errors import HotlistError
from edge.hotlist.csvfile import load_csv
from edge.hotlist.index import Hotlist

NO_LIST = "no list configured; set hotlist.path"


class HotlistKeeper:
    """Holds the last good list.

    A new list should come by rename: the file is read through one open handle, so a reader sees
    the old list or the new one. A file that is written in place is refused while it changes, and
    read once it has kept still between two looks.

    Attributes:
        current: the list in force; None before the first good one. Replaced at once as a whole,
            so another thread may take it at any time.
        problem: why the newest file is not in force, or what else is wrong; empty when all is well.
    """

    def __init__(self, section: HotlistSection, clock: Clock) -> None:
        self.current: Hotlist | None = None
        self.problem = "" if section.path else NO_LIST
        self._section = section
        self._clock = clock
        self._looked: Moment | None = None
        self._seen: tuple[int, ...] | None = None
        self._tried: tuple[int, ...] | None = None

    def refresh(self) -> bool:
        """Look at the file, at most every ``reload_s``; say whether another list is in force now.

        Loading half a million entries takes seconds. Never raises for a bad list: see
        :attr:`problem`.
        """
        if not self._section.path or not self._due():
            return False
        path = Path(self._section.path)
        try:
            seen = _signature(path)
        except OSError as error:
            self.problem = f"{path}: cannot be read: {error.strerror}; see hotlist.path"
            self._seen = self._tried = None
            return False
        still = self._seen in (None, seen)
        self._seen = seen
        if seen == self._tried or not still:
            return False
        self._tried = seen
        return self._load(path)

    def _due(self) -> bool:
        now = self._clock.now()
        if self._looked is not None and now.since(self._looked) < self._section.reload_s:
            return False
        self._looked = now
        return True

    def _load(self, path: Path) -> bool:
        try:
            fresh = load_csv(path, self._section.max_entries)
        except HotlistError as error:
            self.problem = str(error)
            return False
        self.problem = ""
        old, self.current = self.current, fresh
        return old is None or old.version != fresh.version


def _signature(path: Path) -> tuple[int, ...]:
    status = path.stat()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
