"""Forms of plates: what fits where, and what that says of where a plate is from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.plates import syntax
from edge.plates.alphabet import CHARACTERS

_STATES = (
    "al ak az ar ca co ct dc de fl ga hi ia id il in ks ky la ma md me mi mn mo ms mt nc nd ne nh "
    "nj nm nv ny oh ok or pa ri sc sd tn tx ut va vt wa wi wv wy"
).split()
_COUNTRIES = (
    "at be bg cy cz de dk ee es fi fr gr hr hu ie it lt lu lv mt nl pl pt ro se si sk"
).split()


def test_everybody_is_there() -> None:
    """All states with the capital's district, all countries of the union, and the other three."""
    expected = {f"us-{state}" for state in _STATES} | {f"eu-{land}" for land in _COUNTRIES}
    assert expected | {"uk", "br", "in"} == syntax.JURISDICTIONS
    assert len(_STATES) == 51
    assert len(_COUNTRIES) == 27


@pytest.mark.parametrize(
    ("text", "jurisdiction"),
    [
        ("AB12345", "us-ct"),
        ("7ABC123", "us-ca"),
        ("ABC1234", "us-ny"),
        ("123456", "us-de"),
        ("MAB1234", "eu-de"),
        ("BA1E", "eu-de"),
        ("BAB123H", "eu-de"),
        ("AB123CD", "eu-fr"),
        ("1234BCD", "eu-es"),
        ("B123ABC", "eu-ro"),
        ("AB12CDE", "uk"),
        ("ABC1D23", "br"),
        ("ABC1234", "br"),
        ("MH12AB1234", "in"),
        ("22BH1234AA", "in"),
    ],
)
def test_fits(text: str, jurisdiction: str) -> None:
    """Plates of a place have one of its forms."""
    assert jurisdiction in syntax.formats_of(text)
    assert syntax.fits(text, jurisdiction)


def test_does_not_fit() -> None:
    """A text without any form fits nowhere, and a place without known forms refuses nothing."""
    assert syntax.formats_of("") == frozenset()
    assert not syntax.fits("AB12345", "us-ny")
    assert not syntax.fits("22XX1234AA", "in")
    assert syntax.fits("ANYTHING", "ca-on")


@given(
    st.text(CHARACTERS, max_size=10),
    st.sampled_from(["us-ct", "eu-de", "uk", "in", "ca-on"]),
    st.floats(0.0, 1.0),
    st.dictionaries(st.sampled_from(["us-ct", "us-ny", "eu-de", "ca-on"]), st.floats(0.0, 1.0)),
)
def test_rank(text: str, home: str, foreign: float, seen: dict[str, float]) -> None:
    """Whatever is seen, the ranks are a distribution, likeliest first."""
    ranked = list(syntax.rank(text, home, foreign, seen).values())
    assert ranked == sorted(ranked, reverse=True)
    assert sum(ranked) == pytest.approx(1.0)


def test_home_form() -> None:
    """A plate in the home form is from home; in a foreign form only less surely so."""
    assert syntax.rank("AB12345", "us-ct", 0.15)["us-ct"] > 0.9
    assert syntax.rank("ABC1234", "us-ct", 0.15)["us-ct"] < 0.8


def test_seen_on_the_plate() -> None:
    """What the reader saw on the plate outweighs what is common at the place."""
    ranked = syntax.rank("ABC1234", "us-ct", 0.15, {"us-ny": 0.98, "us-ct": 0.01, "us-ma": 0.01})
    assert next(iter(ranked)) == "us-ny"
    assert ranked["us-ny"] > 0.7
    elsewhere = syntax.rank("AB12345", "us-ct", 0.15, {"us-il": 0.98, "us-ct": 0.02})
    assert elsewhere["us-ct"] < syntax.rank("AB12345", "us-ct", 0.15)["us-ct"]


def test_no_foreigners() -> None:
    """Where no foreign plate ever comes, everything is from home."""
    assert syntax.rank("ABC1234", "us-ct", 0.0)["us-ct"] == pytest.approx(1.0)
