"""What may be written: the system's disk, and the partition that the board starts from."""

from typing import Final

from edge.services.finding import Finding
from edge.services.security.host import Host
from edge.services.security.judge import Judge

_OVERLAY: Final = (
    "raspi-config, performance, overlay file system on (and write-protect the boot partition); "
    "/var/lib/edge on a partition of its own, or all is forgotten at each start"
)


def check_root(host: Host) -> list[Finding]:
    """Judge whether what an intruder writes is there after the next start."""
    judge = Judge("root")
    mounts = _mounts(host)
    kind, options = mounts.get("/", ("", set()))
    if not mounts:
        judge.unseen("neither mounts nor /etc/fstab tell how the system's disk is mounted")
    elif kind not in ("overlay", "squashfs", "erofs") and "ro" not in options:
        judge.warn("the system's disk is written: what an intruder leaves there stays", _OVERLAY)
    for place in ("/boot/firmware", "/boot"):
        kind, options = mounts.get(place, ("", {"ro"}))
        if kind == "vfat" and "ro" not in options:
            judge.warn(
                f"{place} is written: what the board starts from can be changed",
                f"ro among its options in /etc/fstab; mount -o remount,ro {place}",
            )
    return judge.findings("read-only, or forgotten at each start")


def _mounts(host: Host) -> dict[str, tuple[str, set[str]]]:
    """Return kind and options by place: as mounted, or as they will be."""
    lines = host.lines("/proc/mounts") if host.runs else host.lines("/etc/fstab")
    split = (line.split() for line in lines)
    return {one[1]: (one[2], set(one[3].split(","))) for one in split if len(one) >= 4}
