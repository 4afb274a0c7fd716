"""A technician's browser reaches the page of a pole behind a carrier's NAT, by real processes."""

import re
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from scripts.clip import traffic_clip
from tests.brokers import Broker, until
from tests.end_to_end.daemons import Process
from tests.end_to_end.netns import INSIDE, OUTSIDE, carrier
from tests.keys.cast import keys_folder
from tests.web.tuning.room import PASSWORD, Ladder, TuningUnit

pytestmark = [
    pytest.mark.machine,
    pytest.mark.timeout(400),
    pytest.mark.xdist_group("browser"),
]

NAME = "main-street"
SEED, CARS = 21, 5


class Outside(Broker):
    """A broker that the carrier's customers reach, at one address of this machine."""

    def _configure(self) -> None:
        super()._configure()
        file = self.folder / "broker.conf"
        file.write_text(file.read_text().replace(f"{self.port} 127.0.0.1", str(self.port)))


@dataclass
class Pole(TuningUnit):
    """A unit whose processes run behind the carrier, with its door open to technicians."""

    delivery: str = ""
    program: Sequence[str] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        text, port = self.site.read_text(), f"port = {self.port} }}"
        assert port in text
        wanted = f"port = {self.port}, remote = true, remote_kbit_s = 20000 }}"
        self.site.write_text(text.replace(port, wanted) + self.delivery)

    def process(self, daemon: str) -> Process:
        one = super().process(daemon)
        one.program = self.program
        return one

    def served(self) -> bool:
        """Say whether the page answers on the pole's own loopback."""
        code = f"import socket; socket.create_connection(('127.0.0.1', {self.port}), 1)"
        done = subprocess.run(
            [*self.program[:-2], "-c", code], capture_output=True, check=False, timeout=30
        )
        return done.returncode == 0


@dataclass
class Road:
    """The pole, the broker in the open, and the technician's keys and settings."""

    pole: Pole
    broker: Broker
    keys: Path
    site: Path

    def laptop(self, stage: ExitStack) -> Process:
        """Start ``edge tune remote`` on this machine."""
        words = ["tune", "remote", "--unit", NAME, "--keys", str(self.keys), "--port", "0"]
        one = Process("remote", [*words, "--config", str(self.site)], self.pole.folder).start()
        stage.callback(one.kill)
        return one


@pytest.fixture
def road(tmp_path: Path) -> Iterator[Road]:
    """Return a pole that reads a street behind a carrier's NAT, and its town's broker outside."""
    clip = traffic_clip(SEED, CARS)
    own = (clip.listed[0], clip.states[0])
    with ExitStack() as stage:
        program = stage.enter_context(carrier("edget"))
        broker = Outside(tmp_path / "broker", server_names=("localhost", OUTSIDE)).start()
        stage.callback(broker.stop)
        site = broker.site(NAME, host=OUTSIDE)
        pole = Pole(tmp_path / "unit", clip.video, [own], delivery=site, program=program)
        pole.start(stage)
        tunnel = pole.process("tunnel").start()
        stage.callback(tunnel.kill)
        laptop = tmp_path / "laptop.toml"
        laptop.write_text('[clock]\ntrust = "always"\n' + broker.site("tess"))
        yield Road(pole, broker, keys_folder(tmp_path / "tess", "tess"), laptop)
        for process in (pole.watch, pole.page, tunnel):
            assert "Traceback" not in process.errors()


def opened(laptop: Process) -> list[str]:
    """Return the addresses that the laptop's command has printed."""
    return laptop.output.read_text().split()


def test_the_live_page_of_a_pole_behind_a_nat(road: Road, context: BrowserContext) -> None:
    """Log-in, picture and looks come through the broker; opening and end are on the unit's chain.

    Control: the pole itself cannot be reached from here. After the broker's death and return the
    page goes on; half a minute away it asks for the password again, as a page does that was closed.
    """
    with pytest.raises(OSError, match=r"."):
        socket.create_connection((INSIDE, road.pole.port), timeout=2.0)
    with ExitStack() as stage:
        laptop = road.laptop(stage)
        until(lambda: opened(laptop), 60.0, "the way to the page")
        ladder = Ladder(context, road.pole)
        ladder.address = opened(laptop)[0].rstrip("/")
        page = ladder.open()
        _log_in(ladder)
        page.wait_for_selector("#plates li strong:has-text('▮')", timeout=60_000)
        first = page.get_attribute("#picture", "src")
        differs = "s => document.getElementById('picture').src.indexOf(s) < 0"
        page.wait_for_function(differs, arg=first, timeout=60_000)
        road.broker.kill()
        until(lambda: "asking again" in laptop.errors(), 60.0, "the loss")
        road.broker.start()
        until(lambda: len(opened(laptop)) == 2, 60.0, "the way back")
        _goes_on(ladder)
        assert laptop.stop() == 0
        until(lambda: len(road.pole.acts("remote")) == 4, 60.0, "the end on the chain")
    rows = road.pole.acts("remote")
    assert [one["act"] for one in rows] == ["opened", "closed", "opened", "closed"]
    assert {one["who"] for one in rows} == {"tess"}
    assert rows[1]["why"] == "the connection to the broker was lost"
    assert rows[3]["outward"] > 20_000, "a picture at least"
    assert {one["officer"] for one in road.pole.acts("log-in")} == {"tess"}


def _goes_on(ladder: Ladder) -> None:
    """Wait for newer pictures, behind another log-in where the break was a long one."""
    page = ladder.page
    shown = page.evaluate("() => document.getElementById('picture')?.src ?? ''")
    number = re.search(r"/look/(\d+)", shown)
    page.wait_for_function(
        "(n) => { const p = document.getElementById('picture');"
        " if (document.getElementById('password') !== null) return true;"
        " const found = /look\\/(\\d+)/.exec(p.src);"
        " return found && p.complete && p.naturalWidth > 0 && Number(found[1]) > n; }",
        arg=int(number[1]) + 3 if number else 0,
        timeout=90_000,
    )
    if page.locator("#password").count():
        _log_in(ladder)


def _log_in(ladder: Ladder) -> None:
    """Log in and wait for the first picture, on a machine that may be busy."""
    page = ladder.page
    page.select_option("#name", "tess")
    page.fill("#password", PASSWORD)
    page.click("button:has-text('Log in')")
    page.wait_for_selector("#picture:visible", timeout=90_000)
