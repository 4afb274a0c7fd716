"""Updates that arrive as files: in the watched folder, on a USB stick, on the boot partition.

A stick is only read. What the watched folder had is gone when it was taken, and renamed with a word
on why when it was refused. A file that was written to in the last minute is still coming.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from edge.clock import Clock
from edge.errors import EdgeError, KeysError, UpdateError
from edge.keys.roster import Roster
from edge.log import Log
from edge.policy.updates import Host, Vouched, admit
from edge.services.update_file import SUFFIX, UpdateFile
from edge.services.update_sign import verified

_STILL_S: Final = 60.0
_REFUSED: Final = ".refused"
_WHY: Final = ".why.txt"
_log: Final = Log("edge.update")


@dataclass(frozen=True, slots=True)
class Came:
    """What a look into the folders gave.

    Attributes:
        newest: the highest number that may be taken; None where there is none.
        refused: why a file that has come is not; empty where none was.
    """

    newest: tuple[UpdateFile, Vouched] | None
    refused: str


class UpdateInbox:
    """The ways in.

    Args:
        inbox: the watched folder.
        sticks: looked into and never written, whether or not they are there.
    """

    def __init__(self, inbox: Path, sticks: Sequence[Path], clock: Clock) -> None:
        self._inbox = inbox
        self._sticks = tuple(sticks)
        self._clock = clock

    def files(self) -> list[Path]:
        """Return what has come and kept still, the watched folder's first."""
        return [one for folder in (self._inbox, *self._sticks) for one in self._still(folder)]

    def look(
        self,
        found: Sequence[Path],
        roster: Roster,
        at: datetime,
        host: Host,
        known: Sequence[str],
    ) -> Came:
        """Return the newest of *found* that this unit may take, and what it may not.

        Args:
            known: numbers that are no news: in force, waiting, or taken back.
        """
        newest: tuple[UpdateFile, Vouched] | None = None
        refused = ""
        for file in found:
            try:
                one = verified(file, roster, at)
                if one[1].number in known:
                    self.done(file)
                    continue
                if file.parent != self._inbox and _older(one[1], host):
                    continue  # a stick may hold what was good last year
                admit(one[1], host)
            except (KeysError, UpdateError) as error:
                refused = self.refuse(file, error)
                continue
            if newest is None or one[1].release.sequence > newest[1].release.sequence:
                newest = one
        return Came(newest, refused)

    def done(self, file: Path) -> None:
        """Take a file out of the watched folder: what it brought is here."""
        if file.parent == self._inbox:
            file.unlink(missing_ok=True)

    def refuse(self, file: Path, error: EdgeError) -> str:
        """Set a file of the watched folder aside, the reason beside it; return that sentence."""
        why = f"{file.name}: {str(error).removeprefix(f'{file}: ')}"
        _log.warning("an update is refused", file=file, why=why)
        if file.parent == self._inbox:
            file.replace(file.with_name(file.name + _REFUSED))
            file.with_name(file.name + _WHY).write_text(f"{why}\n", "utf-8")
        return why

    def _still(self, folder: Path) -> Iterator[Path]:
        now = self._clock.now().utc_ns / 1e9
        try:
            for file in sorted(folder.glob(f"*{SUFFIX}")):
                age_s = now - file.stat().st_mtime
                if file.is_file() and not file.is_symlink() and not 0 <= age_s < _STILL_S:
                    yield file
        except OSError as error:
            _log.warning("a folder cannot be read", folder=folder, why=error.strerror)


def _older(one: Vouched, host: Host) -> bool:
    return one.release.sequence <= host.newest and not one.approved
