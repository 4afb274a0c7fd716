"""Partial plates, edit distance and rarity, as an officer meets them."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import load
from edge.errors import ConfigError, HotlistError
from edge.hotlist import rarity
from edge.hotlist.edits import one_edit
from edge.hotlist.index import Hotlist
from edge.hotlist.matcher import Matcher
from edge.hotlist.partial import Partials, covers, form_of, lengths
from edge.plates.lookalikes import differing
from edge.records import Hit
from tests.fakes import START
from tests.hotlist.lists import contested, listed, section, sighting_of
from tests.tracking.reads import slots_of


def match(seen: object, hotlist: Hotlist, **changes: object) -> tuple[Hit, ...]:
    return Matcher(section(**changes)).match(sighting_of(seen), hotlist, START)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("plate", "texts", "others"),
    [
        ("AB?12", ["ABC12", "AB012"], ["AB12", "ABCC12", "ABC13"]),
        ("ABC*", ["ABC", "ABC1", "ABC1234567"], ["AB", "ABD1"]),
        ("*ABC", ["ABC", "1ABC", "1234567ABC"], ["ABC1"]),
        ("AB*12", ["AB12", "ABC12", "AB12312"], ["AB1", "AB123"]),
        ("A?C*9?", ["ABC99", "A1C1290"], ["ABC9", "AC99"]),
    ],
)
def test_covers(tmp_path: Path, plate: str, texts: list[str], others: list[str]) -> None:
    """A partial plate hits every text that it may mean and no other one."""
    hotlist = listed(tmp_path, {"plate": plate})
    for text in texts:
        assert covers(plate, text)
        (hit,) = match(slots_of(text, 0.999), hotlist)
        assert (hit.entry.plate, hit.exact, hit.entry.partial) == (plate, False, True)
        assert hit.probability > 0.95
    for text in others:
        assert not covers(plate, text)
        assert match(slots_of(text, 0.999), hotlist) == ()


def test_lengths() -> None:
    """A star is every number of characters that still makes a plate, none included."""
    assert list(lengths("ABCDEFGH*")) == ["ABCDEFGH", "ABCDEFGH?", "ABCDEFGH??"]
    assert form_of("AB*12", 6) == "AB??12"
    with pytest.raises(ValueError, match="no plate of 3 characters"):
        form_of("AB*12", 3)


def test_an_unread_character_is_covered(tmp_path: Path) -> None:
    """Where the reader itself is torn, the wildcard takes all that it holds possible."""
    seen = contested("ABC1234", 3, "C", 0.5, "G", 0.45)
    (hit,) = match(seen, listed(tmp_path, {"plate": "AB?1234"}))
    assert hit.probability == pytest.approx(0.95, abs=0.01)
    assert hit.contested == ()


def test_only_possible_characters(tmp_path: Path) -> None:
    """A known character that the reader holds impossible is not bridged by a wildcard."""
    assert match(slots_of("ABC1234", 0.999), listed(tmp_path, {"plate": "A8?1*"})) == ()


def test_contested_of_a_partial_plate(tmp_path: Path) -> None:
    """A known character can be contested; what the wildcard covers cannot."""
    seen = contested("ABC1234", 5, "7", 0.61, "2", 0.37)
    (hit,) = match(seen, listed(tmp_path, {"plate": "?BC12*"}))
    assert [(c.position, c.expected, c.rival, c.decides) for c in hit.contested] == [
        (5, "2", "7", True)
    ]
    assert match(seen, listed(tmp_path, {"plate": "ABC1?*"}))[0].contested == ()


def test_contested_length_of_a_partial_plate(tmp_path: Path) -> None:
    """A character too many is contested, unless the plate ends in a star."""
    seen = contested("ABC1234", 7, "4", 0.4, "", 0.58)
    (hit,) = match(seen, listed(tmp_path, {"plate": "AB?123"}))
    assert [(c.position, c.expected, c.rival) for c in hit.contested] == [(7, "", "4")]
    assert match(seen, listed(tmp_path, {"plate": "AB?12*"}))[0].contested == ()


def test_whole_plates_first(tmp_path: Path) -> None:
    """An entry that names the plate comes before one that only covers it."""
    seen = contested("ABC1234", 5, "2", 0.6, "7", 0.39)
    hits = match(seen, listed(tmp_path, {"plate": "ABC*"}, {}))
    assert [hit.entry.plate for hit in hits] == ["ABC1234", "ABC*"]
    assert hits[0].probability < hits[1].probability
    assert hits[0].posterior > 100 * hits[1].posterior > 0.0


def test_many_partial_plates() -> None:
    """Each partial plate counts once, however many lengths it has."""
    assert len(Partials(["ABC*", "*ABC", "A?B?C"])) == 3
    assert len(Partials([])) == 0


@given(st.text("AB1", min_size=1, max_size=10))
def test_one_edit(text: str) -> None:
    """Every text one edit away, and only those, none too long or empty."""
    texts = set(one_edit(text)) - {text}
    assert all(1 <= len(other) <= 10 and differing(text, other) == 1 for other in texts)
    changed = len(text) * 35
    assert len(texts) >= changed + (len(text) > 1)
    if len(text) == 10:
        assert {len(other) for other in texts} == {9, 10}


@pytest.mark.parametrize("seen", ["ABC1235", "ABC123", "ABC12344", "BC1234"])
def test_edits_if_asked(tmp_path: Path, seen: str) -> None:
    """A short list may forgive one character; the hit is inexact, improbable and contested."""
    hotlist = listed(tmp_path, {})
    (hit,) = match(slots_of(seen, 0.99), hotlist, max_edits=1, max_entries=1000)
    assert (hit.exact, hit.entry.plate) == (False, "ABC1234")
    assert hit.probability < 0.01
    assert hit.posterior <= hit.probability
    assert match(slots_of(seen, 0.99), hotlist) == ()


def test_edits_find_nothing_twice(tmp_path: Path) -> None:
    """An entry that the reader holds possible keeps its probability; expired ones stay out."""
    dead = {"plate": "ABC1235", "entered": "2024-01-01", "expires": "2025-01-01"}
    hits = match("ABC1234", listed(tmp_path, {}, dead), max_edits=1)
    assert [(hit.entry.plate, hit.exact) for hit in hits] == [("ABC1234", True)]
    assert hits[0].probability > 0.9


class _Long:
    """A list that says it is long."""

    def __init__(self, hotlist: Hotlist) -> None:
        self.version, self.partials = hotlist.version, hotlist.partials
        self.has, self.entries = hotlist.has, hotlist.entries

    def __len__(self) -> int:
        return 10_001


def test_edits_on_a_long_list(tmp_path: Path) -> None:
    """Above ten thousand entries edit distance is refused, by the settings and by the matcher."""
    site = tmp_path / "site.toml"
    site.write_text("[hotlist]\nmax_edits = 1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="refused for lists of more than 10000 entries"):
        load([site])
    site.write_text("[hotlist]\nmax_edits = 1\nmax_entries = 10000\n", encoding="utf-8")
    assert load([site]).settings.hotlist.max_edits == 1
    site.write_text("[hotlist]\nmax_edits = 2\nmax_entries = 10\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="max_edits"):
        load([site])
    long, sighting = _Long(listed(tmp_path, {})), sighting_of("ABC1235")
    with pytest.raises(HotlistError, match=r"10001 entries; hotlist\.max_edits = 1 is for lists"):
        Matcher(section(max_edits=1)).match(sighting, long, START)
    assert Matcher(section()).match(sighting, long, START) == ()


def test_commonness() -> None:
    """An entry of a long list is rarer than any plate; one of a short list never commoner."""
    r = rarity.commonness(section(), 500_000)
    assert r == pytest.approx(0.00032 / 0.99968 * 200_000_000 / 500_000)
    assert rarity.commonness(section(), 1_000_000) == pytest.approx(r / 2)
    assert rarity.commonness(section(), 100) == 1.0
    assert rarity.commonness(section(), 0) == 1.0
    assert rarity.commonness(section(listed_share=1.0), 500_000) == 1.0
    assert rarity.commonness(section(listed_share=0.0), 500_000) == 0.0


def test_rarity_weighs_a_doubt(tmp_path: Path) -> None:
    """The rarer listed cars are, the likelier a doubtful read is somebody else's plate."""
    seen = contested("ABC1234", 5, "2", 0.90, "7", 0.09)
    hotlist = listed(tmp_path, {})
    posteriors = [
        match(seen, hotlist, listed_share=share)[0].posterior for share in (0.5, 1e-9, 2e-10)
    ]
    odds = 0.9 / 0.1
    for posterior, r in zip(posteriors, (1.0, 0.2, 0.04), strict=True):
        assert posterior == pytest.approx(r * odds / (r * odds + 1), abs=0.03)
    assert {round(match(seen, hotlist, listed_share=s)[0].probability, 3) for s in (0.5, 1e-9)} == {
        round(match(seen, hotlist)[0].probability, 3)
    }


def test_a_form_ranks_and_rewrites_nothing(tmp_path: Path) -> None:
    """A rival that has no plate's form weighs little; texts and probability stay as they are."""
    hotlist = listed(tmp_path, {"plate": "1ABC234"})
    odd = contested("1ABC234", 5, "2", 0.6, "Z", 0.39)
    usual = contested("1ABC234", 5, "2", 0.6, "7", 0.39)
    with_odd, with_usual = match(odd, hotlist)[0], match(usual, hotlist)[0]
    assert rarity.weight("1ABCZ34") < rarity.weight("1ABC734")
    assert with_odd.posterior > with_usual.posterior
    assert math.isclose(with_odd.probability, with_usual.probability, rel_tol=1e-3)
    assert with_odd.contested[0].rival == "Z"
    assert np.array_equal(with_odd.sighting.slots, odd)
