"""Watch's own health: true, whole, without NaN, and never a reason to stop alerts."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from edge.errors import StoreError
from edge.messages.health import RemoteHealth, WatchHealth, parse_watch
from edge.pipeline import Tally
from edge.policy import pauses
from edge.policy.quality import Quality
from edge.records import ListVersion
from edge.services import vitals as module
from edge.services.led import Led
from edge.services.vitals import Vitals
from edge.sources.base import SourceState
from edge.store import Room
from tests.fakes import START, FakeClock
from tests.services.pausing import order

ROOMY = Room(free_mb=900, pictures=True, reserve=True, problem="")


class Stage:
    """Vitals over parts that a test sets as it likes."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "watch.json"
        self.clock = FakeClock()
        self.source = SimpleNamespace(state=SourceState())
        self.tally = Tally()
        self.hotlist = SimpleNamespace(current=None, problem="")
        self.store = SimpleNamespace(room=lambda: ROOMY)
        self.quality = Quality()
        line = SimpleNamespace(
            tally=self.tally, tracks=0, silent_reason="", models={}, quality=self.quality
        )
        self.parts: dict[str, Any] = {
            "source": self.source,
            "hotlist": self.hotlist,
            "store": self.store,
            "line": line,
            "mailbox": SimpleNamespace(dropped=0),
            "sealer": SimpleNamespace(problem="", roster_number=7),
            "heads": SimpleNamespace(write=lambda _now: None),
        }
        self.vitals = Vitals(folder=folder, clock=self.clock, **self.parts)

    def written(self, after_s: float = 1.0) -> WatchHealth:
        """Let time pass, have it written and return what deliver would read."""
        self.clock.advance(after_s)
        self.vitals.write()
        return parse_watch(self.file.read_bytes())


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    one = Stage(tmp_path / "run")
    one.vitals.start()
    yield one
    one.vitals.end()


def test_first_word_comes_before_the_first_frame(stage: Stage) -> None:
    """A start replaces what an earlier life left: starting, no frame, no figure made up."""
    said = parse_watch(stage.file.read_bytes())
    assert (said.source_state, said.source_problem) == ("starting", "not opened yet")
    assert (said.frames_seen, said.frames_per_s, said.last_frame_age_s) == (0, 0.0, None)
    assert "NaN" not in stage.file.read_text()


def test_states_follow_the_source(stage: Stage) -> None:
    """Delivering while frames come, lost with its reason afterwards, ended at the end."""
    stage.source.state = SourceState(
        up=True, detail="frames are coming", frames=9, last_frame=START
    )
    stage.tally.frames = 9
    stage.tally.gated = {"moving": 3, "still": 6}
    said = stage.written(3.0)
    assert (said.source_state, said.source_problem) == ("delivering", "")
    assert (said.frames_per_s, said.last_frame_age_s) == (3.0, 3.0)
    assert said.gate_shares == {"moving": 0.3333, "still": 0.6667}
    stage.source.state = SourceState(detail="/dev/video0: gone", frames=9, last_frame=START)
    said = stage.written(2.0)
    assert (said.source_state, said.source_problem) == ("lost", "/dev/video0: gone")
    assert said.frames_per_s == 0.0
    stage.vitals.end()
    said = parse_watch(stage.file.read_bytes())
    assert (said.source_state, said.source_problem, said.stopped_by) == ("ended", "", "")


def test_it_is_written_once_a_second(stage: Stage) -> None:
    """A fast line does not write with each frame."""
    stage.tally.frames = 5
    assert stage.written(0.5).frames_seen == 0
    assert stage.written(0.5).frames_seen == 5


def test_a_long_reason_is_cut_not_refused(stage: Stage) -> None:
    """What ended watch, and why a list was refused, may be pages long."""
    stage.hotlist.problem = "list.csv: refused whole:\n" + "line 7 is wrong\n" * 500
    assert stage.written().list_problem.endswith("...")
    stage.vitals.end("edge.db: " + "x" * 5000)
    said = parse_watch(stage.file.read_bytes())
    assert said.stopped_by.startswith("edge.db: xxx")
    assert len(said.stopped_by) == 400


def test_a_list_with_a_long_name_is_told(stage: Stage) -> None:
    """A file name of 200 characters does not end the reading."""
    version = ListVersion("n" * 200, datetime(2026, 1, 1, tzinfo=UTC), 3)
    stage.hotlist.current = SimpleNamespace(version=version)
    said = stage.written().list
    assert said is not None
    assert (len(said.version), said.entries) == (80, 3)


@pytest.mark.parametrize(
    ("reading", "told"),
    [("51500\n", 51.5), ("", None), ("-274000\n", None), ("mad", None), (None, None)],
)
def test_a_mad_sensor_is_no_temperature(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reading: str | None, told: float
) -> None:
    """A thermal sensor that is missing, empty or below absolute zero ends nothing."""
    sensor = tmp_path / "temp"
    if reading is not None:
        sensor.write_text(reading)
    monkeypatch.setattr(module, "_THERMAL", sensor)
    assert stage.written().temperature_c == told


def test_a_disk_that_does_not_answer_is_told(stage: Stage) -> None:
    """When the store's disk cannot even be asked, health says so."""

    def gone() -> Room:
        raise OSError(5, os.strerror(5))

    stage.store.room = gone
    said = stage.written()
    assert said.store_problem == "the disk of the store does not answer: Input/output error"
    assert not said.store_pictures


def test_health_that_cannot_be_written_is_said_once(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """A runtime folder that goes away costs one line; when it is back, health is written again."""
    folder = stage.file.parent
    away = folder.rename(folder.with_name("away"))
    for _ in range(3):
        stage.clock.advance(1)
        stage.vitals.write()
    assert [record.getMessage() for record in caplog.records] == ["health cannot be written"]
    away.rename(folder)
    stage.tally.frames = 40
    assert stage.written().frames_seen == 40


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A file in the place of the folder is told with the setting that mends it."""
    (tmp_path / "run").write_text("in the way")
    with pytest.raises(StoreError, match=r"run: cannot be made: .*set runtime\.folder"):
        Stage(tmp_path / "run").vitals.start()


def test_two_watches_do_not_share_a_unit(stage: Stage) -> None:
    """A second watch, which would tell each car twice, is refused; after the first it may run."""
    second = Stage(stage.file.parent)
    with pytest.raises(StoreError, match="another watch runs here"):
        second.vitals.start()
    stage.vitals.end()
    second.vitals.start()
    second.vitals.end()


def test_every_number_is_one(stage: Stage) -> None:
    """The file is plain JSON: no NaN, no Infinity, whatever the averages did."""
    stage.tally.time({"detect": 1.5})
    stage.tally.time({"detect": 2.5, "read": 0.0})
    stage.written()

    def refuse(word: str) -> None:
        raise AssertionError(word)

    said = json.loads(stage.file.read_text(), parse_constant=refuse)
    assert said["stage_ms"] == {"detect": 1.6, "read": 0.0}


def test_who_is_in_through_the_broker_is_written(tmp_path: Path) -> None:
    """As the gate says at that moment; a watch without a gate leaves it out."""
    stage = Stage(tmp_path / "run")
    stage.vitals.start()
    assert stage.written().remote is None
    stage.vitals.end()
    tess = RemoteHealth(allowed=True, who="tess", role="technician", since=START.iso())
    gate: Any = SimpleNamespace(remote=tess)
    stage.vitals = Vitals(folder=tmp_path / "run", clock=stage.clock, gate=gate, **stage.parts)
    stage.vitals.start()
    assert stage.written().remote == tess
    stage.vitals.end()


def test_a_paused_unit_says_so_by_file_and_lamp(tmp_path: Path) -> None:
    """Health, the sentence for systemd and the lamp tell the pause; then each what comes after."""
    lamp = tmp_path / "lamp"
    lamp.mkdir()
    for name, text in (("trigger", "[timer]"), ("delay_on", "0"), ("delay_off", "0")):
        (lamp / name).write_text(text)
    stage = Stage(tmp_path / "run")
    one = pauses.ordered(order())
    pause = SimpleNamespace(current=one, problem="")
    stage.vitals = Vitals(
        folder=tmp_path / "run",
        clock=stage.clock,
        pause=pause,
        led=Led(lamp),
        service=tmp_path / "open",
        **stage.parts,
    )
    stage.vitals.start()
    told = stage.written()
    assert told.paused is not None
    assert (told.paused.number, told.paused.until) == (one.number, "2026-01-31T10:00:00.000Z")
    assert stage.vitals.sentence.startswith("paused by the town until 2026-01-31T10:00:00Z: vote")

    def blinks() -> list[str]:
        return [(lamp / name).read_text() for name in ("delay_on", "delay_off")]

    assert blinks() == ["100", "1900"]
    pause.current = None
    stage.source.state = SourceState(up=True, detail="frames are coming")
    assert stage.written().paused is None
    assert blinks() == ["1000", "0"]
    stage.source.state = SourceState(up=False, frames=3, detail="the cable is out")
    stage.written()
    assert blinks() == ["250", "250"]
    (tmp_path / "open").touch()
    stage.written()
    assert blinks() == ["900", "100"], "its own Wi-Fi is open"
    (tmp_path / "open").unlink()
    stage.vitals.end()
    assert blinks() == ["0", "1000"]
