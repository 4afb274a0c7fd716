"""Space on the disk: pictures stop first, and a reserve is spent on alerts when nothing is left."""

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.log import Log
from edge.store.db import free_bytes

_MB: Final = 1024 * 1024
_log = Log("edge.store")


@dataclass(frozen=True, slots=True)
class Room:
    """How much space is left.

    Attributes:
        pictures: alerts still carry their crop.
        reserve: the file that is given up for alerts on a full disk is there.
        problem: a sentence for health; empty when all is well.
    """

    free_mb: int
    pictures: bool
    reserve: bool
    problem: str


class Reserve:
    """The space kept for alerts and audit on the data partition.

    Below ``reserve_mb`` of free space pictures stop. A quarter of it lies in a file, so that other
    programs cannot eat it: the file is deleted when a write finds the disk full, and made again
    when there is twice the reserve free.
    """

    def __init__(self, folder: Path, reserve_mb: int) -> None:
        self._folder = folder
        self._file = folder / "reserve"
        self._kept = reserve_mb * _MB

    @property
    def size(self) -> int:
        """Return the bytes that the file holds while it is there."""
        return max(self._kept // 4, _MB)

    def keep(self) -> None:
        """Make the file if it is not there and the space is; does nothing otherwise.

        Raises:
            OSError: the folder cannot be written for another reason than space.
        """
        if self._file.exists() or free_bytes(self._folder) < 2 * self._kept:
            return
        handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(handle, 0, self.size)
        except OSError as error:
            self._file.unlink()
            if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
                raise
            _log.warning("no space for the reserve of the store", size_mb=self.size // _MB)
        finally:
            os.close(handle)

    def spend(self) -> bool:
        """Delete the file and return whether that gave space back."""
        if not self._file.exists():
            return False
        self._file.unlink()
        _log.warning("the disk is full: the reserve is spent on alerts")
        return True

    def pictures(self) -> bool:
        """Say whether there is space for pictures."""
        return free_bytes(self._folder) >= self._kept

    def room(self) -> Room:
        """Return how much space is left, with the sentence for health."""
        free = free_bytes(self._folder)
        held = self._file.exists()
        problem = ""
        if not held:
            problem = f"the reserve for alerts is spent: free space in {self._folder}"
        return Room(free // _MB, free >= self._kept, held, problem)
