"""A unit's first day in a virtual machine: card, first boot, watching, alerts, a power cut.

With ``--camera vivid`` the kernel's own test driver is the camera: no car passes it, so the day
ends when its frames are counted. Status 0 only if all of it is seen from outside the machine.
"""

import argparse
import queue
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

from scripts.clip import traffic_clip
from scripts.demo_cast import write_hotlist
from scripts.image.acts import Stage, played
from scripts.image.player import ImageError, machine_of
from scripts.image.street import write_pictures
from scripts.image.town import Outside

_MORE_MB = 200  # by which the card is larger than the image
_FRAMES = 20  # from a camera that no car passes
_WAITING = 4  # alerts that nobody has signed for when the power is cut


class Day:
    """What happens, in order; each act raises if it is not seen."""

    def __init__(self, image: Path, arch: str, folder: Path, *, vivid: bool = False) -> None:
        self._image = image
        self._vivid = vivid
        words = ("modules_load=vivid",) if vivid else ()
        self._on = Stage(arch, folder, Outside(folder, "v4l2" if vivid else "pictures"), words)
        self._folder = folder
        self._card, self._machine, self._outside = self._on.card, self._on.machine, self._on.outside
        self._until, self._say = self._on.until, self._on.say
        self._seen: dict[int, int] = {}  # number of an alert: newest revision shown
        self._told = 0

    def run(self) -> None:
        acts = [self._outside.open, self._write_card, self._first_boot, self._second_boot]
        rest = [self._look_on] if self._vivid else [self._alerts, self._cut, self._recover]
        self._on.play([*acts, *rest])

    def _write_card(self) -> None:
        shutil.copyfile(self._image, self._card.image)
        self._card.grow(_MORE_MB)
        clip = traffic_clip(5, 2)
        write_pictures(clip, self._folder / "street", clip.listed)
        write_hotlist(self._folder / "hotlist.csv", clip)
        self._card.insert(self._folder / "street", self._folder / "hotlist.csv")
        self._card.insert(*sorted(self._outside.card().iterdir()))

    def _first_boot(self) -> None:
        self._start()
        self._until(self._taken, "the card was taken")
        self._say("first boot: card taken, keys made")
        self._on.power_off()
        note = self._card.read("edge-unit.txt")
        if note is None or self._card.read("edge-site.toml") is not None:
            raise ImageError("the card was not taken, or edge-unit.txt is not on it")
        start, size = self._card.partitions()["edge-data"]
        if start + size < self._card.image.stat().st_size - 2_000_000:
            raise ImageError("the data partition has not taken the room that the card has")
        self._say(f"data partition grown to {size / 1e6:.0f} MB")
        self._card.insert(*sorted(self._outside.let_in(note).iterdir()))

    def _second_boot(self) -> None:
        self._outside.start_broker()
        self._outside.listen()
        self._start()
        self._until(self._steps, "the line is stepping")
        self._say("line is stepping: frames counted in health, at the broker outside")

    def _look_on(self) -> None:
        self._until(lambda: self._frames() >= _FRAMES, f"{_FRAMES} frames of /dev/video0")
        self._say(f"{self._frames()} frames of /dev/video0, through the unit's own device rules")
        self._on.power_off()

    def _alerts(self) -> None:
        self._until(lambda: self._take() and len(self._seen) >= 2, "an alert outside")
        self._say(f"alerts outside, opened and signed for: {sorted(self._seen)}")

    def _cut(self) -> None:
        self._outside.deafen()
        self._take()
        shown = max(self._seen)
        self._until(lambda: self._stored() >= shown + _WAITING, f"alert {shown + _WAITING} stored")
        told = self._stored()
        self._machine.kill()
        self._say(f"power cut: {told - shown} alerts stored, without a receipt (qemu kill -9)")
        self._told = told
        self._look_at_disk(told)

    def _look_at_disk(self, told: int) -> None:
        """Mend a copy of the data partition as a start does, and open the store in it."""
        data = self._folder / "data.ext4"
        self._card.copy_out("edge-data", data)
        check = subprocess.run(["e2fsck", "-fy", str(data)], capture_output=True, check=False)
        if check.returncode > 1:
            raise ImageError(f"the data partition is damaged: {check.stdout.decode()}")
        for name in ("edge.db", "edge.db-wal"):
            target = self._folder / name
            subprocess.run(
                ["debugfs", "-R", f"dump /store/{name} {target}", str(data)],
                capture_output=True,
                check=True,
            )
        store = sqlite3.connect(self._folder / "edge.db")
        whole = store.execute("PRAGMA integrity_check").fetchone()[0]
        last, waiting = store.execute("SELECT max(sequence), count(*) FROM outbox").fetchone()
        store.close()
        if whole != "ok" or last is None or last < told:
            raise ImageError(f"store after the cut: {whole}, newest alert {last}, told {told}")
        self._say(
            f"on the disk: file system {_STATES[check.returncode]}, store whole, "
            f"{waiting} revisions in the outbox, newest alert {last}"
        )

    def _recover(self) -> None:
        self._outside.health.clear()
        self._outside.listen()
        self._start()
        self._until(lambda: self._take() and max(self._seen) >= self._told, "all stored alerts")
        self._until(self._steps, "the line is stepping again")
        missing = set(range(1, max(self._seen) + 1)) - set(self._seen)
        if missing:
            raise ImageError(f"alerts lost in the power cut: {sorted(missing)}")
        self._say(f"after the cut: all {max(self._seen)} alerts are outside, none is missing")
        self._on.power_off()

    def _start(self) -> None:
        self._machine.start()
        print(f"   power on: {self._machine.side}", flush=True)

    def _taken(self) -> bool:
        return b"fingerprint:" in self._on.log.read_bytes() and self._on.taken()

    def _steps(self) -> bool:
        return self._frames() > 1

    def _frames(self) -> int:
        watch = self._newest("watch")
        return int(watch["frames_seen"]) if watch else 0

    def _stored(self) -> int:
        deliver = self._newest("deliver")
        return int(deliver["last_sequence"]) if deliver else 0

    def _newest(self, part: str) -> dict[str, int] | None:
        return self._outside.health[-1][part] if self._outside.health else None

    def _take(self) -> bool:
        """Take up what was shown; true when anything was ever shown."""
        while True:
            try:
                event = self._outside.heard.get_nowait()
            except queue.Empty:
                return bool(self._seen)
            alert = event["alert"]
            number, revision = int(alert["sequence"]), int(alert["revision"])
            if revision <= self._seen.get(number, -1) and not event["recovered"]:
                raise ImageError(f"alert {number}, revision {revision} was shown twice")
            self._seen[number] = max(revision, self._seen.get(number, -1))


_STATES = {0: "clean", 1: "mended by its journal"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/image/test", description=__doc__)
    parser.add_argument("image", type=Path, help="is copied, not written to")
    parser.add_argument("arch", nargs="?", choices=("arm64", "amd64"), help="default: by its name")
    parser.add_argument("--camera", choices=("pictures", "vivid"), default="pictures")
    options = parser.parse_args()

    def play(folder: Path) -> None:
        arch = options.arch or machine_of(options.image)
        Day(options.image, arch, folder, vivid=options.camera == "vivid").run()

    return played("day", play)


if __name__ == "__main__":
    sys.exit(main())
