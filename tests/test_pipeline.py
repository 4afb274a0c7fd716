"""The line: real gate, tracker, matcher and policy; only the models' answers are scripted."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.config import Settings, load
from edge.errors import ModelError
from edge.hotlist.keeper import HotlistKeeper
from edge.hotlist.matcher import Matcher
from edge.pipeline import Committed, Keep, Line, Meter, Where
from edge.policy.decide import Decider
from edge.records import Alert, AlertId, Fix, Frame, Grade, Read
from edge.tracking.tracker import Tracker
from edge.vision.gate import Gate
from edge.vision.picture import PictureReads
from edge.vision.zones import Zones
from tests.fakes import START, FakeClock
from tests.tracking.reads import read_of

LIST = """\
# issued: 2026-01-01T06:00:00Z
entry_id,plate,jurisdiction,category,make,colour,reason,owner,entered,expires
E1,AB12345,us-ct,stolen_vehicle,Ford,blue,taken,Windsor PD,2025-12-01,2026-06-01
"""
CROP = np.full((20, 60, 3), 120, np.uint8)


class ScriptedReader:
    """Answers each frame with what the script says of it."""

    def __init__(self, script: dict[int, Sequence[Read] | Exception]) -> None:
        self.script = script
        self.asked: list[int] = []

    def read(self, frame: Frame) -> PictureReads:
        self.asked.append(frame.number)
        answer = self.script.get(frame.number, ())
        if isinstance(answer, Exception):
            raise answer
        reads = tuple(
            replace(read, captured=frame.captured, detected=frame.captured, crop=CROP)
            for read in answer
        )
        return PictureReads(reads, (), {"detect": 1.0, "rectify": 0.1, "read": 0.5})


class Bench:
    """A line on a fake clock, with a store that only counts."""

    def __init__(
        self,
        folder: Path,
        script: dict[int, Sequence[Read] | Exception],
        where: Where | None = None,
        keep: Keep | None = None,
        meter: Meter | None = None,
    ) -> None:
        file = folder / "list.csv"
        file.write_text(LIST)
        self.settings = self._settings(file)
        self.clock = FakeClock()
        self.stored: list[Alert] = []
        self.reader = ScriptedReader(script)
        keeper = HotlistKeeper(self.settings.hotlist, self.clock)
        assert keeper.refresh(), keeper.problem
        self.line = Line(
            gate=Gate(self.settings.gate, Zones(self.settings.zones)),
            pictures=self.reader,  # type: ignore[arg-type] - the scripted stand-in
            tracker=Tracker(self.settings.tracking),
            matcher=Matcher(self.settings.hotlist),
            hotlist=keeper,
            decider=Decider(self.settings.policy, "us-ct", self.settings.categories),
            commit=self._commit,
            clock=self.clock,
            models={"detector": "d 1", "reader": "r 1"},
            crop_max_bytes=100_000,
            where=where,
            keep=keep,
            meter=meter,
        )

    def _settings(self, file: Path) -> Settings:
        settings = load([]).settings
        hotlist = settings.hotlist.model_copy(update={"path": str(file)})
        gate = settings.gate.model_copy(update={"enabled": False})
        return settings.model_copy(update={"hotlist": hotlist, "gate": gate})

    def _commit(self, alert: Alert) -> AlertId:
        self.stored.append(alert)
        return alert.revises or AlertId("unit", "0" * 32, len(self.stored))

    def play(self, frames: int, fps: float = 10.0) -> list[Committed]:
        committed: list[Committed] = []
        image = np.random.default_rng(1).integers(40, 200, (240, 320, 3), np.uint8)
        for number in range(frames):
            committed += self.line.step(Frame(image, START.later(number / fps), number))
            self.clock.advance(1 / fps)
        return committed


def drive(text: str, frames: range, sure: float = 0.97) -> dict[int, list[Read]]:
    """Return a script in which a plate moves to the right."""
    return {n: [read_of(text, x=50.0 + 6 * n, at_s=n / 10, sure=sure)] for n in frames}


def test_a_listed_car_is_told_once_with_all_that_an_alert_needs(tmp_path: Path) -> None:
    """One pass gives one alert, at the first frames that suffice, with a crop and stage times."""
    bench = Bench(tmp_path, drive("AB12345", range(2, 12)))
    told = bench.play(30) + list(bench.line.finish())
    first = told[0].alert
    assert {one.alert_id for one in told} == {told[0].alert_id}
    assert first.revises is None
    assert all(one.alert.revises == told[0].alert_id for one in told[1:])
    assert first.hit.entry.entry_id == "E1"
    assert first.hit.sighting.reads == bench.settings.tracking.min_reads
    assert first.verdict.grade is Grade.ALARM
    assert cv2.imdecode(np.frombuffer(first.crop_jpeg, np.uint8), 1).shape == CROP.shape
    assert {"gate", "detect", "rectify", "read", "track", "match"} <= set(first.stage_ms)
    assert bench.line.tally.alerts == 1


def test_a_car_that_is_on_no_list_is_forgotten(tmp_path: Path) -> None:
    """After a non-hit has left, the line holds no pass, no text and no crop of it."""
    bench = Bench(tmp_path, drive("ZZ99999", range(2, 12)))
    assert bench.play(60) == []
    assert bench.stored == []
    assert bench.line.tracks == 0
    assert bench.line.tally.sightings == 1


def test_later_frames_that_say_otherwise_retract(tmp_path: Path) -> None:
    """A match that better frames refute is withdrawn under the same number."""
    script = drive("AB12345", range(2, 4), sure=0.7) | drive("AB12845", range(4, 14), sure=0.99)
    bench = Bench(tmp_path, script)
    told = bench.play(40) + list(bench.line.finish())
    assert told[0].alert.verdict.grade is not Grade.NONE
    assert told[-1].alert.retracts
    assert told[-1].alert_id == told[0].alert_id


def test_a_broken_model_is_never_no_plate(tmp_path: Path) -> None:
    """What the model fails with comes out of the line."""
    bench = Bench(tmp_path, {1: ModelError("detector.onnx: gave NaN")})
    with pytest.raises(ModelError, match="NaN"):
        bench.play(3)


def test_a_still_scene_is_not_looked_at_and_a_parked_car_stays(tmp_path: Path) -> None:
    """With the gate on, most frames of a still scene cost no detection; the pass goes on."""
    bench = Bench(tmp_path, {n: [read_of("ZZ99999")] for n in range(200)})
    bench.line._gate = Gate(load([]).settings.gate, Zones(bench.settings.zones))
    bench.play(100)
    assert len(bench.reader.asked) <= 10
    assert bench.line.tally.gated["still"] >= 90
    assert bench.line.tracks == 1


def test_silence_of_an_old_list_is_said(tmp_path: Path) -> None:
    """A list past its second age publishes nothing, and health can say why."""
    bench = Bench(tmp_path, drive("AB12345", range(2, 12)))
    assert bench.line.silent_reason == ""
    bench.clock.advance(8 * 86_400.0)
    assert bench.play(20) == []
    assert bench.line.silent_reason


def test_no_alert_is_lost_for_its_picture(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A crop that cannot become a JPEG is left out with a warning; the alert is stored."""
    bench = Bench(tmp_path, drive("AB12345", range(2, 12)))
    bench.line._crop_max_bytes = 1
    told = bench.play(30)
    assert told[0].alert.crop_jpeg == b""
    assert bench.stored
    assert {one.getMessage() for one in caplog.records} == {"an alert goes without its picture"}


def test_a_car_tells_where_it_was_when_the_plate_was_seen(tmp_path: Path) -> None:
    """The place asked for is that of the frame's capture, not of the alert's making."""
    bench = Bench(
        tmp_path,
        drive("AB12345", range(2, 12)),
        where=lambda moment: Fix(moment.since(START), -72.64, 90.0, 15.0, 3.0, moment),
    )
    told = bench.play(30)
    assert told
    for one in told:
        assert one.alert.fix is not None
        assert one.alert.fix.at == one.alert.hit.sighting.last_seen
        assert one.alert.fix.latitude == one.alert.hit.sighting.last_seen.since(START)
        assert one.alert.no_fix == ""


def test_no_alert_is_lost_for_its_place(tmp_path: Path) -> None:
    """A car in a tunnel alerts as ever, with the sentence that says why it has no place."""
    script = drive("AB12345", range(2, 12))
    pole = Bench(tmp_path, script).play(30)
    told = Bench(tmp_path, script, where=lambda _moment: "no satellites").play(30)
    assert len(told) == len(pole) > 0
    assert {(one.alert.fix, one.alert.no_fix) for one in told} == {(None, "no satellites")}
    assert {(one.alert.fix, one.alert.no_fix) for one in pole} == {(None, "")}


def test_plates_are_metered_after_their_alert(tmp_path: Path) -> None:
    """What steers the exposure sees each frame with its reads, once its alert is safe."""
    seen: list[tuple[int, int, int]] = []

    def meter(frame: Frame, reads: Sequence[Read]) -> None:
        seen.append((frame.number, len(reads), len(bench.stored)))

    bench = Bench(tmp_path, drive("AB12345", range(2, 5)), meter=meter)
    told = bench.play(6)
    assert [(number, reads) for number, reads, _ in seen] == [
        (0, 0), (1, 0), (2, 1), (3, 1), (4, 1), (5, 0)
    ]  # fmt: skip
    first = next(number for number, _, stored in seen if stored)
    assert first == next(n for n, _, stored in seen if stored == 1)
    assert told[0].alert.hit.sighting.last_seen == START.later(first / 10)
