"""The compact index answers as a plain list would."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from edge.hotlist.platekey import PARTIAL, key_of, plate_of
from edge.plates.alphabet import CHARACTERS, SLOTS
from tests.hotlist.lists import listed

PATTERNS = st.text(CHARACTERS + "?*", max_size=SLOTS)
PLATES = st.text(CHARACTERS, min_size=1, max_size=SLOTS)


@given(PLATES, PLATES)
def test_keys_sort_as_plates(one: str, other: str) -> None:
    """Integers of plates are equal only for equal plates, and sort as the plates do."""
    assert (key_of(one) < key_of(other)) == (one < other)
    assert (key_of(one) == key_of(other)) == (one == other)


@given(PATTERNS)
def test_key_and_back(plate: str) -> None:
    """The integer of a plate, wildcards or not, gives the plate back."""
    assert plate_of(key_of(plate)) == plate


@given(PLATES, st.text(CHARACTERS + "?*", max_size=SLOTS - 1))
def test_partial_plates_sort_last(plate: str, pattern: str) -> None:
    """Every plate with a wildcard sorts behind every plate without."""
    assert key_of(plate) < PARTIAL <= key_of("?" + pattern)


def test_order(tmp_path: Path) -> None:
    """Rows stand in the order of the plates, partial ones last, and all are found."""
    plates = ["A", "A0", "A00", "AB1", "ABZZZZZZZZ", "B", "ZZZZZZZZZZ", "0", "0000000000"]
    partial = ["ABC*", "?0ABC"]
    hotlist = listed(tmp_path, *({"plate": plate} for plate in (*partial, *plates)))
    assert len(hotlist) == 11
    ordered = [hotlist.plate(row) for row in range(len(hotlist))]
    assert ordered[:9] == sorted(plates)
    assert sorted(ordered[9:]) == sorted(partial)
    assert len(hotlist.partials) == 2
    assert all(hotlist.has(key_of(plate)) for plate in (*plates, *partial))
    assert not any(hotlist.has(key_of(plate)) for plate in ("", "A000", "C", "ABC", "ABC?"))


def test_same_plate_twice(tmp_path: Path) -> None:
    """Entries of one plate come in the order of the list."""
    hotlist = listed(tmp_path, {"owner": "B"}, {"plate": "XY12"}, {"owner": "A"})
    assert [entry.owner for entry in hotlist.entries("ABC1234")] == ["B", "A"]
    assert hotlist.entries("ABC123") == ()
