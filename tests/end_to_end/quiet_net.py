"""A unit's own network, of which every packet is seen: it ends in this machine, at a broker."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.brokers import Broker, free_port, until

UNIT, TOWN = "10.77.41.2", "10.77.41.1"
SPACE = "edge-quiet"
# every packet that leaves a network card of this namespace, one JSON line each
_SNIFF = """
import json, socket, struct, sys
ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
print("listening", flush=True)
while True:
    frame, (card, _, direction, *_) = ear.recvfrom(2048)
    kind = struct.unpack(">H", frame[12:14])[0]
    if direction != socket.PACKET_OUTGOING or kind == 0x0806:
        continue
    told = {"card": card, "kind": hex(kind)}
    if kind == 0x0800:
        at = 14 + 4 * (frame[14] & 15)
        told["to"] = socket.inet_ntoa(frame[30:34])
        told["protocol"] = frame[23]
        told["port"] = struct.unpack(">H", frame[at + 2 : at + 4])[0]
    print(json.dumps(told), flush=True)
"""


class TownBroker(Broker):
    """A mosquitto that the unit's network reaches, by the same certificates."""

    def __init__(self, folder: Path) -> None:
        self.outside = free_port()
        super().__init__(folder, server_names=("localhost", "127.0.0.1", TOWN))

    def settings(self, name: str) -> dict[str, Any]:
        return {**super().settings(name), "host": TOWN, "port": self.outside}

    def _configure(self) -> None:
        self.extra = "\n".join(
            (
                f"listener {self.outside} {TOWN}",
                f"cafile {self.authority.file}",
                f"certfile {self.server.certificate}",
                f"keyfile {self.server.key}",
                "require_certificate true",
                "use_identity_as_username true",
            )
        )
        super()._configure()


@dataclass
class QuietNet:
    """A network namespace with one card and a way to everywhere, at whose other end we listen."""

    folder: Path
    enter: tuple[str, ...] = field(init=False, default=())
    _ear: "subprocess.Popen[bytes] | None" = field(init=False, default=None)

    def start(self) -> "QuietNet":
        self.stop()
        _run("ip", "netns", "add", SPACE)
        self.enter = ("nsenter", f"--net=/run/netns/{SPACE}")
        _run(
            "ip", "link", "add", "edgeq0", "type", "veth", "peer", "name", "edgeq1", "netns", SPACE
        )
        _run("ip", "address", "add", f"{TOWN}/30", "dev", "edgeq0")
        _run("ip", "link", "set", "edgeq0", "up")
        # without this the kernel itself asks for routers
        quiet = "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6"
        _run(*self.enter, "sh", "-c", f"[ ! -e /proc/sys/net/ipv6 ] || {quiet}")
        _run(*self.enter, "ip", "link", "set", "lo", "up")
        _run(*self.enter, "ip", "address", "add", f"{UNIT}/30", "dev", "edgeq1")
        _run(*self.enter, "ip", "link", "set", "edgeq1", "up")
        _run(*self.enter, "ip", "route", "add", "default", "via", TOWN)
        self._heard = self.folder / "packets"
        with self._heard.open("wb") as out:
            words = [*self.enter, sys.executable, "-c", _SNIFF]
            self._ear = subprocess.Popen(words, stdout=out)
        until(lambda: self._heard.read_text() != "", what="the ear")
        return self

    def stop(self) -> None:
        if self._ear is not None:
            self._ear.kill()
            self._ear.wait(10)
            self._ear = None
        for words in (("link", "delete", "edgeq0"), ("netns", "delete", SPACE)):
            subprocess.run(["ip", *words], capture_output=True, check=False)  # may not be there

    def packets(self) -> list[dict[str, Any]]:
        """Return what has left the unit so far."""
        lines = self._heard.read_text().splitlines()[1:]
        return [json.loads(line) for line in lines if line.endswith("}")]

    def strange(self, broker: TownBroker) -> list[dict[str, Any]]:
        """Return what went elsewhere than to the broker, or within the unit."""
        wanted = {"to": TOWN, "protocol": 6, "port": broker.outside}
        return [
            one for one in self.packets() if not wanted.items() <= one.items() and not _inside(one)
        ]


def _inside(packet: dict[str, Any]) -> bool:
    """Say whether a packet stays on the unit, and asks nobody for a name either."""
    return packet["card"] == "lo" and packet.get("port") != 53


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}: {done.stderr}"
