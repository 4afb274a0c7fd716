"""Characters and plates that are taken for each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.plates.alphabet import CHARACTERS
from edge.plates.lookalikes import TWINS, alike, differing, folded

TEXTS = st.text(CHARACTERS, max_size=10)
_CHARACTER = st.sampled_from(CHARACTERS)


@pytest.mark.parametrize("pair", ["27", "37", "0O", "0D", "1I", "8B", "5S", "2Z", "6G"])
def test_known_pairs(pair: str) -> None:
    """The pairs behind known misreads are alike, both ways."""
    assert alike(pair[0], pair[1])
    assert alike(pair[1], pair[0])


@given(_CHARACTER, _CHARACTER)
def test_alike_is_mutual(one: str, other: str) -> None:
    """Likeness goes both ways, and everything is like itself."""
    assert alike(one, other) == alike(other, one)
    assert alike(one, one)


def test_twins_are_apart() -> None:
    """No character is in two groups of twins, so folding is well defined; all twins are alike."""
    together = "".join(TWINS)
    assert len(together) == len(set(together))
    assert all(alike(group[0], character) for group in TWINS for character in group)


@given(TEXTS)
def test_folded(text: str) -> None:
    """Folding twice is folding once, and keeps the length."""
    assert folded(folded(text)) == folded(text)
    assert len(folded(text)) == len(text)


def test_folded_twins() -> None:
    """Twins fold to the same, others do not."""
    assert folded("ABC1O0") == folded("A8CI00")
    assert folded("ABC123") != folded("ABC128")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("ABC1234", "ABC1234", 0),
        ("ABC1234", "ABC1734", 1),
        ("ABC1234", "BC1234", 1),
        ("ABC1234", "ABC12345", 1),
        ("ABC1234", "ACB1234", 2),
        ("ABC1234", "C1234", 2),
        ("ABC1234", "XBC123", 2),
        ("", "A", 1),
    ],
)
def test_differing(one: str, other: str, expected: int) -> None:
    """One wrong, lost or invented character is one; anything more is two."""
    assert differing(one, other) == expected
    assert differing(other, one) == expected
