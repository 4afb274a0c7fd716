"""The roster in force: taken again when another comes, kept when the new one is wrong."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from edge.clock import Clock, Moment
from edge.errors import KeysError
from edge.keys.roster import Roster, load_roster
from edge.keys.trust import ROOT_FILE, ROSTER_FILE, load_root, open_roster
from edge.log import Log

_LOOK_S: Final = 2.0
_log: Final = Log("edge.roster")

_Mark = tuple[int, int, int] | None


class RosterKeeper:
    """Holds the last good roster of one folder of keys; another thread may take it at any time.

    The root's key is read once: whoever could exchange it later would be believed in everything.

    Attributes:
        roster: the one in force; only after :meth:`open`.
        problem: why the newest one is not in force; empty when all is well.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self.roster: Roster
        self.problem = ""
        self._clock = clock
        self._looked: Moment | None = None
        self._mark: _Mark = None

    def open(self) -> None:
        """Read the root's key and the first roster.

        Raises:
            KeysError: a file is missing or wrong, or the root did not sign the roster.
        """
        self._root = load_root(self.folder / ROOT_FILE)
        self._mark = self._stat()
        self.roster = open_roster(self.folder)
        self._looked = self._clock.now()

    def refresh(self) -> bool:
        """Look at the file, every two seconds at most; say whether another roster is in force now.

        Never raises for a bad one: see :attr:`problem`.
        """
        now = self._clock.now()
        if self._looked is not None and now.since(self._looked) < _LOOK_S:
            return False
        self._looked = now
        mark = self._stat()
        if mark == self._mark:
            return False
        self._mark = mark
        return self._take()

    def at(self) -> datetime:
        """Return the present, and never a time before the roster in force was signed."""
        now = datetime.fromtimestamp(self._clock.now().utc_ns / 1e9, UTC)
        return self.roster.no_earlier(now)

    def _take(self) -> bool:
        file, present = self.folder / ROSTER_FILE, self.roster
        try:
            roster = load_roster(file, self._root.key, present.sequence)
        except KeysError as error:
            self.problem = f"the newest roster is not taken, number {present.sequence} holds: "
            self.problem += str(error)
            _log.warning("a roster is refused", why=error)
            return False
        self.problem = ""
        if roster == present:
            return False
        self.roster = roster
        _log.info("another roster is in force", number=roster.sequence)
        return True

    def _stat(self) -> _Mark:
        try:
            found = (self.folder / ROSTER_FILE).stat()
        except OSError:
            return None  # reading it says why
        return found.st_ino, found.st_mtime_ns, found.st_size
