"""No library phones home: not the models' runtime, not the decoders, nobody."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

from tests.house.tree import ROOT
from tests.keys.cast import keys_folder

PROGRAM = str(ROOT / "tests" / "house" / "silence.py")


def silent(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HOME": str(home), "PYTHONPATH": str(ROOT)}
    for silencer in ("CI", "ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME"):
        environment.pop(silencer, None)
    return subprocess.run(
        [sys.executable, PROGRAM, *words],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def pictures(folder: Path) -> Path:
    folder.mkdir()
    rng = np.random.default_rng(1)
    for number in range(3):
        noise = rng.integers(0, 255, (360, 640, 3), np.uint8)
        assert cv2.imwrite(str(folder / f"{number}.png"), noise)
    return folder


def test_the_control_is_killed(tmp_path: Path) -> None:
    """A process that opens one socket under the filter dies of it: the filter works."""
    assert silent(tmp_path, "talk").returncode == -signal.SIGSYS


def test_reading_pictures_opens_no_connection(tmp_path: Path) -> None:
    """``edge read`` runs both models without a socket, and leaves nothing in the home folder."""
    home = tmp_path / "home"
    home.mkdir()
    shown = silent(home, "read", "--jsonl", str(pictures(tmp_path / "pictures")))
    assert shown.returncode == 0, shown.stderr
    assert len(shown.stdout.splitlines()) == 3
    assert list(home.rglob("*")) == []


def test_watch_needs_no_network_at_all(tmp_path: Path) -> None:
    """``edge run watch`` plays a recording to its end without opening a socket."""
    site = tmp_path / "site.toml"
    site.write_text(
        'unit = { town = "windsor", name = "main-street" }\n'
        f'keys = {{ folder = "{keys_folder(tmp_path / "keys", "main-street")}" }}\n'
        f'runtime = {{ folder = "{tmp_path}/run" }}\n'
        f'store = {{ folder = "{tmp_path}/store" }}\n'
        f'source = {{ kind = "pictures", address = "{pictures(tmp_path / "in")}" }}\n'
    )
    home = tmp_path / "home"
    home.mkdir()
    shown = silent(home, "run", "--config", str(site), "watch")
    assert shown.returncode == 0, shown.stderr
    assert "the first frame has gone down the line" in shown.stderr
    assert list(home.rglob("*")) == []
