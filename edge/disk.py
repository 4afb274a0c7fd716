"""What a power cut may not take back."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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


def put(file: Path, data: bytes, *, settle: bool = True) -> None:
    """Put *data* in the place of *file*: after a power cut the old or the new is there, whole.

    Args:
        settle: sync the folder as well; without it the caller does, after several files.

    Raises:
        OSError: it cannot be written; the old file is as it was.
    """
    draft = file.with_suffix(".part")
    with draft.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)
    if settle:
        sync(file.parent)


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
