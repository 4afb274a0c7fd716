"""Whether two readings may be of one plate."""

import pytest

from edge.tracking.likeness import Likeness, characters, likeness
from tests.tracking.reads import slots_of


@pytest.mark.parametrize(
    ("one", "other", "sure", "expected"),
    [
        ("ABC1234", "ABC1234", 0.95, Likeness.SAME),
        ("ABC1234", "BC1234", 0.95, Likeness.SAME),
        ("ABC1234", "ABC1294", 0.95, Likeness.SAME),
        ("ABC1234", "XYZ9876", 0.95, Likeness.DIFFERENT),
        ("ABC1234", "XYZ9876", 0.2, Likeness.UNSURE),
        ("ABC1234", "", 0.95, Likeness.UNSURE),
        ("ABC1234", "ABX9834", 0.6, Likeness.UNSURE),
    ],
)
def test_likeness(one: str, other: str, sure: float, expected: Likeness) -> None:
    """Sure differences part two plates, doubtful ones do not, and the order does not matter."""
    first, second = characters(slots_of(one, 0.97)), characters(slots_of(other, sure))
    assert likeness(first, second) is expected
    assert likeness(second, first) is expected
