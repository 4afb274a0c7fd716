"""What installers, makers and neighbours leave open, to be seeded into a unit."""

import base64
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from edge.services.security.crypt import hashed
from tests.services.hardened import INSTALLED, KEY, Tree

BOOT: Final = "boot/firmware"
WIFI: Final = "etc/NetworkManager/system-connections/windsor.nmconnection"
KEYS: Final = "home/installer/.ssh/authorized_keys"
SITE: Final = "etc/edge/site.toml"


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        says: words of the sentence that names it.
    """

    name: str
    check: str
    says: str
    seed: Callable[[Tree], object]
    word: str = "FAIL"


def _password(password: str) -> Callable[[Tree], None]:
    def seed(tree: Tree) -> None:
        kept = hashed(password, "$6$saltsalt$")
        tree.change("etc/shadow", "installer:!:", f"installer:{kept}:")

    return seed


def _weak_key() -> str:
    blob = b"".join(
        struct.pack(">I", len(one)) + one for one in (b"ssh-rsa", b"\1\0\1", b"\x7f" * 128)
    )
    return f"ssh-rsa {base64.b64encode(blob).decode()} old@laptop\n"


def _mode(name: str, mode: int) -> Callable[[Tree], None]:
    return lambda tree: (tree.root / name).chmod(mode)


def _line(name: str, text: str) -> Callable[[Tree], None]:
    return lambda tree: tree.add(name, text + "\n")


def _file(name: str, text: str = "-\n", mode: int = 0o600) -> Callable[[Tree], object]:
    return lambda tree: tree.put(name, text, mode)


def _swap(name: str, old: str, new: str) -> Callable[[Tree], None]:
    return lambda tree: tree.change(name, old, new)


def _unit(name: str) -> Callable[[Tree], None]:
    return lambda tree: tree.enable(name)


def _kernel(name: str, value: str) -> Callable[[Tree], None]:
    return lambda tree: tree.sysctl(name, value)


def _guessed_secret(tree: Tree) -> None:
    tree.put("etc/edge/broker.password", "raspberry\n", 0o600)
    tree.setting('[delivery]\nuser = "unit"\npassword_file = "/etc/edge/broker.password"')


def _open_secret(tree: Tree) -> None:
    tree.put("etc/edge/hook", "7Qm2-vWz4-k9Tb-7Qm2-vWz4-k9Tb-7Q", 0o644)
    tree.setting('[webhook]\nsecret_file = "/etc/edge/hook"')


def _sticks_and_rule(tree: Tree) -> None:
    tree.change(SITE, "/boot/firmware/edge", "/media/edge")


def _sticks(tree: Tree) -> None:
    _sticks_and_rule(tree)
    (tree.root / "etc/udev/rules.d/71-edge-usb.rules").unlink()


def _built_in(tree: Tree) -> None:
    (tree.root / "etc/udev/rules.d/71-edge-usb.rules").unlink()
    tree.put("etc/modprobe.d/edge-usb.conf", "install usb-storage /bin/false\n")
    tree.put("lib/modules/6.12/modules.builtin", "kernel/drivers/usb/storage/usb-storage.ko\n")


FAULTS: Final = (
    Fault("a port", "ports", "TCP port 5900", lambda t: t.listening("tcp", "00000000", 5900)),
    Fault(
        "multicast dns", "ports", "UDP port 5353", lambda t: t.listening("udp", "00000000", 5353)
    ),
    Fault("a second root", "users", "admin is root", _line("etc/passwd", "admin:x:0:0::/:/bin/sh")),
    Fault(
        "the user pi", "users", "user pi", _line("etc/passwd", "pi:x:1001:1001::/:/bin/sh"), "warn"
    ),
    Fault(
        "a daemon's shell",
        "users",
        "edge-watch has a shell",
        _swap("etc/passwd", "/var/lib/edge:/usr/sbin/nologin", "/var/lib/edge:/bin/bash"),
    ),
    Fault(
        "a system's shell",
        "users",
        "daemon has a shell",
        _swap("etc/passwd", "/usr/sbin:/usr/sbin/nologin", "/usr/sbin:/bin/sh"),
        "warn",
    ),
    Fault(
        "sudo for nothing",
        "users",
        "root without a password",
        _file("etc/sudoers.d/010_pi", "pi ALL=(ALL) NOPASSWD: ALL\n"),
        "warn",
    ),
    Fault(
        "no password",
        "passwords",
        "installer logs in without",
        _swap("etc/shadow", "installer:!:", "installer::"),
    ),
    Fault("raspberry", "passwords", "a default password", _password("raspberry")),
    Fault("name as password", "passwords", "a default password", _password("installer")),
    Fault(
        "md5",
        "passwords",
        "is kept as MD5",
        _swap("etc/shadow", "installer:!:", "installer:$1$x$y:"),
    ),
    Fault(
        "root's password",
        "passwords",
        "root has a password",
        lambda t: t.change(
            "etc/shadow", "root:!*:", f"root:{hashed('k9Tb-7Qm2', '$6$saltsalt$')}:"
        ),
        "warn",
    ),
    Fault("open shadow", "files", "/etc/shadow", _mode("etc/shadow", 0o644)),
    Fault(
        "open key",
        "files",
        "unit.signing.key: its group",
        _mode("var/lib/edge/keys/unit.signing.key", 0o640),
    ),
    Fault("open store", "files", "/var/lib/edge: others", _mode("var/lib/edge", 0o775)),
    Fault("open fetched", "files", "fetched: others", _mode("var/lib/edge-update/fetched", 0o777)),
    Fault(
        "another's store",
        "files",
        "/var/lib/edge is not edge-watch's",
        lambda t: t.change("etc/passwd", f":{t.watch}:990", ":4711:990"),
    ),
    Fault("settings for all", "files", "site.toml: others", _mode(SITE, 0o666)),
    Fault("open secret", "files", "/etc/edge/hook: others", _open_secret),
    Fault("open private key", "files", "unit.key: others", _file("etc/edge/unit.key", mode=0o644)),
    Fault(
        "a program for all",
        "files",
        "can be changed by others",
        _mode("opt/edge-1/bin/edge", 0o777),
    ),
    Fault(
        "a unit file for all",
        "files",
        "edge-watch.service can be",
        _mode("etc/systemd/system/edge-watch.service", 0o666),
    ),
    Fault("default secret", "secrets", "broker.password", _guessed_secret),
    Fault(
        "example settings",
        "secrets",
        "the example's settings",
        lambda t: t.setting('[delivery]\nhost = "broker.windsor.example"'),
        "warn",
    ),
    Fault(
        "userconf", "secrets", "userconf.txt is left", _file(f"{BOOT}/userconf.txt", "pi:$6$x$y\n")
    ),
    Fault(
        "site's secrets",
        "secrets",
        "camera.password is left",
        _file(f"{BOOT}/edge-site/camera.password"),
    ),
    Fault(
        "cloud-init password",
        "secrets",
        "user-data still holds",
        _file(f"{BOOT}/user-data", "users:\n  - passwd: $6$x\n"),
    ),
    Fault(
        "serial console",
        "serial",
        "console=serial0",
        _swap(f"{BOOT}/cmdline.txt", "console=tty1", "console=serial0,115200 console=tty1"),
    ),
    Fault(
        "running serial",
        "serial",
        "cmdline says console=ttyAMA10",
        _line("proc/cmdline", " console=ttyAMA10"),
    ),
    Fault(
        "serial getty", "serial", "a log-in waits at ttyAMA0", _unit("serial-getty@ttyAMA0.service")
    ),
    Fault(
        "loader at the pins",
        "serial",
        "uart_2ndstage",
        _line(f"{BOOT}/config.txt", "uart_2ndstage=1"),
        "warn",
    ),
    Fault("jtag", "jtag", "enable_jtag_gpio", _line(f"{BOOT}/config.txt", "enable_jtag_gpio=1")),
    Fault(
        "usb gadget",
        "jtag",
        "g_ether",
        _swap(f"{BOOT}/cmdline.txt", "rootwait", "modules-load=dwc2,g_ether rootwait"),
    ),
    Fault(
        "init=/bin/sh",
        "boot line",
        "init=/bin/sh",
        _swap(f"{BOOT}/cmdline.txt", "quiet", "quiet init=/bin/sh"),
    ),
    Fault("running single", "boot line", "single", _line("proc/cmdline", " single")),
    Fault("debug shell", "boot line", "debug-shell", _unit("debug-shell.service")),
    Fault(
        "autologin",
        "boot line",
        "logs somebody in",
        _file(
            "etc/systemd/system/getty@tty1.service.d/autologin.conf",
            "ExecStart=-/sbin/agetty --autologin pi %I\n",
            0o644,
        ),
    ),
    Fault(
        "no mitigations",
        "boot line",
        "mitigations=off",
        _swap(f"{BOOT}/cmdline.txt", "quiet", "quiet mitigations=off"),
        "warn",
    ),
    Fault("ptrace", "ptrace", "look into each other", _kernel("kernel.yama.ptrace_scope", "0")),
    Fault(
        "core files",
        "core files",
        "writes memory to the disk",
        _kernel("kernel.core_pattern", "core"),
    ),
    Fault(
        "coredumpd",
        "core files",
        "systemd-coredump",
        _kernel("kernel.core_pattern", "|/usr/lib/systemd/systemd-coredump"),
    ),
    Fault(
        "ssh by password",
        "ssh",
        "PasswordAuthentication yes",
        _file("etc/ssh/sshd_config.d/50-cloud-init.conf", "PasswordAuthentication yes\n"),
    ),
    Fault(
        "ssh by password for one",
        "ssh",
        "PasswordAuthentication no",
        _line("etc/ssh/sshd_config", "Match User pi\n  PasswordAuthentication yes"),
    ),
    Fault(
        "ssh's own default",
        "ssh",
        "KbdInteractiveAuthentication yes",
        _swap("etc/ssh/sshd_config", "KbdInteractiveAuthentication no\n", ""),
    ),
    Fault(
        "ssh as root",
        "ssh",
        "root may log in over ssh",
        _swap("etc/ssh/sshd_config", "PermitRootLogin no", "PermitRootLogin yes"),
    ),
    Fault(
        "host key",
        "ssh",
        "ssh_host_ed25519_key is open",
        _mode("etc/ssh/ssh_host_ed25519_key", 0o644),
    ),
    Fault("weak key", "ssh keys", "1023 bits", _line(KEYS, _weak_key())),
    Fault("keys for all", "ssh keys", "others may add a key", _mode(KEYS, 0o666)),
    Fault(
        "root's keys", "ssh keys", "root has keys", _file("root/.ssh/authorized_keys", KEY), "warn"
    ),
    Fault("a torn key", "ssh keys", "is no key", _line(KEYS, "ssh-ed25519 AAAAC3Nz torn"), "warn"),
    Fault(
        "open network",
        "wi-fi",
        "joins a network without a key",
        _swap(WIFI, "key-mgmt=wpa-psk", "key-mgmt=none"),
    ),
    Fault(
        "default wi-fi key",
        "wi-fi",
        "key of Windsor is a default",
        _swap(WIFI, "7Qm2-vWz4-k9Tb", "raspberry"),
    ),
    Fault("access point", "wi-fi", "is on whenever", _swap(WIFI, "infrastructure", "ap")),
    Fault("open wi-fi key", "wi-fi", "others may read its key", _mode(WIFI, 0o644)),
    Fault(
        "wpa_supplicant",
        "wi-fi",
        "Cafe",
        _file(
            "etc/wpa_supplicant/wpa_supplicant.conf", 'network={\n ssid="Cafe"\n key_mgmt=NONE\n}\n'
        ),
    ),
    Fault("hostapd", "wi-fi", "opens a network", _file("etc/hostapd/hostapd.conf", "ssid=edge\n")),
    Fault(
        "usb storage",
        "usb storage",
        "any stick",
        lambda t: (t.root / "etc/udev/rules.d/71-edge-usb.rules").unlink(),
    ),
    Fault("usb driver built in", "usb storage", "any stick", _built_in),
    Fault("usb rule against sticks", "usb storage", "refuses every stick", _sticks_and_rule),
    Fault("usb sticks wanted", "usb storage", "hotlist.sticks names", _sticks, "warn"),
    Fault("dmesg", "kernel", "kernel.dmesg_restrict is 0", _kernel("kernel.dmesg_restrict", "0")),
    Fault(
        "kexec", "kernel", "kernel.kexec_load_disabled", _kernel("kernel.kexec_load_disabled", "0")
    ),
    Fault("sysrq", "kernel", "kernel.sysrq is 438", _kernel("kernel.sysrq", "438"), "warn"),
    Fault(
        "root written",
        "root",
        "system's disk is written",
        _swap("proc/mounts", "overlay / overlay", "/dev/root / ext4"),
        "warn",
    ),
    Fault(
        "boot written",
        "root",
        "/boot/firmware is written",
        _swap("proc/mounts", "vfat ro", "vfat rw"),
        "warn",
    ),
    Fault("swap", "swap", "plates of passing cars", _line("proc/swaps", "/var/swap file 1 0 -2")),
    Fault(
        "talkative runtime",
        "telemetry",
        "onnxruntime 1.30.1",
        lambda t: (
            _file(f"{INSTALLED}/onnxruntime-1.30.1.dist-info/METADATA")(t),
            _file("etc/systemd/system/edge-watch.service", "Environment=\n", 0o644)(t),
        ),
    ),
    Fault(
        "a reporting library",
        "telemetry",
        "posthog 3.0",
        _file(f"{INSTALLED}/posthog-3.0.dist-info/METADATA"),
    ),
    Fault(
        "popcon",
        "telemetry",
        "Debian is told",
        _file("etc/popularity-contest.conf", 'PARTICIPATE="yes"\n'),
    ),
    Fault(
        "a library's cache", "telemetry", ".cache/onnx", _file("var/lib/edge/.cache/onnx"), "warn"
    ),
    Fault("avahi", "services", "avahi-daemon", _unit("avahi-daemon.service")),
    Fault("cups", "services", "cups starts", _unit("cups.socket")),
    Fault("bluetooth", "services", "bluetooth", _unit("bluetooth.service"), "warn"),
    Fault("triggerhappy", "services", "triggerhappy", _unit("triggerhappy.service"), "warn"),
    Fault(
        "boots from a stick",
        "firmware",
        "starts from a USB stick",
        lambda t: setattr(t, "loader", "BOOT_ORDER=0xf41\n"),
        "warn",
    ),
    Fault(
        "unsigned loader",
        "firmware",
        "no signature",
        lambda t: (t.root / "proc/device-tree/chosen/bootloader/signed").write_bytes(bytes(4)),
        "warn",
    ),
)
