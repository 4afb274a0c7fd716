"""Space on the disk: pictures stop first, and a reserve is spent on alerts when nothing is left."""

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.disk import free_bytes
from edge.log import Log

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

    Below ``reserve_mb`` of free space pictures stop. Part of it lies in two files, so that other
    programs cannot eat it: a quarter is given up when an alert finds the disk full, and a last
    megabyte when a receipt does, because receipts empty the store. Both are made again when there
    is twice the reserve free.
    """

    def __init__(self, folder: Path, reserve_mb: int) -> None:
        self._folder = folder
        self._kept = reserve_mb * _MB
        self._for_alerts = folder / "reserve"
        self._for_receipts = folder / "reserve-last"

    def keep(self) -> None:
        """Make the files if they are not there and the space is; does nothing otherwise.

        Raises:
            OSError: the folder cannot be written for another reason than space.
        """
        if free_bytes(self._folder) >= 2 * self._kept:
            _fill(self._for_receipts, _MB)
            _fill(self._for_alerts, max(self._kept // 4, _MB))

    def spend(self) -> bool:
        """Give space to an alert and return whether there was any."""
        return _give_up(self._for_alerts, "the disk is full: the reserve is spent on alerts")

    def spend_last(self) -> bool:
        """Give space to a receipt or an erasure and return whether there was any."""
        return _give_up(self._for_receipts, "the disk is full: the last reserve is spent")

    def pictures(self) -> bool:
        """Say whether there is space for pictures."""
        return free_bytes(self._folder) >= self._kept

    def room(self) -> Room:
        """Return how much space is left, with the sentence for health."""
        free = free_bytes(self._folder)
        held = self._for_alerts.exists()
        problem = ""
        if not held:
            problem = f"the reserve for alerts is spent: free space in {self._folder}"
        return Room(free // _MB, free >= self._kept, held, problem)


def _fill(file: Path, size: int) -> None:
    if file.exists():
        return
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o660)
    try:
        os.posix_fallocate(handle, 0, size)
    except OSError as error:
        file.unlink()
        if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise
        _log.warning("no space for the reserve of the store", size_mb=size // _MB)
    finally:
        os.close(handle)


def _give_up(file: Path, sentence: str) -> bool:
    if not file.exists():
        return False
    file.unlink(missing_ok=True)  # the other process may have been faster
    _log.warning(sentence)
    return True
