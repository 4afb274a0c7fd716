"""Ports that others can reach, against those that this machine's roles are for."""

from collections.abc import Collection, Iterator
from typing import Final

from edge.config import Settings
from edge.config.address import is_loopback
from edge.config.page import PageSection
from edge.services.check_ports import Listening, bound, listening
from edge.services.finding import Finding
from edge.services.security.host import Host
from edge.services.security.judge import Judge

_SSH: Final = 22
_CLIENTS: Final = {68: "DHCP's client", 546: "DHCPv6's client"}
_PASSING: Final = 32_768  # from here on the kernel gives ports to questions that are under way
_MEND: Final = (
    "end the program (`ss -ltnup` names it), close the port in the firewall, or bind it to "
    "127.0.0.1; one that is wanted is named with --port"
)


def check_listening(host: Host, settings: Settings, wanted: Collection[int]) -> list[Finding]:
    """Judge TCP and UDP alike.

    Args:
        wanted: ports that the installer knows of.
    """
    judge = Judge("ports")
    try:
        served = _outside(listening(host.machine))
        asked = _outside(bound(host.machine)) - set(range(_PASSING, 65_536))
    except (OSError, ValueError) as error:
        judge.unseen(f"the kernel does not tell which are open: {error}")
        return judge.findings("")
    expected = {_SSH: "ssh"} | dict(_pages(host, settings)) | dict.fromkeys(wanted, "--port")
    for port in sorted(served - set(expected)):
        judge.fail(f"others reach TCP port {port}, which is on no list", _MEND)
    for port in sorted(asked - set(_CLIENTS) - set(wanted)):
        judge.fail(f"others reach UDP port {port}, which is on no list", _MEND)
    known = [f"{port} ({expected[port]})" for port in sorted(served & set(expected))]
    return judge.findings(f"open to others: {', '.join(known) or 'none'}")


def _outside(found: Iterator[Listening]) -> set[int]:
    return {one.port for one in found if not one.local}


def _pages(host: Host, settings: Settings) -> Iterator[tuple[int, str]]:
    """Yield the ports of the pages that this machine serves to others."""
    roles: dict[str, PageSection] = {
        "edge-console": settings.console,
        "edge-archive": settings.archive,
        "edge-tuning": settings.tuning,
    }
    for unit, page in roles.items():
        if host.has(f"/etc/systemd/system/{unit}.service") and not is_loopback(page.address):
            yield page.port, unit
