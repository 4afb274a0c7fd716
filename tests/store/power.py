"""Kill daemons and cut the power under them, then look what the disk holds."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECTOR = 512
COMPILER = shutil.which("cc") or shutil.which("gcc") or ""
needs_compiler = pytest.mark.skipif(
    not COMPILER, reason="the disk that fails is a few lines of C: install gcc"
)


class Daemons:
    """A process of ``tests.store.daemons``; its children run one at a time and may be killed."""

    def __init__(self, **environment: str) -> None:
        self._environment = environment

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.store.daemons"],
            cwd=ROOT,
            env={**os.environ, "PYTHONWARNINGS": "error", **self._environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if error is not None:
            self._process.kill()
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(30)

    def start(self, role: str, folder: Path, seed: int, most: int) -> int:
        """Start a child and return its process number."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{role} {folder} {seed} {most}\n")
        return int(self._line()[1])

    def run(self, role: str, folder: Path, seed: int, most: int) -> tuple[list[list[str]], int]:
        """Run a child to its end; return what it told, and its exit code."""
        self.start(role, folder, seed, most)
        return self.rest()

    def run_and_kill(
        self, role: str, folder: Path, seed: int, after_s: float
    ) -> tuple[list[list[str]], int]:
        """Start a child without end, kill it after *after_s*; return what it told, and its code."""
        child = self.start(role, folder, seed, 1_000_000)
        timer = threading.Timer(after_s, os.kill, (child, signal.SIGKILL))
        timer.start()
        try:
            return self.rest()
        finally:
            timer.join()

    def run_and_kill_at(
        self, role: str, folder: Path, seed: int, word: str, count: int, later_s: float
    ) -> tuple[list[list[str]], int]:
        """Start a child without end, kill it *later_s* after it told *word* for the *count*th time.

        Returns:
            What it told until its end, and its exit code.
        """
        child = self.start(role, folder, seed, 1_000_000)
        told: list[list[str]] = []
        while sum(one[0] == word for one in told) < count:
            told.append(self._line())
            assert told[-1][0] != "ended", told
        timer = threading.Timer(later_s, os.kill, (child, signal.SIGKILL))
        timer.start()
        rest, code = self.rest()
        timer.join()
        return told + rest, code

    def rest(self) -> tuple[list[list[str]], int]:
        """Return what the running child tells until its end, and its exit code."""
        told = []
        while (words := self._line())[0] != "ended":
            told.append(words)
        return told, int(words[2])

    def _line(self) -> list[str]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the daemons' process died"
        return line.split()


def stored(told: list[list[str]]) -> list[tuple[int, int, str]]:
    """Return sequence, revision and digest of each alert that a child called safe."""
    return [(int(one[1]), int(one[2]), one[3]) for one in told if one[0] == "stored"]


def cut(folder: Path, shadow: Path, chance: random.Random, share: float) -> None:
    """Leave in *folder* what a disk would hold after a power cut.

    Files whose names were not synced are gone; of the rest, what was synced stands, and each
    sector written since is there with a chance of *share*.
    """
    listed = shadow / ".names"
    names = set(listed.read_text().split("\n")) if listed.exists() else set()
    for file in folder.iterdir():
        certain = shadow / file.name
        if file.name not in names:
            file.unlink()
            continue
        old = certain.read_bytes() if certain.exists() else b""
        new = file.read_bytes()
        if chance.random() >= share:
            new = new[: len(old)]
        length = len(new) if share else len(old)
        file.write_bytes(_mixed(old, new, length, chance, share))
    shutil.rmtree(shadow)
    shadow.mkdir()
    for file in folder.iterdir():
        shutil.copy(file, shadow)
    listed.write_text("\n".join(file.name for file in folder.iterdir()))


def _mixed(old: bytes, new: bytes, length: int, chance: random.Random, share: float) -> bytes:
    old, new = old.ljust(length, b"\0")[:length], new.ljust(length, b"\0")[:length]
    sectors = []
    for at in range(0, length, SECTOR):
        which = new if chance.random() < share else old
        sectors.append(which[at : at + SECTOR])
    return b"".join(sectors)
