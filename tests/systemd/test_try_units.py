"""The units of a card with two sides, as systemd itself judges them; no root, no start."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.tree import ROOT
from tests.systemd.test_exposure import LIMIT, exposure

FOLDER = ROOT / "systemd/rauc"
pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="systemd-analyze is missing: apt install systemd",
)


def test_the_end_of_a_try_is_understood_and_walled(tmp_path: Path) -> None:
    """Systemd finds no fault in service and timer; to fail is to start anew, and only in a try."""
    text = (FOLDER / "edge-try.service").read_text("utf-8")
    lines = text.splitlines()
    assert "FailureAction=reboot" in lines
    assert "ExecCondition=/usr/lib/rauc/edge-tried" in lines
    assert exposure(FOLDER / "edge-try.service") <= LIMIT
    for name in ("edge-tried", "edge-tryboot"):
        text = text.replace(f"/usr/lib/rauc/{name}", "/bin/true")
    (tmp_path / "edge-try.service").write_text(text)
    shutil.copy(FOLDER / "edge-try.timer", tmp_path)
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no"]
    files = [str(tmp_path / f"edge-try.{kind}") for kind in ("service", "timer")]
    done = subprocess.run([*command, *files], capture_output=True, text=True, check=False)
    assert done.stdout + done.stderr == ""
