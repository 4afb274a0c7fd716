"""Plays a Pi's firmware for a test image: chooses its side as ``autoboot.txt`` says, and starts it.

The image has no boot loader, as a Pi's card has none. What the firmware reads of the card is read
here with mtools, and the kernel is given to qemu.
"""

import base64
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

TRY: Final = "tryboot"  # on a Pi an argument of reboot; here a file on the first partition
_SLOW: Final = "[Service]\nTimeoutStartSec=900\nWatchdogSec=600\n"  # an emulated processor
_UNITS: Final = (
    *("edge-first-boot", "edge-reads-sweep", "edge-search", "edge-watch", "edge-deliver"),
    "systemd-networkd",
)
_QEMU: Final = {
    "arm64": ("qemu-system-aarch64", "virt", "cortex-a72"),  # the processor of a Pi 4
    # what wider vectors cost here, emulated, is a third more than they save
    "amd64": ("qemu-system-x86_64", "q35", "Nehalem"),
}
_PACKAGES: Final = {"arm64": "qemu-system-arm", "amd64": "qemu-system-x86"}


class ImageError(Exception):
    """What is wrong with the image or with this machine, for a person."""


@dataclass(frozen=True)
class Card:
    """The disk of a test image, looked at from outside."""

    image: Path

    def partitions(self) -> dict[str, tuple[int, int]]:
        """Return start and length in bytes of each partition, by its name."""
        told = json.loads(_run("sfdisk", "--json", str(self.image)))["partitiontable"]
        size = int(told.get("sectorsize", 512))
        return {
            one["name"]: (one["start"] * size, one["size"] * size) for one in told["partitions"]
        }

    def read(self, name: str, partition: str = "edge-boot") -> bytes | None:
        """Return a file of a vfat partition; None if it is not there."""
        command = ["mtype", "-i", self._at(partition), f"::{name}"]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode == 0:
            return done.stdout
        if b"not found" in done.stderr.lower():
            return None
        raise ImageError(f"{self.image}: {name} of {partition}: {done.stderr.decode().strip()}")

    def insert(self, *paths: Path, partition: str = "edge-boot") -> None:
        """Copy files and folders onto a vfat partition, over what is there."""
        _run("mcopy", "-s", "-o", "-i", self._at(partition), *map(str, paths), "::")

    def remove(self, name: str) -> None:
        _run("mdel", "-i", self._at("edge-boot"), f"::{name}")

    def copy_out(self, partition: str, target: Path) -> None:
        """Copy a whole partition into a file."""
        start, size = self.partitions()[partition]
        with self.image.open("rb") as disk, target.open("wb") as out:
            disk.seek(start)
            for _ in range(0, size, 1 << 20):
                block = disk.read(1 << 20)
                if block.strip(b"\0"):
                    out.write(block)
                else:
                    out.seek(len(block), os.SEEK_CUR)
            out.truncate(size)

    def grow(self, megabytes: int) -> None:
        """Make the disk larger, as a larger card is; nothing on it changes."""
        os.truncate(self.image, self.image.stat().st_size + megabytes * 1_000_000)

    def side(self, *, tried: bool) -> str:
        """Return the partition that the firmware starts from."""
        text = (self.read("autoboot.txt") or b"").decode("utf-8", "replace")
        return chosen(text, list(self.partitions()), tried=tried)

    def _at(self, partition: str) -> str:
        return f"{self.image}@@{self.partitions()[partition][0]}"


@dataclass
class Machine:
    """One virtual machine; its network is this machine's, which it sees as 10.0.2.2.

    Attributes:
        words: more words for the kernel's command line.
        log: what it says on its console, of all its starts.
    """

    card: Card
    arch: str
    log: Path
    words: tuple[str, ...] = ()
    memory_mb: int = 1024
    began: float = 0.0
    side: str = ""
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _folder: str = ""

    def start(self) -> None:
        """Do what the firmware does at power on, or at a reboot."""
        if self.arch not in _QEMU:
            raise ImageError(f"no such machine: {self.arch}; arm64 or amd64")
        if shutil.which(_QEMU[self.arch][0]) is None:
            raise ImageError(
                f"{_QEMU[self.arch][0]} is missing: apt install {_PACKAGES[self.arch]}"
            )
        tried = self.card.read(TRY) is not None
        if tried:
            self.card.remove(TRY)  # one time only, as on a Pi
        self.side = self.card.side(tried=tried)
        self._put_away()
        self._folder = tempfile.mkdtemp(prefix="edge-firmware.")
        for name in ("vmlinuz", "initrd.img", "cmdline.txt"):
            blob = self.card.read(name, self.side)
            if blob is None:
                raise ImageError(f"{self.card.image}: {self.side} has no {name}")
            (Path(self._folder) / name).write_bytes(blob)
        self.began = time.monotonic()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(tried=tried), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def seconds(self) -> float:
        """Return the time since power on."""
        return time.monotonic() - self.began

    def kill(self) -> None:
        """Cut the power."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(30)
        self._put_away()

    def power_off(self, seconds: float) -> float:
        """Press the power button, wait for the end, and return how long that took."""
        assert self._process is not None
        began = time.monotonic()
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(f"{self._folder}/control")
            control.sendall(b"system_powerdown\n")
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                raise ImageError(f"did not power off within {seconds:.0f} s: {self.log}") from None
        self._put_away()
        return time.monotonic() - began

    def reboots(self) -> bool:
        """Say whether the machine, which has ended, wants to start again."""
        said = self.log.read_bytes().rpartition(b"reboot: ")[2]
        return said.startswith(b"Restarting")

    def _put_away(self) -> None:
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _command(self, *, tried: bool) -> list[str]:
        program, board, processor = _QEMU[self.arch]
        folder = Path(self._folder)
        words = [(folder / "cmdline.txt").read_text("utf-8").strip(), *self.words, *_patience()]
        if tried:
            words.append("edge.tryboot=1")
        return [
            *(program, "-machine", board, "-cpu", processor, "-accel", "tcg,thread=multi"),
            *("-smp", "2", "-m", str(self.memory_mb), "-nographic", "-no-reboot", "-nodefaults"),
            *("-serial", "stdio", "-monitor", f"unix:{folder}/control,server,nowait"),
            *("-kernel", str(folder / "vmlinuz"), "-initrd", str(folder / "initrd.img")),
            *("-append", " ".join(words)),
            *("-drive", f"file={self.card.image},format=raw,if=none,id=card,cache=writethrough"),
            *("-device", "virtio-blk-pci,drive=card", "-device", "virtio-rng-pci"),
            *("-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile="),
        ]


def chosen(autoboot: str, names: list[str], *, tried: bool) -> str:
    """Return which of the partitions *names* is started, as ``autoboot.txt`` says.

    Raises:
        ImageError: it names none, or one that is not there.
    """
    section, numbers = "all", dict[str, int]()
    for line in autoboot.splitlines():
        if found := re.fullmatch(r"\[(\w+)\]", line.strip()):
            section = found[1]
        elif found := re.fullmatch(r"boot_partition=(\d+)", line.strip()):
            numbers[section] = int(found[1])
    number = numbers.get("tryboot" if tried else "all", 0)
    if not 1 <= number <= len(names):
        raise ImageError("autoboot.txt names no partition to start from")
    return names[number - 1]


def machine_of(image: Path) -> str:
    """Return the architecture that an image's name says."""
    for arch in _QEMU:
        if arch in image.name:
            return arch
    raise ImageError(f"{image}: for which machine? arm64 or amd64")


def _patience() -> list[str]:
    """Give the units more time by systemd's credentials: the image itself stays as it is."""
    blob = base64.b64encode(_SLOW.encode()).decode()
    word = "systemd.set_credential_binary=systemd.unit-dropin"
    more = [f"{word}.{unit}.service:{blob}" for unit in _UNITS]
    times = ("device_timeout_sec", "timeout_start_sec")
    return [*(f"systemd.default_{one}=900" for one in times), *more]


def _run(*command: str) -> bytes:
    done: subprocess.CompletedProcess[Any] = subprocess.run(
        command, capture_output=True, check=False
    )
    if done.returncode:
        raise ImageError(f"{' '.join(command[:1])}: {done.stderr.decode().strip()}")
    return bytes(done.stdout)
