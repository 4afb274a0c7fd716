"""Versions of edge to update to, good and broken, and a unit in a tree that takes them."""

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np

from edge.keys.roles import Role
from edge.services.update_sign import Wish, sign_update
from tests.house.tree import ROOT
from tests.keys.cast import ISSUED, keys_folder, keys_of
from tests.services.updating import updater_keys, updating_roster
from tests.systemd.installing import Bare
from tests.systemd.trees import Tree

PACKAGES = "python3,systemd-sysv,dbus,udev,mosquitto"
# what pip would do, for versions that differ from the installed one by a few lines
LIGHT = """\
#!/usr/bin/env bash
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
from=$(readlink -f /opt/edge.kept) to=/opt/edge-VERSION
rm -rf "$to"
cp --archive --link "$from" "$to"
rm -f "$to/.edge-stamp"
sed -i "s#$from/#$to/#g; s#$from\\$#$to#" "$to"/bin/edge "$to/pyvenv.cfg"
site=$(echo "$to"/lib/python*/site-packages)
rm -rf "$site/edge" "$site"/edge_plates-*
python3 -m zipfile -e "$here"/wheels/edge_plates-*.whl "$site"
sync
echo VERSION >"$to/.edge-stamp"
echo "side:$to"
"""

Patch = Callable[[Path], None]


def no_watch(tree: Path) -> None:
    """Let the reading daemon fail at its start."""
    file = tree / "edge/services/watch.py"
    text = file.read_text("utf-8")
    begin = "    law = check_law(settings)\n"
    assert begin in text
    file.write_text(text.replace(begin, '    raise RuntimeError("broken")\n' + begin), "utf-8")


def no_broker(tree: Path) -> None:
    """Let the sending daemon run, and never reach its broker."""
    file = tree / "edge/services/deliver.py"
    text = file.read_text("utf-8")
    begin = '        self.sentence = "connected to the broker"\n'
    assert begin in text
    file.write_text(text.replace(begin, '        self.sentence = "lost"\n'), "utf-8")


def no_reading(tree: Path) -> None:
    """Let the version expect another plate in its clip than passes there."""
    file = tree / "models/selftest/truth.json"
    file.write_text(file.read_text("utf-8").replace("BT48271", "BT48272"), "utf-8")


def wheel(folder: Path, version: str, patch: Patch | None = None) -> Path:
    """Build the wheel of *version*: this checkout but for its number and *patch*."""
    tree = folder / f"tree-{version}"
    for name in ("edge", "configs", "models/weights", "models/selftest"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree / name)
    init = tree / "edge/__init__.py"
    lines = init.read_text("utf-8").splitlines()
    changed = [f'__version__ = "{version}"' if "__version__ =" in one else one for one in lines]
    init.write_text("\n".join(changed) + "\n", "utf-8")
    if patch is not None:
        patch(tree)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tree / "out")]
    subprocess.run(build, cwd=tree, check=True, capture_output=True)
    return next((tree / "out").glob("*.whl"))


def variant(folder: Path, bundle: Path, made: Path, version: str, *, light: bool) -> Path:
    """Return *bundle* with another wheel of edge in it.

    Args:
        light: without all other wheels, and unfolded by :data:`LIGHT` instead of pip.
    """
    with tarfile.open(bundle) as tar:
        top = tar.getmembers()[0].name.split("/")[0]
        arch = top.rpartition("-")[2]
        stage = folder / f"stage-{version}" / f"edge-{version}-{arch}"
        stage.parent.mkdir()
        wanted = [one for one in tar if not (light and "/wheels/" in one.name)]
        tar.extractall(stage.parent, wanted, filter="tar")
    (stage.parent / top).rename(stage)
    wheels = stage / "wheels"
    wheels.mkdir(exist_ok=True)
    for one in wheels.glob("edge_plates-*.whl"):
        one.unlink()
    shutil.copy(made, wheels)
    if light:
        (stage / "scripts/install").write_text(LIGHT.replace("VERSION", version), "utf-8")
    (stage / "ABOUT").write_text(f"edge {version} for {arch}\n", "utf-8")
    files = sorted(one for one in stage.rglob("*") if one.is_file() and one.name != "MANIFEST")
    lines = [f"{sha256(one.read_bytes()).hexdigest()}  {one.relative_to(stage)}\n" for one in files]
    (stage / "MANIFEST").write_text("".join(lines), "utf-8")
    out = folder / f"edge-{version}.tar"
    with tarfile.open(out, "w:") as tar:
        tar.add(stage, stage.name)
    shutil.rmtree(stage.parent)
    return out


def release(tar: Path, number: int, place: Path, *, forged: bool = False) -> Path:
    """Sign *tar* into *place*; *forged*: with a key that is on no roster."""
    signer = replace(updater_keys(), signing=keys_of("mallory", Role.UPDATER).signing)
    file = sign_update(Wish(tar, number, "0.0"), signer if forged else updater_keys(), ISSUED)
    os.utime(file, (0, 0))  # it lies still
    return file.rename(place)


def make_unit(folder: Path, bundle: Path, release_name: str = "trixie") -> Bare:
    """Make a tree with a broker in it, the bundle installed, and a unit that reads pictures."""
    bare = Bare(Tree(folder), release_name)
    make = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}"]
    subprocess.run([*make, release_name, str(folder)], check=True, capture_output=True)
    (folder / "srv/bundle.tar").hardlink_to(bundle)
    shutil.copy(ROOT / "scripts/install", folder / "srv/install")
    bare.offline("bash /srv/install --bundle /srv/bundle.tar")
    furnish(bare)
    return bare


def furnish(bare: Bare) -> None:
    """Give it keys, settings, pictures without end, and a broker on loopback."""
    tree = bare.tree.folder
    keys_folder(tree / "var/lib/edge/keys", "main-street", roster=updating_roster())
    pictures = tree / "srv/pictures"
    pictures.mkdir()
    rng = np.random.default_rng(1)
    for number in range(4):
        noise = rng.integers(0, 255, (180, 320, 3), np.uint8)
        assert cv2.imwrite(str(pictures / f"{number}.png"), noise)
    (tree / "etc/edge/site.toml").write_text(
        'unit = { town = "windsor", name = "main-street" }\n'
        'source = { kind = "pictures", address = "/srv/pictures", loop = true, fps = 2.0 }\n'
        'delivery = { host = "127.0.0.1", port = 1883, tls = false, receivers = [] }\n'
        'clock = { trust = "always" }\n'
        "[update]\n"
        'window = "00:00-00:00"\nquiet_s = 0.0\ntrial_s = 900.0\nhold_s = 3.0\nstarts = 1\n'
    )
    (tree / "etc/mosquitto/conf.d").mkdir(exist_ok=True)
    bare.offline(
        "chown -R edge-watch:edge /var/lib/edge/keys; chmod 0750 /var/lib/edge/keys;"
        "chmod 0644 /var/lib/edge/keys/roster /var/lib/edge/keys/town.json;"
        "systemctl --quiet disable edge-update.timer"
    )
