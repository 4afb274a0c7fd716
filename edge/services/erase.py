"""Take files off a card so that what a power cut leaves is nobody's card.

A file is renamed before it is overwritten: half of it is then no card, and the next start goes on
with it. What overwriting can't promise: a memory card writes elsewhere and keeps the old pages for
a while, out of reach of any program; vfat keeps a name in its folder. Who reads the chips may find
what was erased. So nothing is put on a card that cannot be changed: no key of a party is.
"""

import os
from pathlib import Path
from typing import Final

from edge.disk import sync
from edge.services.card import CARD, FOLDER

TAKEN: Final = ".taken"


def set_aside(boot: Path) -> None:
    """Rename the card's file and folder: from here on there is no card, only something to erase."""
    for name in (FOLDER, CARD):
        if (boot / name).exists():
            (boot / name).rename(boot / f"{name}{TAKEN}")
            sync(boot)


def erase_taken(boot: Path) -> None:
    """Erase what :func:`set_aside` left, now or before a power cut; nothing left is fine."""
    erase_tree(boot / f"{FOLDER}{TAKEN}")
    erase_tree(boot / f"{CARD}{TAKEN}")


def erase_tree(place: Path) -> None:
    """Overwrite and delete a file, or a folder with all in it; a link is only deleted."""
    if place.is_dir() and not place.is_symlink():
        for one in sorted(place.iterdir()):
            erase_tree(one)
        place.rmdir()
        sync(place.parent)
    elif place.is_file() and not place.is_symlink():
        _overwrite(place)
        place.unlink()
        sync(place.parent)
    elif place.is_symlink() or place.exists():
        place.unlink()


def _overwrite(file: Path) -> None:
    left = file.stat().st_size
    file.chmod(0o600)  # a key may be read-only for its own owner
    with file.open("r+b") as out:
        while left > 0:
            left -= out.write(bytes(min(left, 1 << 20)))
        out.flush()
        os.fsync(out.fileno())
