"""USB storage: off, unless the town brings lists or releases on sticks."""

import re
from typing import Final

from edge.config import Settings
from edge.services.finding import Finding
from edge.services.security.host import Host
from edge.services.security.judge import Judge

STICKS: Final = ("/media", "/mnt", "/run/media")  # where a stick is mounted
_UDEV: Final = re.compile(r'bInterfaceClass\}=="08".*authorized\}="0"')
_MODPROBE: Final = re.compile(
    r"^(?:blacklist\s+usb.storage\b|install\s+usb.storage\s+/\S*(?:false|true)\b)"
)
_RULES: Final = ("/usr/lib/udev/rules.d", "/etc/udev/rules.d")
_MODULES: Final = ("/usr/lib/modprobe.d", "/etc/modprobe.d")


def check_usb(host: Host, settings: Settings) -> list[Finding]:
    """Judge whether a stick that somebody plugs in is looked at by the kernel."""
    judge = Judge("usb storage")
    named = {"hotlist": settings.hotlist.sticks, "update": settings.update.sticks}
    wanted = [
        f"{section}.sticks names {one}"
        for section, folders in named.items()
        for one in folders
        if one.startswith(STICKS)
    ]
    rule = _rule(host)
    if wanted and rule:
        judge.fail(
            f"{wanted[0]}, and {rule} refuses every stick",
            "take the folder out of the settings, or run scripts/install: it removes the rule",
        )
    elif wanted:
        judge.warn(
            f"any stick is taken: {' and '.join(wanted)}",
            "if all comes over the network: sticks = [] in [hotlist] and [update]; scripts/install",
        )
    elif not rule:
        judge.fail(
            "any stick that is plugged in is looked at by the kernel, and nothing comes that way",
            "scripts/install again: it lays down systemd/edge-usb.rules",
        )
    return judge.findings(f"refused by {rule}")


def _rule(host: Host) -> str:
    """Return what refuses USB storage; empty where nothing does."""
    if "usbguard.service" in host.enabled() and host.has("/etc/usbguard/rules.conf"):
        return "USBGuard"
    for folder in _RULES:
        for file in host.names(folder, "*.rules"):
            if any(_UDEV.search(line) for line in host.lines(file)):
                return file
    built_in = any(
        "usb-storage.ko" in host.text(file)
        for file in host.names("/lib/modules", "*/modules.builtin")
    )
    for folder in () if built_in else _MODULES:  # what is built in is not loaded
        for file in host.names(folder, "*.conf"):
            if any(_MODPROBE.match(line) for line in host.lines(file)):
                return file
    return ""
