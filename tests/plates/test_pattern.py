"""What people type for a plate is understood, or refused in a sentence, whatever it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import SearchError
from edge.plates import syntax
from edge.plates.alphabet import CHARACTERS
from edge.plates.pattern import Pattern, covers, read_pattern

HERE = syntax.shares("us-ct", 0.2)
PLATES = st.text(CHARACTERS, min_size=1, max_size=10)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("ab 12-c?", "AB12C?"),
        ("AB?12*", "AB?12*"),
        ("  ab\t12 ", "AB12"),
        ("*", "*"),
        ("ABCDEFGHIJ", "ABCDEFGHIJ"),
        ("ABCDEFGHIJ*", "ABCDEFGHIJ*"),
    ],
)
def test_what_is_typed_is_read(typed: str, text: str) -> None:
    """Small letters, spaces and dashes are no difference."""
    assert read_pattern(typed).text == text


@pytest.mark.parametrize(
    ("typed", "match"),
    [
        ("", "no plate"),
        (" - ", "no plate"),
        ("AB'12", '"\'"'),
        ('AB"; DROP TABLE outbox', "not '\"', ';'"),
        ("AB12\u0130", "u0130"),
        ("stra\u00dfe", "xdf"),
        ("\uff21\uff22", "uff21"),
        ("AB\x0012", "x00"),
        ("A*B*", "more than one"),
        ("ABCDEFGHIJK", "11 characters"),
        ("A" * 10_000_000, "10000000 characters"),
        ("?" * 65, "65 characters"),
    ],
    ids=[
        "empty", "dashes", "quote", "quotes", "turkish", "sharp-s", "fullwidth", "zero", "stars",
        "eleven", "10-mb", "marks",
    ],
)  # fmt: skip
def test_what_is_no_plate_is_refused(typed: str, match: str) -> None:
    """The sentence says why, and never repeats what was typed at length."""
    with pytest.raises(SearchError, match=match) as told:
        read_pattern(typed)
    assert len(str(told.value)) < 200


@given(PLATES, st.data())
def test_a_plate_is_found_by_its_parts(plate: str, data: st.DataObject) -> None:
    """Any character may be replaced by ?, and any run of them by *."""
    one = data.draw(st.integers(0, len(plate) - 1))
    end = data.draw(st.integers(one, len(plate)))
    assert Pattern(plate[:one] + "?" + plate[one + 1 :]).matches(plate)
    assert Pattern(plate[:one] + "*" + plate[end:]).matches(plate)
    assert Pattern(plate).matches(plate)


@given(PLATES, PLATES)
def test_another_plate_is_not_found(plate: str, other: str) -> None:
    """A whole plate finds itself and nothing else; one ? is exactly one character."""
    assert Pattern(plate).matches(other) is (plate == other)
    assert not covers(plate + "?", plate)


def test_look_alikes_stay_two_characters() -> None:
    """O and 0 are not merged, and the pattern can say which of its characters have twins."""
    pattern = read_pattern("AO12")
    assert not pattern.matches("A012")
    assert pattern.alike() == ("0DOQ", "1IL", "2Z")


def test_width_is_the_share_of_plates_covered() -> None:
    """Each character less is wider; nothing known is everything; no common form is not narrow."""
    shares = [read_pattern(one).share(HERE) for one in ("AB12345", "AB1234?", "AB12*", "A*", "*")]
    assert shares == sorted(shares)
    assert len(set(shares)) == len(shares)
    assert shares[0] < 1e-6
    assert shares[-1] == read_pattern("??????????").share(HERE) == 1.0
