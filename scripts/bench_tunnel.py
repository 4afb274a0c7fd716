"""The live view through the broker beside the same page direct: looks, delay, cost to the line."""

import statistics
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from scripts.bench_glass import WINDOW_S, Visitor, rate
from scripts.clip import traffic_clip
from tests.brokers import Broker, until
from tests.end_to_end.daemons import Process
from tests.keys.cast import keys_folder
from tests.web.tuning.room import TuningUnit

SEED, CARS = 21, 5
KBIT_S = 20_000  # no slower than the page itself: what the way costs is measured, not the rate
_LEAST = 8  # looks that a median is made of
WAYS = ("none", "direct", "tunnel")


class Watcher(Visitor):
    """A visitor who notes how long each picture takes to come."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.took_ms: list[float] = []

    def _took(self, seconds: float) -> None:
        self.took_ms.append(seconds * 1000)


def measure(folder: Path, seconds: float) -> dict[str, Any]:
    """Return looks a second, how long a picture takes, and the line's frames, way by way."""
    broker = Broker(folder / "broker", durable=False).start()
    unit = TuningUnit(folder / "unit", traffic_clip(SEED, CARS).video)
    opened = f"port = {unit.port}, remote = true, remote_kbit_s = {KBIT_S} }}"
    text = unit.site.read_text().replace(f"port = {unit.port} }}", opened)
    unit.site.write_text(text + broker.site("main-street"))
    found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    with ExitStack() as stage:
        stage.callback(broker.stop)
        unit.start(stage)
        stage.callback(unit.process("tunnel").start().kill)
        laptop = _laptop(folder, broker)
        stage.callback(laptop.kill)
        until(laptop.output.read_text, 60.0, "the tunnel")
        port = int(laptop.output.read_text().split(":")[2].split("/")[0])
        rate(unit, WINDOW_S)  # caches and lists settle
        for _ in range(max(3, round(seconds / WINDOW_S))):
            found["none"].append({"frames": rate(unit, WINDOW_S)})
            for way, where in (("direct", unit.port), ("tunnel", port)):
                found[way].append(_visit(unit, where))
    return {
        way: {key: statistics.median(one[key] for one in rounds if key in one) for key in rounds[0]}
        for way, rounds in found.items()
    }


def show(found: dict[str, Any], console: Console) -> None:
    """Print way by way what it comes to."""
    table = Table(
        "way", "line frames/s", "looks/s", "a picture takes, ms", "p95", title="the way in"
    )
    for way in WAYS:
        one = found[way]
        shown = [f"{one[key]:.1f}" if key in one else "" for key in ("frames", "looks")]
        shown += [f"{one[key]:.0f}" if key in one else "" for key in ("took_ms", "took_p95_ms")]
        table.add_row(way, *shown)
    console.print(table, "(medians of the rounds, which take turns)")


def _laptop(folder: Path, broker: Broker) -> Process:
    site = folder / "laptop.toml"
    site.write_text('[clock]\ntrust = "always"\n' + broker.site("tess"))
    keys = keys_folder(folder / "tess", "tess")
    words = ["tune", "remote", "--unit", "main-street", "--keys", str(keys), "--port", "0"]
    return Process("remote", [*words, "--config", str(site)], folder).start()


def _visit(unit: TuningUnit, port: int) -> dict[str, float]:
    visitor = Watcher(port)
    visitor.enter()
    until(lambda: len(visitor.took_ms) > 3, 120.0, "the first looks")
    visitor.took_ms.clear()
    began = time.monotonic()
    frames = rate(unit, WINDOW_S)
    until(lambda: len(visitor.took_ms) >= _LEAST, 120.0, "looks")  # also on a busy machine
    spent_s, took = time.monotonic() - began, sorted(visitor.took_ms)
    visitor.leave()
    return {
        "frames": frames,
        "looks": len(took) / spent_s,
        "took_ms": statistics.median(took),
        "took_p95_ms": took[int(len(took) * 0.95)],
    }
