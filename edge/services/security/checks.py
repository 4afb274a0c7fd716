"""All checks of security, one after the other."""

from collections.abc import Callable, Collection
from typing import Final

from edge.config import Settings
from edge.errors import HostUnreadable
from edge.services.check_swap import check_swap
from edge.services.finding import Finding, unseen
from edge.services.machine import Machine
from edge.services.security.debugging import (
    check_boot,
    check_cores,
    check_jtag,
    check_ptrace,
    check_serial,
)
from edge.services.security.disks import check_root
from edge.services.security.files import check_files, check_secrets
from edge.services.security.firmware import check_firmware
from edge.services.security.host import Host
from edge.services.security.kernel import check_kernel
from edge.services.security.libraries import check_libraries
from edge.services.security.listening import check_listening
from edge.services.security.people import check_passwords, check_users
from edge.services.security.services import check_services
from edge.services.security.ssh import check_ssh, check_ssh_keys
from edge.services.security.usb import check_usb
from edge.services.security.wifi import check_wifi

_ROOT: Final = "run this check as root"


def check_security(
    settings: Settings,
    told: Callable[[Finding], None],
    machine: Machine | None = None,
    ports: Collection[int] = (),
) -> bool:
    """Run every check, call *told* with each finding, and return whether none failed.

    A check tells of each fault by itself, so a name may come more than once.

    Args:
        machine: this one, or a folder with a system in it.
        ports: that may be open besides ours.
    """
    host = Host(machine or Machine())
    none_failed = True
    for name, check in _checks(host, settings, ports).items():
        try:
            found = check()
        except HostUnreadable as error:
            found = [unseen(name, str(error), _ROOT)]
        for one in found:
            told(one)
            none_failed &= one.passed is not False
    return none_failed


def _checks(
    host: Host, settings: Settings, ports: Collection[int]
) -> dict[str, Callable[[], list[Finding]]]:
    return {
        "ports": lambda: check_listening(host, settings, ports),
        "users": lambda: check_users(host),
        "passwords": lambda: check_passwords(host),
        "files": lambda: check_files(host, settings),
        "secrets": lambda: check_secrets(host, settings),
        "serial": lambda: check_serial(host),
        "jtag": lambda: check_jtag(host),
        "boot line": lambda: check_boot(host),
        "ptrace": lambda: check_ptrace(host),
        "core files": lambda: check_cores(host),
        "ssh": lambda: check_ssh(host),
        "ssh keys": lambda: check_ssh_keys(host),
        "wi-fi": lambda: check_wifi(host),
        "usb storage": lambda: check_usb(host, settings),
        "kernel": lambda: check_kernel(host),
        "root": lambda: check_root(host),
        "swap": lambda: [check_swap(host.machine.proc, host.machine.sys)],
        "telemetry": lambda: check_libraries(host),
        "services": lambda: check_services(host),
        "firmware": lambda: check_firmware(host),
    }
