"""Every unit file as systemd itself judges it; needs no root."""

import logging
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.tree import ROOT

UNITS = sorted((ROOT / "systemd").glob("*.service"))
NAMES = (
    "watch deliver search tuning tunnel service-button service-page console archive webhook".split()
)
BY_HAND = {"edge-tuning": "on-failure"}  # it ends by itself when nobody looks, and stays ended
DAEMONS = [ROOT / "systemd" / f"edge-{name}.service" for name in (*NAMES, "lists")]
LIMIT = 2.0
log = logging.getLogger("edge.figures")  # shown by -o log_cli=true -o log_cli_level=INFO

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="systemd-analyze is missing: apt install systemd",
)


def exposure(unit: Path) -> float:
    """Return systemd's judgement of what a broken daemon could do, 0 to 10."""
    command = ["systemd-analyze", "security", "--no-pager", "--offline=yes", str(unit)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"exposure level for \S+: ([\d.]+)", shown.stdout)
    assert found, shown.stdout + shown.stderr
    return float(found[1])


def test_no_unit_is_exposed() -> None:
    """Each unit is judged 2.0 or less of 10; the table is in the log."""
    table = {unit.name: exposure(unit) for unit in UNITS}
    for name, value in table.items():
        log.info("%-28s %.1f", name, value)
    assert {name: value for name, value in table.items() if value > LIMIT} == {}


def test_a_unit_without_walls_is_exposed(tmp_path: Path) -> None:
    """The control: the same daemon with nothing but its command is far over the limit."""
    bare = tmp_path / "bare.service"
    bare.write_text("[Service]\nExecStart=/bin/true\n")
    assert exposure(bare) > 9


@pytest.mark.parametrize("unit", DAEMONS, ids=lambda one: one.stem)
def test_a_daemon_is_watched_and_never_left_dead(unit: Path) -> None:
    """Ready by its own word, fed or killed, started again without limit, nothing in swap."""
    lines = unit.read_text("utf-8").splitlines()
    for line in (
        "StartLimitIntervalSec=0",
        "Type=notify",
        f"Restart={BY_HAND.get(unit.stem, 'always')}",
        "TimeoutStopSec=5",
        "WatchdogSec=60",
        "MemorySwapMax=0",
        "LimitCORE=1",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
    ):
        assert line in lines, line


@pytest.mark.parametrize("stem", BY_HAND)
def test_what_is_off_unless_started_cannot_be_enabled(stem: str) -> None:
    """No target can want it: there is no [Install], and the installer enables others."""
    assert "[Install]" not in (ROOT / f"systemd/{stem}.service").read_text("utf-8")
    installer = (ROOT / "scripts/install").read_text("utf-8")
    enabled = installer.partition("enabled_of() {")[2].partition("}")[0]
    assert "edge-watch" in enabled, "the control: that is where enabled units stand"
    assert stem not in enabled


def test_the_page_in_the_units_wifi_has_the_walls_of_the_page() -> None:
    """The two units differ in what is served where, and in nothing that keeps them in."""
    walls = [
        (ROOT / f"systemd/edge-{name}.service").read_text("utf-8").partition("# files:")[2]
        for name in ("tuning", "service-page")
    ]
    assert "ProtectSystem=strict" in walls[0]
    assert walls[0] == walls[1]


def test_nobody_but_the_cameras_daemons_shares_a_user() -> None:
    """One user a daemon; watch and search share keys, deliver and the tunnel one certificate.

    The page and its button have nothing to hide from each other.
    """
    users: dict[str, list[str]] = {}
    for unit in DAEMONS:
        found = re.search(r"^User=(\S+)$", unit.read_text("utf-8"), re.MULTILINE)
        assert found, unit
        users.setdefault(found[1], []).append(unit.stem)
    assert users.pop("edge-watch") == ["edge-watch", "edge-search"]
    assert users.pop("edge-deliver") == ["edge-deliver", "edge-tunnel"]
    pages = users.pop("edge-tuning")
    assert pages == ["edge-tuning", "edge-service-button", "edge-service-page"]
    assert all(len(stems) == 1 for stems in users.values())
    made = "".join(one.read_text("utf-8") for one in (ROOT / "systemd").glob("*.sysusers.conf"))
    for user in ("edge-watch", "edge-deliver", "edge-tuning", *users):
        found = re.search(rf'^u {user} +- "([^"]+)"', made, re.MULTILINE)
        assert found, user
        assert ":" not in found[1], "systemd-sysusers passes over such a line, and exits 0"


def test_systemd_takes_every_unit_without_a_word(tmp_path: Path) -> None:
    """Verify complains and still exits 0, so any output is a fault; the control complains."""
    staged = [tmp_path / unit.name for unit in UNITS]
    for unit, copy in zip(UNITS, staged, strict=True):
        text = re.sub(r"(?m)^(Exec\w+=)\S+", r"\1/bin/true", unit.read_text("utf-8"))
        copy.write_text(text)
    assert verified(*staged) == ""
    staged[0].write_text(staged[0].read_text() + "Nonsense=yes\n")
    assert "Nonsense" in verified(staged[0])


def verified(*units: Path) -> str:
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *map(str, units)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    return shown.stdout + shown.stderr
