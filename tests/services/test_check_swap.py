"""Swap: what a thief could read of it, told by ``edge check``."""

from pathlib import Path

import pytest

from edge.services.check_swap import check_swap

HEAD = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"


def machine(folder: Path, *places: str, **sys: str) -> tuple[Path, Path]:
    """Return the ``/proc`` and ``/sys`` of a machine that swaps to *places*."""
    (folder / "proc").mkdir()
    lines = [f"{place}    partition\t102396\t0\t-2\n" for place in places]
    (folder / "proc" / "swaps").write_text(HEAD + "".join(lines))
    for name, text in sys.items():
        file = folder / "sys" / "block" / name.replace("__", "/")
        file.parent.mkdir(parents=True)
        file.write_text(text)
    return folder / "proc", folder / "sys"


@pytest.mark.parametrize(
    ("places", "sys"),
    [
        ((), {}),
        (("/dev/zram0",), {}),
        (("/dev/zram0",), {"zram0__backing_dev": "none\n"}),
        (("/dev/dm-1",), {"dm-1__dm__uuid": "CRYPT-PLAIN-swap\n"}),
    ],
    ids=["none", "zram", "zram-alone", "encrypted"],
)
def test_nothing_readable(tmp_path: Path, places: tuple[str, ...], sys: dict[str, str]) -> None:
    """No swap, compressed memory and an encrypted partition keep nothing that could be read."""
    assert check_swap(*machine(tmp_path, *places, **sys)).passed


@pytest.mark.parametrize(
    ("places", "sys"),
    [
        (("/var/swap",), {}),
        (("/dev/mmcblk0p3",), {}),
        (("/dev/zram0", "/var/swap"), {}),
        (("/dev/zram0",), {"zram0__backing_dev": "/dev/loop0\n"}),
        (("/dev/dm-1",), {"dm-1__dm__uuid": "LVM-abc\n"}),
    ],
    ids=["file", "partition", "both", "zram-with-a-disk", "volume"],
)
def test_a_disk_that_keeps_memory(
    tmp_path: Path, places: tuple[str, ...], sys: dict[str, str]
) -> None:
    """Swap on a disk fails, names the place and says how to end it."""
    found = check_swap(*machine(tmp_path, *places, **sys))
    assert not found.passed
    assert places[-1] in found.sentence
    assert "swapoff" in found.mend
