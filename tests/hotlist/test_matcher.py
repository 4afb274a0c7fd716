"""The matcher against the plainest way to do the same, and what it says of a match."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.hotlist.index import Hotlist
from edge.hotlist.matcher import Matcher
from edge.plates import alphabet
from edge.plates.alphabet import CLASSES, SLOTS
from edge.records import Hit
from tests.fakes import START
from tests.hotlist.lists import contested, listed, section, sighting_of
from tests.tracking.reads import slots_of

LETTERS = "AB017"


def match(seen: object, hotlist: Hotlist, **changes: object) -> tuple[Hit, ...]:
    return Matcher(section(**changes)).match(sighting_of(seen), hotlist, START)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Hotlist:
    """Return a list of many plates that are alike."""
    chosen = np.random.default_rng(1)
    plates = {"".join(chosen.choice(list(LETTERS), chosen.integers(1, 5))) for _ in range(400)}
    return listed(tmp_path_factory.mktemp("list"), *({"plate": p} for p in sorted(plates)))


def random_slots(seed: int, sharpness: float) -> np.ndarray:
    """Return slots whose likely characters are few, so that many listed plates are near."""
    chosen = np.random.default_rng(seed)
    allowed = [alphabet.CHARACTERS.index(c) for c in LETTERS] + [alphabet.BLANK]
    slots = np.full((SLOTS, CLASSES), 1e-4)
    slots[:, allowed] += chosen.random((SLOTS, len(allowed))) ** sharpness
    slots[5:, alphabet.BLANK] += 1e3
    return (slots / slots.sum(axis=1, keepdims=True)).astype(np.float32)


@settings(max_examples=200)
@given(
    seed=st.integers(0, 10_000),
    sharpness=st.sampled_from([1.0, 4.0, 16.0]),
    least=st.sampled_from([0.001, 0.01, 0.05, 0.3]),
    possible=st.sampled_from([0.0, 0.02, 0.2]),
)
def test_brute_force(
    crowded: Hotlist, seed: int, sharpness: float, least: float, possible: float
) -> None:
    """It finds exactly the entries that going through the whole list finds."""
    slots = random_slots(seed, sharpness)
    expected = {}
    for row in range(len(crowded)):
        plate = crowded.plate(row)
        p = alphabet.probability(slots, plate)
        each = slots[np.arange(SLOTS), alphabet.encode(plate)]
        if p >= least and each.min() >= possible:
            expected[plate] = p
    hits = match(slots, crowded, min_probability=least, min_character=possible)
    assert {hit.entry.plate: hit.probability for hit in hits} == pytest.approx(expected)
    found = [hit.probability for hit in hits]
    assert found == sorted(found, reverse=True)


def test_exact(tmp_path: Path) -> None:
    """A sure read of a listed plate is an exact hit, uncontested, with the list's version."""
    hotlist = listed(tmp_path, {}, {"plate": "XY12"})
    (hit,) = match("ABC1234", hotlist)
    assert hit.exact
    assert hit.entry.entry_id == "E1"
    assert hit.probability > 0.9
    assert hit.contested == ()
    assert hit.list_version == hotlist.version
    assert hit.matched == START


def test_all_slots(tmp_path: Path) -> None:
    """A plate that fills every slot is found, as Indian ones do."""
    (hit,) = match(slots_of("MH12AB1234", 0.99), listed(tmp_path, {"plate": "MH 12 AB 1234"}))
    assert hit.exact


@pytest.mark.parametrize("seen", ["ABC1235", "ABC123", "ABC12344", "BC1234", "A8C1234"])
def test_no_edit_distance(tmp_path: Path, seen: str) -> None:
    """A sure read that is one edit, or one look-alike, away is no hit at all."""
    assert match(slots_of(seen, 0.99), listed(tmp_path, {})) == ()


def test_contested(tmp_path: Path) -> None:
    """A character that the reader doubts leads to the entry, named with place and rivals."""
    seen = contested("ABC1734", 5, "7", 0.61, "2", 0.37)
    (hit,) = match(seen, listed(tmp_path, {"plate": "ABC1234"}))
    assert not hit.exact
    assert hit.probability == pytest.approx(0.37, abs=0.01)
    (doubt,) = hit.contested
    assert (doubt.position, doubt.expected, doubt.rival) == (5, "2", "7")
    assert doubt.p_expected == pytest.approx(0.37)
    assert doubt.p_rival == pytest.approx(0.61)
    assert doubt.decides


def test_contested_length(tmp_path: Path) -> None:
    """Whether there is a character at all can be contested, too."""
    seen = contested("ABC1234", 7, "4", 0.6, "", 0.38)
    hits = match(seen, listed(tmp_path, {"plate": "ABC123"}))
    assert [(c.position, c.expected, c.rival) for c in hits[0].contested] == [(7, "", "4")]


def test_not_deciding(tmp_path: Path) -> None:
    """Where the rival's plate is listed as well, the character does not decide the match."""
    hotlist = listed(tmp_path, {"plate": "ABC1234"}, {"plate": "ABC1734"})
    hits = match(contested("ABC1234", 5, "2", 0.61, "7", 0.37), hotlist)
    assert [hit.entry.plate for hit in hits] == ["ABC1234", "ABC1734"]
    assert [c.decides for hit in hits for c in hit.contested] == [False, False]


def test_expired(tmp_path: Path) -> None:
    """An expired entry never hits, not by a character either; at its first moment it is dead."""
    dead = {"entered": "2025-01-01", "expires": "2026-01-01T10:00:00Z"}
    hotlist = listed(tmp_path, dead, {"plate": "ABC1734", **dead})
    sighting = sighting_of("ABC1234")
    matcher = Matcher(section())
    assert matcher.match(sighting, hotlist, START) == ()
    assert len(matcher.match(sighting, hotlist, START.later(-1.0))) == 1
    moment = datetime(2026, 1, 1, 9, 59, 59, tzinfo=UTC)
    assert len(matcher.match(sighting, hotlist, START, moment)) == 1


def test_expired_rival_decides(tmp_path: Path) -> None:
    """A rival plate whose entry is dead counts as not listed."""
    dead = {"plate": "ABC1734", "entered": "2024-01-01", "expires": "2025-01-01"}
    hits = match(contested("ABC1234", 5, "2", 0.61, "7", 0.37), listed(tmp_path, {}, dead))
    assert [c.decides for hit in hits for c in hit.contested] == [True]


def test_entries_of_one_plate(tmp_path: Path) -> None:
    """All entries of a plate hit, the likelier plate first."""
    hotlist = listed(tmp_path, {"plate": "ABC1734"}, {"owner": "A"}, {"owner": "B"})
    hits = match(contested("ABC1234", 5, "2", 0.61, "7", 0.37), hotlist)
    assert [hit.entry.entry_id for hit in hits] == ["E2", "E3", "E1"]


def test_unlikely_is_no_hit(tmp_path: Path) -> None:
    """A text that is likeliest but still unlikely is no hit."""
    assert match(slots_of("ABC1234", 0.7), listed(tmp_path, {})) == ()


@pytest.mark.parametrize("fill", [0.0, 1.0, 1.0 / CLASSES])
def test_empty_slots(tmp_path: Path, fill: float) -> None:
    """Slots that say nothing hit nothing, and no threshold of zero makes the search endless."""
    slots = np.full((SLOTS, CLASSES), fill, np.float32)
    assert match(slots, listed(tmp_path, {})) == () or fill == 1.0
    match(slots, listed(tmp_path, {}), min_probability=0.0, min_character=0.0)
