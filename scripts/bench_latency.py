"""From the sensor to the screen: a clip played at its own pace through the real processes.

The clock starts at the sensor time of the first frame whose evidence sufficed. All processes run on
this machine, so one clock times them all: the unit says when the alert was stored, the broker's own
log when it acknowledged it, and whoever listens when it had it.
"""

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, Any

from rich.console import Console
from rich.table import Table

from scripts.bench_screen import Screen
from scripts.clip import Clip
from tests.brokers import Broker, mosquitto, until
from tests.keys.cast import keys_folder

UNIT, RECEIVER = "main-street", "archive"
GOAL_MS = 500.0
_SHARES = (0.5, 0.95, 0.99)
_HEADER = (
    "entry_id,plate,jurisdiction,category,make,model,colour,type,caution,reason,owner,"
    "entered,expires\n"
)
_TOLD = re.compile(
    rf"Received PUBLISH from \S*{UNIT} \(d\d, q1, r0, m(\d+), 'edge/v1/\w+/{UNIT}/alert'"
)
_ACK = re.compile(rf"Sending PUBACK to \S*{UNIT} \(m(\d+),")


@dataclass
class Told:
    """One alert's first word, and when each stage was done; UTC in seconds.

    Attributes:
        marks: by stage.
    """

    captured: float
    marks: dict[str, float] = field(default_factory=dict)


class Stamped(Broker):
    """A broker whose log is read as it is written, so that its PUBACKs have a time."""

    def start(self) -> "Stamped":
        self.acknowledged: list[float] = []
        self.process = subprocess.Popen(
            [mosquitto(), "-c", str(self.folder / "broker.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        assert self.process.stderr is not None
        reader = threading.Thread(target=self._read, args=(self.process.stderr,), daemon=True)
        reader.start()
        until(self._listens, what="mosquitto's start")
        return self

    def _read(self, log: IO[bytes]) -> None:
        flying: set[str] = set()
        for raw in log:
            now, line = time.time(), raw.decode("utf-8", "replace")
            if told := _TOLD.search(line):
                flying.add(told[1])
            elif (ack := _ACK.search(line)) and ack[1] in flying:
                flying.discard(ack[1])
                self.acknowledged.append(now)


class Ear:
    """``edge listen``: notes what each alert says of itself, and when it was shown."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.told: dict[int, Told] = {}
        self.stored: list[tuple[float, int, int]] = []
        assert process.stdout is not None
        threading.Thread(target=self._read, args=(process.stdout,), daemon=True).start()

    def _read(self, lines: IO[bytes]) -> None:
        for line in lines:
            now, event = time.time(), json.loads(line)
            if event["event"] != "alert":
                continue
            alert = event["alert"]
            times = {name: _seconds(at) for name, at in alert["payload"]["times"].items()}
            self.stored.append((times["stored"], alert["sequence"], alert["revision"]))
            if alert["revision"] == 0:
                marks = {"stored": times["stored"], "received by a listener": now}
                self.told[alert["sequence"]] = Told(times["captured"], marks)


def measure(folder: Path, clip: Clip, alerts: int, config: Sequence[Path] = ()) -> dict[str, Any]:
    """Play *clip* again and again until *alerts* cars were told; every car is on the list.

    Args:
        config: more settings for the unit.

    Raises:
        SystemExit: a process failed; its words are shown.
    """
    with ExitStack() as stage:
        broker = Stamped(folder / "broker")
        stage.callback(broker.stop)
        broker.start()
        files = [_settings(folder, broker, clip), *config]
        words = [word for file in files for word in ("--config", str(file))]
        start = partial(_start, stage, folder)
        ear = Ear(start("listen", _listen(folder, broker)))
        screen = Screen(folder, broker)
        screen.start(stage, start)
        running = [start(name, ["run", name, *words]) for name in _DAEMONS]
        deadline = time.monotonic() + 60 + 6 * clip.seconds * alerts / len(clip.plates)
        while len(ear.told) < alerts:
            screen.wait(0.2)
            for one, name in zip(running, _DAEMONS, strict=True):
                if one.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"{name}: {(folder / f'{name}.log').read_text()}")
        screen.wait(2.0)
        shown = screen.marks()
    for sequence, marks in shown.items():
        if sequence in ear.told:
            ear.told[sequence].marks |= marks
    _acknowledge(ear, broker.acknowledged)
    return _figures(list(ear.told.values())[:alerts])


def show(found: dict[str, Any], console: Console) -> None:
    """Print the table."""
    table = Table(f"ms from the sensor, {found['alerts']} alerts", "p50", "p95", "p99", "most")
    for stage, figures in found["stages_ms"].items():
        table.add_row(stage, *(f"{figures[key]:.0f}" for key in ("p50", "p95", "p99", "most")))
    console.print(table)
    last = list(found["stages_ms"])[-1]
    p95 = found["stages_ms"][last]["p95"]
    console.print(f"{last}: p95 {p95:.0f} ms, goal {GOAL_MS:.0f} ms")


_DAEMONS = ("deliver", "watch")


def _acknowledge(ear: Ear, acknowledged: list[float]) -> None:
    """Give each message, in the order of their storing, the first PUBACK after it."""
    waiting = iter(sorted(acknowledged))
    for stored, sequence, revision in sorted(ear.stored):
        at = next((one for one in waiting if one >= stored), None)
        if at is not None and revision == 0:
            ear.told[sequence].marks["acknowledged"] = at


def _figures(told: list[Told]) -> dict[str, Any]:
    stages: dict[str, dict[str, float]] = {}
    for stage in sorted({name for one in told for name in one.marks}, key=_ORDER.index):
        spent = sorted(
            (one.marks[stage] - one.captured) * 1000 for one in told if stage in one.marks
        )
        stages[stage] = {f"p{100 * share:.0f}": _quantile(spent, share) for share in _SHARES}
        stages[stage] |= {"most": spent[-1], "alerts": len(spent)}
    return {"alerts": len(told), "stages_ms": stages}


_ORDER = (
    "stored",
    "acknowledged",
    "received by a listener",
    "kept by the console",
    "told to the page",
    "on the screen",
)


def _quantile(ordered: list[float], share: float) -> float:
    """Return the least value that at least *share* of all do not exceed."""
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _settings(folder: Path, broker: Broker, clip: Clip) -> Path:
    hotlist = folder / "list.csv"
    hotlist.write_text(_HEADER + "".join(_entries(clip)))
    file = folder / "site.toml"
    file.write_text(f"""\
unit = {{ town = "windsor", name = "{UNIT}", place = "Main Street", jurisdiction = "us-ct" }}
clock = {{ trust = "always" }}
keys = {{ folder = "{keys_folder(folder / "keys", UNIT)}" }}
runtime = {{ folder = "{folder}/run" }}
source = {{ kind = "video", address = "{clip.video}", paced = true, loop = true }}
hotlist = {{ path = "{hotlist}" }}
policy = {{ quiet_same_s = 0.0, quiet_similar_s = 0.0 }}
store = {{ folder = "{folder}/store" }}
{broker.site(UNIT, receipt_wait_s=30.0, health_every_s=10.0)}
receivers = ["{RECEIVER}"]
""")
    return file


def _entries(clip: Clip) -> Iterator[str]:
    for plate in clip.plates:
        told = "stolen_vehicle,,,,,,taken,Windsor PD,2025-01-01,2035-01-01"
        yield f"E-{plate},{plate},,{told}\n"


def _listen(folder: Path, broker: Broker) -> list[str]:
    chosen = broker.settings(RECEIVER)
    words = {
        "--host": "localhost",
        "--port": broker.port,
        "--ca": chosen["ca_file"],
        "--cert": chosen["certificate_file"],
        "--key": chosen["key_file"],
        "--keys": keys_folder(folder / "receiver.keys", RECEIVER),
        "--state": folder / "receiver",
    }
    return ["listen", *(str(word) for flag in words.items() for word in flag), "--jsonl"]


def _start(stage: ExitStack, folder: Path, name: str, words: list[str]) -> subprocess.Popen[bytes]:
    """Start one command, to be ended with *stage*."""
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "edge", *words], stdout=subprocess.PIPE, stderr=log
        )
    stage.callback(process.wait, 20)
    stage.callback(process.terminate)
    return process
