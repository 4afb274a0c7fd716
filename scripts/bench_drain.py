"""How fast a backlog drains: store to receiver and back, over a real broker with TLS."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from scripts.bench_daemon import _cpu_s
from tests.alerts import a_jpeg, an_alert, sealed
from tests.brokers import Broker
from tests.services.delivering import CLOCK, RECEIVER, Process, Site
from tests.store.power import COMPILER, ROOT

_CARD_MS = 5  # a sync on a memory card of the better kind
_START_S = 60.0
_LONGEST_S = 300.0
_SINGLY = (
    "import sys; import edge.services.deliver as deliver; deliver._BURST = 1;"
    "from edge.cli import main; sys.exit(main())"
)


class _Bench(Site):
    """A unit with a backlog, its daemon, and one receiver."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        super().__init__(folder, broker, receipt_wait_s=60.0, health_every_s=10.0)

    def fill(self, alerts: int, crop_bytes: int) -> None:
        with self.store() as store:
            for number in range(alerts):
                jpeg = a_jpeg(size=crop_bytes, seed=number)
                store.commit_alert(an_alert(at=CLOCK.now(), crop_jpeg=jpeg), sealed)

    def singly(self, **environment: str) -> Process:
        """Deliver with a transaction for each PUBACK and each receipt, as it was."""
        words = ("run", "--config", str(self.config), "deliver")
        program = (sys.executable, "-c", _SINGLY)
        return self._keep(Process(self.folder / "deliver", *words, program=program, **environment))


def measure(folder: Path, alerts: int) -> dict[str, Any]:
    """Return alerts a second and processor time of each way, on this disk and on a slow one."""
    shim = folder / "power.so"
    source = ROOT / "tests" / "store" / "power.c"
    subprocess.run([COMPILER, "-shared", "-fPIC", "-O1", "-o", shim, source, "-ldl"], check=True)
    card = {"LD_PRELOAD": str(shim), "POWER_SYNC_MS": str(_CARD_MS)}
    slow = f"a sync takes {_CARD_MS} ms more"
    runs = {
        "one by one, this disk": _run(folder / "1", alerts, {}, singly=True),
        "grouped, this disk": _run(folder / "2", alerts, {}),
        f"one by one, {slow}": _run(folder / "3", alerts, card, singly=True),
        f"grouped, {slow}": _run(folder / "4", alerts, card),
    }
    return {"alerts": alerts, "drain": runs}


def show(found: dict[str, Any], console: Console) -> None:
    """Print the table."""
    table = Table(
        f"backlog of {found['alerts']}",
        "alerts/s",
        "deliver ms/alert",
        "receiver ms/alert",
        "broker ms/alert",
    )
    for name, run in found["drain"].items():
        spent = (f"{run[one]:.2f}" for one in ("deliver_ms", "receiver_ms", "broker_ms"))
        table.add_row(name, f"{run['per_s']:.0f}", *spent)
    console.print(table)


def _run(
    folder: Path, alerts: int, environment: dict[str, str], *, singly: bool = False
) -> dict[str, float]:
    folder.mkdir()
    broker = Broker(folder / "broker", durable=False, extra="max_queued_messages 0").start()
    bench = _Bench(folder, broker)
    try:
        bench.fill(alerts, crop_bytes=20_000)
        receiver = bench.listen("--jsonl", **environment)
        _await(lambda: f" {RECEIVER} 1 edge/" in _log(folder), _START_S, "the receiver")
        deliver = (bench.singly if singly else bench.deliver)(**environment)
        return _drained(bench, {"deliver": deliver, "receiver": receiver}, alerts)
    finally:
        bench.close()
        broker.stop()


def _drained(bench: _Bench, daemons: dict[str, Process], alerts: int) -> dict[str, float]:
    """Return the figures from the first receipt to the last."""
    pids = {name: one.child.pid for name, one in daemons.items()}
    assert bench.broker.process is not None
    pids["broker"] = bench.broker.process.pid
    with bench.store() as store:
        _await(lambda: store.outbox.depth() < alerts, _START_S, "the first receipt")
        left, began = store.outbox.depth(), time.monotonic()
        before = {name: _cpu_s(pid) for name, pid in pids.items()}
        _await(lambda: store.outbox.depth() == 0, _LONGEST_S, "the last receipt")
        seconds = time.monotonic() - began
    spent = {f"{name}_ms": (_cpu_s(pid) - before[name]) * 1000 / left for name, pid in pids.items()}
    return {"per_s": left / seconds, **spent}


def _await(true: Any, seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise SystemExit(f"bench: {what} did not come within {seconds:.0f} s")
        time.sleep(0.05)


def _log(folder: Path) -> str:
    return (folder / "broker" / "broker.log").read_text("utf-8", "replace")
