"""A power cut at any moment of an install leaves the old list or the new one, whole."""

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
OLD, NEW = ["AA11", "BB22"], ["BB22", "CC33"]


def _words(tmp_path: Path, library: str, kind: str, left_out: str) -> list[dict[str, Any]]:
    environment = {
        **os.environ,
        "LD_PRELOAD": library,
        "POWER_DIR": str(tmp_path / "disk" / "lists"),
        "POWER_SHADOW": str(tmp_path / "shadow"),
    }
    command = [sys.executable, "-m", "tests.services.cuts", str(tmp_path / "after"), kind, left_out]
    told = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return [json.loads(line) for line in told.stdout.splitlines()]


def _whole(word: dict[str, Any]) -> bool:
    """Say whether the unit kept its promises: a whole list, the new one once it was called safe."""
    lists = [NEW] if word["safe"] else [OLD, NEW]
    return word["has"] in lists and word["back"] == "older" and word["retry"] == NEW


@needs_compiler
@pytest.mark.parametrize("kind", ["full", "delta"])
def test_cut_before_each_change(tmp_path: Path, shim: str, kind: str) -> None:
    """Before each of its writes, syncs, renames and removals the power goes: nothing is lost."""
    words = _words(tmp_path, shim, kind, "none")
    assert [word for word in words if not _whole(word)] == []
    assert words[-1]["safe"]
    assert words[-1]["at"] > 10, "the cuts did not come"
    assert {tuple(word["has"]) for word in words if not word["safe"]} == {tuple(OLD), tuple(NEW)}


@needs_compiler
@pytest.mark.parametrize("left_out", ["all", "files", "folders"])
def test_without_syncs_it_breaks(tmp_path: Path, shim: str, left_out: str) -> None:
    """The control: with syncs left out, the same cuts lose a list that was called safe."""
    words = _words(tmp_path, shim, "full", left_out)
    assert [word for word in words if not _whole(word)]
