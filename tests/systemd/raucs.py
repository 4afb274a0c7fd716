"""A town whose updater signs bundles, and a unit's RAUC with its own settings."""

import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from edge.keys.x509 import (
    Authority,
    issue,
    make_authority,
    make_tls_key,
    revocation_list,
    tls_public,
)
from tests.house.tree import ROOT

_missing = [tool for tool in ("rauc", "mksquashfs") if shutil.which(tool) is None]
needs_rauc = pytest.mark.skipif(
    bool(_missing) and not os.environ.get("EDGE_REQUIRE_IMAGE"),
    reason="apt install rauc squashfs-tools",
)
NOW: Final = datetime.now(UTC)


class Town:
    """A town's authority, a unit's keyring of it, and keys of whoever signs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.serials: dict[str, int] = {}
        self.authority: Authority = make_authority("springfield", NOW)
        (folder / "authority.pem").write_bytes(self.authority.certificate)
        self.revoke()

    def keys(self, name: str, role: str) -> Path:
        """Return a folder as ``edge keys make`` and ``edge keys certificate`` fill it."""
        place = self.folder / name
        place.mkdir()
        key = make_tls_key()
        since, until = NOW - timedelta(hours=1), NOW + timedelta(days=90)
        made = issue(self.authority, tls_public(key), name, role, (), since, until)
        (place / "tls.key").write_bytes(key)
        (place / f"{name}.pem").write_bytes(made.pem)
        self.serials[name] = made.serial
        return place

    def revoke(self, *names: str) -> None:
        """Give the unit a new list of the revoked."""
        rows = [(self.serials[name], NOW) for name in names]
        revoked = revocation_list(self.authority, rows, NOW)
        (self.folder / "updates.pem").write_bytes(self.authority.certificate + revoked)

    def settings(self) -> str:
        """Return the unit's ``system.conf``, but for where the keyring lies."""
        text = (ROOT / "systemd/rauc/system.conf").read_text("utf-8").replace("@ARCH@", "arm64")
        return text.replace("/etc/edge/updates.pem", str(self.folder / "updates.pem"))

    def rauc(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Ask RAUC as on the unit."""
        conf = self.folder / "system.conf"
        conf.write_text(self.settings())
        return run("rauc", f"--conf={conf}", *words)


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(words, capture_output=True, text=True, check=False)
