"""A power cut at any moment of an import leaves the old list or the new one, whole."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.store.conftest import shim
from tests.store.power import ROOT, needs_compiler

__all__ = ["shim"]  # the fixture


def _words(tmp_path: Path, library: str, left_out: str) -> list[dict[str, Any]]:
    environment = {
        **os.environ,
        "LD_PRELOAD": library,
        "POWER_DIR": str(tmp_path / "disk"),
        "POWER_SHADOW": str(tmp_path / "shadow"),
    }
    command = [
        sys.executable,
        "-m",
        "tests.hotlist.importing.cuts",
        str(tmp_path / "after"),
        left_out,
    ]
    told = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return [json.loads(line) for line in told.stdout.splitlines()]


def _whole(word: dict[str, Any]) -> bool:
    """Say whether the list is the old one or the new one; the new one once it was said to be."""
    has = set(word["has"])
    new = {"AB12345", "AB777", "7ABC123", "NEW4321"} <= has and "QRS1234" not in has
    old = {"AB12345", "AB777", "7ABC123", "QRS1234"} <= has and "NEW4321" not in has
    return new or (old and not word["safe"])


@needs_compiler
def test_cut_before_each_change(tmp_path: Path, shim: str) -> None:
    """Before each of its writes, syncs, renames and removals the power goes: no torn list."""
    words = _words(tmp_path, shim, "none")
    assert [word for word in words if not _whole(word)] == []
    assert words[-1]["safe"]
    assert words[-1]["at"] >= 6, "the cuts did not come"
    assert len({tuple(word["has"]) for word in words}) == 2


@needs_compiler
@pytest.mark.parametrize(
    "left_out",
    ["all", *(pytest.param(one, marks=pytest.mark.machine) for one in ("files", "folders"))],
)
def test_without_syncs_it_breaks(tmp_path: Path, shim: str, left_out: str) -> None:
    """The control: with syncs left out, the same cuts lose a list that was said to be there."""
    words = _words(tmp_path, shim, left_out)
    assert [word for word in words if not _whole(word)]
