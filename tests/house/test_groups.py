"""Tests that share a broker or a port say so with ``xdist_group``, and then stay together."""

import subprocess
import sys
from pathlib import Path

TESTS = """
import pytest

pytestmark = pytest.mark.xdist_group("together")


@pytest.mark.parametrize("number", range(8))
def test_one(number, worker_id):
    with open("workers.txt", "a") as out:
        print(worker_id, file=out)
"""


def test_a_group_runs_in_one_worker(tmp_path: Path) -> None:
    """All tests of a group run in one process: some release of pytest and of xdist lose groups."""
    (tmp_path / "test_group.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", "-q", "."]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    workers = (tmp_path / "workers.txt").read_text().split()
    assert len(workers) == 8
    assert len(set(workers)) == 1
