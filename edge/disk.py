"""What a power cut may not take back."""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def sync(path: Path) -> None:
    """Return when the disk has the content of a file, or the names in a folder.

    Raises:
        OSError: the disk says no; the caller knows what that means.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def put(file: Path, data: bytes, *, settle: bool = True, mode: int | None = None) -> None:
    """Put *data* in the place of *file*: after a power cut the old or the new is there, whole.

    Args:
        mode: of the file, from its first byte; by the process's own umask without it.
        settle: sync the folder as well; without it the caller does, after several files.

    Raises:
        OSError: it cannot be written; the old file is as it was.
    """
    draft = file.with_suffix(".part")
    with draft.open("wb") as out:
        if mode is not None:
            os.fchmod(out.fileno(), mode)
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)
    if settle:
        # on a card's vfat the name that was taken over leads to the old content, already free,
        # until the file is written back; a sync of the folder alone leaves that for later
        sync(file)
        sync(file.parent)


def open_plain(file: Path) -> BinaryIO:
    """Return *file*, open for reading: a pipe that somebody has put in its place is not waited for.

    Raises:
        OSError: it cannot be opened, or is no plain file.
    """
    door = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(door).st_mode):
        os.close(door)
        raise OSError(errno.EINVAL, "is no plain file", str(file))
    return os.fdopen(door, "rb")


def absent(file: Path) -> bool:
    """Say whether *file* is certainly not there, and not only shut away from this user."""
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def free_bytes(folder: Path) -> int:
    """Return the bytes that an unprivileged process may still write into *folder*.

    Raises:
        OSError: the folder cannot be looked at.
    """
    facts = os.statvfs(folder)
    return facts.f_bavail * facts.f_frsize


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one process at a time run the block, of those that ask for *folder*.

    Raises:
        OSError: it cannot be opened.
    """
    door = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(door, fcntl.LOCK_EX)
        yield
    finally:
        os.close(door)


def locked(path: Path) -> bool:
    """Say whether a process has *path* to itself (:func:`alone`); what is not there nobody has.

    Raises:
        OSError: it cannot be opened.
    """
    try:
        door = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(door, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(door)
    return False
