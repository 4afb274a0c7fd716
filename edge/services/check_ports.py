"""Which ports of this machine are open, and to whom."""

import ipaddress
import socket
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from edge.config import Settings
from edge.services.finding import Finding, bad, good, unseen
from edge.services.machine import Machine

_LISTENS: Final = "0A"  # of a line in /proc/net/tcp, as is the hexadecimal address before it
_BOUND: Final = "07"  # of a line in /proc/net/udp: open, and talking to nobody in particular
_SSH: Final = 22
_MEND: Final = (
    "end the program (`ss -ltnp` names it), close the port in the firewall, or bind it to "
    "127.0.0.1; one that is wanted is named with --port"
)


@dataclass(frozen=True, slots=True, order=True)
class Listening:
    """One socket that listens."""

    port: int
    address: str

    @property
    def local(self) -> bool:
        """Whether only this machine reaches it."""
        address = ipaddress.ip_address(self.address)
        mapped = getattr(address, "ipv4_mapped", None)
        return bool((mapped or address).is_loopback)


def check_ports(settings: Settings, machine: Machine, wanted: Collection[int] = ()) -> Finding:
    """Fail where others can reach a port that is neither ours nor ssh's.

    Args:
        wanted: ports that the installer knows of.
    """
    try:
        found = sorted(set(listening(machine)))
    except (OSError, ValueError) as error:
        return unseen("ports", f"the kernel does not tell which are open: {error}")
    ours = {settings.metrics.port: "metrics", _SSH: "ssh"} | dict.fromkeys(wanted, "--port")
    outside = sorted({one.port for one in found if not one.local})
    strange = [port for port in outside if port not in ours]
    if strange:
        many = "ports" if len(strange) > 1 else "port"
        listed = ", ".join(map(str, strange))
        return bad("ports", f"others reach {many} {listed}, which edge does not use", _MEND)
    inside = sorted({one.port for one in found if one.local})
    known = ", ".join(_named(outside, ours)) or "none"
    local = f"; by this machine alone: {', '.join(map(str, inside))}" if inside else ""
    return good("ports", f"open to others: {known}{local}")


def listening(machine: Machine) -> Iterator[Listening]:
    """Yield the TCP sockets that listen.

    Raises:
        OSError, ValueError: the kernel does not tell, or tells in another way.
    """
    yield from _sockets(machine, "tcp", _LISTENS)


def bound(machine: Machine) -> Iterator[Listening]:
    """Yield the UDP sockets that take what comes.

    Raises:
        OSError, ValueError: the kernel does not tell, or tells in another way.
    """
    yield from _sockets(machine, "udp", _BOUND)


def _sockets(machine: Machine, kind: str, state: str) -> Iterator[Listening]:
    for name in (kind, f"{kind}6"):
        file = machine.proc / "net" / name
        if name.endswith("6") and not file.exists():
            continue  # a kernel without IPv6
        for line in file.read_text("ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == state:
                address, port = fields[1].split(":")
                yield Listening(int(port, 16), _address(address))


def _named(ports: Collection[int], ours: Mapping[int, str]) -> Iterator[str]:
    yield from (f"{port} ({ours[port]})" for port in ports)


def _address(text: str) -> str:
    """Return the address of a hexadecimal word, whose 32-bit parts are in the machine's order."""
    raw = b"".join(bytes.fromhex(text[at : at + 8])[::-1] for at in range(0, len(text), 8))
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)
