"""The processes of the demo, their settings and their hotlist."""

import queue
import random
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from scripts.clip import Clip
from scripts.demo_keys import TOWN, Town
from tests.brokers import Broker
from tests.hotlist.make_list import HEADER, plate

ROOT = Path(__file__).resolve().parents[1]
UNIT, LISTENER = "street-1", "console"
_OTHERS = 300
_REASONS = ("stolen_vehicle", "taken from a driveway"), ("missing_person", "last seen in this car")


def write_hotlist(file: Path, clip: Clip) -> int:
    """Write the two listed cars among some hundred others; return how many entries there are.

    No other entry is a car of the clip or one character away from one.
    """
    now = datetime.now(UTC)
    entered, expires = (now - timedelta(days=2)).date(), (now + timedelta(days=30)).date()
    choose = random.Random(len(clip.plates))
    lines = [f"# issued: {now.strftime('%Y-%m-%dT%H:%M:%SZ')}", HEADER]
    for text, where, (category, reason) in zip(clip.listed, clip.states, _REASONS, strict=True):
        number = f"DEMO-{len(lines)}"
        lines.append(
            f"{number},{text},{where},{category},,,,,,{reason},Demo PD,{entered},{expires}"
        )
    while len(lines) < _OTHERS + 4:
        other = plate(choose)
        if not any(_near(other, one) for one in clip.plates):
            number = f"X-{len(lines)}"
            told = "stolen_vehicle,,,,,,case,Demo PD"
            lines.append(f"{number},{other},us-ct,{told},{entered},{expires}")
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return len(lines) - 2


def site(folder: Path, broker: Broker, clip: Clip, town: Town) -> Path:
    """Write the unit's settings and return the file."""
    mine = broker.site(UNIT)
    text = f"""\
[unit]
town = "{TOWN}"
name = "{UNIT}"
place = "Demo Street, southbound"

[keys]
folder = "{town.keys(UNIT)}"

[clock]
trust = "always"

[runtime]
folder = "{folder}/run"

[source]
kind = "video"
address = "{clip.video}"
paced = true

[hotlist]
path = "{folder}/hotlist.csv"

[store]
folder = "{folder}/store"

{mine}receivers = ["{LISTENER}"]
"""
    file = folder / "site.toml"
    file.write_text(text, "utf-8")
    return file


class Cast:
    """watch, deliver and listen as real processes; all end with the ``with`` block."""

    def __init__(self, files: Sequence[Path], folder: Path) -> None:
        self.folder = folder
        self.heard: queue.Queue[bytes] = queue.Queue()
        self._files = files
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in reversed(self._running.values()):
            if process.poll() is None:
                process.terminate()
        for process in self._running.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)

    def listen(self, broker: Broker, town: Town) -> None:
        """Start ``edge listen`` and hear what it says."""
        pair = broker.authority.issue(LISTENER)
        flags = {
            "--host": "localhost",
            "--port": broker.port,
            "--ca": broker.authority.file,
            "--cert": pair.certificate,
            "--key": pair.key,
            "--keys": town.keys(LISTENER),
            "--state": self.folder / "listen",
        }
        words = [str(word) for flag in flags.items() for word in flag]
        process = self._start("listen", ["listen", *words, "--jsonl"], subprocess.PIPE)
        threading.Thread(target=self._hear, args=(process,), daemon=True).start()

    def daemon(self, name: str, *files: Path) -> None:
        """Start ``edge run NAME`` with *files*, or with the unit's settings."""
        chosen = files or self._files
        settings = [word for file in chosen for word in ("--config", str(file.resolve()))]
        self._start(name, ["run", *settings, name], subprocess.DEVNULL)

    def ended(self, name: str) -> bool:
        """Say whether *name* has ended, as it should."""
        return self._running[name].poll() == 0

    def check(self) -> None:
        """Raise SystemExit if a process has failed, with its last words."""
        for name, process in self._running.items():
            status = process.poll()
            if status or (status == 0 and name != "watch"):
                words = (self.folder / f"{name}.log").read_text("utf-8", "replace")
                last = "\n".join(words.splitlines()[-8:])
                raise SystemExit(f"demo: {name} ended with status {status}:\n{last}")

    def _start(self, name: str, words: list[str], out: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "edge", *words]
        with (self.folder / f"{name}.log").open("wb") as log:
            # a session of its own: Ctrl-C reaches the demo alone, which ends them in order
            self._running[name] = process = subprocess.Popen(
                command, cwd=ROOT, stdout=out, stderr=log, start_new_session=True
            )
        return process

    def _hear(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.heard.put(line)


def _near(one: str, other: str) -> bool:
    """Say whether two plates differ in at most one character."""
    if len(one) != len(other):
        return False
    return sum(a != b for a, b in zip(one, other, strict=True)) <= 1
