"""The real RAUC writes the other side, and asks our handlers what may be started.

Its service runs on a bus of its own; partitions are loop devices. Two things differ from a card,
since neither this kernel's device mapper nor its vfat may be there: the bundle's format is plain
instead of verity, and the boot partitions are ext4. Handlers, hook and all else are as shipped.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.errors import UpdateError
from edge.services.tryboot import Tryboot, parsed, written
from tests.house.tree import ROOT
from tests.systemd.raucs import Town, needs_rauc, run

pytestmark = [pytest.mark.machine, needs_rauc, pytest.mark.timeout(300)]
SLOTS = ("root-a", "root-b", "boot-a", "boot-b")
MANIFEST = """[update]
compatible=edge-plates-arm64
version=9.0
[bundle]
format=plain
[hooks]
filename=edge-side
[image.rootfs]
filename=root.img
[image.boot]
filename=boot.tar
hooks=post-install
"""
# RAUC on a bus of its own, then one install; what the handler was asked is in the file asked
SESSION = """
export DBUS_STARTER_BUS_TYPE=session
rauc --conf="$1/system.conf" --override-boot-slot="$2" service >"$1/service.log" 2>&1 &
service=$!
for _ in $(seq 300); do rauc status >"$1/status.log" 2>&1 && break; sleep 0.2; done
rauc install "$1/side.raucb" >"$1/install.log" 2>&1
echo "install: $?"
kill "$service"
wait "$service"
"""


class Unit:
    """A card with two sides; what was written on which is read back from the devices' files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.town = Town(folder)
        self.boot = folder / "firmware"
        self.devices: dict[str, str] = {}

    def plug_in(self) -> None:
        """Make four partitions, or say that this machine has no loop devices for a test."""
        for name in SLOTS:
            with self.disk(name).open("wb") as disk:
                disk.truncate(8 << 20)
            done = run("losetup", "--find", "--show", str(self.disk(name)))
            if done.returncode:
                pytest.skip(f"no loop devices here: {done.stderr.strip()}")
            self.devices[name] = done.stdout.strip()

    def pull_out(self) -> None:
        for device in self.devices.values():
            run("losetup", "--detach", device)

    def disk(self, name: str) -> Path:
        return self.folder / f"{name}.disk"

    @property
    def file(self) -> Path:
        return self.boot / "autoboot.txt"

    def lay_down(self) -> None:
        """Put ``system.conf`` and the handlers where they can be tried."""
        text = self.town.settings().replace("=vfat", "=ext4")
        text = text.replace("bundle-formats=verity", "bundle-formats=plain")
        for name, device in self.devices.items():
            text = text.replace(f"/dev/disk/by-partlabel/edge-{name}", device)
        for place in ("/usr/lib/rauc", "/run/rauc", "/var/lib/rauc"):
            here = self.folder / place.strip("/").replace("/", "-")
            here.mkdir()
            text = text.replace(place, str(here))
        (self.folder / "system.conf").write_text(text)
        lib = self.folder / "usr-lib-rauc"
        shutil.copy(ROOT / "systemd/rauc/edge-installed", lib)
        shipped = (ROOT / "systemd/rauc/edge-tryboot").read_text("utf-8")
        ours = shipped.replace('"$@"', f'"$@" --boot {self.boot}')
        ours = ours.replace("/opt/edge/bin/edge", f"{sys.executable} -m edge")
        ours = ours.replace("exec ", f'cd {ROOT} && echo "$@" >>{self.folder}/asked && ')
        (lib / "edge-tryboot").write_text(
            f"{ours}status=$?\ncat {self.file} >>{self.folder}/seen\nexit $status\n"
        )
        (lib / "edge-tryboot").chmod(0o755)
        self.boot.mkdir()
        self.file.write_bytes(written("A", "B"))

    def bundle(self, line: str) -> None:
        """Sign a side with this command line."""
        side, boot = self.folder / "side", self.folder / "kernel"
        side.mkdir()
        boot.mkdir()
        (boot / "cmdline.txt").write_text(line)
        run("tar", "-cf", str(side / "boot.tar"), "-C", str(boot), "--owner=0", "--group=0", ".")
        shutil.copy(ROOT / "systemd/rauc/edge-side", side)
        (side / "root.img").write_bytes(os.urandom(409_600))
        (side / "manifest.raucm").write_text(MANIFEST)
        keys = self.town.keys("upton", "updater")
        signer = [f"--cert={keys / 'upton.pem'}", f"--key={keys / 'tls.key'}"]
        done = run("rauc", "bundle", *signer, str(side), str(self.folder / "side.raucb"))
        assert done.returncode == 0, done.stderr

    def install(self, running: str) -> "subprocess.CompletedProcess[str]":
        """Have the bundle installed by a unit whose side *running* runs."""
        words = ["dbus-run-session", "--", "bash", "-c", SESSION, "-", str(self.folder), running]
        return run(*words)

    def log(self) -> str:
        return "".join((self.folder / f"{one}.log").read_text() for one in ("install", "service"))


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[Unit]:
    if shutil.which("dbus-run-session") is None:
        pytest.skip("apt install dbus-daemon")
    made = Unit(tmp_path)
    try:
        made.plug_in()
        made.lay_down()
        yield made
    finally:
        made.pull_out()


def test_the_other_side_is_written_and_may_be_tried(unit: Unit) -> None:
    """While it is written no start leads to it; then a try does, and each start still the old."""
    unit.bundle("root=PARTLABEL=edge-root-a ro\n")
    done = unit.install("A")
    assert "install: 0" in done.stdout, unit.log()
    changes = [one for one in (unit.folder / "asked").read_text().splitlines() if "set-" in one]
    assert changes == ["set-state B bad", "set-state B good"]
    assert written("A", "A") in (unit.folder / "seen").read_bytes()
    assert parsed(unit.file.read_bytes()) == ("A", "B")
    root = (unit.folder / "side/root.img").read_bytes()
    assert unit.disk("root-b").read_bytes()[: len(root)] == root
    assert not any(unit.disk("root-a").read_bytes())
    line = run("debugfs", "-R", "cat cmdline.txt", str(unit.disk("boot-b"))).stdout
    assert line == "root=PARTLABEL=edge-root-b ro\n"


def test_a_side_that_was_not_written_whole_is_not_started(unit: Unit) -> None:
    """The hook gives up after the root was written: what is there is half, and stays bad."""
    unit.bundle("ro quiet\n")
    done = unit.install("A")
    assert "install: 1" in done.stdout
    assert any(unit.disk("root-b").read_bytes()), unit.log()
    assert parsed(unit.file.read_bytes()) == ("A", "A")
    proc = unit.folder / "proc"
    proc.mkdir()
    (proc / "cmdline").write_text("root=PARTLABEL=edge-root-a ro\n")
    with pytest.raises(UpdateError, match="side B is not whole"):
        Tryboot(unit.boot, proc, lambda _: "").try_other()


def test_in_a_try_the_way_back_is_not_written_over(unit: Unit) -> None:
    """B runs on trial, so RAUC would write A: it is not allowed to, and A stays as it is."""
    unit.bundle("root=PARTLABEL=edge-root-a ro\n")
    done = unit.install("B")
    assert "install: 1" in done.stdout
    assert "set-state A bad" in (unit.folder / "asked").read_text(), unit.log()
    assert not any(unit.disk("root-a").read_bytes())
    assert parsed(unit.file.read_bytes()) == ("A", "B")
