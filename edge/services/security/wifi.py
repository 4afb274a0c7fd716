"""Radio: networks that the machine would join, and such that it opens itself."""

import configparser
import re
from typing import Final

from edge.services.finding import Finding
from edge.services.security.host import Host
from edge.services.security.judge import Judge
from edge.services.security.people import DEFAULTS

_MANAGED: Final = (
    "/etc/NetworkManager/system-connections",
    "/run/NetworkManager/system-connections",
    "/usr/lib/NetworkManager/system-connections",
)
_BLOCK: Final = re.compile(r"network=\{(.*?)\}", re.DOTALL)
_HOSTAPD: Final = "/etc/hostapd/hostapd.conf"
_OFF: Final = "disable-wifi"


def check_wifi(host: Host) -> list[Finding]:
    """Judge every network that is stored, and whether an access point is on."""
    judge = Judge("wi-fi")
    known = []
    for folder in _MANAGED:
        for file in host.names(folder, "*.nmconnection"):
            known += _judge_profile(judge, host, file)
    for file in host.names("/etc/wpa_supplicant", "wpa_supplicant*.conf"):
        known += _judge_supplicant(judge, host, file)
    _judge_hostapd(judge, host)
    for file in host.names("/etc/netplan", "*.yaml"):
        if re.search(r"^\s*wifis\s*:", host.text(file), re.MULTILINE):
            judge.unseen(
                f"{file} names radio networks, which are judged once they are generated",
                "netplan generate, then this check again",
            )
    off = any(_OFF in line for line in host.lines(host.boot("config.txt")))
    nothing = "the radio is switched off" if off else "no network is stored"
    return judge.findings(f"known: {', '.join(known)}, each with a key" if known else nothing)


def _judge_profile(judge: Judge, host: Host, file: str) -> list[str]:
    profile = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        profile.read_string(host.text(file))
    except configparser.Error as error:
        judge.warn(f"{file} is no profile: {str(error).splitlines()[0]}", f"rm {file}")
        return []
    if profile.get("connection", "type", fallback="") not in ("wifi", "802-11-wireless"):
        return []
    name = _either(profile, "wifi", "ssid") or file.rpartition("/")[2]
    kind = _either(profile, "wifi-security", "key-mgmt")
    point = _either(profile, "wifi", "mode") == "ap"
    if kind in ("", "none", "ieee8021x"):
        what = "opens a network without a key" if point else "joins a network without a key"
        judge.fail(f"{file}: {what}, {name}", f"nmcli connection delete '{name}'")
    psk = _either(profile, "wifi-security", "psk")
    if psk and psk.lower() in DEFAULTS:
        judge.fail(f"{file}: the key of {name} is a default", "another key, there and here")
    if point and profile.get("connection", "autoconnect", fallback="true") == "true":
        judge.fail(
            f"{file}: an access point, {name}, is on whenever the machine is",
            f"nmcli connection modify '{name}' connection.autoconnect no",
        )
    found = host.entry(file)
    if psk and found is not None and found.mode & 0o077:
        judge.fail(f"{file}: others may read its key (mode {found.mode:04o})", f"chmod 0600 {file}")
    return [name]


def _either(profile: configparser.ConfigParser, section: str, key: str) -> str:
    """Return a value under either of the section's names."""
    older = section.replace("wifi", "802-11-wireless")
    return profile.get(section, key, fallback="") or profile.get(older, key, fallback="")


def _judge_supplicant(judge: Judge, host: Host, file: str) -> list[str]:
    names = []
    for block in _BLOCK.findall(host.text(file)):
        said = dict(re.findall(r"^\s*(\w+)\s*=\s*(.+?)\s*$", block, re.MULTILINE))
        name = said.get("ssid", "without a name").strip('"')
        names.append(name)
        if said.get("key_mgmt", "").upper() == "NONE":
            judge.fail(f"{file}: joins a network without a key, {name}", f"delete it from {file}")
        if said.get("psk", "").strip('"').lower() in DEFAULTS:
            judge.fail(f"{file}: the key of {name} is a default", "another key, there and here")
    found = host.entry(file)
    if names and found is not None and found.mode & 0o077:
        judge.fail(
            f"{file}: others may read its keys (mode {found.mode:04o})", f"chmod 0600 {file}"
        )
    return names


def _judge_hostapd(judge: Judge, host: Host) -> None:
    lines = host.lines(_HOSTAPD)
    if lines and not any(re.match(r"wpa\s*=\s*[23]", line) for line in lines):
        judge.fail(f"{_HOSTAPD}: opens a network without a key", f"rm {_HOSTAPD}")
    if "hostapd.service" in host.enabled():
        judge.fail(
            "an access point is on whenever the machine is (hostapd)",
            "systemctl disable --now hostapd",
        )
