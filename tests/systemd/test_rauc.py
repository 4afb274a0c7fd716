"""Bundles for a card with two sides, made and refused by the real RAUC with a unit's settings."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.house.tree import ROOT
from tests.systemd.raucs import Town, needs_rauc, run

pytestmark = [pytest.mark.machine, needs_rauc]
LINE = "root=PARTLABEL=edge-root-a ro console=ttyAMA0\n"


def bundled(
    town: Town, keys: Path, name: str = "out", line: str = LINE
) -> "subprocess.CompletedProcess[str]":
    """Run the script on a root of noise and the boot files of a side."""
    boot = town.folder / f"{name}-boot"
    boot.mkdir()
    (boot / "cmdline.txt").write_text(line)
    (boot / "vmlinuz").write_bytes(os.urandom(9000))
    root = town.folder / "root.squashfs"
    root.write_bytes(os.urandom(400_000))
    words = ["--root", str(root), "--boot", str(boot), "--keys", str(keys)]
    words += ["--authority", str(town.folder / "authority.pem"), "--out", str(town.folder / name)]
    return run(str(ROOT / "scripts/rauc-bundle"), "arm64", "9.0", *words)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


@pytest.fixture
def bundle(town: Town) -> Path:
    """Return what an updater has signed."""
    done = bundled(town, town.keys("upton", "updater"))
    assert done.returncode == 0, done.stderr
    return town.folder / "out/edge-9.0-arm64.raucb"


def test_a_bundle_of_an_updater_is_taken(town: Town, bundle: Path, tmp_path: Path) -> None:
    """Signature, payload, what is in it; and nothing else is left of the making."""
    info = town.rauc("info", str(bundle))
    assert info.returncode == 0, info.stderr
    assert "CN = upton" in info.stdout
    assert town.rauc("extract", str(bundle), str(tmp_path / "x")).returncode == 0
    assert (tmp_path / "x/root.img").read_bytes() == (tmp_path / "root.squashfs").read_bytes()
    hook = (ROOT / "systemd/rauc/edge-side").read_bytes()
    assert (tmp_path / "x/edge-side").read_bytes() == hook
    assert os.access(tmp_path / "x/edge-side", os.X_OK)
    listed = run("tar", "--list", "--file", str(tmp_path / "x/boot.tar")).stdout.split()
    assert listed == ["./", "./cmdline.txt", "./vmlinuz"]
    assert [file.name for file in bundle.parent.iterdir()] == [bundle.name]


def test_another_keys_bundle_is_refused(town: Town, tmp_path: Path) -> None:
    """Another town's updater, whose bundle his own units take, is nobody here."""
    (tmp_path / "elsewhere").mkdir()
    elsewhere = Town(tmp_path / "elsewhere")
    assert bundled(elsewhere, elsewhere.keys("mallory", "updater")).returncode == 0
    theirs = str(elsewhere.folder / "out/edge-9.0-arm64.raucb")
    assert elsewhere.rauc("info", theirs).returncode == 0  # the control
    refused = town.rauc("info", theirs)
    assert refused.returncode == 1
    assert "signature verification failed" in refused.stderr
    assert town.rauc("extract", theirs, str(tmp_path / "x")).returncode == 1
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("role", ["unit", "console", "auditor"])
def test_another_role_of_the_town_signs_nothing(town: Town, role: str) -> None:
    """A certificate of the same authority, made to open connections, is no updater's."""
    done = bundled(town, town.keys("one", role))
    assert done.returncode == 2
    assert "is not an updater's of that town" in done.stderr
    assert list((town.folder / "out").iterdir()) == []


def test_a_revoked_updater_is_refused(town: Town, bundle: Path) -> None:
    """The unit's list of the revoked counts; without any list nothing is taken."""
    town.revoke("upton")
    refused = town.rauc("info", str(bundle))
    assert (refused.returncode, "certificate revoked" in refused.stderr) == (1, True)
    (town.folder / "updates.pem").write_bytes(town.authority.certificate)
    unlisted = town.rauc("info", str(bundle))
    assert (unlisted.returncode, "CRL" in unlisted.stderr) == (1, True)
    town.revoke()
    assert town.rauc("info", str(bundle)).returncode == 0  # the control


@pytest.mark.parametrize("place", ["payload", "signature", "end"])
def test_a_flipped_bit_is_found(town: Town, bundle: Path, tmp_path: Path, place: str) -> None:
    """Wherever one bit is other than it was signed, nothing is unpacked."""
    blob = bytearray(bundle.read_bytes())
    at = {"payload": 100_000, "signature": len(blob) - 300, "end": len(blob) - 1}[place]
    blob[at] ^= 1
    other = tmp_path / "flipped.raucb"
    other.write_bytes(blob)
    refused = town.rauc("extract", str(other), str(tmp_path / "x"))
    assert refused.returncode == 1
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("part", [0.0, 0.3, 0.999])
def test_a_cut_file_is_refused(town: Town, bundle: Path, tmp_path: Path, part: float) -> None:
    """A stick that was pulled out too early."""
    blob = bundle.read_bytes()
    other = tmp_path / "cut.raucb"
    other.write_bytes(blob[: int(len(blob) * part)])
    for words in (["info", str(other)], ["extract", str(other), str(tmp_path / "x")]):
        assert town.rauc(*words).returncode == 1
    assert not (tmp_path / "x").exists()


def test_what_cannot_be_a_side_is_not_bundled(town: Town) -> None:
    """A command line without a root, keys without a certificate: a sentence, and no file."""
    keys = town.keys("upton", "updater")
    done = bundled(town, keys, line="console=ttyAMA0\n")
    assert (done.returncode, "names no root" in done.stderr) == (2, True)
    (keys / "upton.pem").unlink()
    done = bundled(town, keys, "again")
    assert (done.returncode, "no certificate of its tls.key" in done.stderr) == (2, True)
    assert not list(town.folder.glob("**/*.raucb"))
