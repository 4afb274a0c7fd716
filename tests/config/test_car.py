"""The example of a cruiser is one that runs: settings load, folders are apart, units verify."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from edge.config import Settings, load
from edge.keys.roles import Role
from edge.messages.access import topics_of
from tests.house.tree import ROOT

CAR = ROOT / "configs" / "car"


def settings_of(name: str) -> Settings:
    return load([CAR / f"{name}.toml"]).settings


def test_the_two_cameras_share_nothing_that_is_written() -> None:
    """Own names, keys, stores, health and lists; cameras that look ahead and back."""
    front, rear = settings_of("front"), settings_of("rear")
    assert (front.gps.enabled, rear.gps.enabled) == (True, True)
    assert (front.gps.camera_offset_deg, rear.gps.camera_offset_deg) == (0.0, 180.0)
    for part in ("unit.name", "source.address", "keys.folder", "runtime.folder", "store.folder"):
        section, key = part.split(".")
        one, other = (getattr(getattr(both, section), key) for both in (front, rear))
        assert one != other, part
    assert front.hotlist.folder != rear.hotlist.folder
    assert front.hotlist.inbox != rear.hotlist.inbox


def test_all_of_a_car_speak_to_its_own_broker() -> None:
    """With no network the console still hears both cameras; only the centre ends an outbox."""
    for name in ("front", "rear", "console"):
        delivery = settings_of(name).delivery
        assert (delivery.host, delivery.tls) == ("localhost", True)
        assert delivery.receivers == ("archive",)


def test_the_bridge_carries_what_the_cars_parties_may_say_and_hear() -> None:
    """Every right of both units and the console has its line in the bridge, and no other."""
    rights = [
        topics_of(role, "windsor", settings_of(name).unit.name)
        for name, role in (("front", Role.UNIT), ("rear", Role.UNIT), ("console", Role.CONSOLE))
    ]
    lines = re.findall(r"^topic (\S+) (in|out) 1$", (CAR / "mosquitto.conf").read_text(), re.M)
    assert {to for to, way in lines if way == "out"} == {to for one in rights for to in one.write}
    assert {to for to, way in lines if way == "in"} == {to for one in rights for to in one.read}
    assert len(lines) == len(set(lines))


@pytest.mark.parametrize("daemon", ["watch", "deliver"])
def test_the_units_verify(tmp_path: Path, daemon: str) -> None:
    """The template with its drop-in is one that systemd takes without a word."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze: apt install systemd")
    unit = f"edge-{daemon}@.service"
    text = (ROOT / "systemd" / f"edge-{daemon}.service").read_text()
    (tmp_path / unit).write_text(_runs_true(text))
    drop = tmp_path / f"{unit}.d"
    drop.mkdir()
    (drop / "car.conf").write_text(_runs_true((CAR / f"{unit}.d" / "car.conf").read_text()))
    instance = tmp_path / f"edge-{daemon}@front.service"
    words = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(instance)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.stdout + done.stderr == ""


def _runs_true(text: str) -> str:
    """Return a unit whose program is one that this machine has."""
    return re.sub(r"^(Exec\w+=)\S+", r"\1/bin/true", text, flags=re.MULTILINE)
