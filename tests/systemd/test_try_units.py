"""The units of a card with two sides, as systemd itself judges them; no root, no start."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from pydantic import ValidationError

from edge.config import load
from edge.config.update import UpdateSection
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


@pytest.mark.parametrize("name", ["edge-update", "edge-update-settle"])
def test_the_updater_writes_what_starts_and_no_program(tmp_path: Path, name: str) -> None:
    """On such a card it may write the first partition and its own folder; it stays walled."""
    plain = (ROOT / f"systemd/{name}.service").read_text("utf-8")
    more = (FOLDER / "edge-update.conf").read_text("utf-8")
    assert re.findall(r"^ReadWritePaths=(.*)$", more, re.M) == [
        "",
        "/boot/firmware /var/lib/edge-update",
    ]
    # one of the two must hold; the condition of settle on its state counts beside
    assert re.findall(r"^Condition\w+=\|(.*)$", plain, re.M) == ["/opt", "/etc/rauc/system.conf"]
    unit = tmp_path / f"{name}.service"
    unit.write_text(f"{plain}\n{more}")
    assert exposure(unit) <= LIMIT


def test_a_try_begins_with_the_word_that_a_pi_takes() -> None:
    """Its end is a reboot with the argument that a Pi's firmware takes; what it does is nothing."""
    lines = (FOLDER / "edge-try-begin.service").read_text("utf-8").splitlines()
    assert {"SuccessAction=reboot", "RebootArgument=0 tryboot"} <= set(lines)
    assert "ExecStart=/bin/true" in lines
    assert "[Install]" not in lines, "nothing but the updater starts it"


def test_a_try_ends_after_every_trial() -> None:
    """The backstop is for sides whose updater does not run: no trial may be set to last as long."""
    text = (FOLDER / "edge-try.timer").read_text("utf-8")
    found = re.search(r"^OnBootSec=(\d+)min$", text, re.M)
    assert found
    longest = int(found[1]) * 60 - 180  # to start takes time
    section = load([]).settings.update
    assert section.trial_s < longest
    with pytest.raises(ValidationError, match="trial_s"):
        UpdateSection.model_validate(section.model_dump() | {"trial_s": longest + 1})


@pytest.mark.parametrize("name", ["edge-try", "edge-try-begin", "edge-try-tables"])
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
