"""What the line hands over to be kept: each pass that caused no alert, once, and no other."""

from pathlib import Path

import pytest

from edge.records import Sighting
from tests.test_pipeline import Bench, drive


def kept_of(folder: Path, script_of: str, frames: int = 30) -> tuple[Bench, list[Sighting]]:
    kept: list[Sighting] = []
    bench = Bench(folder, dict(drive(script_of, range(2, 12))), keep=kept.append)
    bench.play(frames)
    bench.line.finish()
    return bench, kept


def test_a_pass_that_hit_nothing_is_kept_once_when_it_ends(tmp_path: Path) -> None:
    """One car, ten frames: one kept sighting, of the pass as it ended."""
    bench, kept = kept_of(tmp_path, "ZZ98765")
    assert [(one.text, one.reads, one.ended) for one in kept] == [("ZZ98765", 10, True)]
    assert bench.stored == []


def test_a_pass_that_alerted_leaves_its_alert_and_no_kept_read(tmp_path: Path) -> None:
    """The control: the listed car is told, and not kept beside it."""
    bench, kept = kept_of(tmp_path, "AB12345")
    assert bench.stored
    assert kept == []


@pytest.mark.parametrize("ends", ["left", "finished"])
def test_a_pass_that_only_began_as_a_hit_is_not_kept(tmp_path: Path, ends: str) -> None:
    """Later frames take the hit back: the alert and its retraction stand, and no kept read."""
    script = {**drive("AB12345", range(2, 6)), **drive("AB72345", range(6, 30), sure=0.99)}
    kept: list[Sighting] = []
    bench = Bench(tmp_path, dict(script), keep=kept.append)
    bench.play(50 if ends == "left" else 30)
    bench.line.finish()
    assert bench.stored[-1].retracts
    assert kept == []


def test_a_car_that_was_told_a_minute_ago_is_kept_the_second_time(tmp_path: Path) -> None:
    """A second pass within the quiet time causes no alert of its own, so it is kept."""
    script = {**drive("AB12345", range(2, 12)), **drive("AB12345", range(40, 50))}
    kept: list[Sighting] = []
    bench = Bench(tmp_path, dict(script), keep=kept.append)
    bench.play(70)
    bench.line.finish()
    assert {str(one.revises) for one in bench.stored} != {"None"}
    assert [one.text for one in kept] == ["AB12345"]


def test_passes_are_forgotten_that_nobody_keeps(tmp_path: Path) -> None:
    """Nothing stays behind in the line once passes end, whether they alerted or not."""
    bench, _ = kept_of(tmp_path, "AB12345")
    assert bench.line._alerted == set()
