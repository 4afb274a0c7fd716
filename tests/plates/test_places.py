"""Which of many places are told."""

import math

from edge.plates.places import likeliest


def test_the_likeliest_come_first_and_the_unlikely_not_at_all() -> None:
    """Ties go by code, and what is under the least is left out."""
    told = likeliest({"us-ny": 0.2, "us-ct": 0.5, "us-ma": 0.2, "uk": 0.001}, 0.01)
    assert told == [("us-ct", 0.5), ("us-ma", 0.2), ("us-ny", 0.2)]


def test_no_number_is_not_dropped_in_silence() -> None:
    """A probability that is NaN reaches the check that refuses the message."""
    assert any(math.isnan(p) for _, p in likeliest({"us-ct": math.nan}, 0.01))
