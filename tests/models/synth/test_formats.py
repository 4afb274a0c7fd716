"""Serials: real formats, the alphabet, look-alikes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.plates.alphabet import CHARACTERS, SLOTS, decode, encode
from models.synth.formats import (
    JURISDICTIONS,
    LOOKALIKE_DIGITS,
    SERIALS,
    US,
    display_for,
    fill,
    random_display,
    random_serial,
    text_of,
    vanity,
)


@given(st.sampled_from(JURISDICTIONS), st.integers(0, 2**32 - 1))
@settings(max_examples=300, deadline=None)
def test_every_serial_fits_the_reader(jurisdiction: str, seed: int) -> None:
    """A serial has 1 to 10 characters of the product's alphabet."""
    text = random_serial(np.random.default_rng(seed), jurisdiction)
    assert 1 <= len(text) <= SLOTS
    assert set(text) <= set(CHARACTERS)
    one_hot = np.eye(len(CHARACTERS) + 1, dtype=np.float32)[encode(text)]
    assert decode(one_hot) == text


def test_all_states_are_there() -> None:
    """Fifty states and the District of Columbia have formats."""
    assert len(US) == 51
    assert {"us-ct", "us-dc", "eu-de", "uk", "br", "in", "ar", "my", "vn"} <= set(SERIALS)


@pytest.mark.parametrize(
    ("jurisdiction", "text", "display"),
    [
        ("us-ny", "ABC1234", "ABC-1234"),
        ("us-ct", "AB12345", "AB 12345"),
        ("eu-fr", "AB123CD", "AB-123-CD"),
        ("uk", "AB12CDE", "AB12 CDE"),
        ("vn", "51F12345", "51F-123.45"),
        ("us-ny", "COFFEE", "COFFEE"),
        ("xx", "AB12", "AB12"),
    ],
)
def test_known_text_gets_its_separators(jurisdiction: str, text: str, display: str) -> None:
    """A given text is set as its jurisdiction sets it, and loses nothing."""
    assert display_for(text, jurisdiction) == display
    assert text_of(display) == text


def test_lookalikes_on_demand() -> None:
    """With all look-alikes asked for, every digit is one that is often misread."""
    rng = np.random.default_rng(1)
    assert set(fill(rng, "#" * 500, "ABC", lookalikes=1.0)) <= set(LOOKALIKE_DIGITS)
    assert set(fill(rng, "#" * 500, "ABC", lookalikes=0.0)) == set("0123456789")


def test_vanity_plates_are_short() -> None:
    """A vanity plate has at most seven characters, eight with its gap."""
    rng = np.random.default_rng(2)
    texts = [vanity(rng) for _ in range(500)]
    assert all(2 <= len(text_of(text)) <= 7 for text in texts)
    assert any(" " in text for text in texts)


def test_new_york_has_taxis() -> None:
    """Taxi plates T######C are among New York's."""
    rng = np.random.default_rng(3)
    texts = [text_of(random_display(rng, "us-ny")) for _ in range(400)]
    assert any(len(t) == 8 and t[0] == "T" and t[-1] == "C" for t in texts)
