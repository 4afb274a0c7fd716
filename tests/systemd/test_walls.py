"""The walls of the unit's own Wi-Fi, by packets: a phone on a cable, and networks behind the unit.

Three network namespaces: the phone, the unit, and a town's network behind it. The unit forwards,
as NetworkManager switches it on; without the walls everything gets through.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from edge.services.service_walls import TABLE, rules

_missing = [
    one for one in ("nft", "ip") if shutil.which(one, path="/usr/sbin:/sbin:/usr/bin:/bin") is None
]
pytestmark = [
    pytest.mark.machine,
    pytest.mark.timeout(180),
    pytest.mark.skipif(
        bool(_missing) and not os.environ.get("EDGE_REQUIRE_IMAGE"),
        reason="apt install nftables iproute2",
    ),
]
PAGE = 8792
TCP = {"page": PAGE, "ssh": 22, "mqtt": 1883, "dns": 53, "web": 80}
_PATH = {"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"}

# listens on TCP ports and on UDP 67 and 53, and answers whoever asks
LISTEN = """
import select, socket, sys
doors = []
for port in map(int, sys.argv[1:]):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        door = socket.socket(socket.AF_INET6, kind)
        door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        door.bind(("::", port))
        if kind == socket.SOCK_STREAM:
            door.listen(8)
        doors.append(door)
print("listening", flush=True)
while True:
    for door in select.select(doors, [], [])[0]:
        if door.type == socket.SOCK_STREAM:
            door.accept()[0].close()
        else:
            _, who = door.recvfrom(100)
            door.sendto(b"yes", who)
"""
ASK = """
import socket, sys
kind, address, port, own = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
family = socket.AF_INET6 if ":" in address else socket.AF_INET
asked = socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
asked.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
asked.settimeout(4)
if own:
    asked.bind(("", own))
try:
    if kind == "tcp":
        asked.connect((address, port))
    else:
        asked.sendto(b"?", (address, port))
        asked.recvfrom(100)
    print("answered")
except OSError:
    print("silent")
"""


def run(*words: str, said: str = "") -> str:
    done = subprocess.run(words, input=said, env=_PATH, text=True, capture_output=True, check=False)
    assert done.returncode == 0, f"{words}: {done.stderr}"
    return done.stdout


class Street:
    """A phone, a unit and a town behind it, each a network namespace with a process or two."""

    def __init__(self) -> None:
        self._mark = f"edge{os.getpid()}"
        self._servers: list[subprocess.Popen[str]] = []

    def space(self, who: str) -> str:
        return f"{self._mark}-{who}"

    def start(self) -> None:
        for who in ("phone", "unit", "town"):
            run("ip", "netns", "add", self.space(who))
            self.within(who, "ip", "link", "set", "lo", "up")
        self._cable("phone", "10.42.77.9/24", "unit", "10.42.77.1/24", "wlan0")
        self._cable("town", "192.0.2.9/24", "unit", "192.0.2.1/24", "eth0")
        self.within("phone", "ip", "route", "add", "default", "via", "10.42.77.1")
        self.within("town", "ip", "route", "add", "default", "via", "192.0.2.1")
        self.within("unit", "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
        for who in ("phone", "unit", "town"):
            ports = [str(one) for one in (*TCP.values(), 67)]
            self._serve(who, ports)

    def stop(self) -> None:
        for one in self._servers:
            one.kill()
            one.wait()
            assert one.stdout is not None
            one.stdout.close()
        for who in ("phone", "unit", "town"):
            subprocess.run(["ip", "netns", "delete", self.space(who)], env=_PATH, check=False)

    def within(self, who: str, *words: str, said: str = "") -> str:
        return run("ip", "netns", "exec", self.space(who), *words, said=said)

    def asks(self, who: str, address: str, port: int, kind: str = "tcp", own: int = 0) -> str:
        """Return whether *who* gets an answer."""
        words = (sys.executable, "-c", ASK, kind, address, str(port), str(own))
        return self.within(who, *words).strip()

    def _cable(self, left: str, at: str, right: str, there: str, name: str) -> None:
        run(
            *("ip", "link", "add", name, "netns", self.space(right), "type", "veth"),
            *("peer", "name", "cable", "netns", self.space(left)),
        )
        for who, device, address in ((left, "cable", at), (right, name, there)):
            self.within(who, "ip", "address", "add", address, "dev", device)
            self.within(who, "ip", "link", "set", device, "up")

    def _serve(self, who: str, ports: list[str]) -> None:
        words = ["ip", "netns", "exec", self.space(who), sys.executable, "-c", LISTEN, *ports]
        server = subprocess.Popen(words, env=_PATH, text=True, stdout=subprocess.PIPE)
        self._servers.append(server)
        assert server.stdout is not None
        assert server.stdout.readline() == "listening\n"


@pytest.fixture(scope="module")
def street() -> Iterator[Street]:
    made = Street()
    try:
        made.start()
        yield made
    finally:
        made.stop()


def asked(street: Street) -> dict[str, str]:
    """Return who gets an answer, from where to where."""
    ways: dict[str, tuple[str | int, ...]] = {
        **{f"phone to {name}": ("phone", "10.42.77.1", port) for name, port in TCP.items()},
        "phone to the unit's other address": ("phone", "192.0.2.1", PAGE),
        "phone to the town": ("phone", "192.0.2.9", 80),
        "phone to names": ("phone", "10.42.77.1", 53, "udp"),
        "phone for an address": ("phone", "10.42.77.1", 67, "udp", 68),
        "town to the phone": ("town", "10.42.77.9", 80),
        "unit to the phone": ("unit", "10.42.77.9", 80),
        "town to the unit's ssh": ("town", "192.0.2.1", 22),
        "unit to the town": ("unit", "192.0.2.9", 1883),
    }
    with ThreadPoolExecutor(6) as pool:
        answers = pool.map(lambda way: street.asks(*way), ways.values())  # type: ignore[arg-type]
        return dict(zip(ways, answers, strict=True))


def test_without_walls_everything_answers(street: Street) -> None:
    """The control: ssh, the broker, the town behind: all of it is to be had."""
    assert set(asked(street).values()) == {"answered"}


def test_behind_the_walls_only_page_and_addresses_answer(street: Street) -> None:
    """The page's port and DHCP; nothing else, nothing passed on; the town's side is as it was."""
    text = rules("wlan0", "10.42.77.1", PAGE)
    for _ in range(2):  # loaded again they stand once
        street.within("unit", "nft", "-f", "-", said=text)
    assert street.within("unit", "nft", "list", "tables").splitlines() == [f"table {TABLE}"]
    open_ = {
        "phone to page",
        "phone for an address",
        "town to the unit's ssh",
        "unit to the town",
    }
    found = asked(street)
    assert {name for name, said in found.items() if said == "answered"} == open_
    street.within("unit", "nft", "-f", "-", said=f"table {TABLE}\ndelete table {TABLE}\n")
    assert set(asked(street).values()) == {"answered"}, "taken back, nothing is left"


def test_the_walls_stand_before_others_that_let_through(street: Street) -> None:
    """A table that lets all through, as NetworkManager's own for a shared device, opens nothing."""
    theirs = (
        "table ip nm-shared-wlan0 {\n chain filter_forward {\n"
        '  type filter hook forward priority 0; iifname "wlan0" accept; oifname "wlan0" accept;\n'
        ' }\n chain input {\n  type filter hook input priority 0; iifname "wlan0" accept;\n }\n}\n'
    )
    street.within("unit", "nft", "-f", "-", said=theirs)
    street.within("unit", "nft", "-f", "-", said=rules("wlan0", "10.42.77.1", PAGE))
    found = asked(street)
    assert found["phone to the town"] == found["phone to ssh"] == "silent"
    assert found["phone to page"] == "answered"
    six = street.within(
        "unit", "ip", "-6", "-o", "address", "show", "dev", "wlan0", "scope", "link"
    )
    address = six.split()[3].partition("/")[0]
    assert street.asks("phone", f"{address}%cable", 22) == "silent", "nor by IPv6"
