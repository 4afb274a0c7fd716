"""A disk of its own for daemons, on which alone they can write: an image, mounted on a loop device.

In the daemons' namespace all else is read-only, and ``/tmp``, ``/var/tmp`` and ``/dev/shm`` are
folders of the disk. It is mounted ``sync`` with its data in the journal: what is written reaches
the image, even if it is deleted at once.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.house.tree import ROOT

_MB = 1024 * 1024
_LINES = """
set -e
for one in tmp shm; do mkdir -p "$0/$one"; done
mount --make-rprivate /
case $1 in # a checkout below /tmp stays where it is, read-only: the programs are in it
/tmp/* | /var/tmp/*)
    place="$0/tmp/${1#*/tmp/}"
    mkdir -p "$place"
    mount --bind "$1" "$place"
    mount -o remount,bind,ro "$place"
    ;;
esac
shift
mount --bind "$0/shm" /dev/shm
mount --rbind "$0/tmp" /var/tmp
mount --rbind "$0/tmp" /tmp
mount -o remount,bind,ro /
ulimit -c unlimited
exec "$@"
"""


class Disk:
    """An ext4 image of its own, mounted below a folder that no private ``/tmp`` hides.

    Args:
        sync: all that is written reaches the image, what is deleted at once as well; slow.
    """

    def __init__(self, size_mb: int = 64, *, sync: bool = True) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="edge-disk-", dir="/srv"))
        self.image = self.folder / "image"
        self.mount = self.folder / "disk"
        self._size = size_mb * _MB
        self._options = "loop,sync,data=journal" if sync else "loop"
        self._mounted = False

    def start(self) -> "Disk":
        """Make the image, and mount it."""
        with self.image.open("wb") as image:
            image.truncate(self._size)
        self.mount.mkdir()
        _run("mkfs.ext4", "-q", "-F", "-m", "0", "-E", "nodiscard", str(self.image))
        _run("mount", "-o", self._options, str(self.image), str(self.mount))
        self._mounted = True
        return self

    def program(self, *words: str) -> Sequence[str]:
        """Return the command that runs *words* where this disk is all that can be written."""
        return ("unshare", "--mount", "sh", "-c", _LINES, str(self.mount), str(ROOT), *words)

    def edge(self) -> Sequence[str]:
        """Return :meth:`program` for the ``edge`` command."""
        return self.program(sys.executable, "-m", "edge")

    def raw(self) -> bytes:
        """Unmount, and return the whole image: files, journal and free space."""
        self._unmount()
        return self.image.read_bytes()

    def stop(self) -> None:
        """Unmount and remove everything."""
        self._unmount()
        shutil.rmtree(self.folder)

    def _unmount(self) -> None:
        if self._mounted:
            _run("sync")
            _run("umount", str(self.mount))
            self._mounted = False


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
