"""Text and slots are two writings of the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.plates import alphabet
from edge.plates.alphabet import BLANK, CHARACTERS, CLASSES, SLOTS
from tests.tracking.reads import slots_of

TEXTS = st.text(CHARACTERS, max_size=SLOTS)


@given(TEXTS)
def test_there_and_back(text: str) -> None:
    """A text survives encoding, and its own slots give it their confidence."""
    slots = slots_of(text)
    assert alphabet.decode(slots) == text
    assert alphabet.probability(slots, text) == pytest.approx(alphabet.confidence(slots))
    assert (alphabet.encode(text)[len(text) :] == BLANK).all()


def test_probabilities_sum_to_one() -> None:
    """The probabilities of all texts of two slots sum to one, with those that begin blank."""
    slots = np.random.default_rng(1).dirichlet(np.ones(CLASSES), 2).astype(np.float32)
    texts = ["", *CHARACTERS, *(a + b for a in CHARACTERS for b in CHARACTERS)]
    told = sum(alphabet.probability(slots, text) for text in texts)
    blank_first = float(slots[0, BLANK] * slots[1, :BLANK].sum())
    assert told + blank_first == pytest.approx(1.0, abs=1e-5)


def test_impossible_texts() -> None:
    """Too long a text has no probability; a character outside the alphabet is an error."""
    assert alphabet.probability(slots_of("A"), "A" * (SLOTS + 1)) == 0.0
    with pytest.raises(ValueError, match="11 characters"):
        alphabet.encode("A" * 11)
    with pytest.raises(ValueError, match="not one of"):
        alphabet.encode("A-1")


def test_normalise() -> None:
    """Spaces, dots and dashes go, letters become capitals, anything else stays to be refused."""
    assert alphabet.normalise(" ab-12\u00b7.c\t") == "AB12C"
    assert alphabet.normalise("ab*") == "AB*"
