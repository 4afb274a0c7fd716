"""A unit is wiped once its daemons have ended, however they ended, and may begin anew at once."""

import fcntl
import os
from pathlib import Path

import pytest

from edge.errors import ProvisionError
from edge.services.machine import Machine
from edge.services.places import Places
from edge.services.wipe import wipe
from tests.services.cards import Unit, open_desk, row

FOLDERS = ("inbox", "lists", "search", "tuning/tuning.history")


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    """A unit with its card taken, and its folders as systemd-tmpfiles makes them."""
    desk = open_desk(tmp_path)
    desk.make(row("main-street"))
    unit = desk.unit("main-street")
    for one in FOLDERS:
        (unit.root / "var/lib/edge" / one).mkdir(parents=True)
        (unit.root / "var/lib/edge" / one).chmod(0o2770)
    unit.start()
    return unit


def clear(unit: Unit) -> None:
    assert wipe(Places(unit.root, owners=False), "main-street")
    assert [one for one in unit.state() if not one.startswith("run/")] == []


def test_what_daemons_leave_when_they_are_stopped_stops_no_wipe(unit: Unit) -> None:
    """Their last words of health lie there after a clean stop and after a crash alike."""
    runtime = unit.root / "run/edge"
    runtime.mkdir(parents=True)
    for name in ("watch.json", "search.json"):
        (runtime / name).write_text("{}")
    clear(unit)


@pytest.mark.parametrize(
    ("folder", "daemon"),
    [("run/edge", "edge-watch"), ("var/lib/edge/search", "edge-search")],
)
def test_a_daemon_that_lives_is_not_wiped_under(unit: Unit, folder: str, daemon: str) -> None:
    """Whoever holds its lock is told by name; let go, the same wipe is done."""
    (unit.root / folder).mkdir(parents=True, exist_ok=True)
    before = unit.state()
    door = os.open(unit.root / folder, os.O_RDONLY)
    try:
        fcntl.flock(door, fcntl.LOCK_EX)
        with pytest.raises(ProvisionError, match=f"^{daemon} runs: stop"):
            clear(unit)
    finally:
        os.close(door)
    assert unit.state() == before
    clear(unit)


def test_a_sender_that_lives_is_not_wiped_under(unit: Unit) -> None:
    """Deliver has no lock: systemd knows."""
    (unit.root / "run/systemd/system").mkdir(parents=True)
    says = {"edge-deliver": "active"}
    machine = Machine(root=unit.root, ask=lambda words: says.get(words[-1], ""))
    with pytest.raises(ProvisionError, match=r"^edge-deliver runs"):
        wipe(Places(unit.root, owners=False), "main-street", machine)
    says["edge-deliver"] = "inactive"
    assert wipe(Places(unit.root, owners=False), "main-street", machine)


def test_the_folders_of_the_next_unit_stay(unit: Unit) -> None:
    """Without a new start of the machine the next unit's daemons find theirs, mode and all."""
    (unit.root / "var/lib/edge/evidence/2026").mkdir(parents=True)
    (unit.root / "var/lib/edge/inbox/done").mkdir()
    clear(unit)
    state = unit.root / "var/lib/edge"
    for one in FOLDERS:
        assert (state / one).stat().st_mode & 0o7777 == 0o2770, one
    assert not (state / "evidence").exists()
    assert not (state / "inbox/done").exists()


def test_first_boot_makes_an_inbox_that_daemons_can_use(tmp_path: Path) -> None:
    """Where it is missing: open to the group, which comes from the folder above."""
    state = tmp_path / "var/lib/edge"
    state.mkdir(parents=True)
    state.chmod(0o2770)
    before = os.umask(0o077)
    try:
        inbox = Places(tmp_path, owners=False).shared("/var/lib/edge/inbox", "unit")
    finally:
        assert os.umask(before) == 0o077
    assert inbox.stat().st_mode & 0o7777 == 0o2770
