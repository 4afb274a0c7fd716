"""A Debian 13 tree with libcamera's virtual camera and the real picamera2; needs root."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tests.house.tree import ROOT
from tests.store.power import COMPILER

PYTHON = "/opt/camera/bin/python"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
OURS = ROOT / "tests/sources/virtual"
SIZE = (1280, 720)
PLATE_AT = 300  # the bright plate, row and first column of the first picture
# 0.4.0, which Debian 13 has itself, crashes with a virtual camera
_PIN = "Package: libcamera* python3-libcamera\nPin: release n=trixie-backports\nPin-Priority: 990\n"
_PACKAGES = "ca-certificates,python3,python3-venv,python3-prctl,python3-libcamera,libcamera-ipa"
_SYSTEM = ",systemd-sysv,dbus,udev"  # to boot it
# without its needs that would have to be compiled: pictures as DNG files, and a screen
_PICAMERA2 = (
    "picamera2==0.3.38 jsonschema attrs referencing rpds-py jsonschema-specifications "
    "piexif pillow simplejpeg tqdm videodev2 libarchive-c"
)
_STUBS = {
    "pykms.py": "class PixelFormat:\n    RGB888 = BGR888 = XRGB8888 = XBGR8888 = YUV420 = None\n"
    "    YVU420 = NV12 = None\n",
    "pidng/__init__.py": "",
    "pidng/camdefs.py": "Picamera2Camera = None\n",
    "pidng/core.py": "PICAM2DNG = None\n",
}
_CAMERA = """\
"Virtual0":
  supported_formats:
  - {width: 1280, height: 720, frame_rates: [30]}
  - {width: 320, height: 180, frame_rates: [30]}
  frames: {path: "/srv/frames/"}
  location: "CameraLocationFront"
  model: "imx708"
"""


@dataclass(frozen=True)
class VirtualTree:
    """A folder with a system in it whose camera shows eight pictures again and again."""

    folder: Path

    def make(self) -> "VirtualTree":
        """Build it: Debian's libcamera, the locked wheels, picamera2 from PyPI."""
        pin = f"printf '{_PIN}' >\"$1/etc/apt/preferences.d/camera\"".replace("\n", "\\n")
        words = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={_PACKAGES}{_SYSTEM}"]
        words += [f'--setup-hook=mkdir -p "$1/etc/apt/preferences.d"; {pin}']
        words += ["trixie", str(self.folder)]
        mirror = _mirror()
        _run(words + [f"deb {mirror} {suite} main" for suite in ("trixie", "trixie-backports")])
        shutil.copy(CERTIFICATES, self.folder / "etc/ssl/certs")
        shutil.copy(ROOT / "lock-debian13.txt", self.folder / "srv/lock.txt")
        pip = "/opt/camera/bin/pip --disable-pip-version-check install -qq --only-binary :all:"
        self.run(
            "bash",
            "-ec",
            "python3 -m venv --system-site-packages /opt/camera;"
            f"{pip} --require-hashes -r /srv/lock.txt; {pip} --no-deps {_PICAMERA2}",
            network=True,
        )
        self._stand_ins()
        self._pictures()
        return self

    def command(
        self, *words: str, binds: tuple[Path, ...] = (), network: bool = False
    ) -> list[str]:
        """Return the command that runs *words* in it, with this checkout where it lies here."""
        options = [f"--bind={one}" for one in binds]
        options += [] if network else ["--private-network"]
        environment = {
            "PYTHONDONTWRITEBYTECODE": "1",
            "OMP_NUM_THREADS": "1",
            "EDGE_CONTROLS": "/srv/controls",
            "LIBCAMERA_LOG_LEVELS": "*:ERROR",
            "PIP_CERT": str(CERTIFICATES),
        }
        if words[0] == PYTHON:
            environment["LD_PRELOAD"] = "/srv/memfds.so"
            environment["PYTHONPATH"] = f"/srv/stubs:{OURS}:{ROOT}"
        return [
            *("systemd-nspawn", "--quiet", f"--directory={self.folder}", "--register=no"),
            *("--keep-unit", "--pipe", "--as-pid2", f"--bind-ro={ROOT}", *options),
            *(f"--setenv={name}={value}" for name, value in environment.items()),
            *words,
        ]

    def run(self, *words: str, network: bool = False) -> str:
        """Run a program in it to its end and return what it printed."""
        return _run(self.command(*words, network=network))

    def probe(self, scenario: str) -> dict[str, Any]:
        """Run one scenario of ``virtual/probe.py``."""
        found = json.loads(self.run(PYTHON, str(OURS / "probe.py"), scenario))
        assert isinstance(found, dict)
        return found

    def _stand_ins(self) -> None:
        library, source = self.folder / "srv/memfds.so", OURS / "memfds.c"
        _run([COMPILER, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"])
        for name, text in _STUBS.items():
            file = self.folder / "srv/stubs" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        camera = self.folder / "usr/share/libcamera/pipeline/virtual/virtual.yaml"
        camera.parent.mkdir(parents=True, exist_ok=True)
        camera.write_text(_CAMERA)

    def _pictures(self) -> None:
        """Draw blue sky, red ground, and a bright plate that moves 40 pixels a picture."""
        folder = self.folder / "srv/frames"
        folder.mkdir()
        for number in range(8):
            image = np.random.default_rng(3).integers(90, 120, (*SIZE[::-1], 3), np.uint8)
            image[:240], image[480:] = (200, 30, 40), (40, 50, 210)
            left = PLATE_AT + 40 * number
            image[PLATE_AT : PLATE_AT + 70, left : left + 280] = 255
            assert cv2.imwrite(str(folder / f"{number:03}.jpg"), image)


def _run(words: list[str]) -> str:
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _mirror() -> str:
    """Return where this machine's own packages come from: its archive has backports beside."""
    told = _run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"])
    places = {one.rstrip("/") for one in told.split() if one.rstrip("/").endswith("/debian")}
    assert places, "apt names no archive of Debian: see /etc/apt/sources.list"
    return min(places)
