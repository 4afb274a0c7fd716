"""`edge check` as an installer runs it: text and JSON, status 0 or 1."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edge.services.check_swap import check_swap
from tests.brokers import Broker
from tests.services.watching import EDGE, Post, draw, passing

SWAPS = not check_swap().passed  # this machine: what it swaps to is none of these tests' making
NAMES = ["law", "clock", "models", "camera", "hotlist", "store", "runtime", "swap", "broker"]


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    """Return a good unit with a broker that runs."""
    broker = Broker(tmp_path / "broker")
    broker.start()
    one = Post(tmp_path / "unit")
    one.configure(delivery={**broker.settings("main-street"), "receivers": ["archive"]})
    passing(one.folder / "street")
    yield one
    broker.stop()


def check(post: Post, *words: str) -> tuple[int, list[str], str]:
    """Return the status, the lines and the complaints of ``edge check``."""
    done = subprocess.run(
        [*EDGE, "check", "--config", str(post.site), *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


def test_a_good_unit(post: Post) -> None:
    """Each check passes on a line of its own; status 0 and nothing on standard error."""
    status, lines, complaints = check(post)
    assert (status, complaints) == (int(SWAPS), "")
    wanted = [["FAIL" if name == "swap" and SWAPS else "pass", name] for name in NAMES]
    assert [line.split()[:2] for line in lines if not line.startswith(" ")] == wanted


def test_seeded_faults(post: Post) -> None:
    """A dark camera, a broken list and a broken model: each named with a mend; the rest passes."""
    draw(post.folder / "street", [np.zeros((192, 320, 3), np.uint8)] * 12)
    post.hotlist.write_text("entry_id,plate\nE1,AB12345\n")
    (post.models / "detector.onnx").write_bytes(b"")
    status, lines, complaints = check(post)
    assert (status, complaints) == (1, "")
    failed = [line.split()[1] for line in lines if line.startswith("FAIL")]
    assert failed == ["models", "camera", "hotlist", *["swap"] * SWAPS]
    assert sum(line.startswith(" " * 15 + "mend: ") for line in lines) == 3 + SWAPS
    status, lines, complaints = check(post, "--json")
    assert (status, complaints) == (1, "")
    found = [json.loads(line) for line in lines]
    assert [one["name"] for one in found] == NAMES
    assert [one["name"] for one in found if not one["passed"]] == failed
    assert all(set(one) == {"name", "passed", "sentence", "mend"} for one in found)
    assert all(bool(one["mend"]) is not one["passed"] for one in found)


def test_settings_that_are_wrong(post: Post) -> None:
    """Wrong settings are told before any check, with status 2."""
    post.site.write_text("[source]\nfps = -1.0\n")
    status, lines, complaints = check(post)
    assert (status, lines) == (2, [])
    assert "source.fps" in complaints
