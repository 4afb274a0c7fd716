"""A cruiser: two cameras with their daemons, a console, a broker, and the centre.

Settings and bridge are those that are shipped in ``configs/car``; what a test must differ in, as
files, ports, and clips for cameras, is said in a second file.
"""

import json
import socket
import ssl
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from edge.keys.roles import Role
from scripts.clip import Clip
from tests.brokers import Broker, free_port
from tests.end_to_end.daemons import HEADER, ROOT, Process
from tests.keys.cast import keys_folder, party_of, roster_of

CAR = ROOT / "configs" / "car"
CAMERAS = ("front", "rear")
ROSTER = roster_of(
    extra=[
        party_of("car-7-front", Role.UNIT),
        party_of("car-7-rear", Role.UNIT),
        party_of("car-7", Role.CONSOLE),
    ]
)


@dataclass
class Cruiser:
    """One car and one centre on this machine, not yet started.

    Attributes:
        gpsd: the port of the car's receiver.
    """

    folder: Path
    clip: Clip
    gpsd: int
    processes: dict[str, Process] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self.centre = Broker(self.folder / "centre")
        self.car = Broker(self.folder / "car", extra=self._bridge())
        self.hotlist = self.folder / "list.csv"
        self.hotlist.write_text(HEADER + "".join(map(_entry, self.clip.plates)))
        for camera in CAMERAS:
            self._configure(camera)
        self.tablet = self._configure_console()

    def start(self, stage: ExitStack) -> None:
        """Start both brokers, the centre's archive and all daemons, as a car is switched on."""
        for broker in (self.centre, self.car):
            broker.start()
            stage.callback(broker.stop)
        self._run(stage, "archive", self._listen("archive"))
        self._daemon(stage, "console", "console")
        for daemon in ("deliver", "watch"):
            for camera in CAMERAS:
                self._daemon(stage, daemon, camera)

    def archived(self) -> dict[str, dict[str, Any]]:
        """Return the alerts that the centre has, the newest word of each, by its whole number."""
        events = [one for one in self.processes["archive"].objects() if one["event"] == "alert"]
        alerts = [one["alert"] for one in events]
        revisions = {(number_of(one), one["revision"]) for one in alerts}
        assert len(revisions) == len(alerts), "an alert was shown twice"
        return {number_of(one): one for one in alerts}

    def check(self) -> None:
        """Fail if any process has ended."""
        for name, one in self.processes.items():
            assert one.process.poll() is None, f"{name}: {one.errors()}"

    def _daemon(self, stage: ExitStack, daemon: str, name: str) -> None:
        """Run a daemon by the shipped settings, and what must differ here."""
        files = (CAR / f"{name}.toml", self.folder / f"{name}.toml")
        words = [word for file in files for word in ("--config", str(file))]
        self._run(stage, f"{name}-{daemon}", ["run", daemon, *words])

    def _run(self, stage: ExitStack, name: str, words: list[str]) -> None:
        process = Process(name, words, self.folder, environment={"OMP_NUM_THREADS": "1"})
        stage.callback(process.start().stop)
        self.processes[name] = process

    def _bridge(self) -> str:
        """Return the shipped bridge, with this machine's files and the centre's port."""
        whole = (CAR / "mosquitto.conf").read_text()
        bridge = whole[whole.index("connection car-7-front") :]
        there = {
            "broker.town.example:8883": f"localhost:{self.centre.port}",
            "/etc/mosquitto/certs/ca.pem": str(self.centre.authority.file),
            "restart_timeout 1 60": "restart_timeout 1 2",
        }
        for name in ("car-7-front", "car-7-rear", "car-7"):
            pair = self.centre.authority.issue(name)
            there[f"/etc/mosquitto/certs/{name}.pem"] = str(pair.certificate)
            there[f"/etc/mosquitto/certs/{name}.key"] = str(pair.key)
        for shipped, here in there.items():
            assert shipped in bridge
            bridge = bridge.replace(shipped, here)
        return bridge

    def _configure(self, camera: str) -> None:
        own = self.folder / camera
        own.mkdir()
        keys = keys_folder(own / "keys", f"car-7-{camera}", roster=ROSTER)
        (self.folder / f"{camera}.toml").write_text(f"""
clock = {{ trust = "always" }}
gps = {{ port = {self.gpsd}, retry_first_s = 0.1 }}
keys = {{ folder = "{keys}" }}
runtime = {{ folder = "{own}/run" }}
source = {{ kind = "video", address = "{self.clip.video}", loop = true }}
hotlist = {{ path = "{self.hotlist}", folder = "", inbox = "", sticks = [], over_mqtt = false }}
policy = {{ quiet_same_s = 0.0, quiet_similar_s = 0.0 }}
store = {{ folder = "{own}/store", reserve_mb = 4 }}
{self.car.site(f"car-7-{camera}")}
""")

    def _configure_console(self) -> "Tablet":
        own = self.folder / "console"
        keys = keys_folder(self.folder / "console.keys", "car-7", roster=ROSTER)
        page, port = self.car.authority.issue("car-7-page", hosts=("localhost",)), free_port()
        (self.folder / "console.toml").write_text(f"""
clock = {{ trust = "always" }}
gps = {{ port = {self.gpsd}, retry_first_s = 0.1 }}
keys = {{ folder = "{keys}" }}
{self.car.site("car-7")}
[console]
folder = "{own}"
port = {port}
certificate_file = "{page.certificate}"
key_file = "{page.key}"
""")
        return Tablet(port, self.car.authority.file)

    def _listen(self, name: str) -> list[str]:
        broker = self.centre
        chosen = broker.settings(name)
        keys = keys_folder(self.folder / f"{name}.keys", name, roster=ROSTER)
        return [
            "listen",
            *("--host", "localhost", "--port", str(broker.port), "--ca", chosen["ca_file"]),
            *("--cert", chosen["certificate_file"], "--key", chosen["key_file"]),
            *("--keys", str(keys), "--state", str(self.folder / name), "--jsonl"),
        ]


@dataclass
class Tablet:
    """Looks at the console's page, as its browser does; nobody is logged in.

    Attributes:
        seen: every card that was shown so far, as it was shown last, by its alert's number.
    """

    port: int
    authority: Path
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)

    def answers(self) -> bool:
        """Say whether the page is up, which starts beside the cameras and may be the last."""
        with socket.socket() as asked:
            return asked.connect_ex(("127.0.0.1", self.port)) == 0

    def look(self) -> dict[str, Any]:
        """Ask for all there is to see, at most three times a second, and return the state."""
        time.sleep(0.3)
        trusted = ssl.create_default_context(cafile=self.authority)
        address = f"https://localhost:{self.port}/api/desk"
        with urllib.request.urlopen(address, timeout=20, context=trusted) as answer:
            told = json.load(answer)
        self.seen |= {card["number"]: card for card in told["cards"]}
        return dict(told["state"])


def number_of(alert: dict[str, Any]) -> str:
    return f"{alert['unit']}/{alert['epoch']}/{alert['sequence']}"


def captured(alert: dict[str, Any]) -> datetime:
    """Return the moment of capture that an alert tells."""
    return datetime.fromisoformat(alert["payload"]["times"]["captured"])


def _entry(plate: str) -> str:
    words = ["stolen_vehicle", "Ford", "Focus", "blue", "car", "", "taken", "Windsor PD"]
    return ",".join([f"E-{plate}", plate, "", *words, "2025-01-01", "2035-01-01"]) + "\n"
