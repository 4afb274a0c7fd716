"""Quality without truth: sums of a day by hour and lane, and nothing of any plate."""

from dataclasses import replace

import numpy as np
import pytest

from edge.clock import Moment
from edge.plates import alphabet
from edge.policy.quality import HOURS, Quality, Sums, dull, lane_of, sums_of
from edge.records import Sighting
from tests.fakes import START
from tests.hotlist.lists import sighting_of

HOUR_S = 3600.0


def sighting(
    text: str = "AB12345", reads: int = 10, agreed: int = 8, middle: float = 50
) -> Sighting:
    found = sighting_of(text, 0.999)
    detection = replace(found.best.detection, box=(middle - 20, 10, middle + 20, 20))
    slots = np.zeros((alphabet.SLOTS, alphabet.CLASSES), np.float32)
    slots[np.arange(alphabet.SLOTS), alphabet.encode(text)] = 1.0
    best = replace(found.best, detection=detection)
    return replace(found, text=text, slots=slots, reads=reads, agreed=agreed, best=best)


def test_sums_by_hour_and_lane() -> None:
    """Passes are counted where and when they were seen, for a day and no longer."""
    quality = Quality()
    for hour in range(HOURS + 3):
        for middle in (10, 50, 290):
            quality.add(sighting(middle=middle), 300, START.later(hour * HOUR_S))
    assert len(quality.hours) == HOURS
    newest = quality.hours[-1]
    assert [lane.passes for lane in newest.lanes] == [2, 0, 1]
    assert newest.whole.agreement == pytest.approx(0.8)
    quality.add(sighting(), 300, START.later(90 * HOUR_S))
    assert len(quality.hours) == 1, "hours of days ago are not the last day's"


def test_the_text_does_not_stay() -> None:
    """What is kept are numbers alone."""
    quality = Quality()
    quality.add(sighting("AB12345"), 300, START)
    assert "AB12345" not in repr(quality.hours)


def test_doubt_and_form() -> None:
    """A sure text has no entropy and one torn between two characters has one bit."""
    sure = sighting("AB12345")
    assert sums_of(sure).bits == pytest.approx(0.0, abs=1e-3)
    torn = replace(sure, slots=sure.slots.copy())
    torn.slots[0, :] = 0.0
    torn.slots[0, :2] = 0.5
    assert sums_of(torn).bits == pytest.approx(1.0, abs=1e-3)
    assert sums_of(sure).valid == 1
    assert sums_of(sighting("Q1Q1Q1Q1Q1")).valid == 0
    assert Sums().agreement is None


def test_lanes_end_at_the_edges() -> None:
    """A plate half out of the picture is in the outer lane."""
    assert lane_of(sighting(middle=-30), 300) == 0
    assert lane_of(sighting(middle=330), 300) == 2


def test_reads_that_disagree_more_than_in_any_hour_are_told() -> None:
    """A dirty window after a clean day is told; the usual night and a few passes are not."""
    day = [Sums(passes=100, reads=1000, agreed=agreed) for agreed in (950, 930, 820, 940)]
    dirty = Sums(passes=100, reads=1000, agreed=640)
    assert "agree to 64%, and in no other hour of the day to less than 82%" in dull([*day, dirty])
    assert dull([*day, Sums(passes=100, reads=1000, agreed=800)]) == ""
    assert dull([*day, Sums(passes=5, reads=50, agreed=10)]) == ""
    assert dull([dirty]) == ""
    assert dull([*day[:2], dirty]) == "", "two hours are no usual"


def test_an_hour_of_the_clock() -> None:
    """Hours turn with UTC's."""
    quality = Quality()
    turn = Moment(START.utc_ns // (3600 * 10**9) * 3600 * 10**9, 0)
    quality.add(sighting(), 300, turn.later(-1))
    quality.add(sighting(), 300, turn)
    assert [one.whole.passes for one in quality.hours] == [1, 1]
