"""What a power cut may not take back."""

import os
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
