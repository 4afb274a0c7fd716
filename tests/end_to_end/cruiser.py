"""A cruiser: two cameras with their daemons, a console's listener, a broker, and the centre.

Settings and bridge are those that are shipped in ``configs/car``; what a test must differ in, as
files, ports, and clips for cameras, is said in a second file.
"""

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from edge.keys.roles import Role
from scripts.clip import Clip
from tests.brokers import Broker
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

    def start(self, stage: ExitStack) -> None:
        """Start both brokers, both listeners and all daemons, as a car is switched on."""
        for broker in (self.centre, self.car):
            broker.start()
            stage.callback(broker.stop)
        self._run(stage, "archive", self._listen("archive", self.centre))
        self._run(stage, "car-7", self._listen("car-7", self.car))
        for daemon in ("deliver", "watch"):
            for camera in CAMERAS:
                files = (CAR / f"{camera}.toml", self.folder / f"{camera}.toml")
                words = [word for file in files for word in ("--config", str(file))]
                self._run(stage, f"{camera}-{daemon}", ["run", daemon, *words])

    def heard(self, name: str) -> dict[tuple[str, int, int], dict[str, Any]]:
        """Return the alerts that *name* has shown, by unit, sequence and revision."""
        events = [one for one in self.processes[name].objects() if one["event"] == "alert"]
        alerts = [one["alert"] for one in events]
        known = {(one["unit"], one["sequence"], one["revision"]): one for one in alerts}
        assert len(known) == len(alerts), "an alert was shown twice"
        return known

    def check(self) -> None:
        """Fail if any process has ended."""
        for name, one in self.processes.items():
            assert one.process.poll() is None, f"{name}: {one.errors()}"

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

    def _listen(self, name: str, broker: Broker) -> list[str]:
        chosen = broker.settings(name)
        keys = keys_folder(self.folder / f"{name}.keys", name, roster=ROSTER)
        return [
            "listen",
            *("--host", "localhost", "--port", str(broker.port), "--ca", chosen["ca_file"]),
            *("--cert", chosen["certificate_file"], "--key", chosen["key_file"]),
            *("--keys", str(keys), "--state", str(self.folder / name), "--jsonl"),
        ]


def captured(alert: dict[str, Any]) -> datetime:
    """Return the moment of capture that an alert tells."""
    return datetime.fromisoformat(alert["payload"]["times"]["captured"])


def _entry(plate: str) -> str:
    words = ["stolen_vehicle", "Ford", "Focus", "blue", "car", "", "taken", "Windsor PD"]
    return ",".join([f"E-{plate}", plate, "", *words, "2025-01-01", "2035-01-01"]) + "\n"
