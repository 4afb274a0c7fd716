"""The scripts: runnable, strict, and right about what is stale or missing."""

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import requires
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from scripts.bench_macs import macs, parameters
from scripts.locks import LOCKS
from tests.house.tree import ROOT, read, tracked

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SHELL = [
    file
    for file in (*tracked("scripts/*"), *tracked(".ci/*"))
    if file.suffix != ".png" and read(file).startswith("#!")
]


@pytest.mark.parametrize("file", SHELL, ids=str)
def test_every_script_runs_and_stops_at_errors(file: Path) -> None:
    """Executable, valid bash, and unset variables or failed pipes do not pass in silence."""
    assert os.access(ROOT / file, os.X_OK)
    assert "set -euo pipefail" in read(file) or "set -uo pipefail" in read(file)
    subprocess.run(["bash", "-n", str(ROOT / file)], check=True)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.file.name)
def test_every_lock_is_fresh_pinned_and_hashed(lock: object) -> None:
    """Each requirement of a lock is one version with hashes, and matches pyproject.toml."""
    text = lock.file.read_text("utf-8")  # type: ignore[attr-defined]
    assert text.startswith(lock.header(PROJECT)), "run scripts/lock"  # type: ignore[attr-defined]
    packages = [part for part in text.split("\n\n")[0].splitlines() if "==" in part]
    assert len(packages) > 10
    assert all(line.endswith("\\") for line in packages)
    assert text.count("--hash=sha256:") >= len(packages)
    assert "torch" not in text


def test_a_changed_dependency_makes_the_locks_stale() -> None:
    """Adding a package to pyproject.toml shows without a network."""
    changed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    changed["project"]["dependencies"].append("leftpad")
    assert all(lock.digest(changed) != lock.digest(PROJECT) for lock in LOCKS)


def test_setup_without_a_usable_python_says_what_to_install(tmp_path: Path) -> None:
    """No Python of a supported release: one sentence with the command, no traceback."""
    shown = subprocess.run(
        [str(ROOT / "scripts" / "setup")],
        env={**os.environ, "EDGE_PYTHON": "no-such-python", "EDGE_VENV": str(tmp_path / "venv")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 1
    assert "sudo apt install python3" in shown.stderr
    assert not (tmp_path / "venv").exists()


def test_the_named_broker_comes_first(tmp_path: Path) -> None:
    """EDGE_MOSQUITTO is taken if it runs."""
    fake = tmp_path / "mosquitto"
    fake.write_text("#!/bin/sh\necho mosquitto version 2.0.99\nexit 3\n")
    fake.chmod(0o755)
    shown = subprocess.run(
        [str(ROOT / "scripts" / "broker")],
        env={**os.environ, "EDGE_MOSQUITTO": str(fake)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip() == str(fake)


def test_macs_are_counted_from_the_graph(tmp_path: Path) -> None:
    """A strided convolution and a matrix product cost what paper and pencil say."""
    kernel = numpy_helper.from_array(np.zeros((8, 3, 3, 3), np.float32), "kernel")
    matrix = numpy_helper.from_array(np.zeros((8, 5), np.float32), "matrix")
    nodes = [
        helper.make_node("Cast", ["x"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["float"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["planes", "kernel"], ["conv"], strides=[2, 2], pads=[1] * 4),
        helper.make_node("GlobalAveragePool", ["conv"], ["pool"]),
        helper.make_node("Flatten", ["pool"], ["flat"]),
        helper.make_node("MatMul", ["flat", "matrix"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("x", TensorProto.UINT8, ["N", 10, 12, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 5])],
        [kernel, matrix],
    )
    opset = [helper.make_opsetid("", 17)]
    file = tmp_path / "small.onnx"
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), str(file))
    assert macs(file) == 5 * 6 * 8 * 27 + 8 * 5
    assert macs(file, batch=3) == 3 * macs(file)
    assert parameters(file) == 8 * 27 + 8 * 5


def test_scripts_ask_for_this_python() -> None:
    """The running release is one that scripts/setup accepts."""
    assert (3, 11) <= sys.version_info[:2] < (3, 14)


def test_the_installer_takes_the_whole_build_tool() -> None:
    """What makes the wheel of a clone, and all that it needs, is named and locked."""
    named = re.search(r"/\^\(([a-z|-]+)\)==/", read(Path("scripts/install")))
    assert named
    taken = set(named[1].split("|"))
    needed = {re.split(r"[^\w-]", one)[0] for one in requires("hatchling") or [] if ";" not in one}
    assert needed | {"hatchling"} == taken
    for lock in (one for one in LOCKS if one.dev):
        assert all(f"\n{one}==" in lock.file.read_text("utf-8") for one in taken)
