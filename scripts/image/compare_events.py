"""What two machines made of one recording, event by event; texts and grades must be the same."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from scripts.clip import traffic_clip
from scripts.demo_cast import write_hotlist
from scripts.image.street import write_pictures

_SAME = ("event", "text", "grade", "listed", "revision", "retracts", "jurisdiction", "direction")
_PIXELS = """\
import hashlib, pathlib, sys, cv2
pictures, digest = sorted(pathlib.Path(sys.argv[1]).iterdir()), hashlib.sha256()
for one in pictures:
    digest.update(cv2.imread(str(one)).tobytes())
print(len(pictures), digest.hexdigest())
"""
_SITE = """\
[source]
kind = "pictures"
fps = 0.5

[tracking]
max_gap_s = 8.0

[hotlist]
path = "/srv/edge/hotlist.csv"
"""


@dataclass(frozen=True)
class Row:
    """One event on both machines; None where one has it not."""

    ours: dict[str, Any] | None
    theirs: dict[str, Any] | None

    @property
    def same(self) -> bool:
        if self.ours is None or self.theirs is None:
            return False
        return all(self.ours.get(key) == self.theirs.get(key) for key in _SAME)

    @property
    def apart(self) -> float:
        """How far the probabilities are from each other."""
        if self.ours is None or self.theirs is None:
            return 1.0
        return abs(float(self.ours["probability"]) - float(self.theirs["probability"]))


def rows(ours: Sequence[dict[str, Any]], theirs: Sequence[dict[str, Any]]) -> list[Row]:
    """Return the events side by side, in the order in which they came."""
    longest = max(len(ours), len(theirs))
    padded = [[*one, *([None] * (longest - len(one)))] for one in (ours, theirs)]
    return [Row(one, other) for one, other in zip(*padded, strict=True)]


def table(folder: Path) -> int:
    """Print both machines' events and return 1 where a text, a grade or an event differs."""
    events = {arch: _events(folder / f"{arch}.jsonl") for arch in ("amd64", "arm64")}
    compared = rows(events["amd64"], events["arm64"])
    if not compared:
        print("no event on either machine: nothing was compared")
        return 1
    print("| | event | amd64 | p | arm64 | p | apart | reads |")
    print("|---|---|---|---|---|---|---|---|")
    for row in compared:
        print(_line(row))
    wrong = sum(not row.same for row in compared)
    pixels = {arch: (folder / f"{arch}.pixels").read_text("utf-8") for arch in events}
    same = "the same, bit by bit" if len(set(pixels.values())) == 1 else "NOT the same bits"
    print(f"\n{len(compared)} events, {wrong} differ in text, grade, jurisdiction or direction")
    print(f"largest difference of a probability: {max(row.apart for row in compared):.6f}")
    print(f"decoded frames ({pixels['amd64'].split()[0]}): {same}")
    return 1 if wrong else 0


def stage(folder: Path) -> int:
    """Write what both replay: four cars of the rendered street, two of them listed, settings."""
    folder.mkdir(parents=True)
    clip = traffic_clip(5, 4)
    write_pictures(clip, folder / "pictures", clip.plates)
    write_hotlist(folder / "hotlist.csv", clip)
    now = datetime.now(UTC) + timedelta(minutes=1)  # the list is older than the recording
    (folder / "at").write_text(now.isoformat(timespec="seconds"), "utf-8")
    (folder / "site.toml").write_text(_SITE, "utf-8")
    (folder / "pixels.py").write_text(_PIXELS, "utf-8")
    return 0


def _events(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def _line(row: Row) -> str:
    cells = ["" if row.same else "DIFFERS", str((row.ours or row.theirs or {})["event"])]
    for one in (row.ours, row.theirs):
        cells += [one["text"], f"{one['probability']:.6f}"] if one else ["nothing", ""]
    reads = "/".join(str(one["reads"]) if one else "-" for one in (row.ours, row.theirs))
    return "| " + " | ".join([*cells, f"{row.apart:.6f}", reads]) + " |"


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/image/compare", description=__doc__)
    parser.add_argument("act", choices=("stage", "table"))
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    return stage(options.folder) if options.act == "stage" else table(options.folder)


if __name__ == "__main__":
    sys.exit(main())
