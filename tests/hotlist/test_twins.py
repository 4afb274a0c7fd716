"""Plates on a list that look the same are known to the hit, however sure the read is."""

from pathlib import Path

import pytest

from edge.hotlist.matcher import Matcher
from edge.hotlist.twins import variants
from tests.fakes import START
from tests.hotlist.lists import listed, section, sighting_of


def test_variants() -> None:
    """One and two characters are swapped for their look-alikes, the rest stays."""
    assert set(variants("ABX0")) == {"A8X0", "ABXO", "ABXD", "ABXQ", "A8XO", "A8XD", "A8XQ"}
    assert list(variants("ACX9")) == []
    assert len(list(variants("O0O0O0O0O0"))) == 10 * 3 + 45 * 9


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"plate": "AB1O345"}, ("AB1O345",)),
        ({"plate": "A81O345"}, ("A81O345",)),
        ({"plate": "AB1O345", "jurisdiction": ""}, ("AB1O345",)),
        ({"plate": "AB1O345", "jurisdiction": "us-ma"}, ()),
        ({"plate": "AB1O345", "expires": "2026-01-01"}, ()),
        ({"plate": "AB17345"}, ()),
    ],
)
def test_hits_know_twins(tmp_path: Path, other: dict[str, str], expected: tuple[str, ...]) -> None:
    """A twin of the same place, or of none, that is alive is named; no other plate is."""
    hotlist = listed(tmp_path, {"plate": "AB10345"}, other)
    (hit, *_) = Matcher(section()).match(sighting_of("AB10345", 0.999), hotlist, START)
    assert hit.twins == expected
