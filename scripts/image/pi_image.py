"""An image of Raspberry Pi OS: what it is, and its boot partition, written without root."""

import json
import os
import shutil
import struct
import subprocess
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.errors import ProvisionError

_SECTOR: Final = 512
_FAT: Final = (0x0B, 0x0C, 0x0E)
_LINUX: Final = 0x83
_ROOT_MAGIC: Final = (1080, b"\x53\xef")  # ext4
_RELEASES: Final = ("12", "13")
_LIBRARIES: Final = {"aarch64-linux-gnu": "arm64", "x86_64-linux-gnu": "amd64"}
_ISSUE: Final = "Raspberry Pi reference"
_TOOLS: Final = {"mcopy": "mtools", "debugfs": "e2fsprogs"}
_SBIN: Final = "/usr/sbin:/sbin"  # not on everybody's path


@dataclass(frozen=True, slots=True)
class Kind:
    """What the image holds.

    Attributes:
        release: of Debian.
        arch: as Debian calls it.
        cloud_init: it reads ``user-data`` at its first start.
    """

    release: str
    arch: str
    cloud_init: bool


class BootPartition:
    """The FAT partition of an image, by mtools."""

    def __init__(self, image: Path, offset: int) -> None:
        self._drive = f"{image}@@{offset}"

    def names(self) -> set[str]:
        """Return what lies at its top, in small letters."""
        listed = self._run("mdir", "-a", "-b", "::/").splitlines()
        return {line.removeprefix("::").strip("/").lower() for line in listed}

    def free_bytes(self) -> int:
        """Return the space that is left."""
        last = self._run("mdir", "::/").strip().splitlines()[-1]
        return int("".join(one for one in last if one.isdigit()))

    def read(self, name: str) -> bytes:
        """Return a file's content."""
        return self._bytes("mtype", f"::/{name}")

    def write(self, source: Path, name: str) -> None:
        """Copy *source* to *name*, and read it back.

        Raises:
            ProvisionError: it was not written, or reads back other than it is.
        """
        self._run("mcopy", "-o", "-Q", str(source), f"::/{name}")
        if self.read(name) != source.read_bytes():
            raise ProvisionError(f"{name}: reads back other than it was written: is the disk full?")

    def make(self, folder: str) -> None:
        """Make a folder."""
        self._run("mmd", f"::/{folder}")

    def remove(self, names: Iterable[str]) -> None:
        """Remove files and folders that are there."""
        here = self.names()
        for name in names:
            if name.lower() in here:
                self._run("mdeltree", f"::/{name}")

    def _run(self, command: str, *words: str) -> str:
        return self._bytes(command, *words).decode("utf-8", "replace")

    def _bytes(self, command: str, *words: str) -> bytes:
        return _said([command, "-i", self._drive, *words])


def open_image(image: Path) -> tuple[BootPartition, Kind]:
    """Return the boot partition of an image of Raspberry Pi OS, and what the image is.

    Raises:
        ProvisionError: it is none, or one that edge does not install on.
    """
    for tool, package in _TOOLS.items():
        if shutil.which(tool, path=_path()) is None:
            raise ProvisionError(f"{tool} is missing: sudo apt install {package}")
    boot, root = _partitions(image)
    partition = BootPartition(image, boot)
    _check_boot(image, partition)
    return partition, _kind(image, root, partition)


def _partitions(image: Path) -> tuple[int, int]:
    """Return where the boot and the root partition begin, in bytes."""
    with image.open("rb") as file:
        first = file.read(_SECTOR)
        if len(first) < _SECTOR or first[510:] != b"\x55\xaa":
            raise ProvisionError(f"{image}: has no partition table: is this a whole .img?")
        rows = [struct.unpack_from("<4xB3xII", first, 446 + 16 * row) for row in range(4)]
        used = [(kind, start, size) for kind, start, size in rows if kind]
        kinds = [kind for kind, _, _ in used]
        if len(used) != 2 or kinds[0] not in _FAT or kinds[1] != _LINUX:
            told = ", ".join(f"{kind:#04x}" for kind in kinds) or "none"
            raise ProvisionError(
                f"{image}: partitions are {told}; Raspberry Pi OS has a FAT and a Linux one"
            )
        end = max((start + size) * _SECTOR for _, start, size in used)
        if image.stat().st_size < end:
            raise ProvisionError(f"{image}: is cut short: its partitions end at {end} bytes")
        root = used[1][1] * _SECTOR
        file.seek(root + _ROOT_MAGIC[0])
        if file.read(2) != _ROOT_MAGIC[1]:
            raise ProvisionError(f"{image}: its second partition is no ext4")
    return used[0][1] * _SECTOR, root


def _check_boot(image: Path, boot: BootPartition) -> None:
    missing = {"config.txt", "cmdline.txt", "issue.txt", "kernel8.img"} - boot.names()
    issue = "" if missing else boot.read("issue.txt").decode("utf-8", "replace")
    if missing or _ISSUE not in issue:
        why = f"lacks {', '.join(sorted(missing))}" if missing else "has another issue.txt"
        raise ProvisionError(
            f"{image}: its boot partition {why}: take an image of Raspberry Pi OS Lite (64 bits)"
        )


def _kind(image: Path, root: int, boot: BootPartition) -> Kind:
    tree = f"{image}?offset={root}"
    about = _said(["debugfs", "-R", "cat /usr/lib/os-release", tree]).decode("utf-8", "replace")
    release = tomllib.loads(_quoted(about)).get("VERSION_ID", "")
    if release not in _RELEASES:
        raise ProvisionError(
            f"{image}: holds Debian {release or '(unknown)'}, and edge installs on 12 and 13"
        )
    listed = _said(["debugfs", "-R", "ls -p /usr/lib", tree]).decode("utf-8", "replace")
    arch = [name for library, name in _LIBRARIES.items() if f"/{library}/" in listed]
    if len(arch) != 1:
        raise ProvisionError(f"{image}: is no 64-bit system: take the image that says arm64")
    names = boot.names()
    return Kind(release, arch[0], cloud_init={"user-data", "meta-data"} <= names)


def _quoted(text: str) -> str:
    """Return lines of NAME=value as TOML."""
    rows = (line.partition("=") for line in text.splitlines() if "=" in line)
    return "\n".join(f"{name} = {json.dumps(value.strip(chr(34)))}" for name, _, value in rows)


def _said(words: list[str]) -> bytes:
    done = subprocess.run(
        words,
        env={"PATH": _path(), "MTOOLS_SKIP_CHECK": "1", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        why = done.stderr.decode("utf-8", "replace").strip()
        raise ProvisionError(f"{words[0]}: {why or 'failed'}")
    return done.stdout


def _path() -> str:
    return f"{os.environ.get('PATH', '/usr/bin:/bin')}:{_SBIN}"
