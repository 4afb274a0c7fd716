"""A unit's first day in a virtual machine: card, first boot, watching, alerts, a power cut.

Status 0 only if all of it is seen from outside the machine.
"""

import argparse
import queue
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from scripts.clip import traffic_clip
from scripts.demo_cast import write_hotlist
from scripts.image.player import Card, ImageError, Machine, machine_of
from scripts.image.street import write_pictures
from scripts.image.town import Outside

_LIMIT_S = 2400.0  # for each act: an emulated processor on a busy machine
_MORE_MB = 200  # by which the card is larger than the image
_WAITING = 4  # alerts that nobody has signed for when the power is cut


class Day:
    """What happens, in order; each act raises if it is not seen."""

    def __init__(self, image: Path, arch: str, folder: Path) -> None:
        self._folder = folder
        self._log = folder / "console.log"
        self._card = Card(folder / "card.img")
        self._image = image
        self._machine = Machine(self._card, arch, self._log)
        self._outside = Outside(folder)
        self._seen: dict[int, int] = {}  # number of an alert: newest revision shown

    def run(self) -> None:
        self._outside.open()
        try:
            self._write_card()
            self._first_boot()
            self._second_boot()
            self._cut()
            self._recover()
        except BaseException:
            self._machine.kill()
            print(_tail(self._log), file=sys.stderr)
            raise
        finally:
            self._outside.close()

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
        self._say(f"powered off in {self._machine.power_off(_LIMIT_S):.0f} s")
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
        self._say(f"powered off in {self._machine.power_off(_LIMIT_S):.0f} s")

    def _start(self) -> None:
        self._machine.start()
        print(f"   power on: {self._machine.side}", flush=True)

    def _taken(self) -> bool:
        if b"fingerprint:" not in self._log.read_bytes():
            return False
        return bool(self._card.read("edge-unit.txt")) and not self._card.read("edge-site.toml")

    def _steps(self) -> bool:
        watch = self._newest("watch")
        return watch is not None and watch["frames_seen"] > 1

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

    def _until(self, true: Callable[[], object], what: str) -> None:
        end = time.monotonic() + _LIMIT_S
        while not true():
            if not self._machine.running():
                raise ImageError(f"the machine ended before {what}")
            if time.monotonic() > end:
                raise ImageError(f"not within {_LIMIT_S:.0f} s: {what}")
            time.sleep(0.5)

    def _say(self, sentence: str) -> None:
        print(f"{self._machine.seconds():5.0f} s  {sentence}", flush=True)


_STATES = {0: "clean", 1: "mended by its journal"}


def _tail(log: Path) -> str:
    if not log.exists():
        return ""
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-60:])


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/image/test", description=__doc__)
    parser.add_argument("image", type=Path, help="is copied, not written to")
    parser.add_argument("arch", nargs="?", choices=("arm64", "amd64"), help="default: by its name")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the machine ends with this
    folder = Path(tempfile.mkdtemp(prefix="edge-day.", dir="/var/tmp"))
    try:
        Day(options.image, options.arch or machine_of(options.image), folder).run()
    except ImageError as error:
        print(f"edge image: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
