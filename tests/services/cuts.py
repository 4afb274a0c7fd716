"""Install a list and cut the power before each change that it makes on the disk.

Run as ``python -m tests.services.cuts FOLDER full|delta all|none|files|folders`` with the disk of
``tests/store/power.c``; the last word says which syncs are left out. For each change, one line of
JSON: whether the unit had called the list safe, and what a unit finds on the disk after the cut.
"""

import json
import os
import random
import shutil
import stat
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

from edge.errors import EdgeError
from tests.hotlist.bundles import Town, rows
from tests.services.installing import Stage

OLD, NEW = rows("AA11", "BB22"), rows("BB22", "CC33")


def careless(left_out: str) -> Callable[[int], None]:
    """Return an fsync that leaves some out."""
    sync = os.fsync

    def maybe(handle: int) -> None:
        folder = stat.S_ISDIR(os.fstat(handle).st_mode)
        if left_out in ("none", "files" if folder else "folders"):
            sync(handle)

    return maybe


def install(unit: Stage, blob: bytes, at: int, left_out: str) -> bool:
    """Install in a child that dies before its change number *at*; say whether it came through."""
    child = os.fork()
    if child == 0:
        os.environ["POWER_STOP"] = str(at)
        os.fsync = careless(left_out)
        unit.installer.install(blob)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


def left(folder: Path, shadow: Path, after: Path, chance: random.Random, luck: float) -> None:
    """Write into *after* what the disk holds: what was synced, and of the rest what luck says."""
    certain = dict(_named(line) for line in (shadow / ".inodes").read_text().splitlines())
    now = {file.name: file.stat().st_ino for file in folder.iterdir()}
    after.mkdir(parents=True)
    for name in {**certain, **now}:
        inode = (now if chance.random() < luck else certain).get(name)
        if inode is None or name in {".", ".."}:
            continue
        synced = shadow / f"#{inode}"
        body = synced.read_bytes() if synced.exists() else b""
        written = [file for file in folder.iterdir() if file.stat().st_ino == inode]
        if written and chance.random() < luck:
            whole = written[0].read_bytes()
            body = whole if luck == 1 else whole[: chance.randint(0, len(whole))] or body
            body = body if len(body) >= len(whole) or not synced.exists() else synced.read_bytes()
        (after / name).write_bytes(body)


def _named(line: str) -> tuple[str, int]:
    inode, name = line.split(" ", 1)
    return name, int(inode)


def found(folder: Path, town: Town, blob: bytes, older: bytes) -> dict[str, object]:
    """Say what a unit finds after the cut, whether it goes back, and what it has after a retry."""
    unit = Stage(folder, town)
    has = unit.plates()
    try:
        unit.installer.install(older)
    except EdgeError as error:
        back = getattr(error, "why", type(error).__name__)
    else:
        back = "installed"
    try:
        unit.installer.install(blob)
    except EdgeError as error:
        return {"has": has, "back": back, "retry": str(error)}
    return {"has": has, "back": back, "retry": unit.plates()}


def main() -> None:
    """Cut before the first change, the second ... until one install comes through."""
    base, kind, left_out = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    folder, shadow = Path(os.environ["POWER_DIR"]), Path(os.environ["POWER_SHADOW"])
    town, chance = Town(), random.Random(7)
    old, older = town.full(5, "AA11", "BB22"), town.full(4, "DD44")
    fresh = town.full(6, "BB22", "CC33") if kind == "full" else town.delta(6, OLD, NEW)
    for at in count(1):
        for place in (folder, shadow):
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
        unit = Stage(folder.parent, town)
        unit.installer.install(old)
        safe = install(unit, fresh, at, left_out)
        for number, luck in enumerate((0.0, 0.5, 0.5, 1.0)):
            after = base / f"{at}-{number}"
            left(folder, shadow, after / "lists", chance, luck)
            word = found(after, town, fresh, older)
            line = json.dumps({"at": at, "luck": luck, "safe": safe, **word})
            sys.stdout.write(line + "\n")
        if safe:
            return


if __name__ == "__main__":
    main()
