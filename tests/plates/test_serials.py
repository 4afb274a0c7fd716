"""How many plates a place can have, and what a text or a wildcard covers of them."""

import pytest

from edge.plates import serials, syntax


@pytest.mark.parametrize("code", sorted(syntax.JURISDICTIONS))
def test_shapes_are_what_the_forms_say(code: str) -> None:
    """A text of each shape fits its place; sizes add up to one when each serial is one chance."""
    for shape, _ in serials.shapes(code):
        assert syntax.fits("".join(serials.signs(sign)[-1] for sign in shape), code)
    everything = sum(serials.covered("?" * length, code) for length in range(1, 12))
    assert everything == pytest.approx(1.0)


def test_sizes() -> None:
    """Counted by hand: two letters and five digits, and the like."""
    assert serials.size("us-ny") == 26**3 * 10**4
    assert serials.size("us-ct") == 26**2 * 10**5 + 10**3 * 26**3 + 10 * 26**4 * 10
    assert serials.size("") == 0
    assert dict(serials.shapes("us-in")) == {"999A": 26_000, "999AA": 676_000, "999AAA": 17_576_000}


def test_density() -> None:
    """One text among all serials of its place; none where no form has it."""
    assert serials.density("AAA9999", "us-ny") == pytest.approx(1 / serials.size("us-ny"))
    assert serials.density("AA99999", "us-ny") == 0.0
    assert serials.density("AAA9999", "zz") == 0.0
    # a letter that the form prescribes: one text in 26 has it
    assert serials.density("A999AAA", "eu-ro") == pytest.approx(1 / 26 / serials.size("eu-ro"))


def test_coverage() -> None:
    """A question mark is any character that may stand there."""
    assert serials.covered("ABC123?", "us-ny") == pytest.approx(10 / serials.size("us-ny"))
    assert serials.covered("?BC1234", "us-ny") == pytest.approx(26 / serials.size("us-ny"))
    assert serials.covered("1BC1234", "us-ny") == 0.0
    shares = {"us-ny": 0.5, "us-ct": 0.5}
    assert serials.anywhere("ABC123?", shares) == pytest.approx(5 / serials.size("us-ny"))
    assert serials.pattern("AB1?") == "AA9?"
