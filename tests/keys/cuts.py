"""Put new keys in force and cut the power before each change that this makes on the disk.

Run as ``python -m tests.keys.cuts FOLDER all|none|files|folders`` with the disk of
``tests/store/power.c``; the last word says which syncs are left out. One line per cut: whether the
new keys had been called safe, and which ones are found after it.
"""

import os
import random
import shutil
import sys
from itertools import count
from pathlib import Path

from edge.errors import KeysError
from edge.keys.identity import Identity, load_identity, make_identity, save_identity, successor
from edge.keys.roles import Role
from tests.services.cuts import careless, left


def change(following: Identity, folder: Path, at: int, left_out: str) -> bool:
    """Save *following* in a child that dies before its change number *at*; say if it was saved."""
    child = os.fork()
    if child == 0:
        os.environ["POWER_STOP"] = str(at)
        os.fsync = careless(left_out)
        save_identity(following, folder)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


def found(folder: Path, old: Identity, following: Identity) -> str:
    for file in (folder, *folder.iterdir()):
        file.chmod(0o700 if file.is_dir() else 0o600)
    try:
        return {old.fingerprint: "old", following.fingerprint: "new"}[
            load_identity(folder).fingerprint
        ]
    except KeysError:
        return "nothing"


def main() -> None:
    base, left_out = Path(sys.argv[1]), sys.argv[2]
    folder, shadow = Path(os.environ["POWER_DIR"]), Path(os.environ["POWER_SHADOW"])
    old, chance = make_identity("main-street", Role.UNIT, "windsor"), random.Random(7)
    following = successor(old)
    for at in count(1):
        for place in (folder, shadow):
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True, mode=0o700)
        save_identity(old, folder)
        safe = change(following, folder, at, left_out)
        for number, luck in enumerate((0.0, 0.5, 0.5, 1.0)):
            after = base / f"{at}-{number}"
            left(folder, shadow, after, chance, luck)
            sys.stdout.write(f"{'safe' if safe else 'cut'} {found(after, old, following)}\n")
        if safe:
            return


if __name__ == "__main__":
    main()
