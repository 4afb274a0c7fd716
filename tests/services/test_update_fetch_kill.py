"""Fetching, killed in the middle and on a disk that fills: real processes, a real small disk."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers import until
from tests.services.releasing import Pole

pytestmark = [pytest.mark.machine, pytest.mark.timeout(200)]
BIG = 4_000_000


@pytest.fixture
def pole(tmp_path: Path) -> Iterator[Pole]:
    made = Pole(tmp_path)
    yield made
    made.web.stop()


def command(pole: Pole, kbit_s: float) -> list[str]:
    """Return what systemd would run."""
    pole.changes["fetch_kbit_s"] = kbit_s
    lines = [f"{key} = {value!r}" for key, value in pole.changes.items()]
    file = pole.folder / "site.toml"
    head = '[unit]\ntown = "windsor"\nname = "main-street"\n[update]\n'
    file.write_text(head + "\n".join(lines) + "\n", "utf-8")
    return [sys.executable, "-m", "edge", "run", "--config", str(file), "fetch", "--now"]


def test_killed_in_the_middle_it_goes_on(pole: Pole) -> None:
    """A process that is killed leaves what had come; the next one asks for the rest alone."""
    file = pole.publish(3, size=BIG)
    with subprocess.Popen(command(pole, 4000.0), stderr=subprocess.PIPE) as process:
        until(lambda: sum(pole.parts()) > 300_000, 60, "the first part of the file")
        process.kill()
    [had] = pole.parts()
    assert 300_000 <= had < BIG
    assert pole.here() == []
    done = subprocess.run(command(pole, 0.0), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert pole.web.loads() == ["-", f"bytes={had}-"]
    assert pole.web.asked[-1][1]["If-Range"]
    assert (pole.fetched.folder / file.name).read_bytes() == file.read_bytes()


def test_it_ends_when_it_is_told_to(pole: Pole) -> None:
    """SIGTERM ends it within moments; status 2 and a sentence, and what had come stays."""
    pole.publish(3, size=BIG)
    words = command(pole, 4000.0)
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        until(lambda: sum(pole.parts()) > 300_000, 60, "the first part of the file")
        process.terminate()
        _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "edge run fetch ends" in said
    [had] = pole.parts()
    assert 300_000 <= had < BIG


def test_a_disk_that_fills_gets_its_room_back(pole: Pole) -> None:
    """Somebody else takes the rest of the disk meanwhile: nothing of the file stays, and why."""
    words = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(pole.update)]
    subprocess.run(words, check=True)
    try:
        file = pole.publish(3, size=600_000)
        pole.web.cuts[file.name] = [100_000]
        other = pole.update / "other"
        pole.web.given = lambda name: fill(other) if name == file.name else None
        assert "No space left on device; what had come was deleted" in pole.fetch()
        assert (pole.parts(), pole.here()) == ([], [])
        assert "No space left" in pole.state.problem
        pole.web.given = lambda _: None
        assert "more must be free" in pole.fetch()
        other.unlink()
        assert pole.fetch() == ""
        assert pole.here() == [file.name]
    finally:
        subprocess.run(["umount", str(pole.update)], check=True)


def fill(file: Path) -> None:
    """Take what is free but for a little."""
    with file.open("wb", buffering=0) as out:
        out.write(bytes(700_000))
