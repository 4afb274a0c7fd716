"""The compact index answers as a plain list would."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from edge.hotlist.index import Span, key_of
from edge.plates.alphabet import CHARACTERS, SLOTS
from tests.hotlist.lists import listed

PLATES = st.text(CHARACTERS, min_size=1, max_size=SLOTS)


@given(PLATES, PLATES)
def test_keys_sort_as_plates(one: str, other: str) -> None:
    """Integers of plates are equal only for equal plates, and sort as the plates do."""
    assert (key_of(one) < key_of(other)) == (one < other)
    assert (key_of(one) == key_of(other)) == (one == other)


def test_narrow(tmp_path: Path) -> None:
    """A prefix leads to exactly the plates that begin with it, from any shorter prefix."""
    plates = ["A", "A0", "A00", "AB1", "AB12", "ABZZZZZZZZ", "B", "ZZZZZZZZZZ", "0", "0000000000"]
    hotlist = listed(tmp_path, *({"plate": plate} for plate in plates))
    ordered = [hotlist.plate(row) for row in range(len(hotlist))]
    assert ordered == sorted(plates)
    for prefix in ("", "A", "A0", "AB", "AB1", "Z", "ZZZZZZZZZZ", "Q", "0000000000"):
        span = hotlist.narrow(prefix)
        assert ordered[slice(*span)] == [plate for plate in ordered if plate.startswith(prefix)]
        assert (
            hotlist.narrow(prefix, hotlist.narrow(prefix[:1])) == span or not ordered[slice(*span)]
        )


def test_same_plate_twice(tmp_path: Path) -> None:
    """Entries of one plate come in the order of the list."""
    hotlist = listed(tmp_path, {"owner": "B"}, {"plate": "XY12"}, {"owner": "A"})
    assert [entry.owner for entry in hotlist.entries("ABC1234")] == ["B", "A"]
    assert hotlist.entries("ABC1234", Span(0, 0)) == ()
    assert hotlist.entries("ABC123") == ()
