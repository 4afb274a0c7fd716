"""Where a plate will be, and which way it goes."""

import pytest

from edge.records import Direction
from edge.tracking.motion import Box, Motion, distance, iou
from tests.fakes import START


def box(x: float, y: float, width: float) -> Box:
    """Return a box of a plate around (x, y)."""
    return x - width / 2, y - width / 8, x + width / 2, y + width / 8


def moved(*states: tuple[float, float, float], step_s: float = 0.2) -> Motion:
    """Return the motion through boxes given as x, y, width."""
    motion = Motion(box(*states[0]), START)
    for number, state in enumerate(states[1:], start=1):
        motion.update(box(*state), START.later(number * step_s))
    return motion


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([(100, 100, 100)], Direction.UNKNOWN),
        ([(100, 100, 60), (110, 130, 75), (120, 170, 95)], Direction.APPROACHING),
        ([(100, 300, 100), (100, 250, 80), (100, 220, 60)], Direction.RECEDING),
        ([(100, 100, 80), (200, 102, 80), (300, 104, 80)], Direction.CROSSING),
        ([(100, 100, 80), (102, 190, 84)], Direction.APPROACHING),
        ([(100, 190, 80), (102, 100, 76)], Direction.RECEDING),
        ([(100, 100, 80)] * 7, Direction.STANDING),
        ([(100, 100, 80)] * 3, Direction.UNKNOWN),
    ],
)
def test_direction(states: list[tuple[float, float, float]], expected: Direction) -> None:
    """Size decides the direction, then the place."""
    assert moved(*states).direction() is expected


def test_prediction() -> None:
    """A plate goes on as it went: its centre, and its size."""
    x1, _, x2, _ = moved((100, 100, 100), (140, 100, 90)).predict(START.later(0.4))
    assert (x1 + x2) / 2 == pytest.approx(180.0)
    assert x2 - x1 == pytest.approx(81.0)


def test_prediction_is_bounded() -> None:
    """A prediction for long after goes no further than for one second."""
    motion = moved((100, 100, 100), (140, 100, 90))
    assert motion.predict(START.later(60.0)) == motion.predict(START.later(1.2))


def test_standing() -> None:
    """A plate stands after a second in one place, and no more once it left."""
    motion = moved(*[(100, 100, 80)] * 7)
    assert motion.standing
    motion.update(box(300, 100, 80), START.later(1.4))
    assert not motion.standing


def test_hold() -> None:
    """What is known not to move is predicted where it is."""
    motion = moved((100, 100, 100), (140, 100, 100))
    motion.hold(START.later(5.0))
    assert motion.predict(START.later(6.0)) == pytest.approx(box(140, 100, 100))


def test_boxes() -> None:
    """Overlap and distance of boxes, with and without area."""
    assert iou((0, 0, 10, 10), (5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert iou((0, 0, 10, 10), (10, 0, 20, 10)) == 0.0
    assert iou((0, 0, 0, 0), (0, 0, 0, 0)) == 0.0
    assert distance(box(0, 0, 100), box(50, 0, 80)) == pytest.approx(0.5)
