"""`edge check`: each fault that an installer can leave behind is found, named, with a mend."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.clock import SystemClock
from edge.config import Settings, load
from edge.keys.parties import to_time
from edge.services.check import check_all
from edge.services.finding import Finding
from edge.services.pause_folder import PauseFolder
from edge.store import open_store
from tests.alerts import store_section
from tests.brokers import Broker, free_port
from tests.keys.cast import ROSTER
from tests.services.pausing import order
from tests.services.watching import Post, draw, passing, started

pytestmark = pytest.mark.xdist_group("check")
DAY_S = 86_400


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    one = Broker(tmp_path_factory.mktemp("broker"))
    one.start()
    yield one
    one.stop()


class Bench:
    """A good unit, and its findings by name."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        self.post = Post(folder / "unit")
        self.broker = broker
        passing(self.post.folder / "street")
        self.delivery = {**broker.settings("main-street"), "receivers": ["archive"]}
        self.sections: dict[str, dict[str, Any]] = {"delivery": self.delivery}

    def settings(self) -> Settings:
        self.post.configure(**self.sections)
        return load([self.post.site]).settings

    def findings(self) -> dict[str, Finding]:
        found: list[Finding] = []
        passed = check_all(self.settings(), SystemClock("always"), found.append)
        assert passed == all(one.passed for one in found)
        assert all(bool(one.mend) != one.passed and one.sentence for one in found)
        return {one.name: one for one in found}


@pytest.fixture
def bench(tmp_path: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Bench:
    swap = Finding("swap", passed=True, sentence="there is none")  # whatever this machine has
    monkeypatch.setattr("edge.services.check.check_swap", lambda: swap)
    return Bench(tmp_path, broker)


def test_a_good_unit_passes(bench: Bench) -> None:
    """Everything is asked, over real TLS, and everything is well; no store is made by asking."""
    found = bench.findings()
    assert list(found) == [
        "law",
        "clock",
        "models",
        "camera",
        "hotlist",
        "store",
        "runtime",
        "swap",
        "broker",
    ]
    assert [one.sentence for one in found.values() if not one.passed] == []
    assert "320x192" in found["camera"].sentence
    assert "1 entries" in found["hotlist"].sentence
    assert "over TLS" in found["broker"].sentence
    assert not bench.post.store.exists()
    assert not bench.post.run.exists()


def aged(bench: Bench, days: float) -> None:
    when = SystemClock().now().utc_ns / 1e9 - days * DAY_S
    os.utime(bench.post.hotlist, (when, when))


def dark(bench: Bench) -> None:
    draw(bench.post.folder / "street", [np.full((192, 320, 3), 5, np.uint8)] * 12)


def blurred(bench: Bench) -> None:
    draw(bench.post.folder / "street", [np.full((192, 320, 3), 120, np.uint8)] * 12)


def no_camera(bench: Bench) -> None:
    bench.sections["source"] = {"address": str(bench.post.folder / "nowhere")}


def no_list(bench: Bench) -> None:
    bench.sections["hotlist"] = {"path": ""}


def broken_list(bench: Bench) -> None:
    bench.post.hotlist.write_text("entry_id,plate\n")


def old_list(bench: Bench) -> None:
    aged(bench, 2)


def silent_list(bench: Bench) -> None:
    aged(bench, 8)


def list_of_tomorrow(bench: Bench) -> None:
    aged(bench, -1)


def foreign_authority(bench: Bench) -> None:
    other = Broker(bench.post.folder / "other")
    bench.delivery["ca_file"] = str(other.authority.file)


def no_broker(bench: Bench) -> None:
    bench.delivery["port"] = free_port()


def no_certificate(bench: Bench) -> None:
    bench.delivery["certificate_file"] = str(bench.post.folder / "missing.pem")


def no_receiver(bench: Bench) -> None:
    bench.delivery["receivers"] = []


def broken_model(bench: Bench) -> None:
    weights = bench.post.models / "reader.onnx"
    weights.write_bytes(weights.read_bytes()[:-50])


def another_units_store(bench: Bench) -> None:
    open_store(store_section(bench.post.store), "elsewhere", SystemClock()).close()


def broken_tables(bench: Bench) -> None:
    open_store(store_section(bench.post.store), "main-street", SystemClock()).close()
    base = sqlite3.connect(bench.post.store / "edge.db")
    base.execute("DROP TABLE outbox")
    base.commit()
    base.close()


def store_is_a_file(bench: Bench) -> None:
    bench.post.store.write_text("in the way")


def runtime_is_a_file(bench: Bench) -> None:
    bench.post.run.write_text("in the way")


def mad_health(bench: Bench) -> None:
    bench.post.run.mkdir()
    (bench.post.run / "watch.json").write_text('{"frames_seen": NaN}')


@pytest.mark.parametrize(
    ("fault", "name", "sentence", "mend"),
    [
        (dark, "camera", "dark: 320x192", "lens cap"),
        (blurred, "camera", "blurred: 320x192", "focus"),
        (no_camera, "camera", "nowhere: no such picture or folder", "source.address"),
        (no_list, "hotlist", "no list configured", "hotlist.path"),
        (broken_list, "hotlist", "refused whole", "hotlist.path"),
        (old_list, "hotlist", "48.0 h old", "newer list"),
        (silent_list, "hotlist", "nothing is published", "newer list"),
        (list_of_tomorrow, "hotlist", "-24.0 h old", "future"),
        (foreign_authority, "broker", "certificate", "certificates"),
        (no_broker, "broker", "localhost:", "delivery.host"),
        (no_certificate, "broker", "missing.pem", "certificates"),
        (no_receiver, "broker", "no receiver is named", "delivery.receivers"),
        (broken_model, "models", "reader.onnx: is not the file", "release"),
        (another_units_store, "store", "belongs to 'elsewhere'", "store.folder"),
        (broken_tables, "store", "edge.db", "store.folder"),
        (store_is_a_file, "store", "is no folder", "store.folder"),
        (runtime_is_a_file, "runtime", "is no folder", "runtime.folder"),
        (mad_health, "camera", "watch.json", "watch.json"),
    ],
)
def test_a_fault_is_named_with_its_mend(
    bench: Bench, fault: Callable[[Bench], None], name: str, sentence: str, mend: str
) -> None:
    """One seeded fault: the check of that name fails with the reason and a mend, no other does."""
    fault(bench)
    found = bench.findings()
    wrong = [one for one in found.values() if not one.passed]
    assert [one.name for one in wrong] == [name], [one.sentence for one in wrong]
    assert sentence in wrong[0].sentence
    assert mend in wrong[0].mend


def test_a_clock_that_nobody_set(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without chrony or a vouched clock the check says what alerts will be worth."""
    monkeypatch.setattr(SystemClock, "trusted", lambda _self: False)
    found = bench.findings()
    assert not found["clock"].passed
    assert "chrony" in found["clock"].mend


def test_a_running_watch_is_asked_and_left_alone(bench: Bench, stage: Any) -> None:
    """Where watch holds the camera, its own health answers, and its store is only read."""
    bench.settings()
    watch = started(stage, bench.post.process())
    bench.post.await_health(watch, "frames", source_state="delivering")
    found = bench.findings()
    assert "the running watch sees" in found["camera"].sentence
    assert found["camera"].passed
    assert "sound" in found["store"].sentence
    watch.stop()
    assert "320x192" in bench.findings()["camera"].sentence


def test_a_running_watch_without_frames(bench: Bench, stage: Any) -> None:
    """A watch that waits for its camera makes the camera's check fail with watch's own reason."""
    bench.sections["source"] = {"kind": "v4l2", "address": "/dev/video-none"}
    bench.settings()
    watch = started(stage, bench.post.process())
    bench.post.await_health(watch, "the reason", source_problem="/dev/video-none")
    camera = bench.findings()["camera"]
    assert not camera.passed
    assert "the running watch gets no frames: /dev/video-none" in camera.sentence


def test_a_running_watch_in_the_dark(bench: Bench, stage: Any) -> None:
    """Frames that come but are dark are no working camera."""
    dark(bench)
    bench.sections["gate"] = {"enabled": True}
    bench.settings()
    watch = started(stage, bench.post.process())
    bench.post.await_health(watch, "frames", source_state="delivering", gate_shares={"dark": 1.0})
    camera = bench.findings()["camera"]
    assert not camera.passed
    assert "100% of all since its start were dark" in camera.sentence


@pytest.mark.parametrize("stored", [False, True], ids=["before-the-store", "with-a-store"])
def test_a_paused_camera_is_not_opened(bench: Bench, stored: bool) -> None:
    """Who checks a paused unit takes no picture either: what would be opened is not even there."""
    clock = SystemClock("always")
    now = datetime.fromtimestamp(clock.now().utc_ns // 10**9, UTC)
    signed = order(since=to_time(now), until=to_time(now + timedelta(days=9)))
    settings = bench.settings()
    if stored:
        open_store(settings.store, "main-street", clock).close()
    pauses = Path(settings.keys.folder) / "pauses"
    PauseFolder(pauses).put_pause(signed, ROSTER, now)
    shutil.rmtree(bench.post.folder / "street")
    found = bench.findings()
    assert found["camera"].passed
    assert "closed, not tried: paused by the town until" in found["camera"].sentence
    shutil.rmtree(pauses)
    assert not bench.findings()["camera"].passed, "the control: without the order it is tried"
