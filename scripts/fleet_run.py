"""Simulate a fleet against a real broker: edge's own link, letters, signatures and receipts.

Each unit and console has its own keys, certificate and connection. Prints alerts a second, the
latency from stored to shown, what a kill or a cut of all connections did, losses and doubles by id.
"""

import argparse
import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.fleet_brokers import Cluster, FleetBroker, Mosquitto
from scripts.fleet_consoles import run_consoles
from scripts.fleet_party import SPAWN, Signals, Task, Told
from scripts.fleet_report import Run, report
from scripts.fleet_town import FleetTown, make_fleet_town
from scripts.fleet_units import run_units

_UNITS_EACH = 170  # links in one process: paho waits by select(), which knows 1024 files
_CONSOLES_EACH = 25
_CONSOLE_SESSION_S = 604_800  # as shipped: what waits for a console is kept
_STILL_S = 10.0  # what has not come by then, while nothing else came either, is missing
_BROKERS = {"mosquitto": Mosquitto, "cluster": Cluster}


@dataclass(frozen=True)
class Wish:
    """What is to be simulated; seconds count from the first alert, None means never."""

    on: str
    units: int
    consoles: int
    rate: float
    seconds: float
    break_at: float | None
    mend_at: float | None
    cut_at: float | None
    unit_session: int = 604_800
    enrol: float = 100.0
    connect_s: float = 120.0
    drain_s: float = 120.0


def run_fleet(wish: Wish, folder: Path) -> dict[str, Any]:
    """Simulate *wish* with files in *folder* and return the figures."""
    town = make_fleet_town(folder, wish.units, wish.consoles)
    broker: FleetBroker = _BROKERS[wish.on](town)
    try:
        broker.start()
        empty = broker.memory()
        fleet = Fleet(wish, town, broker)
        try:
            figures = fleet.live()
            figures["memory_empty"] = empty
        finally:
            fleet.close()
    finally:
        broker.stop()
    return figures


class Fleet:
    """The processes that hold all parties, and the conductor's beat."""

    def __init__(self, wish: Wish, town: FleetTown, broker: FleetBroker) -> None:
        self._wish = wish
        self._broker = broker
        self._signals = Signals(SPAWN.Event(), SPAWN.Event(), SPAWN.Event())
        self._results: Any = SPAWN.Queue()
        everybody = wish.units + wish.consoles
        groups: list[tuple[Any, tuple[str, ...]]] = [
            *((run_consoles, part) for part in _parts(town.consoles, _CONSOLES_EACH)),
            *((run_units, part) for part in _parts(town.units, _UNITS_EACH)),
        ]
        self._counts: Any = SPAWN.Array("q", 4 * len(groups))
        tasks = [
            Task(
                town,
                part,
                broker.nodes,
                wish.rate * len(part) / wish.units,
                wish.unit_session if run is run_units else _CONSOLE_SESSION_S,
                wish.enrol * len(part) / everybody,
                self._counts,
                index,
            )
            for index, (run, part) in enumerate(groups)
        ]
        self._processes = [
            SPAWN.Process(target=run, args=(task, self._signals, self._results))
            for (run, _), task in zip(groups, tasks, strict=True)
        ]

    def live(self) -> dict[str, Any]:
        """Connect all, have alerts, disturb, wait for what is under way, and return figures."""
        wish, signals = self._wish, self._signals
        begun = time.monotonic()
        for process in self._processes:
            process.start()
        enrolled_s = (wish.units + wish.consoles) / wish.enrol
        self._await_all(begun + enrolled_s + wish.connect_s)
        connected_s = time.monotonic() - begun
        memory = self._broker.memory()
        run = self._publish()
        signals.publish.clear()
        told = self._gather(wish.drain_s)
        consoles = [one for one in told if one.kind == "console"]
        units = [one for one in told if one.kind == "unit"]
        figures = report(run, units, consoles, wish.consoles)
        figures["memory_connected"] = memory
        figures["all_connected_s"] = round(connected_s, 1)
        return figures

    def close(self) -> None:
        self._signals.end.set()
        end = time.monotonic() + 30
        for process in (one for one in self._processes if one.pid is not None):
            process.join(max(0.0, end - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()

    def _publish(self) -> Run:
        wish, signals = self._wish, self._signals
        plan = [
            (wish.break_at, self._broker.break_it),
            (wish.cut_at, signals.cut.set),
            (wish.mend_at, self._broker.mend_it),
        ]
        begun, disturbed = time.monotonic_ns(), None
        signals.publish.set()
        for at, act in sorted((at, index) for index, (at, _) in enumerate(plan) if at is not None):
            time.sleep(max(0.0, at - (time.monotonic_ns() - begun) / 1e9))
            if disturbed is None:
                disturbed = time.monotonic_ns()
            plan[act][1]()
        time.sleep(max(0.0, wish.seconds - (time.monotonic_ns() - begun) / 1e9))
        what = self._broker.broken if wish.break_at is not None else "all connections cut at once"
        return Run(begun, time.monotonic_ns(), disturbed, what)

    def _await_all(self, end: float) -> None:
        wanted = self._wish.units + self._wish.consoles
        while (online := self._sums()[0]) < wanted:
            if time.monotonic() > end or any(one.exitcode for one in self._processes):
                raise TimeoutError(f"{online} of {wanted} are connected")
            time.sleep(0.1)

    def _gather(self, drain_s: float) -> list[Told]:
        """Wait until every console has shown every alert and each has its receipt, or too long."""
        wanted = self._wish.units + self._wish.consoles
        end, moved, before = time.monotonic() + drain_s, time.monotonic(), 0
        while (now := time.monotonic()) < end:
            online, stored, shown, waiting = self._sums()
            if shown != before or online < wanted:
                moved, before = now, shown
            if waiting == 0 and (shown >= stored * self._wish.consoles or now - moved > _STILL_S):
                break
            time.sleep(0.2)
        self._signals.end.set()
        return [self._results.get(timeout=120) for _ in self._processes]

    def _sums(self) -> tuple[int, ...]:
        counts = list(self._counts)
        return tuple(sum(counts[kind::4]) for kind in range(4))


def _parts(members: tuple[str, ...], size: int) -> list[tuple[str, ...]]:
    """Return *members* in as few even parts as hold at most *size* each."""
    count = -(-len(members) // size)
    return [members[n::count] for n in range(count)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/fleet", description=__doc__)
    parser.add_argument("--on", choices=sorted(_BROKERS), default="mosquitto")
    parser.add_argument("--units", type=int, default=1000)
    parser.add_argument("--consoles", type=int, default=50)
    parser.add_argument("--rate", type=float, default=10.0, help="alerts a second of all units")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long there are alerts")
    parser.add_argument("--break-at", type=float, metavar="S", help="kill -9 the broker or a node")
    parser.add_argument("--mend-at", type=float, metavar="S", help="start the killed node again")
    parser.add_argument("--cut-at", type=float, metavar="S", help="cut all connections at once")
    parser.add_argument(
        "--unit-session",
        type=int,
        default=604_800,
        metavar="S",
        help="how long the broker keeps a unit's session; 0: no longer than its connection",
    )
    parser.add_argument("--enrol", type=float, default=100.0, help="first connections a second")
    parser.add_argument("--folder", type=Path, help="keep the files here (default: a scratch one)")
    options = vars(parser.parse_args())
    folder = options.pop("folder")
    with tempfile.TemporaryDirectory(prefix="edge-fleet-") as scratch:
        figures = run_fleet(Wish(**options), folder or Path(scratch))
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
