"""Updates from side to side in a virtual machine: kept, broken, forged, and cut by the power.

A card takes its first boot. From then on each scene has a copy of it: a newer version is put in,
tried in a quiet hour by the unit itself and kept; one whose reading daemon does not begin is tried
and left; the power is cut while a side is written, and while one is tried. Status 0 only if each is
seen from outside the machine.
"""

import argparse
import base64
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from edge.errors import UpdateError
from edge.keys.roles import Role
from edge.services.tryboot import TRY, parsed, written
from scripts.image.acts import LIMIT_S, Stage, played
from scripts.image.player import ImageError, machine_of
from scripts.image.systems import Desk
from scripts.image.town import Outside
from tests.hotlist.make_list import HEADER

NEXT, BROKEN = "0.2.0", "0.3.0"  # as scripts/image/update names what it makes
_MORE_MB: Final = 3000  # by which the card is larger than the image
_SETTINGS: Final = {
    "update.window": "00:00-00:00",  # each hour is a quiet one
    "update.quiet_s": 0.0,
    "update.trial_s": 900.0,  # an emulated processor
    "update.hold_s": 3.0,
    "source.fps": 0.25,  # a frame in five seconds is asked for, and each costs seconds
}
_SLOW: Final = "[Service]\nTimeoutStartSec=900\n"
_OFTEN: Final = "[Timer]\nOnUnitInactiveSec=20s\n"
_UNITS: Final = {
    "edge-update.timer": _OFTEN,
    "edge-watch.service": f"{_SLOW}WatchdogSec=600\nNice=15\n",  # the self-test goes first
    "edge-update-settle.service": _SLOW,
    "edge-update-test@kept.service": _SLOW,
    "edge-update-test@next.service": _SLOW,
    "edge-try-tables.service": _SLOW,
}
_UNPROVED: Final = {
    "edge-update-test@kept.service": f"{_SLOW}ExecStart=\nExecStart=/bin/true\n",
}
SCENES: Final = ("kept", "broken", "cut-install", "cut-try")


class Renewal:
    """What happens, in order; each act raises if it is not seen."""

    def __init__(
        self, images: tuple[Path, Path, Path], arch: str, folder: Path, scenes: Sequence[str]
    ) -> None:
        self._images = images
        self._folder = folder
        self._scenes = scenes
        self._on = Stage(arch, folder, Outside(folder, more=_SETTINGS), (), 2048)
        self._card, self._machine, self._outside = self._on.card, self._on.machine, self._on.outside
        self._until, self._say = self._on.until, self._on.say
        self._read = 0  # of the log, before this start

    def run(self) -> None:
        acts = {
            "kept": self._kept,
            "broken": self._broken,
            "cut-install": self._cut_in_the_install,
            "cut-try": self._cut_in_the_try,
        }
        chosen = [partial(self._scene, name, acts[name]) for name in self._scenes]
        self._on.play([self._open, self._write_card, self._begin, *chosen])

    def _open(self) -> None:
        self._outside.open()
        keys = self._outside.admit("upton", Role.UPDATER)
        self._desk = Desk(keys, self._outside.authority, self._machine.arch, self._folder / "desk")

    def _scene(self, name: str, act: Callable[[], None]) -> None:
        print(f"== {name}", flush=True)
        subprocess.run(["cp", "--sparse=always", self._begun, self._card.image], check=True)
        # the version in force reads its clip where that counts: in the scene that ends well
        self._machine.words = _words(_UNITS if name == "kept" else _UNITS | _UNPROVED)
        act()
        if self._machine.running():
            self._on.power_off()

    def _write_card(self) -> None:
        shutil.copyfile(self._images[0], self._card.image)
        self._card.grow(_MORE_MB)
        street = self._folder / "street"
        street.mkdir()
        grey = np.full((180, 320, 3), 90, np.uint8)  # no car passes
        assert cv2.imwrite(str(street / "1.jpg"), grey)
        issued = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        nobody = f"# issued: {issued}\n{HEADER}\n"
        (self._folder / "hotlist.csv").write_text(nobody, "utf-8")
        self._card.insert(street, self._folder / "hotlist.csv")
        self._card.insert(*sorted(self._outside.card().iterdir()))
        self._begun = self._folder / "begun.img"
        self._next = self._desk.system(self._images[1], NEXT)
        self._bad = self._desk.system(self._images[2], BROKEN)

    def _begin(self) -> None:
        """First boot takes the card; then certificates and keyring."""
        self._machine.words = _words(_UNITS)
        self._start("edge-boot-a")
        self._until(self._on.taken, "the card was taken")
        self._until(self._inbox_made, "the updater has looked once")
        self._on.power_off()
        note = self._card.read("edge-unit.txt")
        assert note is not None
        self._card.insert(*sorted(self._outside.let_in(note).iterdir()))
        (self._folder / "updates.pem").write_bytes(self._outside.keyring())
        self._write("/edge/updates.pem", self._folder / "updates.pem")
        self._card.image.rename(self._begun)
        self._outside.start_broker()
        self._outside.listen()

    def _kept(self) -> None:
        release = self._desk.release(self._next, 1)
        self._bring("good.update", release)
        self._bring("flipped.update", self._desk.flipped(release, "flipped"))
        self._bring("forged.update", self._desk.forged(self._next, 9))
        self._start("edge-boot-a")
        before = self._steps()
        self._say(f"edge {before} steps on side A")
        self._told("refused: forged.update")
        self._told("refused: flipped.update")
        self._say("refused: another key, another bit")
        self._told(f"{NEXT} (number 1) is being made ready")
        self._say(f"{NEXT}: its signature holds; RAUC writes side B")
        self._ready(NEXT)
        self._ends("the version in force has read its clip; the machine starts anew for the try")
        self._start("edge-boot-b")
        self._steps(NEXT)
        self._say(f"edge {NEXT} steps on side B, on trial")
        self._told(f"{NEXT} is kept")
        self._sides("B", "A")
        self._say("kept: each start takes side B")

    def _broken(self) -> None:
        """A system whose reading daemon does not begin, and one that another town's RAUC signed."""
        self._bring("broken.update", self._desk.release(self._bad, 1))
        self._start("edge-boot-a")
        self._ready(BROKEN)
        self._ends("the machine starts anew for the try")
        self._start("edge-boot-b")
        # what the updater says last there may not reach the console before the machine is down
        self._ends("the try fails by itself, and the machine starts anew")
        self._bring("elsewhere.update", self._desk.release(self._desk.foreign("0.4.0"), 2))
        self._start("edge-boot-a")
        self._told(f"{BROKEN} was taken back: ")
        self._sides("A", "A")
        before = self._steps()
        self._say(f"edge {before} steps on side A again, by itself; nothing starts side B")
        self._told("0.4.0 is not taken: RAUC does not take it: ")
        self._sides("A", "A")
        self._say("another town's bundle in our updater's release: RAUC refuses it")

    def _cut_in_the_install(self) -> None:
        self._bring("good.update", self._desk.release(self._next, 1))
        self._start("edge-boot-a")
        self._until(lambda: self._choice() == ("A", "A"), "RAUC writes side B")
        time.sleep(5)
        self._machine.kill()
        self._sides("A", "A")
        self._say("power cut while side B is half written: nothing starts it, not even a try")
        self._start("edge-boot-a")
        before = self._steps()
        self._say(f"edge {before} steps on side A again")
        self._ready(NEXT)
        self._say("the install was done again, to its end")

    def _cut_in_the_try(self) -> None:
        self._bring("good.update", self._desk.release(self._next, 1))
        self._start("edge-boot-a")
        self._ready(NEXT)
        self._ends("the machine starts anew for the try")
        self._start("edge-boot-b")
        self._told("Finished edge-update-settle.service")
        time.sleep(10)
        self._machine.kill()
        self._say("power cut in the middle of the try")
        self._start("edge-boot-a")
        self._told(f"{NEXT} was taken back: the machine came back on the side before")
        before = self._steps()
        self._say(f"edge {before} steps on side A; {NEXT} was taken back")

    def _ready(self, version: str) -> None:
        self._told(f"{version} is ready, and waits for a quiet hour")
        self._until(lambda: self._choice() == ("A", "B"), "side B may be tried")
        self._say("side B is written whole; A is what each start takes")

    def _start(self, side: str) -> None:
        self._read = self._on.log.stat().st_size if self._on.log.exists() else 0
        self._outside.health.clear()
        tried = self._card.read(TRY) is not None
        self._machine.start()
        print(f"   power on: {self._machine.side}{', a try' if tried else ''}", flush=True)
        if self._machine.side != side:
            raise ImageError(f"{self._machine.side} was started, {side} is expected")

    def _ends(self, what: str) -> None:
        end = time.monotonic() + LIMIT_S
        while self._machine.running():
            if time.monotonic() > end:
                raise ImageError(f"not within {LIMIT_S:.0f} s: {what}")
            time.sleep(0.5)
        if not self._machine.reboots():
            raise ImageError(f"the machine ended, and does not start anew: {what}")
        self._say(what)

    def _choice(self) -> tuple[str, str] | None:
        """Return what starts, and what a try starts; None while the machine is writing it."""
        try:
            return parsed(self._card.read("autoboot.txt") or b"")
        except (ImageError, UpdateError):
            return None

    def _sides(self, primary: Any, tries: Any) -> None:
        if self._card.read("autoboot.txt") != written(primary, tries):
            raise ImageError(f"autoboot.txt says {self._choice()}, not {(primary, tries)}")

    def _bring(self, name: str, file: Path) -> None:
        """Put a release into the watched folder, while the machine is off."""
        self._write(f"/update/inbox/{name}", file)

    def _write(self, path: str, file: Path) -> None:
        start, _ = self._card.partitions()["edge-data"]
        disk = f"{self._card.image}?offset={start}"
        check = subprocess.run(["e2fsck", "-fy", disk], capture_output=True, check=False)
        if check.returncode > 1:
            raise ImageError(f"the data partition is damaged: {check.stdout.decode()}")
        words = ["debugfs", "-w", "-R", f"write {file} {path}", disk]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode or "Allocated inode" not in done.stdout + done.stderr:
            raise ImageError(f"{path}: {done.stdout} {done.stderr}")

    def _inbox_made(self) -> bool:
        return b"Finished edge-update.service" in self._since()

    def _steps(self, version: str = "") -> str:
        """Wait until the line steps, of *version* where it is named; return its version."""

        def newest() -> dict[str, Any]:
            return dict(self._outside.health[-1]["watch"] or {}) if self._outside.health else {}

        self._until(
            lambda: (
                newest().get("frames_seen", 0) > 1 and version in ("", newest().get("software"))
            ),
            f"the line of {version or 'the version in force'} is stepping",
        )
        return str(newest()["software"])

    def _since(self) -> bytes:
        with self._on.log.open("rb") as log:
            log.seek(self._read)
            return log.read()

    def _told(self, words: str) -> None:
        self._until(lambda: words.encode() in self._since(), f"the updater says: {words}")


def _words(units: Mapping[str, str]) -> tuple[str, ...]:
    """Return what the kernel is told: the journal on the console, and time for slow processors."""
    word = "systemd.set_credential_binary=systemd.unit-dropin"
    blobs = {unit: base64.b64encode(text.encode()).decode() for unit, text in units.items()}
    return (
        "systemd.journald.forward_to_console=1",
        *(f"{word}.{unit}:{blob}" for unit, blob in blobs.items()),
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/image/update", description=__doc__)
    parser.add_argument("image", type=Path, help="in force; is copied, not written to")
    parser.add_argument("next", type=Path, help=f"the image of {NEXT}")
    parser.add_argument("broken", type=Path, help=f"the image of {BROKEN}")
    parser.add_argument("--scene", action="append", choices=SCENES, help="default: all of them")
    options = parser.parse_args()
    images = (options.image, options.next, options.broken)

    def play(folder: Path) -> None:
        Renewal(images, machine_of(options.image), folder, options.scene or SCENES).run()

    return played("sides", play)


if __name__ == "__main__":
    sys.exit(main())
