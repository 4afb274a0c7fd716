"""A bare Debian tree with edge installed in it, booted with its own systemd; needs root."""

import atexit
import functools
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from tests.house.tree import ROOT
from tests.keys.cast import keys_folder
from tests.vision import graphs

_PACKAGES = "ca-certificates,python3,python3-venv,systemd-sysv,dbus"
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_PROBE = """\
[Unit]
After=systemd-tmpfiles-setup.service
[Service]
Type=oneshot
ExecStart=/bin/bash /srv/probe.sh
ExecStopPost=/bin/systemctl --no-block poweroff
"""
_INSTALL = """\
python3 -m venv /opt/edge
/opt/edge/bin/pip install -qq --require-hashes --only-binary :all: -r /srv/lock.txt
/opt/edge/bin/pip install -qq --no-deps /srv/*.whl
"""


@dataclass(frozen=True)
class Tree:
    """A folder with a whole system in it."""

    folder: Path

    def run(self, words: str) -> None:
        """Run shell words in it, with the network of this machine."""
        command = [
            *("systemd-nspawn", "--quiet", f"--directory={self.folder}", "--register=no"),
            *("--keep-unit", "--pipe", f"--setenv=PIP_CERT={_CERTIFICATES}", "bash", "-ec", words),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def boot(self, probe: str, seconds: float, *options: str) -> str:
        """Boot it without a network, run *probe* as root, power off, and return what it said.

        Args:
            options: for systemd-nspawn; a filter of system calls among them is the one in force.
        """
        (self.folder / "srv" / "probe.sh").write_text(f"exec >/srv/said 2>&1\n{probe}\nsync\n")
        wants = self.folder / "etc/systemd/system/multi-user.target.wants"
        wants.mkdir(parents=True, exist_ok=True)
        (wants.parent / "probe.service").write_text(_PROBE)
        (wants / "probe.service").symlink_to("../probe.service")
        command = [
            *("systemd-nspawn", f"--directory={self.folder}", "--boot", "--register=no"),
            *("--keep-unit", "--console=interactive", "--private-network"),
            *(options or ("--system-call-filter=adjtimex clock_adjtime",)),
        ]
        subprocess.run(  # script(1) gives the terminal that a boot wants
            ["script", "--quiet", "--flush", "--return", "-c", shlex.join(command), "/dev/null"],
            env={"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            timeout=seconds,
            check=True,
        )
        return (self.folder / "srv" / "said").read_text("utf-8")


def debian13(folder: Path) -> Tree:
    """Return a Debian 13 tree with the wheel and the units installed as systemd/README.md says."""
    subprocess.run(["cp", "--archive", str(_debian13()), str(folder)], check=True)
    return Tree(folder)


@functools.cache
def _debian13() -> Path:
    """Make that tree, once for all tests that begin with it."""
    kept = Path(tempfile.mkdtemp(prefix="edge-debian13."))
    atexit.register(shutil.rmtree, kept, ignore_errors=True)
    folder = kept / "tree"
    tree = Tree(folder)
    make = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={_PACKAGES}", "trixie"]
    subprocess.run([*make, str(folder)], check=True, capture_output=True)
    shutil.copy(_CERTIFICATES, folder / "etc/ssl/certs")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "srv")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    shutil.copy(ROOT / "lock-debian13.txt", folder / "srv/lock.txt")
    for unit in (ROOT / "systemd").glob("*.service"):
        shutil.copy(unit, folder / "etc/systemd/system")
    for kind in ("sysusers", "tmpfiles"):
        shutil.copy(ROOT / f"systemd/edge.{kind}.conf", folder / f"usr/lib/{kind}.d/edge.conf")
    tree.run(_INSTALL)
    return folder


def with_recording(tree: Tree) -> None:
    """Give the unit keys, a recording without end and two small models."""
    keys_folder(tree.folder / "var/lib/edge/keys", "main-street")
    tree.run("systemd-sysusers; chown -R edge-watch:edge /var/lib/edge/keys")
    tree.run("chmod 0750 /var/lib/edge/keys")
    models = tree.folder / "etc/edge/models"
    models.mkdir(parents=True)
    graphs.write(models, "detector", graphs.bright_detector())
    graphs.write(models, "reader", graphs.fixed_reader("AB12345"))
    pictures = tree.folder / "srv/pictures"
    pictures.mkdir()
    rng = np.random.default_rng(1)
    for number in range(4):
        noise = rng.integers(0, 255, (360, 640, 3), np.uint8)
        assert cv2.imwrite(str(pictures / f"{number}.png"), noise)
    (tree.folder / "etc/edge/site.toml").write_text(
        'unit = { town = "windsor", name = "main-street" }\n'
        'source = { kind = "pictures", address = "/srv/pictures", loop = true, fps = 5.0 }\n'
        'detector = { card = "/etc/edge/models/detector.toml" }\n'
        'reader = { card = "/etc/edge/models/reader.toml" }\n'
    )
    short = tree.folder / "etc/systemd/system/edge-watch.service.d/short.conf"
    short.parent.mkdir()
    short.write_text("[Service]\nWatchdogSec=4\n")
