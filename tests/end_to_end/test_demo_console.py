"""The demo with the patrol console's page, as a newcomer starts it."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOGETHER_S = 300  # the clip may have to be rendered first


@pytest.mark.machine
def test_the_demo_shows_two_cards_and_ends(tmp_path: Path) -> None:
    """Status 0 with exactly the two listed cars, the page gone, no password in a file."""
    shown = subprocess.run(
        [
            *(sys.executable, "-m", "scripts.demo_run", "--console", "--no-wait"),
            *("--folder", str(tmp_path / "demo")),
        ],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TOGETHER_S,
        check=False,
    )
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "RIGHT" in shown.stdout
    port = re.search(r"http://127\.0\.0\.1:(\d+)/", shown.stdout)
    passwords = re.findall(r"password (\S+)", shown.stdout)
    assert port is not None
    assert len(passwords) == 2
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(port[1]))) != 0, "the console still runs"
    kept = [file for file in (tmp_path / "demo").rglob("*") if file.is_file()]
    assert any(file.name == "console.log" for file in kept)
    assert not [file for file in kept for word in passwords if word.encode() in file.read_bytes()]
