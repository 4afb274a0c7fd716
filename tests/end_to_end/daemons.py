"""The real daemons as processes of their own, in a folder that holds all they may write."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.brokers import Broker, until
from tests.keys.cast import keys_folder

ROOT = Path(__file__).resolve().parents[2]
HEADER = (
    "entry_id,plate,jurisdiction,category,make,model,colour,type,caution,reason,owner,"
    "entered,expires\n"
)


@dataclass
class Process:
    """One running ``edge`` command; its output goes to files beside the unit."""

    name: str
    arguments: Sequence[str]
    folder: Path
    program: Sequence[str] = (sys.executable, "-m", "edge")
    environment: dict[str, str] = field(default_factory=dict)

    def start(self) -> "Process":
        home = self.folder / "home"
        (home / "tmp").mkdir(parents=True, exist_ok=True)
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": str(home),
            "TMPDIR": str(home / "tmp"),
            **self.environment,
        }
        self.output = self.folder / f"{self.name}.out"
        self.complaints = self.folder / f"{self.name}.err"
        with self.output.open("ab") as out, self.complaints.open("ab") as err:
            self.process = subprocess.Popen(
                [*self.program, *self.arguments],
                stdout=out,
                stderr=err,
                env=environment,
                cwd=home,
            )
        return self

    def kill(self) -> None:
        """End it as a power cut would end the process."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> int:
        """Ask it to end and return its status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)

    def wait(self, seconds: float) -> int:
        """Wait until it ends by itself and return its status."""
        return self.process.wait(seconds)

    def errors(self) -> str:
        return self.complaints.read_text()

    def objects(self) -> list[dict[str, Any]]:
        """Return the JSON lines printed so far."""
        lines = self.output.read_text().splitlines() if self.output.exists() else []
        return [json.loads(line) for line in lines if line.endswith("}")]


@dataclass
class Unit:
    """A unit with its settings, its daemons and one receiver named ``archive``.

    Attributes:
        loop: the clip is played without end.
    """

    folder: Path
    broker: Broker
    clip: Path
    plates: Sequence[tuple[str, str]]
    extra: str = ""
    paced: bool = True
    loop: bool = False

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.site = self.folder / "site.toml"
        self.hotlist = self.folder / "list.csv"
        self.hotlist.write_text(HEADER + "".join(self._entry(*plate) for plate in self.plates))
        (self.folder / "watch.home").mkdir(exist_ok=True)
        paced, loop = str(self.paced).lower(), str(self.loop).lower()
        self.site.write_text(
            f"""
unit = {{ town = "windsor", name = "main-street", place = "Main Street", jurisdiction = "us-ct" }}
clock = {{ trust = "always" }}
keys = {{ folder = "{keys_folder(self.folder / "keys", "main-street")}" }}
runtime = {{ folder = "{self.folder}/run" }}
source = {{ kind = "video", address = "{self.clip}", paced = {paced}, loop = {loop} }}
hotlist = {{ path = "{self.hotlist}", inbox = "{self.folder}/inbox" }}
store = {{ folder = "{self.folder}/store", reserve_mb = 4 }}
{self.extra}
{self.broker.site("main-street")}
receivers = ["archive"]
"""
        )

    def _entry(self, plate: str, jurisdiction: str) -> str:
        return (
            f"E-{plate},{plate},{jurisdiction},stolen_vehicle,Ford,Focus,blue,car,,taken,"
            "Windsor PD,2025-01-01,2035-01-01\n"
        )

    def watch(self, **changes: Any) -> Process:
        return Process(
            "watch", ["run", "watch", "--config", str(self.site)], self.folder, **changes
        )

    def deliver(self) -> Process:
        return Process("deliver", ["run", "deliver", "--config", str(self.site)], self.folder)

    def listen(self, name: str = "archive") -> Process:
        settings = self.broker.settings(name)
        arguments = [
            "listen",
            *("--host", "localhost", "--port", str(self.broker.port)),
            *("--ca", settings["ca_file"]),
            *("--cert", settings["certificate_file"], "--key", settings["key_file"]),
            *("--keys", str(keys_folder(self.folder / f"{name}.keys", name))),
            *("--state", str(self.folder / name), "--jsonl"),
        ]
        return Process(name, arguments, self.folder)


def await_lines(process: Process, count: int, seconds: float) -> list[dict[str, Any]]:
    """Wait until *process* has printed *count* JSON lines and return all."""
    until(lambda: len(process.objects()) >= count, seconds, f"{count} lines of {process.name}")
    return process.objects()
