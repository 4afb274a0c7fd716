"""A machine that starts from a card: its boot partition's files decide what its systemd does."""

import shlex
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from tests.house.tree import ROOT
from tests.systemd.installing import end_with_all
from tests.systemd.trees import Tree
from tests.vision import graphs

_PACKAGES = "python3,systemd-sysv,dbus,udev,cloud-init,nftables,iproute2"
_REBOOT = 133  # what systemd-nspawn returns where it may not start the machine anew by itself
# as Raspberry Pi OS 13 has it: its user-data lies on the boot partition
_SEED = "datasource_list: [NoCloud, None]\ndatasource:\n  NoCloud:\n    seedfrom: file://{boot}\n"
# NetworkManager as far as its command line goes: there is no Wi-Fi in a container
_NMCLI = """\
#!/bin/sh
echo "$@" >>/run/nmcli.said
case "$*" in
*"connection up"*) ip link add wlan0 type veth peer name air && ip link set wlan0 up &&
    ip address add 10.42.77.1/24 dev wlan0 ;;
*"connection down"*) ip link delete wlan0 ;;
esac
"""
# runs once a unit was installed and the machine has started anew, and switches it off
_PROBE = """\
[Unit]
ConditionPathExists=/opt/edge
ConditionPathExists=!/etc/systemd/system/edge-card.service
After=edge-first-boot.service
[Service]
Type=oneshot
ExecStart=/bin/bash /srv/probe.sh
ExecStopPost=/bin/systemctl --no-block poweroff
"""
_MODELS = "/srv/models"
HEAD = (
    "name,role,place,latitude,longitude,heading,jurisdiction,camera,address,broker,receivers,law,"
    "source.loop,source.fps,detector.card,reader.card,service.wifi,secrets"
)
ROW = (
    "{name},unit,Main Street 12,41.85,-72.64,90,us-ct,pictures,/srv/pictures,broker.example,"
    f"archive,us-ct,true,5.0,{_MODELS}/detector.toml,{_MODELS}/reader.toml,true,camera.password"
)


@dataclass
class Machine:
    """A stock system in a tree, and its boot partition as a folder in it.

    Attributes:
        starts: how often its systemd began.
    """

    tree: Tree
    starts: int = 0
    said: list[str] = field(default_factory=list)

    @property
    def boot(self) -> Path:
        return self.tree.folder / "boot/firmware"

    def make(self) -> "Machine":
        """Build it: Debian 13, cloud-init, a street to look at, and nothing of ours."""
        folder = self.tree.folder
        make = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={_PACKAGES}", "trixie"]
        subprocess.run([*make, str(folder)], check=True, capture_output=True)
        shutil.copy(ROOT / "scripts/install", folder / "srv/install")
        seed = folder / "etc/cloud/cloud.cfg.d/99_raspberry-pi.cfg"
        seed.write_text(_SEED.format(boot="/boot/firmware"))
        (folder / "usr/bin/nmcli").write_text(_NMCLI)
        (folder / "usr/bin/nmcli").chmod(0o755)
        pictures, models = folder / "srv/pictures", folder / _MODELS.strip("/")
        pictures.mkdir()
        models.mkdir()
        graphs.write(models, "detector", graphs.bright_detector())
        graphs.write(models, "reader", graphs.fixed_reader("AB12345"))
        noise = np.random.default_rng(1).integers(0, 255, (360, 640, 3), np.uint8)
        assert cv2.imwrite(str(pictures / "0.png"), noise)
        return self

    def insert(self, files: Path) -> None:
        """Put a card in: *files* are what lies on its boot partition."""
        shutil.rmtree(self.boot, ignore_errors=True)
        shutil.copytree(files, self.boot)
        for one in self.boot.rglob("*"):
            one.chmod(0o755)  # as a FAT partition is mounted

    def probe(self, words: str) -> None:
        """Have shell words run when the unit was installed; then it is switched off."""
        (self.tree.folder / "srv/probe.sh").write_text(f"exec >/srv/said 2>&1\n{words}\nsync\n")
        system = self.tree.folder / "etc/systemd/system"
        (system / "probe.service").write_text(_PROBE)
        wants = system / "multi-user.target.wants"
        wants.mkdir(parents=True, exist_ok=True)
        (wants / "probe.service").unlink(missing_ok=True)
        (wants / "probe.service").symlink_to("../probe.service")

    def run(self, seconds: float) -> str:
        """Switch it on, start it anew as often as it asks, and return what the probe said."""
        until = time.monotonic() + seconds
        while True:
            self.starts += 1
            done = subprocess.run(
                self._command(),
                env=_ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=max(1.0, until - time.monotonic()),
                check=False,
            )
            self.said.append(done.stdout.decode("utf-8", "replace"))
            if done.returncode != _REBOOT:
                assert done.returncode == 0, self.said
                return (self.tree.folder / "srv/said").read_text("utf-8")

    def run_and_cut(self, when: Callable[[], bool], seconds: float) -> None:
        """Switch it on, and cut the power once *when* holds."""
        until = time.monotonic() + seconds
        while True:
            self.starts += 1
            with subprocess.Popen(
                self._command(),
                env=_ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            ) as process:
                while process.poll() is None and not when():
                    assert time.monotonic() < until, "it was never to be cut"
                    time.sleep(0.1)
                if process.poll() is None:
                    end_with_all(process)
                    return
            assert process.returncode == _REBOOT

    def _command(self) -> list[str]:
        """Return the command that boots it, with the kernel's words that are for systemd."""
        line = (self.boot / "cmdline.txt").read_text("ascii")
        kernel = [word for word in line.split() if word.startswith("systemd.")]
        command = [
            *("systemd-nspawn", f"--directory={self.tree.folder}", "--boot", "--register=no"),
            *("--keep-unit", "--console=interactive", "--private-network"),
            "--system-call-filter=adjtimex clock_adjtime @memlock",
            *kernel,
        ]
        return ["script", "--quiet", "--flush", "--return", "-c", shlex.join(command), "/dev/null"]


_ENVIRONMENT = {
    "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1",
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
}
