"""The units of a card with two sides, as systemd itself judges them; no root, no start."""

import re
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


def test_the_end_of_a_try_starts_anew_whatever_failed() -> None:
    """To fail is to go back, and only in a try; no rule of ours stands between."""
    lines = (FOLDER / "edge-try.service").read_text("utf-8").splitlines()
    assert "FailureAction=reboot" in lines
    assert "ExecCondition=/usr/lib/rauc/edge-tried" in lines


def test_no_daemon_begins_on_tables_that_do_not_fit() -> None:
    """Whatever opens the store comes after the look at its tables, and not without."""
    text = (FOLDER / "edge-try-tables.service").read_text("utf-8")
    settle = (ROOT / "systemd/edge-update-settle.service").read_text("utf-8")
    known = re.findall(r"^Before=edge-first-boot.service (.*)$", settle, re.M)
    assert len(known) == 1
    assert re.findall(r"^Before=(.*)$", text, re.M) == known
    assert re.findall(r"^RequiredBy=(.*)$", text, re.M) == known


@pytest.mark.parametrize("name", ["edge-try", "edge-try-tables"])
def test_they_are_understood_and_walled(tmp_path: Path, name: str) -> None:
    """Systemd finds no fault in them, and little that a broken one could do."""
    text = (FOLDER / f"{name}.service").read_text("utf-8")
    assert exposure(FOLDER / f"{name}.service") <= LIMIT
    staged = re.sub(r"^(Exec\w+=)\S+", r"\1/bin/true", text, flags=re.M)
    (tmp_path / f"{name}.service").write_text(staged)
    shutil.copy(FOLDER / "edge-try.timer", tmp_path)
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no"]
    files = [str(file) for file in sorted(tmp_path.glob(f"{name}.*"))]
    done = subprocess.run([*command, *files], capture_output=True, text=True, check=False)
    assert done.stdout + done.stderr == ""
