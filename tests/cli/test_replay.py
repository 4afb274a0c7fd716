"""``edge replay`` over a rendered clip, with the shipped models."""

import json
from pathlib import Path

import pytest

from edge.cli import main
from models.synth.clips import ClipSpec, Pass
from models.synth.video import write_clip

PLATE = "AB12345"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a clip in which one car drives away."""
    folder = tmp_path_factory.mktemp("clip")
    one = Pass("car-1", PLATE, "us-ct", 0.2, 45.0)
    write_clip(ClipSpec(seed=5, fps=10.0, seconds=4.0, passes=(one,)), folder)
    return folder


def test_twice_the_same_to_the_byte(clip: Path, tmp_path: Path) -> None:
    """Events depend on recording and settings alone: two replays write the same file."""
    files = [tmp_path / "one", tmp_path / "two"]
    for file in files:
        assert main(["replay", str(clip / "clip.mp4"), "--events", str(file)]) == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    events = [json.loads(line) for line in files[0].read_text().splitlines()]
    assert [(one["event"], one["text"]) for one in events] == [("pass", PLATE)]


def test_a_listed_car_alerts_as_in_the_daemon(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a list the same clip gives the alert, and its revisions under one number."""
    listed = tmp_path / "list.csv"
    listed.write_text(
        "# issued: 2026-01-01T06:00:00Z\n"
        "entry_id,plate,jurisdiction,category,make,colour,reason,owner,entered,expires\n"
        f"E1,{PLATE},us-ct,stolen_vehicle,,,taken,Windsor PD,2025-12-01,2026-06-01\n"
    )
    words = ["replay", str(clip / "clip.mp4"), "--set", f"hotlist.path='{listed}'"]
    assert main(words) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    events = [json.loads(line) for line in lines]
    assert {one["event"] for one in events} == {"alert"}
    assert {(one["sequence"], one["listed"]) for one in events} == {(1, PLATE)}
    assert [one["revision"] for one in events] == list(range(len(events)))


def test_truth_and_a_sweep(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each value of a setting is scored: at a score that no plate reaches nothing is captured."""
    words = ["replay", str(clip / "clip.mp4"), "--truth", str(clip / "truth.jsonl"), "--json"]
    assert main([*words, "--sweep", "detector.min_score=0.3,0.999"]) == 0
    low, high = json.loads(capsys.readouterr().out)
    assert low["settings"] == "detector.min_score = 0.3"
    assert (low["score"]["captured"], low["score"]["read"]) == (1, 1)
    assert (high["score"]["captured"], high["passes"]) == (0, 0)
    assert high["score"]["missed"] == [PLATE]
    assert low["frames"] == high["frames"] == 40


def test_what_zones_and_direction_leave_out_is_told(
    clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A car that leaves is no pass where only those that come count, and the reason is an event.

    Control: with the sense that it drives in, the same line lets it be told.
    """
    line = "zones.direction=[[0.5, 0.2], [0.5, 0.9]]"
    everything = "zones.ignore=[[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]]"
    found = []
    for words in (
        [line, "zones.sense='approach'"],
        [line, "zones.sense='leave'"],
        [everything, "gate.enabled=false"],
    ):
        setting = [word for one in words for word in ("--set", one)]
        assert main(["replay", str(clip / "clip.mp4"), *setting]) == 0
        lines = [one for one in capsys.readouterr().out.splitlines() if one.startswith("{")]
        found.append([json.loads(one) for one in lines])
    (wrong,), (told,), (outside,) = found
    assert (wrong["event"], wrong["why"]) == ("left-out", "wrong direction")
    assert wrong["direction"] == "receding"
    assert (told["event"], told["text"]) == ("pass", PLATE)
    assert (outside["event"], outside["why"]) == ("left-out", "outside the zones")
    assert outside["plates"] >= outside["frames"] > 3


def test_against_other_settings(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What other settings lose is named by its plate."""
    other = tmp_path / "other.toml"
    other.write_text("[detector]\nmin_score = 0.999\n")
    assert main(["replay", str(clip / "clip.mp4"), "--against", str(other)]) == 0
    shown = capsys.readouterr().out
    assert f"only with those of now: {PLATE}" in shown
    assert "only with the other settings: nothing" in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set", "detector.min_score"], "write KEY=VALUE"),
        (["--sweep", "detector.min_score"], "write KEY=V1,V2"),
        (["--at", "noon"], "is no time"),
        (["--at", "2026-01-01T12:00:00"], "lacks its offset"),
    ],
)
def test_wrong_words_are_told(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A slip on the command line is a sentence and status 2."""
    assert main(["replay", str(tmp_path / "x.mp4"), *words]) == 2
    assert said in capsys.readouterr().err
