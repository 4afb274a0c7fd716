"""Fusion of reads: what adds up, what does not, and what may never happen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from edge.plates import alphabet
from edge.plates.alphabet import CHARACTERS, CLASSES, SLOTS
from edge.tracking.fusion import Fusion
from tests.tracking.reads import slots_of

TEXTS = st.text(CHARACTERS, min_size=1, max_size=SLOTS)
SURE = st.floats(0.3, 1.0)
SLOT_ARRAYS = arrays.arrays(
    np.float32, (SLOTS, CLASSES), elements=st.floats(0.0, 1.0, width=32)
).map(lambda raw: (raw / np.maximum(raw.sum(axis=1, keepdims=True), 1e-6)).astype(np.float32))


def fused(*reads: NDArray[np.float32], trust: float = 0.98) -> Fusion:
    fusion = Fusion(trust, 0.3)
    for slots in reads:
        fusion.add(slots)
    return fusion


@given(st.lists(SLOT_ARRAYS, max_size=5), st.floats(0.5, 1.0))
def test_distributions(reads: list[NDArray[np.float32]], trust: float) -> None:
    """Whatever was read, each slot is a distribution without NaN."""
    slots = fused(*reads, trust=trust).slots()
    assert slots.shape == (SLOTS, CLASSES)
    assert slots.dtype == np.float32
    assert np.isfinite(slots).all()
    assert (slots >= 0.0).all()
    np.testing.assert_allclose(slots.sum(axis=1), 1.0, atol=1e-5)


@given(st.lists(st.tuples(TEXTS, SURE), min_size=1, max_size=5), st.randoms())
def test_order(reads: list[tuple[str, float]], shuffle) -> None:
    """The order of the reads does not matter."""
    slots = [slots_of(text, sure) for text, sure in reads]
    mixed = list(slots)
    shuffle.shuffle(mixed)
    np.testing.assert_allclose(fused(*slots).slots(), fused(*mixed).slots(), atol=1e-5)


@given(TEXTS, st.floats(0.3, 0.99), st.integers(1, 20))
def test_agreement(text: str, sure: float, count: int) -> None:
    """A further read that says the same makes the text surer."""
    slots = slots_of(text, sure)
    fewer, more = fused(*[slots] * count).slots(), fused(*[slots] * (count + 1)).slots()
    assert alphabet.probability(more, text) >= alphabet.probability(fewer, text) - 1e-6


@given(TEXTS, st.floats(0.5, 0.99), st.floats(0.0, 1.0))
def test_surer(text: str, sure: float, gain: float) -> None:
    """A further read that says the same and is surer makes the text surer."""
    first = slots_of(text, sure)
    surer = slots_of(text, sure + gain * (1.0 - sure))
    before = alphabet.probability(fused(first).slots(), text)
    assert alphabet.probability(fused(first, surer).slots(), text) >= before - 1e-6


@pytest.mark.parametrize("shifted", ["BC1234", "ABC123", "AB1234", "AABC1234", "ABC12344"])
def test_one_shifted_read(shifted: str) -> None:
    """One read among five that lost or invented a character does not flip the text."""
    slots = fused(*[slots_of("ABC1234", 0.99)] * 4, slots_of(shifted, 0.99)).slots()
    assert alphabet.decode(slots) == "ABC1234"
    assert alphabet.probability(slots, "ABC1234") > 0.75


@pytest.mark.parametrize("shifted", ["BC1234", "ABC123", "AABC1234"])
def test_one_in_three_shifted(shifted: str) -> None:
    """Two reads against one that is shifted: the two lead, and nothing is certain."""
    slots = fused(*[slots_of("ABC1234", 0.97)] * 2, slots_of(shifted, 0.97)).slots()
    assert alphabet.decode(slots) == "ABC1234"
    assert alphabet.confidence(slots) < 0.9


@given(TEXTS.filter(lambda text: len(text) >= 3), st.data())
def test_any_lost_character(text: str, data: st.DataObject) -> None:
    """It does not matter which character one read among five has lost."""
    lost = data.draw(st.integers(0, len(text) - 1))
    shifted = text[:lost] + text[lost + 1 :]
    slots = fused(*[slots_of(text)] * 4, slots_of(shifted)).slots()
    assert alphabet.decode(slots) == text


def test_shifted_read_still_tells() -> None:
    """A read that lost a character still adds its evidence to the slots that it did see."""
    doubtful = slots_of("ABC1234")
    doubtful[6, :] = 0.02 / 35
    doubtful[6, 4], doubtful[6, 9] = 0.50, 0.48
    without = fused(*[doubtful] * 4).slots()
    helped = fused(*[doubtful] * 4, slots_of("BC1234")).slots()
    assert helped[6, 4] > without[6, 4] + 0.2


def test_tie_of_lengths() -> None:
    """One read each way: the longer text leads, and nothing is certain."""
    slots = fused(slots_of("ABC1234"), slots_of("ABC123")).slots()
    assert alphabet.decode(slots) == "ABC1234"
    assert alphabet.confidence(slots) < 0.6


def test_repeated_error() -> None:
    """Thirty frames that repeat one doubtful character do not make it certain."""
    doubtful = slots_of("ABC1234", 0.99)
    doubtful[4, :] = 0.02 / 35
    doubtful[4, 2], doubtful[4, 7] = 0.58, 0.40
    slots = fused(*[doubtful] * 30).slots()
    assert 0.6 < slots[4, 2] < 0.85
    assert slots[4, 7] > 0.15


def test_certain_and_wrong() -> None:
    """One frame that is certain of another character does not outweigh four that agree."""
    right, wrong = slots_of("ABC1234", 0.95), slots_of("ABC1294", 1.0)
    assert alphabet.decode(fused(right, right, wrong, right, right).slots()) == "ABC1234"


def test_wide_plates_weigh_more() -> None:
    """Of two contrary reads, the one of the wider plate leads."""
    fusion = Fusion(0.98, 0.3)
    fusion.add(slots_of("ABC1234"), weight=100.0)
    fusion.add(slots_of("ABC1239"), weight=40.0)
    assert alphabet.decode(fusion.slots()) == "ABC1234"


def test_one_read() -> None:
    """One read comes out as it went in, save for the share that is not believed."""
    slots = slots_of("ABC1234", 0.9)
    np.testing.assert_allclose(fused(slots).slots(), 0.98 * slots + 0.02 / CLASSES, atol=1e-6)


def test_nothing() -> None:
    """No read at all says nothing: every character alike."""
    np.testing.assert_allclose(fused().slots(), 1.0 / CLASSES, atol=1e-6)


def test_many_frames_of_one_header_are_one_witness() -> None:
    """A doubtful state stays as doubtful over a hundred frames as in one."""
    fusion = Fusion(0.98, 0.5)
    for _ in range(100):
        fusion.add(slots_of("ABC1234"), jurisdiction={"us-pa": 0.4, "us-ny": 0.3})
    assert fusion.jurisdiction()["us-pa"] == pytest.approx(0.4, abs=0.02)


def test_jurisdiction() -> None:
    """Jurisdictions of several reads add up to nearly 1; none gives an empty answer."""
    fusion = Fusion(0.98, 0.3)
    assert fusion.jurisdiction() == {}
    fusion.add(slots_of("ABC1234"), jurisdiction={"us-ct": 0.7, "us-ny": 0.3})
    fusion.add(slots_of("ABC1234"), jurisdiction={"us-ct": 0.8, "us-ny": 0.1, "us-ma": 0.1})
    codes = fusion.jurisdiction()
    assert 0.7 < codes["us-ct"] < 0.8
    assert sum(codes.values()) == pytest.approx(1.0, abs=0.01)  # the rest stays unknown
    assert min(codes.values()) > 0.0


def test_an_unknown_jurisdiction_accuses_no_other() -> None:
    """A reader that is sure the plate is from none of its places leaves all of them unlikely."""
    fusion = Fusion(0.98, 0.5)
    for _ in range(4):
        fusion.add(slots_of("ABC1234"), jurisdiction={"us-ct": 0.01, "br": 0.03})
    codes = fusion.jurisdiction()
    assert set(codes) == {"us-ct", "br"}
    assert max(codes.values()) < 0.05
