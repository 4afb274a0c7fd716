"""Where a plate is from: labels, classes, and how much each photograph counts."""

import pytest

from models.reader.places import NOT_SAID, PLACES, UNKNOWN, place_index, place_weights
from models.synth.formats import JURISDICTIONS, US


def test_what_is_rendered_teaches_places_and_that_others_exist() -> None:
    """All states and most countries are classes; the few others teach what 'unknown' looks like."""
    assert len(set(PLACES)) == len(PLACES)
    assert set(US) <= set(PLACES)
    others = {code for code in JURISDICTIONS if code not in PLACES}
    assert 0 < len(others) < 6
    assert {PLACES[place_index(code)] for code in others} == {UNKNOWN}


@pytest.mark.parametrize("region", ["", "us", "eu", "us-diplomat"])
def test_a_coarse_label_teaches_no_place(region: str) -> None:
    """'Somewhere in the United States' is not learned as any state, nor as unknown."""
    assert place_index(region) == NOT_SAID


def test_a_country_that_is_not_listed_is_unknown() -> None:
    """A listed code is its own class under either of its names; any other country is 'unknown'."""
    assert PLACES[place_index("us-ct")] == "us-ct"
    assert PLACES[place_index("eu-gb")] == "uk"
    assert PLACES[place_index("eu-mt")] == UNKNOWN


def test_a_common_place_weighs_no_more_than_a_few_hundred_photographs() -> None:
    """A thousand pictures of New York do not make it the best guess."""
    weights = place_weights(["us-ny"] * 1000 + ["us-ct"] * 6)
    assert weights[:1000].sum() == pytest.approx(250)
    assert weights[1000:].tolist() == [1.0] * 6
