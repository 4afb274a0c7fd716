"""Kept reads with real daemons on a disk of their own: sealed, killed, over, and nowhere left."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from edge.store.reads_format import HEAD_BYTES
from tests.brokers import until
from tests.end_to_end.daemons import Process
from tests.end_to_end.disk import Disk
from tests.end_to_end.held_keys import in_memory, locked_keys, opened
from tests.keys.cast import keys_of
from tests.policy.test_law import OWN
from tests.services.watching import PLATE, Post, draw, scene, started

pytestmark = [pytest.mark.machine, pytest.mark.timeout(120), pytest.mark.xdist_group("disk")]
KEEP_S = 15.0
FORMS = (PLATE.encode(), PLATE.encode("utf-16-le"), PLATE.lower().encode(), b"QUIxMjM0N")


@pytest.fixture
def disk() -> Iterator[Disk]:
    one = Disk()
    try:
        yield one.start()
    finally:
        one.stop()


class Pole(Post):
    """A unit by a street on which a car passes every other second that is on no list."""

    def __init__(self, folder: Path, disk: Path) -> None:
        law, self.disk = folder / "law.toml", disk
        folder.mkdir(exist_ok=True)
        law.write_text(OWN.replace("hits_max_days = 10.0", "hits_max_days = 30.0"))
        super().__init__(
            folder,
            law={"profile": str(law)},
            reads={"keep_s": KEEP_S, "folder": str(disk / "reads")},
            search={"folder": str(disk / "search")},
            store={"folder": str(disk / "store")},
            source={"paced": True, "fps": 5.0},
            tracking={"max_gap_s": 0.3, "parked_gap_s": 0.3},
        )
        self.store = disk / "store"
        self.replace_list("ZZ99999")
        draw(folder / "street", [scene(60 + 8 * n) for n in range(5)] + [scene()] * 5)

    def search(self) -> Process:
        words = ["run", "search", "--config", str(self.site)]
        return Process("search", words, self.folder)

    def await_problem(self, watch: Process, told: str) -> None:
        """Wait until health says *told* of kept reads; empty: nothing at all."""

        def holds() -> bool:
            assert watch.process.poll() is None, watch.errors()
            said = self.health().get("reads_problem", "")
            return told in said if told else not said

        until(holds, 30.0, told or "the end of the problem")

    @property
    def files(self) -> list[Path]:
        """Those with at least one batch."""
        found = sorted((self.disk / "reads").glob("*.reads"))
        return [one for one in found if one.exists() and one.stat().st_size > HEAD_BYTES]

    def acts(self) -> list[str]:
        base = sqlite3.connect(f"file:{self.store / 'edge.db'}", uri=True, timeout=10)
        try:
            rows = base.execute(
                "SELECT payload FROM audit_payloads JOIN audit USING (number) WHERE kind = 'reads'"
            )
            return [str(one[0]) for one in rows]
        finally:
            base.close()


def test_on_the_raw_disk_nothing_tells_a_car_and_after_the_limit_nothing_opens(
    disk: Disk, tmp_path: Path
) -> None:
    """The image is searched before and after; the control: its blocks open with the living keys.

    After the limit the same blocks, those of deleted files included, open with no key that is left
    anywhere: the dead keys are in no memory of either daemon and nowhere on the disk.
    """
    pole = Pole(tmp_path, disk.mount)
    own = keys_of("main-street").signing.public
    with ExitStack() as stage:
        search = started(stage, pole.search())
        until((pole.run / "reads" / "slots").exists, 20.0, "the first key")
        watch = started(stage, pole.process())
        until(lambda: len(pole.files) >= 2, 40.0, "two slots on the disk")
        before, keys = disk.image.read_bytes(), locked_keys(search.process.pid)
        assert in_memory(search.process.pid, keys) >= len(keys) > 1  # the control
        told, slots = opened(before, keys, own)
        assert {one.text for one in told} == {PLATE}
        assert not any(form in before for form in FORMS)
        old = {file.name.partition("-")[0] for file in pole.files}

        def gone() -> bool:
            return not old & {file.name.partition("-")[0] for file in pole.files}

        until(gone, KEEP_S + 15.0, "the end of those slots")
        later, left = disk.image.read_bytes(), locked_keys(search.process.pid)
        dead = tuple(one for one in keys if one not in left)
        told_later, slots_later = opened(before + later, left, own)
        assert slots <= slots_later
        assert opened(before, left, own)[0] == []
        assert len(dead) >= 2
        assert not any(one in later for one in dead)
        assert in_memory(search.process.pid, dead) == 0
        assert in_memory(watch.process.pid, dead) == 0
        assert {one.text for one in told_later} <= {PLATE}
    raw = disk.raw()
    assert not any(form in raw for form in FORMS)
    assert not any(one in raw for one in keys)


def test_a_killed_key_holder_takes_its_reads_with_it(disk: Disk, tmp_path: Path) -> None:
    """Killed in the middle: nothing more is kept and health says so; the next one sweeps."""
    pole = Pole(tmp_path, disk.mount)
    with ExitStack() as stage:
        search = started(stage, pole.search())
        until((pole.run / "reads" / "slots").exists, 20.0, "the first key")
        watch = started(stage, pole.process())
        until(lambda: len(pole.files) >= 1, 40.0, "kept reads")
        search.kill()
        pole.await_problem(watch, "nobody holds keys")
        old = set(pole.files)
        assert old
        again = started(stage, pole.search())
        until(lambda: not old & set(pole.files), 20.0, "the sweep")
        pole.await_problem(watch, "")
        until(lambda: bool(pole.files), 20.0, "new reads")
        assert again.process.poll() is None
        assert any('"lost"' in one for one in pole.acts())
        watch.stop()
        again.stop()


def test_a_killed_watch_leaves_whole_files_that_open(disk: Disk, tmp_path: Path) -> None:
    """Killed again and again between a read and its sync: what is on the disk opens, all of it."""
    pole = Pole(tmp_path, disk.mount)
    own = keys_of("main-street").signing.public
    with ExitStack() as stage:
        search = started(stage, pole.search())
        until((pole.run / "reads" / "slots").exists, 20.0, "the first key")
        for _ in range(3):
            seen = len(pole.files)
            watch = started(stage, pole.process())
            until(lambda seen=seen: len(pole.files) > seen, 40.0, "a file of this watch")
            keys = locked_keys(search.process.pid)
            watch.kill()
            blobs = [file.read_bytes() for file in pole.files]
            told = [opened(blob, keys, own)[0] for blob in blobs]
            assert {one.text for found in told for one in found} == {PLATE}
        search.stop()
    assert not any(form in disk.raw() for form in FORMS)


def test_a_full_disk_keeps_no_reads_and_alerts_go_on(disk: Disk, tmp_path: Path) -> None:
    """With the space gone reads stop and say so, and the listed car is told all the same."""
    pole = Pole(tmp_path, disk.mount)
    with ExitStack() as stage:
        started(stage, pole.search())
        until((pole.run / "reads" / "slots").exists, 20.0, "the first key")
        watch = started(stage, pole.process())
        until(lambda: len(pole.files) >= 1, 40.0, "kept reads")
        room = os.statvfs(disk.mount)
        filler = disk.mount / "filler"
        with filler.open("wb") as out:
            out.write(b"x" * (room.f_bavail * room.f_frsize - 1_500_000))
        pole.await_problem(watch, "kept for alerts")
        pole.replace_list(PLATE)
        until(lambda: len(pole.alerts()) > 0, 30.0, "an alert on a full disk")
        filler.unlink()
        pole.replace_list("ZZ99999")
        pole.await_problem(watch, "")
        watch.stop()
