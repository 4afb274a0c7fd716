"""The example of a cruiser is one that runs: settings load, folders are apart, units verify."""

import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from edge.config import Settings, load
from edge.keys.roles import Role
from edge.messages.access import topics_of, tunnel_topics
from tests.house.tree import ROOT

CAR = ROOT / "configs" / "car"


def settings_of(name: str) -> Settings:
    return load([CAR / f"{name}.toml"]).settings


def test_the_two_cameras_share_nothing_that_is_written() -> None:
    """Own names, keys, stores, health and lists; cameras that look ahead and back."""
    front, rear = settings_of("front"), settings_of("rear")
    assert (front.gps.enabled, rear.gps.enabled) == (True, True)
    assert (front.gps.camera_offset_deg, rear.gps.camera_offset_deg) == (0.0, 180.0)
    folders = ("keys.folder", "runtime.folder", "store.folder", "search.folder", "reads.folder")
    for part in ("unit.name", "source.address", *folders):
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


def connections() -> dict[str, list[tuple[str, str]]]:
    """Return the topics of each connection of the bridge, with their ways."""
    _, *parts = re.split(r"^connection ", (CAR / "mosquitto.conf").read_text(), flags=re.M)
    found = {}
    for part in parts:
        name = part.split("\n", 1)[0]
        found[name] = re.findall(r"^topic (\S+) (in|out) 1$", part, re.M)
        for file in ("cert", "key"):
            assert re.search(rf"^bridge_{file}\w* /etc/mosquitto/certs/{name}\.", part, re.M)
    return found


def allowed(filters: Iterable[str], topic: str) -> bool:
    return any(re.fullmatch(one.replace("+", "[a-z0-9-]+"), topic) for one in filters)


@pytest.mark.parametrize("name", ["front", "rear", "console"])
def test_the_bridge_carries_what_a_party_may_say_and_hear(name: str) -> None:
    """Each right under a party's own name has its line, and no line is without its right.

    Tunnels alone stay out: a car comes to the technician.
    """
    own = settings_of(name).unit.name
    rights = topics_of(Role.CONSOLE if name == "console" else Role.UNIT, "windsor", own)
    write, read = (
        set(one) - set(tunnel_topics(rights).write) for one in (rights.write, rights.read)
    )
    read -= set(tunnel_topics(rights).read)
    lines = connections()[own]
    assert all(allowed(write if way == "out" else read, to) for to, way in lines)
    assert {to for to in write if "+" not in to} <= {to for to, way in lines if way == "out"}
    assert {to for to in read if "+" not in to} <= {to for to, way in lines if way == "in"}


def test_nothing_goes_round() -> None:
    """No topic goes both ways, over whichever connections, and none has a wildcard."""
    lines = [line for one in connections().values() for line in one]
    assert len({to for to, _ in lines}) == len(lines)
    assert not any("+" in to or "#" in to for to, _ in lines)


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
