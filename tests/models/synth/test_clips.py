"""Clips: truth for every frame, spaced traffic, exact time stamps, files that read back."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from models.synth.clips import ClipSpec, Pass, pose_at, render_clip
from models.synth.traffic import differs, traffic
from models.synth.video import read_spec, read_truth, write_clip

LISTED = (("AB12345", "us-ct"), ("7XYZ890", "us-ca"))
SMALL = ClipSpec(
    seed=4,
    width=640,
    height=360,
    fps=12.5,
    seconds=2.4,
    passes=(Pass("one", "AB12345", "us-ct", -0.6, 30.0, kind="hatch"),),
)


def test_clip_is_repeatable_and_on_time() -> None:
    """The same spec gives the same bytes, frames exactly 1 / fps apart, each its own array."""
    one, two = list(render_clip(SMALL)), list(render_clip(SMALL))
    assert len(one) == SMALL.frames == 30
    assert [f.time_s for f in one] == [i / 12.5 for i in range(30)]
    assert all(np.array_equal(a.image, b.image) for a, b in zip(one, two, strict=True))
    assert one[0].image is not one[1].image


def test_the_car_recedes() -> None:
    """The plate is seen over a second, ever smaller, always named the same."""
    seen = [f.plates[0] for f in render_clip(SMALL) if f.plates and f.plates[0].visible == 1.0]
    widths = [p.corners[1, 0] - p.corners[0, 0] for p in seen]
    assert len(seen) > 12
    assert all(a > b for a, b in pairwise(widths))
    assert {(p.vehicle, p.text, p.jurisdiction) for p in seen} == {("one", "AB12345", "us-ct")}
    for plate in seen:
        x0, y0, x1, y1 = plate.box
        assert x0 >= 0
        assert y0 >= 0
        assert x1 <= 639
        assert y1 <= 359


def test_full_size_plates_are_large_enough() -> None:
    """At 1280x720 a plate is over 100 pixels wide at its closest."""
    spec = replace(SMALL, width=1280, height=720, seconds=1.6)
    widths = [
        np.linalg.norm(p.corners[1] - p.corners[0])
        for f in render_clip(spec)
        for p in f.plates
        if p.visible == 1.0
    ]
    assert 100 < max(widths) < 250


def test_a_vehicle_keeps_its_look() -> None:
    """The same vehicle looks the same in two clips of different seeds."""
    still = replace(
        SMALL, overlay=False, seconds=0.08, passes=(replace(SMALL.passes[0], enter_s=-1.4),)
    )
    images = []
    for seed in (1, 2):
        frame = next(render_clip(replace(still, seed=seed)))
        corners = frame.plates[0].corners
        x0, y0 = corners.min(0).astype(int)
        x1, y1 = corners.max(0).astype(int)
        images.append(frame.image[y0:y1, x0:x1].astype(int))
    assert np.abs(images[0] - images[1]).mean() < 4


def test_slow_shutter_smears_the_plate() -> None:
    """A longer shutter takes detail away from a moving plate, and a street stays sharp."""
    spec = replace(
        SMALL, seconds=0.08, passes=(replace(SMALL.passes[0], enter_s=-1.25, speed_kmh=40.0),)
    )
    details = []
    for shutter in (1 / 2000, 1 / 20):
        frame = next(render_clip(replace(spec, shutter_s=shutter)))
        x0, y0, x1, y1 = (int(v) for v in frame.plates[0].box)
        rows = frame.image[y0:y1, x0:x1, 1].astype(float)
        details.append(np.abs(np.diff(rows, axis=0)).mean())
    assert details[1] < details[0] * 0.7


def test_rolling_shutter_moves_the_truth_too() -> None:
    """With a rolling shutter the corners differ from those of a global one."""
    spec = replace(
        SMALL, seconds=0.08, passes=(replace(SMALL.passes[0], enter_s=-1.4, speed_kmh=40.0),)
    )
    fixed = next(render_clip(spec)).plates[0].corners
    rolled = next(render_clip(replace(spec, line_s=50e-6))).plates[0].corners
    assert 0.05 < np.abs(fixed - rolled).max() < 10


@pytest.mark.parametrize("light", ["dusk", "night", "infrared"])
def test_lights_and_rain(light: str) -> None:
    """Every light renders, in rain, with the truth unchanged; infrared is grey."""
    day = next(
        render_clip(replace(SMALL, seconds=0.08, passes=(replace(SMALL.passes[0], enter_s=-1.4),)))
    )
    spec = replace(
        SMALL,
        light=light,
        rain_mm=8.0,
        seconds=0.08,
        passes=(replace(SMALL.passes[0], enter_s=-1.4),),
    )
    frame = next(render_clip(spec))
    assert frame.image.mean() < day.image.mean()
    assert np.allclose(frame.plates[0].corners, day.plates[0].corners)
    if light == "infrared":
        assert np.abs(frame.image[..., 0].astype(int) - frame.image[..., 2]).mean() < 4


def test_traffic_holds_the_listed_and_keeps_others_apart() -> None:
    """Listed plates pass once each; all other texts differ from them in three characters."""
    spec = traffic(9, 12, LISTED)
    texts = [(p.text, p.jurisdiction) for p in spec.passes]
    assert len(texts) == 12
    assert all(texts.count(entry) == 1 for entry in LISTED)
    others = [text for text, where in texts if (text, where) not in LISTED]
    assert all(differs(text, listed) >= 3 for text in others for listed, _ in LISTED)
    assert traffic(9, 12, LISTED) == spec


@pytest.mark.parametrize("lanes", [1, 2])
def test_traffic_never_overlaps(lanes: int) -> None:
    """Two vehicles in one lane are always at least five metres apart."""
    spec = traffic(3, 10, lanes=lanes, parked=2)
    for time_s in np.arange(0, spec.seconds, 0.1):
        for lane in range(lanes):
            poses = [pose_at(spec, p, float(time_s)) for p in spec.passes if p.lane == lane]
            places = sorted(p.z for p in poses if p is not None)
            assert all(b - a > 5.0 for a, b in pairwise(places))


def test_traffic_may_carry_no_car() -> None:
    """An empty street is a clip too."""
    spec = traffic(1, 0, seconds=0.2, width=320, height=180, fps=10)
    assert [f.plates for f in render_clip(spec)] == [(), ()]


def test_written_clip_reads_back(tmp_path: Path) -> None:
    """Video frames, truth and spec come back as rendered; twice the same bytes."""
    spec = replace(SMALL, seconds=1.2, rain_mm=2.0)
    told: list[tuple[int, int]] = []
    paths = write_clip(spec, tmp_path / "a", lambda done, total: told.append((done, total)))
    again = write_clip(spec, tmp_path / "b")
    assert paths.video.read_bytes() == again.video.read_bytes()
    assert told == [(i + 1, 15) for i in range(15)]
    assert read_spec(paths.spec) == spec
    frames = list(render_clip(spec))
    truth = list(read_truth(paths.truth))
    assert [number for number, _, _ in truth] == list(range(15))
    for (_, time_s, plates), frame in zip(truth, frames, strict=True):
        assert time_s == pytest.approx(frame.time_s, abs=1e-6)
        assert [p.text for p in plates] == [p.text for p in frame.plates]
        for one, other in zip(plates, frame.plates, strict=True):
            assert np.allclose(one.corners, other.corners, atol=0.01)
    with av.open(str(paths.video)) as container:
        decoded = list(container.decode(video=0))
    assert [float(f.time) for f in decoded] == pytest.approx([f.time_s for f in frames])
    for seen, frame in zip(decoded, frames, strict=True):
        picture = seen.to_ndarray(format="bgr24").astype(int)
        assert np.abs(picture - frame.image).mean() < 6


def test_truth_lines_have_the_agreed_shape(tmp_path: Path) -> None:
    """One JSON object a frame with frame, time_s and plates of six fields."""
    spec = replace(SMALL, seconds=0.16, passes=(replace(SMALL.passes[0], enter_s=-1.4),))
    paths = write_clip(spec, tmp_path)
    line = json.loads(paths.truth.read_text().splitlines()[0])
    assert set(line) == {"frame", "time_s", "plates"}
    plate = line["plates"][0]
    assert set(plate) == {"vehicle", "text", "jurisdiction", "box", "corners", "visible"}
    assert (len(plate["box"]), np.array(plate["corners"]).shape) == (4, (4, 2))
