"""The matcher against the plainest way to do the same: every text, every entry, one by one."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.config.hotlist import HotlistSection
from edge.hotlist.builder import Builder
from edge.hotlist.index import POOLED, Hotlist, Pool, Row
from edge.hotlist.indexfile import open_index, write_index
from edge.hotlist.matcher import Matcher
from edge.plates import alphabet, syntax
from edge.plates.alphabet import BLANK, CHARACTERS, CLASSES, SLOTS
from edge.records import Hit, ListVersion
from tests.fakes import START
from tests.hotlist.lists import section, sighting_of

SIGNS = "AB17"
MOST = 4  # slots that are in play
FROM = datetime(2026, 1, 1, tzinfo=UTC)
UNTIL = datetime(2027, 1, 1, tzinfo=UTC)
WHOLE = st.text(SIGNS, min_size=1, max_size=MOST)
WILD = st.text(SIGNS + "?", min_size=1, max_size=MOST).flatmap(
    lambda text: st.integers(-1, len(text)).map(
        lambda place: text if place < 0 else text[:place] + "*" + text[place:]
    )
)
PARTIAL = WILD.filter(lambda text: sum(sign in SIGNS for sign in text) >= 2 and len(text) <= MOST)
PLATES = st.lists(WHOLE | PARTIAL.filter(lambda text: not text.isalnum()), max_size=30)


@st.composite
def slots(draw: st.DrawFn) -> NDArray[np.float32]:
    """Return slots whose likely characters are few, so that many listed plates are near."""
    sharpness = draw(st.sampled_from([1.0, 4.0, 16.0]))
    chosen = np.random.default_rng(draw(st.integers(0, 100_000)))
    allowed = [CHARACTERS.index(c) for c in SIGNS] + [BLANK]
    table = np.zeros((SLOTS, CLASSES))
    table[:MOST, allowed] = chosen.random((MOST, len(allowed))) ** sharpness + 1e-4
    table[MOST:, BLANK] = 1.0
    return (table / table.sum(axis=1, keepdims=True)).astype(np.float32)


def hotlist_of(plates: list[str]) -> Hotlist:
    """Return a list made without a file, so that short patterns may be on it."""
    return _built([(plate, UNTIL) for plate in plates])


def _built(plates: list[tuple[str, datetime]]) -> Hotlist:
    pools = {name: Pool(str) for name in POOLED}
    for pool in pools.values():
        pool[""]
    builder = Builder()
    for number, (plate, until) in enumerate(plates):
        ends = int(until.timestamp())
        builder.add(Row(f"E{number}", plate, 0, 0, 0, 0, 0, 0, "", "", 0, 0, ends), number)
    return builder.build(ListVersion("town-0", FROM, len(plates)), pools)


def possible_texts(seen: NDArray[np.float32], least: float) -> dict[str, float]:
    """Return every text of possible characters with its probability, by trying them all."""
    texts, rows = {}, seen.tolist()
    for length in range(1, MOST + 1):
        for signs in product(SIGNS, repeat=length):
            text = "".join(signs)
            each = [rows[slot][number] for slot, number in enumerate(alphabet.encode(text))]
            if min(each) >= least and min(each) > 0.0:
                texts[text] = math.prod(each)
    return texts


def meant(plate: str, text: str) -> bool:
    """Say whether a listed plate means *text*, by the plainest of all ways."""
    if not plate:
        return not text
    if plate[0] == "*":
        return any(meant(plate[1:], text[cut:]) for cut in range(len(text) + 1))
    return bool(text) and plate[0] in ("?", text[0]) and meant(plate[1:], text[1:])


def reference(
    seen: NDArray[np.float32], plates: list[str], settings_: HotlistSection
) -> dict[str, tuple[float, float]]:
    """Return probability and posterior of every plate that must hit."""
    texts = possible_texts(seen, settings_.min_character)
    hits = {}
    for plate in set(plates):
        p = sum(q for text, q in texts.items() if meant(plate, text))
        if p >= settings_.min_probability and p > 0.0:
            hits[plate] = p
    return _with_posteriors(hits, texts, len(plates), settings_)


def _with_posteriors(
    hits: Mapping[str, float], texts: Mapping[str, float], entries: int, settings_: HotlistSection
) -> dict[str, tuple[float, float]]:
    share = settings_.listed_share
    r = min(1.0, (share / entries) / ((1.0 - share) / settings_.plates_in_use)) if entries else 1.0
    weights = {}
    for plate, p in hits.items():
        among = {t: q for t, q in texts.items() if meant(plate, t)}
        best = max(among, key=lambda text: among[text])
        unknown = len(best) - sum(sign in SIGNS for sign in plate)
        weights[plate] = r * p / 16**unknown
    likely = {t: q for t, q in texts.items() if q >= settings_.min_probability}
    apart = {t: q for t, q in likely.items() if t not in hits}
    rest = 1.0 - sum(p for plate, p in hits.items() if plate.isalnum()) - sum(apart.values())
    others = sum(q * (1.0 if syntax.formats_of(t) else 0.05) for t, q in apart.items())
    total = sum(weights.values()) + others + max(0.0, rest)
    return {plate: (p, weights[plate] / total) for plate, p in hits.items()}


def match(seen: NDArray[np.float32], hotlist: Hotlist, **changes: object) -> tuple[Hit, ...]:
    return Matcher(section(**changes)).match(sighting_of(seen), hotlist, START)


@settings(max_examples=250)
@given(
    seen=slots(),
    plates=PLATES,
    least=st.sampled_from([0.001, 0.01, 0.05, 0.3]),
    possible=st.sampled_from([0.0, 0.02, 0.2]),
    share=st.sampled_from([0.0, 1e-9, 1e-7, 0.00032, 0.5]),
)
def test_brute_force(
    seen: NDArray[np.float32], plates: list[str], least: float, possible: float, share: float
) -> None:
    """Plates, wildcards or not, probabilities and posteriors are those of trying everything."""
    changes = {"min_probability": least, "min_character": possible, "listed_share": share}
    hits = match(seen, hotlist_of(plates), **changes)
    expected = reference(seen, plates, section(**changes))
    found = {hit.entry.plate: (hit.probability, hit.posterior) for hit in hits}
    assert found.keys() == expected.keys()
    for plate, (p, posterior) in expected.items():
        assert found[plate] == (pytest.approx(p), pytest.approx(posterior, rel=1e-5, abs=1e-12))
    assert len(hits) == sum(plate in expected for plate in plates)
    order = [(hit.entry.partial, -hit.probability) for hit in hits]
    assert order == sorted(order)
    assert not any(hit.exact for hit in hits if hit.entry.partial)


@settings(max_examples=50)
@given(seen=slots(), plates=PLATES)
def test_posteriors_share_one(seen: NDArray[np.float32], plates: list[str]) -> None:
    """What the entries of different plates have together never exceeds certainty."""
    hits = match(seen, hotlist_of(plates))
    by_plate = {hit.entry.plate: hit.posterior for hit in hits}
    assert 0.0 <= sum(by_plate.values()) <= 1.0 + 1e-9
    assert all(posterior >= 0.0 for posterior in by_plate.values())


@settings(max_examples=30)
@given(seen=slots(), plates=PLATES)
def test_mapped_file(
    tmp_path_factory: pytest.TempPathFactory, seen: NDArray[np.float32], plates: list[str]
) -> None:
    """A list opened from its index file gives the very same hits."""
    file = tmp_path_factory.mktemp("index") / "town.index"
    hotlist = hotlist_of(plates)
    write_index(hotlist, file)
    told = [
        [(hit.entry, hit.probability, hit.posterior, hit.contested) for hit in match(seen, one)]
        for one in (hotlist, open_index(file))
    ]
    assert told[0] == told[1]


def test_the_reference_can_fail() -> None:
    """The reference tells a wrong matcher apart: one that forgives a character finds more."""
    seen = sighting_of("AB17").slots
    hotlist = hotlist_of(["AB11"])
    assert reference(seen, ["AB11"], section()) == {}
    assert match(seen, hotlist, max_edits=1, max_entries=10) != ()


def test_expired_plates_are_unlisted_ones() -> None:
    """A dead entry's plate counts as somebody else's."""
    hotlist = _built([("AB11", UNTIL), ("AB17", FROM)])
    seen = sighting_of("AB11").slots.copy()
    seen[3, [1, 7]] = 0.6, 0.39
    (hit,) = match(seen, hotlist)
    assert hit.posterior < 0.7
    assert (hit.entry.plate, hit.contested[0].decides) == ("AB11", True)
