"""A unit as it should stand on its pole, as a folder: what a test breaks is all that is wrong."""

import os
import shutil
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.config import Settings, load
from edge.services.finding import Finding
from edge.services.machine import Machine
from edge.services.security.checks import check_security
from edge.services.security.kernel import WANTED
from tests.house.tree import ROOT
from tests.services.checking import LISTENS, SOCKETS

PASSWD = """\
root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
edge-watch:x:{watch}:990:edge:/var/lib/edge:/usr/sbin/nologin
installer:x:1000:1000::/home/installer:/bin/bash
"""
SHADOW = """\
root:!*:20000::::::
daemon:*:20000::::::
edge-watch:!:20000::::::
installer:!:20000::::::
"""
SSHD = """\
Include /etc/ssh/sshd_config.d/*.conf
PermitRootLogin no
PasswordAuthentication no
KbdInteractiveAuthentication no
X11Forwarding no
"""
KEY = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f "
    "installer@van\n"
)
WIFI = """\
[connection]
type=wifi
autoconnect=true
[wifi]
ssid=Windsor
mode=infrastructure
[wifi-security]
key-mgmt=wpa-psk
psk=7Qm2-vWz4-k9Tb
"""
LOADER = "[all]\nBOOT_UART=0\nBOOT_ORDER=0xf1\n"
INSTALLED = "opt/edge-1/lib/python3.13/site-packages"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, folder or link as it was.

    Attributes:
        body: of a file; where a link leads; None of a folder.
    """

    mode: int
    owner: tuple[int, int]
    body: bytes | str | None


def entries(root: Path) -> dict[Path, Entry]:
    """Return all that is below *root*, parents first."""
    found: dict[Path, Entry] = {}
    for folder, folders, files in os.walk(root):
        for name in sorted([*folders, *files]):
            path = Path(folder, name)
            seen = path.lstat()
            found[path] = Entry(seen.st_mode, (seen.st_uid, seen.st_gid), _body(path, seen.st_mode))
    return found


def _body(path: Path, mode: int) -> bytes | str | None:
    if stat.S_ISLNK(mode):
        return str(path.readlink())
    return path.read_bytes() if stat.S_ISREG(mode) else None


class Tree:
    """The files of one unit, and its settings."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.loader = LOADER
        self.watch = 990 if os.geteuid() == 0 else os.geteuid()  # who cannot give files away
        self._system()
        self._people()
        self._board()
        self._edge()
        self._made = entries(self.root)

    def restore(self) -> None:
        """Undo whatever was done to it: contents, rights, owners, what came and what went."""
        self.loader = LOADER
        found = entries(self.root)
        wrong = {one for one in found if found[one] != self._made.get(one)}
        for path in sorted(wrong, reverse=True):  # what lies in a folder before the folder
            if path not in self._made or found[path].body is not None:
                _take_away(path)
        for path, entry in self._made.items():
            if path in wrong or path not in found:
                _put_back(path, entry)

    def put(self, name: str, text: str, mode: int = 0o644) -> Path:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
        return file

    def add(self, name: str, text: str) -> None:
        file = self.root / name
        file.write_text(file.read_text() + text)

    def change(self, name: str, old: str, new: str) -> None:
        file = self.root / name
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))

    def enable(self, unit: str) -> None:
        wants = self.root / "etc/systemd/system/multi-user.target.wants"
        wants.mkdir(parents=True, exist_ok=True)
        (wants / unit).symlink_to(f"/usr/lib/systemd/system/{unit}")

    def listening(self, kind: str, address: str, port: int) -> None:
        line = LISTENS.format(n=9, address=address, port=port)
        self.add(f"proc/net/{kind}", line.replace(" 0A ", " 07 ") if kind == "udp" else line)

    def sysctl(self, name: str, value: str) -> None:
        self.put(f"proc/sys/{name.replace('.', '/')}", value + "\n")

    def setting(self, line: str) -> None:
        self.add("etc/edge/site.toml", line + "\n")

    def ask(self, words: Sequence[str]) -> str:
        return self.loader if list(words) == ["vcgencmd", "bootloader_config"] else ""

    def still(self) -> None:
        """Take its kernel away: what is left is a folder, as of a card in a reader."""
        shutil.rmtree(self.root / "proc")
        self.put("etc/fstab", "overlay / overlay ro 0 0\n/dev/x /boot/firmware vfat ro 0 0\n")

    def settings(self) -> Settings:
        return load([self.root / "etc/edge/site.toml"]).settings

    def judge(self, ports: Sequence[int] = (), settings: Settings | None = None) -> list[Finding]:
        """Return what the check says of it."""
        settings = settings or self.settings()
        found: list[Finding] = []
        check_security(settings, found.append, Machine(self.root, self.ask), ports)
        return found

    def _system(self) -> None:
        self.put(
            "proc/mounts", "overlay / overlay rw 0 0\n/dev/mmcblk0p1 /boot/firmware vfat ro 0 0\n"
        )
        self.put("proc/swaps", "Filename Type Size Used Priority\n")
        self.put("proc/cmdline", "root=PARTUUID=1 quiet\n")
        self.put("proc/net/tcp", SOCKETS)
        self.put("proc/net/udp", SOCKETS)
        self.listening("tcp", "00000000", 22)
        self.listening("tcp", "0100007F", 9100)
        self.listening("udp", "00000000", 68)
        for one in WANTED:
            self.sysctl(one.name, one.value)
        for name in ("edge-usb.rules", "edge.sysctl.conf"):
            place = {"edge-usb.rules": "etc/udev/rules.d/71-edge-usb.rules"}
            text = (ROOT / "systemd" / name).read_text("utf-8")
            self.put(place.get(name, "etc/sysctl.d/90-edge.conf"), text)
        self.enable("ssh.service")

    def _people(self) -> None:
        self.put("etc/passwd", PASSWD.format(watch=self.watch))
        self.put("etc/shadow", SHADOW, 0o640)
        self.put("etc/sudoers", "%sudo ALL=(ALL:ALL) ALL\n", 0o440)
        self.put("etc/ssh/sshd_config", SSHD)
        self.put("etc/ssh/ssh_host_ed25519_key", "-", 0o600)
        self.put("usr/sbin/sshd", "")
        self.put("home/installer/.ssh/authorized_keys", KEY, 0o600)
        self.put("etc/NetworkManager/system-connections/windsor.nmconnection", WIFI, 0o600)

    def _board(self) -> None:
        self.put("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0")
        signed = self.put("proc/device-tree/chosen/bootloader/signed", "")
        signed.write_bytes(b"\0\0\0\x09")
        self.put("boot/firmware/cmdline.txt", "console=tty1 root=PARTUUID=1 rootwait quiet\n")
        self.put("boot/firmware/config.txt", "dtparam=audio=off\n[all]\n")

    def _edge(self) -> None:
        sticks = 'update.sticks = []\n[hotlist]\nsticks = ["/boot/firmware/edge"]\n'
        self.put("etc/edge/site.toml", sticks)
        self.put("var/lib/edge/keys/unit.signing.key", "-", 0o600)
        self.put("etc/systemd/system/edge-watch.service", "Environment=ORT_DISABLE_TELEMETRY=1\n")
        self.put("opt/edge-1/bin/edge", "")
        self.put(f"{INSTALLED}/onnxruntime-1.28.0.dist-info/METADATA", "")
        (self.root / "opt/edge").symlink_to("/opt/edge-1")
        for one in ("var/lib/edge", "var/lib/edge/keys", "var/lib/edge/keys/unit.signing.key"):
            os.chown(self.root / one, self.watch, -1)
        (self.root / "var/lib/edge").chmod(0o770)
        (self.root / "var/lib/edge-update/fetched").mkdir(parents=True)
        for one in ("edge-update", "edge-update/fetched"):
            (self.root / "var/lib" / one).chmod(0o755)


def _take_away(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink()


def _put_back(path: Path, entry: Entry) -> None:
    """Make what is missing as it was."""
    if isinstance(entry.body, str):
        path.symlink_to(entry.body)
        return
    if entry.body is None:
        path.mkdir(exist_ok=True)
    else:
        path.write_bytes(entry.body)
    if os.geteuid() == 0:  # others can have given nothing away
        os.chown(path, *entry.owner)
    path.chmod(stat.S_IMODE(entry.mode))
