"""Disks that are full or read-only: alerts go on without pictures, then a clear end."""

import re
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from edge.clock import SystemClock
from edge.store import open_store
from tests.alerts import store_section
from tests.brokers import until
from tests.services.watching import EDGE, PATIENCE_S, Crowd, Post, sentence, started
from tests.store.power import needs_compiler

pytestmark = [pytest.mark.timeout(120), pytest.mark.xdist_group("faults")]
LIMIT = 4_000_000  # two files of reserve take two million


@pytest.fixture
def crowd(tmp_path: Path) -> Crowd:
    """Return a unit whose alerts fill a small disk within seconds."""
    return Crowd(tmp_path / "unit", store={"reserve_mb": 1})


def sound(post: Post, store: Path) -> list[bool]:
    """Hold that a store is whole and no number is missing; return which alerts have a crop."""
    with open_store(store_section(store), "main-street", SystemClock("always")) as opened:
        opened.check()
    alerts = post.alerts(store)
    assert [one.sequence for one in alerts] == list(range(1, len(alerts) + 1))
    return [one.payload.crop is not None for one in alerts]


def pictures_first(crops: Sequence[bool]) -> None:
    assert list(crops) == sorted(crops, reverse=True), "once pictures stop they stay away"
    assert sum(crops) > 5
    assert crops.count(False) > 20


@needs_compiler
def test_a_disk_that_fills_up(crowd: Crowd, shim: str) -> None:
    """Pictures stop first, alerts go on into the reserve; the end is a sentence; all is there."""
    limits = {"LD_PRELOAD": shim, "POWER_DIR": str(crowd.store), "POWER_LIMIT": str(LIMIT)}
    watch = crowd.process(**limits)
    assert "no space left, not even for an alert" in sentence(watch.start())
    assert "the reserve is spent on alerts" in watch.errors()
    assert "no space left" in crowd.health()["stopped_by"]
    assert crowd.health()["alerts"] == len(crowd.alerts())
    pictures_first(sound(crowd, crowd.store))


@needs_compiler
def test_a_disk_that_turns_read_only(stage: ExitStack, crowd: Crowd, shim: str) -> None:
    """The next alert ends watch with a sentence; health and journal say why; nothing is lost."""
    flag = crowd.folder / "flag"
    faults = {
        "LD_PRELOAD": shim,
        "POWER_DIR": str(crowd.store),
        "POWER_READONLY": str(flag),
    }
    watch = started(stage, crowd.process(**faults))
    until(lambda: len(crowd.alerts()) > 5, PATIENCE_S, "alerts")
    flag.touch()
    assert "read-only" in sentence(watch)
    flag.unlink()
    assert len(sound(crowd, crowd.store)) == crowd.health()["alerts"]


def in_a_namespace(before: str, after: str = "true") -> Sequence[str]:
    """Return a program that runs ``edge`` with its own mounts, and shell lines around it."""
    lines = f'set -e; {before}; set +e; "$@"; code=$?; {after}; exit $code'
    return ("unshare", "--mount", "sh", "-c", lines, "sh", *EDGE)


@pytest.mark.machine
def test_a_real_full_disk(crowd: Crowd) -> None:
    """On a tmpfs of a few megabytes the same holds as with the disk that only plays full."""
    crowd.store.mkdir()
    kept = crowd.folder / "kept"
    program = in_a_namespace(
        f"mount -t tmpfs -o size={LIMIT} none {crowd.store}",
        f"cp -r {crowd.store} {kept}",
    )
    assert "no space left, not even for an alert" in sentence(crowd.process(program).start())
    pictures_first(sound(crowd, kept))


@pytest.mark.machine
@pytest.mark.parametrize("made", [True, False])
def test_a_real_read_only_store(crowd: Crowd, *, made: bool) -> None:
    """A read-only disk, with a store on it or none, is told at the start with its mend."""
    crowd.store.mkdir()
    if made:
        open_store(store_section(crowd.store), "main-street", SystemClock()).close()
    here = crowd.store
    program = in_a_namespace(f"mount --bind {here} {here}; mount -o remount,ro,bind {here}")
    said = sentence(crowd.process(program).start())
    assert str(here) in said
    assert re.search("read-only|must exist and be writable", said.lower())


@pytest.mark.machine
def test_a_real_read_only_runtime_folder(crowd: Crowd) -> None:
    """Where health cannot be written from the start, the sentence names runtime.folder."""
    crowd.run.mkdir()
    program = in_a_namespace(f"mount -t tmpfs -o ro none {crowd.run}")
    assert "runtime.folder" in sentence(crowd.process(program).start())


@pytest.mark.machine
def test_a_real_full_runtime_folder(post: Post) -> None:
    """A tmpfs without a byte left costs the health, which is said once, and no alert."""
    post.run.mkdir()
    post.configure(source={"loop": False})
    fill = f"mount -t tmpfs -o size=16k none {post.run}; cat /dev/zero > {post.run}/x || true"
    watch = post.process(in_a_namespace(fill)).start()
    assert watch.wait(PATIENCE_S) == 0, watch.errors()
    assert watch.errors().count("health cannot be written") == 1
    assert post.alerts()
