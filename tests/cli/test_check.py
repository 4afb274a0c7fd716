"""`edge check` as an installer runs it: text and JSON, status 0 or 1."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.brokers import Broker, Tap
from tests.services.checking import NAMES
from tests.services.watching import EDGE, Post, draw, passing

# whatever this machine swaps to, listens on and runs hot with is none of these tests' making
MACHINE = {"disk", "swap", "power", "heat", "ports", "daemons"}


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    """Return a good unit with a broker that runs."""
    broker = Broker(tmp_path / "broker")
    broker.start()
    one = Post(tmp_path / "unit")
    one.configure(delivery={**broker.settings("main-street"), "receivers": ["archive"]})
    passing(one.folder / "street")
    tap = Tap(broker)
    yield one
    tap.close()
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
    """Each check tells itself on a line of its own, with nothing on standard error."""
    status, lines, complaints = check(post)
    told = {line[12:26].strip(): line[:12].strip() for line in lines[:-1] if line[0] != " "}
    assert list(told) == NAMES
    ours = {word for name, word in told.items() if name not in MACHINE | {"search", "sight"}}
    assert (ours, complaints) == ({"pass"}, "")
    assert {told["search"], told["sight"]} == {"not checked"}
    assert status == int("FAIL" in told.values())
    assert "passed" in lines[-1]


def test_seeded_faults(post: Post) -> None:
    """A dark camera, a broken list and a broken model: each named with a mend; the rest passes."""
    draw(post.folder / "street", [np.zeros((192, 320, 3), np.uint8)] * 12)
    post.hotlist.write_text("entry_id,plate\nE1,AB12345\n")
    (post.models / "detector.onnx").write_bytes(b"")
    page = post.folder / "record.html"
    status, lines, complaints = check(post, "--json", "--html", str(page))
    assert (status, complaints) == (1, "")
    found = [json.loads(line) for line in lines]
    assert [one["name"] for one in found] == NAMES
    failed = [one["name"] for one in found if one["passed"] is False]
    assert [name for name in failed if name not in MACHINE] == [
        "models",
        "camera",
        "focus",
        "hotlist",
    ]
    assert all(set(one) == {"name", "passed", "sentence", "mend", "warns"} for one in found)
    assert all(one["mend"] for one in found if one["passed"] is False)
    assert all(one["sentence"].split()[0].replace("&", "") in page.read_text() for one in found)


def test_settings_that_are_wrong(post: Post) -> None:
    """Wrong settings are told before any check, with status 2."""
    post.site.write_text("[source]\nfps = -1.0\n")
    status, lines, complaints = check(post)
    assert (status, lines) == (2, [])
    assert "source.fps" in complaints
