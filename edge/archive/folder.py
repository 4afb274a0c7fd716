"""The archive's own folder: for its user's eyes only; one process at a time opens what is in it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge import disk
from edge.errors import StoreError


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Make *folder* if need be, and let one process at a time open a database in it.

    Raises:
        StoreError: others than its owner may look into it.
        OSError: it cannot be made or opened.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = folder.stat().st_mode & 0o777
    if mode & 0o077:
        raise StoreError(
            f"{folder}: others may look into the archive's folder (mode {mode:o}): chmod 700 it"
        )
    with disk.alone(folder):
        yield


def make_file(file: Path) -> None:
    """Make the empty file, 0600: SQLite would make it readable for everybody.

    Only where there is none: to close a file drops all POSIX locks that this process has on it.
    """
    if not file.exists():
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        disk.sync(file.parent)  # SQLite does so for its log, not for the file itself
