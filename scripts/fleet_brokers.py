"""The two brokers that a fleet is tried on: one mosquitto, and a cluster of three RabbitMQs."""

import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Protocol

from scripts.fleet_town import FleetTown

ROOT = Path(__file__).resolve().parents[1]
_START_S = 60.0


class FleetBroker(Protocol):
    """A broker that can be disturbed."""

    nodes: tuple[str, ...]
    broken: str  # what :meth:`break_it` does

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def break_it(self) -> None: ...
    def mend_it(self) -> None: ...
    def memory(self) -> dict[str, int]: ...


class Mosquitto:
    """The shipped mosquitto.conf with generated rules; broken by kill -9, its state on disk."""

    broken = "kill -9 of the broker, started again at once"

    def __init__(self, town: FleetTown) -> None:
        self._folder = town.folder
        self._process: subprocess.Popen[bytes] | None = None
        self._port = _free_port()
        self.nodes = (f"localhost:{self._port}",)

    def start(self) -> None:
        self._configure()
        with (self._folder / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(
                [_mosquitto(), "-c", str(self._folder / "broker.conf")], stdout=log, stderr=log
            )
        _await(self._port)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def break_it(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)
        self.start()

    def mend_it(self) -> None:
        """Do nothing: it runs again already."""

    def memory(self) -> dict[str, int]:
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        resident = re.search(r"VmRSS:\s+(\d+)", status)
        return {"mosquitto": int(resident[1]) * 1024 if resident else 0}

    def _configure(self) -> None:
        folder = self._folder
        (folder / "store").mkdir(exist_ok=True)
        text = (ROOT / "configs" / "broker" / "mosquitto.conf").read_text()
        for key, value in {
            "listener": f"{self._port} 127.0.0.1",
            "cafile": folder / "ca.pem",
            "crlfile": folder / "revoked.pem",
            "certfile": folder / "broker.pem",
            "keyfile": folder / "broker.key",
            "acl_file": folder / "edge.acl",
        }.items():
            text = re.sub(rf"(?m)^{key} .*$", f"{key} {value}", text)
        text += f"\npersistence_location {folder}/store/\n"  # Debian's own file says it
        if os.geteuid() == 0:
            text += "user root\n"
        (folder / "broker.conf").write_text(text)


class Cluster:
    """scripts/cluster; broken by kill -9 of its second node, mended by starting it again."""

    broken = "kill -9 of one node of three"

    def __init__(self, town: FleetTown) -> None:
        self._folder = town.folder
        self._mending: subprocess.Popen[bytes] | None = None
        base = int(os.environ.get("EDGE_CLUSTER_PORT", "18880"))
        self.nodes = tuple(f"localhost:{base + n}" for n in (1, 2, 3))

    def start(self) -> None:
        self._run("start")

    def stop(self) -> None:
        self._run("stop")
        if self._mending is not None:
            self._mending.wait(60)

    def break_it(self) -> None:
        self._run("kill", "2")

    def mend_it(self) -> None:
        """Start the dead node again; with thousands of queues it takes its time, beside the run."""
        self._mending = subprocess.Popen(self._words("start", "2"))

    def memory(self) -> dict[str, int]:
        lines = self._run("memory").splitlines()
        return {f"node {line.split()[0]}": int(line.split()[1]) for line in lines}

    def _run(self, action: str, *more: str) -> str:
        done = subprocess.run(
            self._words(action, *more), stdout=subprocess.PIPE, text=True, check=True
        )
        return done.stdout

    def _words(self, action: str, *more: str) -> list[str]:
        return [str(ROOT / "scripts" / "cluster"), action, str(self._folder), *more]


def _mosquitto() -> str:
    named = os.environ.get("EDGE_MOSQUITTO")
    if named:
        return named
    found = subprocess.run(
        [str(ROOT / "scripts" / "broker")], stdout=subprocess.PIPE, text=True, check=True
    )
    return found.stdout.strip()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(port: int) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"nobody listens on port {port}")
