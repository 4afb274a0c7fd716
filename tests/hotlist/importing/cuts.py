"""Import an agency's file and cut the power before each change that it makes on the disk.

Run as ``python -m tests.hotlist.importing.cuts FOLDER all|none|files|folders`` with the disk of
``tests/store/power.c``; the last word says which syncs are left out. For each change, one line of
JSON: whether the import had said that the list is there, and which plates are found after the cut.
"""

import json
import os
import random
import shutil
import sys
from itertools import count
from pathlib import Path

from edge.errors import HotlistError
from edge.hotlist.csvfile import load_csv
from edge.hotlist.importing import import_list, load_mapping
from tests.hotlist.importing.files import CITY, ISSUED, MAPS
from tests.services.cuts import careless, left

LIST, REJECTS = "list.csv", "rejects.csv"


def bring(folder: Path, file: Path) -> None:
    """Import *file* into *folder*."""
    mapping = load_mapping(MAPS / "city-csv.toml")
    import_list(
        mapping,
        file,
        folder / LIST,
        rejects=folder / REJECTS,
        max_entries=1000,
        issued=ISSUED,
    )


def cut(folder: Path, file: Path, at: int, left_out: str) -> bool:
    """Import in a child that dies before its change number *at*; say whether it came through."""
    child = os.fork()
    if child == 0:
        os.environ["POWER_STOP"] = str(at)
        os.fsync = careless(left_out)
        bring(folder, file)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


def plates(folder: Path) -> list[str]:
    """Return what is on the list after the cut; what is wrong with it where it is none."""
    try:
        found = load_csv(folder / LIST, 1000)
    except HotlistError as error:
        return [str(error)]
    return sorted(found.plate(row) for row in range(len(found)))


def main() -> None:
    """Cut before the first change, the second ... until one import comes through."""
    base, left_out = Path(sys.argv[1]), sys.argv[2]
    folder, shadow = Path(os.environ["POWER_DIR"]), Path(os.environ["POWER_SHADOW"])
    base.mkdir(parents=True)
    old, new = base / "old.csv", base / "new.csv"
    old.write_text(CITY)
    new.write_text(CITY.replace("QRS 1234", "NEW 4321"))
    chance = random.Random(7)
    for at in count(1):
        for place in (folder, shadow):
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
        bring(folder, old)
        safe = cut(folder, new, at, left_out)
        for number, luck in enumerate((0.0, 0.5, 0.5, 1.0)):
            after = base / f"{at}-{number}"
            left(folder, shadow, after, chance, luck)
            word = {"at": at, "luck": luck, "safe": safe, "has": plates(after)}
            sys.stdout.write(json.dumps(word) + "\n")
        if safe:
            return


if __name__ == "__main__":
    main()
