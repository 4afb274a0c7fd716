"""The disk below the store: mounted to be written, with room, sound, not worn out."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.config import Settings
from edge.services.finding import Finding, bad, good
from edge.services.machine import Machine

_MB: Final = 1024 * 1024
_WORN: Final = 9  # of 10 tenths of its life, as eMMC and some SD cards tell
_INODES: Final = 100


@dataclass(frozen=True, slots=True)
class Space:
    """What is left on a file system."""

    free_mb: int
    files: int


@dataclass(frozen=True, slots=True)
class Mount:
    """One file system and where it hangs."""

    device: str
    place: Path
    kind: str
    options: frozenset[str]


def space(folder: Path) -> Space:
    """Return what is left where *folder* is."""
    found = os.statvfs(folder)
    files = found.f_favail if found.f_files else _INODES + 1  # some file systems count none
    return Space(found.f_bavail * found.f_frsize // _MB, files)


def check_disk(
    settings: Settings, machine: Machine, left: Callable[[Path], Space] = space
) -> Finding:
    """Fail where the store's disk is read-only, full, damaged or near its end."""
    folder = existing(Path(settings.store.folder))
    mount = mount_of(machine, folder)
    if mount is not None and "ro" in mount.options:
        mend = f"mount it to be written: mount -o remount,rw {mount.place}; and see `dmesg` for why"
        return bad("disk", f"{mount.place} ({mount.device}) is mounted read-only", mend)
    found, needed = left(folder), settings.store.reserve_mb
    if found.files < _INODES:
        mend = "delete what is not edge's: see `du --inodes -x /`"
        return bad("disk", f"{folder}: only {found.files} files more can be made", mend)
    if found.free_mb < needed:
        sentence = f"{folder}: {found.free_mb} MB free, under store.reserve_mb = {needed}"
        return bad("disk", f"{sentence}: alerts go without pictures", "make room on it")
    sick = _sick(machine, mount)
    if sick:
        mend = "copy what must be kept, and exchange the card or disk before it takes no more"
        return bad("disk", sick, mend)
    grows = settings.store.budget_mb
    short = (
        f"; less than store.budget_mb = {grows} MB, which the store may grow to"
        if found.free_mb < grows
        else ""
    )
    return good("disk", f"{folder}: {found.free_mb} MB free{_worn(machine, mount)}{short}")


def existing(place: Path) -> Path:
    """Return *place*, or the folder above it that is there."""
    while not os.path.lexists(place):
        place = place.parent
    return place


def mount_of(machine: Machine, folder: Path) -> Mount | None:
    """Return the file system that *folder* is on; None where the kernel does not tell."""
    text = machine.word(machine.proc / "self/mounts") or machine.word(machine.proc / "mounts")
    best: Mount | None = None
    for line in (text or "").splitlines():
        device, place, kind, options, *_ = line.split()
        hangs = Path(place.replace(r"\040", " "))
        nearer = best is None or len(hangs.parts) >= len(best.place.parts)
        if nearer and folder.resolve().is_relative_to(hangs):
            best = Mount(device, hangs, kind, frozenset(options.split(",")))
    return best


def _sick(machine: Machine, mount: Mount | None) -> str:
    """Return what the kernel knows against the device; empty for nothing."""
    if mount is None:
        return ""
    name = Path(mount.device).name
    errors = machine.number(machine.sys / "fs/ext4" / name / "errors_count")
    if errors:
        return f"{mount.device} has had {errors} errors of its file system: run fsck on it"
    used = _life(machine, name)
    if used is not None and used > _WORN:
        return f"{mount.device} has used {min(used, 10) * 10} % of its life, as it says itself"
    return ""


def _worn(machine: Machine, mount: Mount | None) -> str:
    used = _life(machine, Path(mount.device).name) if mount else None
    return "" if used is None else f", {used * 10} % of its life used"


def _life(machine: Machine, name: str) -> int | None:
    """Return the tenths of its life that a card has used; None where it does not tell."""
    if not name.startswith("mmcblk"):
        return None
    disk = name.partition("p")[0]
    told = machine.word(machine.sys / "block" / disk / "device/life_time")
    try:
        tenths = [int(one, 16) for one in (told or "").split()]
    except ValueError:
        return None
    return max(tenths, default=0) or None
