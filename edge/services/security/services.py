"""Services that a unit on a pole does not need."""

from typing import Final

from edge.services.finding import Finding
from edge.services.security.host import Host
from edge.services.security.judge import Judge

_REACHED: Final = {  # others reach them over the network
    "avahi-daemon": "tells the network this machine's name and services",
    "cups": "prints for the network",
    "cups-browsed": "looks for printers",
    "rpcbind": "serves remote calls",
    "nfs-server": "serves files",
    "smbd": "serves files",
    "vncserver-x11-serviced": "shows the screen to others",
    "wayvnc": "shows the screen to others",
    "rpi-connect": "lets people in through its maker's servers",
    "rpi-connect-wayvnc": "shows the screen through its maker's servers",
    "telnet": "lets people in without encryption",
    "inetd": "starts servers on demand",
    "pigpiod": "gives the pins to whoever asks",
    "snmpd": "tells of this machine",
}
_IDLE: Final = {  # nobody here uses them
    "bluetooth": "keeps a radio open",
    "hciuart": "keeps a radio open",
    "triggerhappy": "runs commands for keys that are pressed",
    "packagekit": "installs programs for users",
    "apport": "reports crashes",
    "nfs-client": "mounts folders of others",
    "udisks2": "mounts sticks",
}


def check_services(host: Host) -> list[Finding]:
    """Judge what starts with the machine."""
    judge = Judge("services")
    enabled = {one.partition(".")[0].partition("@")[0] for one in host.enabled()}
    enabled |= _per_user(host)
    for name in sorted(_REACHED.keys() & enabled):
        judge.fail(f"{name} starts with the machine, and {_REACHED[name]}", _mend(name))
    for name in sorted(_IDLE.keys() & enabled):
        judge.warn(f"{name} starts with the machine, and {_IDLE[name]}", _mend(name))
    return judge.findings("nothing starts that a unit does not need")


def _per_user(host: Host) -> set[str]:
    """Return what starts with each person's session, such as Raspberry Pi Connect."""
    wants = host.names("/etc/systemd/user", "*.wants/*")
    return {one.rpartition("/")[2].partition(".")[0] for one in wants}


def _mend(name: str) -> str:
    return f"systemctl mask --now {name}.service {name}.socket, or apt purge it"
