"""Which passes count by a direction line: never one that surely goes the other way, else all."""

from collections.abc import Sequence

import pytest

from edge.config.zones import EVERYWHERE, ZonesSection
from edge.records import Direction, Read
from edge.tracking.tracker import Tracker
from edge.tracking.way import Way, WayRule
from tests.fakes import START
from tests.tracking.reads import read_of, section
from tests.tracking.test_motion import moved
from tests.tracking.test_tracker import ended, play

WIDE, HIGH = 1280, 720
DOWN = ((0.4, 0.1), (0.4, 0.9))  # cars that come nearer go down the picture
SLANTED = ((0.1, 0.1), (0.9, 0.2))
STANDING = [(300.0, 300.0, 100.0)] * 9


def zones(sense: str, direction: tuple = DOWN) -> ZonesSection:
    return ZonesSection.model_validate(
        {"interest": (), "ignore": (), "direction": direction, "sense": sense}
    )


def drive(*places: tuple[float, float, float]) -> list[list[Read]]:
    """Return one read a frame at x, y, width."""
    return [[read_of("ABC1234", *one, at_s=i / 5)] for i, one in enumerate(places)]


COMING = [(300.0, 100.0 + 40 * i, 60.0 + 8 * i) for i in range(8)]
LEAVING = COMING[::-1]
SLOW = [(300.0, 100.0 + 15 * i, 80.0 + i) for i in range(8)]


@pytest.mark.parametrize(
    ("states", "approach", "leave"),
    [
        (COMING, Way.COUNTS, Way.WRONG),
        (LEAVING, Way.WRONG, Way.COUNTS),
        (COMING[:1], Way.OPEN, Way.OPEN),
        ([(100, 300, 80), (110, 310, 82)], Way.OPEN, Way.OPEN),
        ([(100, 300, 80), (500, 304, 80)], Way.OPEN, Way.OPEN),
        ([(100, 300, 80), (100, 310, 110)], Way.COUNTS, Way.WRONG),
        ([(100, 300, 80), (100, 290, 60)], Way.WRONG, Way.COUNTS),
        (STANDING, Way.OPEN, Way.OPEN),
    ],
    ids=["comes", "leaves", "once", "hardly", "across", "grows", "shrinks", "stands"],
)
def test_way_by_line_then_by_size(
    states: list[tuple[float, float, float]], approach: Way, leave: Way
) -> None:
    """Half a plate's width along the line is enough; straight across says nothing."""
    motion = moved(*states)
    ways = [
        WayRule(zones(sense)).judge(motion, WIDE, HIGH) for sense in ("approach", "leave", "both")
    ]
    assert ways == [approach, leave, Way.COUNTS]
    assert WayRule(EVERYWHERE).judge(motion, WIDE, HIGH) is Way.COUNTS


def test_the_line_is_one_of_pixels_not_of_fractions() -> None:
    """A line that looks flat in fractions is steep in a picture that is high and narrow."""
    motion = moved((300, 300, 80), (230, 420, 80))
    rule = WayRule(zones("approach", SLANTED))
    assert rule.judge(motion, 1280, 720) is Way.WRONG
    assert rule.judge(motion, 72, 1280) is Way.COUNTS


@pytest.mark.parametrize(
    ("frames", "sense", "told"),
    [
        (COMING, "approach", ["ABC1234"]),
        (COMING, "leave", []),
        (LEAVING, "approach", []),
        (LEAVING, "both", ["ABC1234"]),
        (STANDING, "approach", ["ABC1234"]),
        (SLOW[:3], "leave", ["ABC1234"]),
        (SLOW[:5], "leave", []),
    ],
    ids=["right", "wrong", "leaves", "both", "stands", "unclear", "clear"],
)
def test_only_what_surely_goes_wrong_is_left_out(
    frames: Sequence[tuple[float, float, float]], sense: str, told: list[str]
) -> None:
    """A pass whose way stays unclear is told when it stands or ends: failure is no absence."""
    tracker = Tracker(section(), zones(sense))
    assert ended(play(tracker, drive(*frames))) == told


def test_the_wrong_way_is_never_told_first_and_dropped_later() -> None:
    """While the way is open nothing is told; once it is right, with all reads so far."""
    for sense, expected in (("approach", [4, 5, 6, 7, 8, 8]), ("leave", [])):
        told = play(Tracker(section(), zones(sense)), drive(*SLOW))
        assert [one.reads for one in told] == expected


def test_a_pass_that_was_told_is_told_to_its_end() -> None:
    """A parked car that then drives off the wrong way still ends, as whoever keeps it needs."""
    off = [(300.0, 300.0 - 60 * i, 100.0 - 8 * i) for i in range(6)]
    told = play(Tracker(section(), zones("approach")), drive(*STANDING, *off))
    assert [one.ended for one in told].count(True) == 1
    assert told[-1].direction is Direction.RECEDING


def test_other_zones_hold_from_the_next_frame_on() -> None:
    """Taking the line away brings a pass back that was left out until then."""
    tracker = Tracker(section(), zones("leave"))
    frames = drive(*COMING)
    for number, reads in enumerate(frames):
        if number == 6:
            (seen,) = tracker.passes(START.later(1.0))
            assert seen.way is Way.WRONG
            tracker.retune(section(), EVERYWHERE)
        moment = START.later(number / 5)
        told = tracker.update(reads, moment, moment, (WIDE, HIGH))
        assert bool(told) is (number >= 6)
    (seen,) = tracker.passes(START.later(1.6))
    assert seen.way is Way.COUNTS
