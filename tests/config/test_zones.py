"""What may be drawn on the picture: every mistake is a sentence, whoever sent it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import load
from edge.config.shapes import flaw_of_arrow, flaw_of_polygon
from edge.errors import ConfigError

SQUARE = ((0.1, 0.1), (0.4, 0.1), (0.4, 0.4), (0.1, 0.4))
BOW = ((0.1, 0.1), (0.4, 0.4), (0.4, 0.1), (0.1, 0.4))
_COORDINATES = st.integers(0, 64).map(lambda one: one / 64)  # sums of these are exact


def refused(folder: Path, text: str) -> str:
    """Return what is said of a file with these zones."""
    file = folder / "tuning.toml"
    file.write_text(f"[zones]\n{text}\n")
    with pytest.raises(ConfigError) as caught:
        load([file])
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        (
            "ignore = [[[0.1, 0.1], [0.4, 0.4], [0.4, 0.1], [0.1, 0.4]]]",
            ":2:1: zones.ignore",
            "ignore polygon 1: its edges cross: the one from corner 1 meets the one from corner 3",
        ),
        ("ignore = [[[0.1, 0.1], [0.4, 0.4]]]", "zones.ignore", "at least 3"),
        ("interest = [[[0.1, 0.1], [1.2, 0.4], [0.4, 0.1]]]", "zones.interest", "or equal to 1"),
        ("interest = [[[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]]]", "zones.interest", "on one line"),
        ("interest = [[[0.1, 0.1], [0.1, 0.1], [0.3, 0.2]]]", "zones.interest", "delete one"),
        ("direction = [[0.1, 0.1]]", "zones.direction", "it needs two"),
        ("direction = [[0.1, 0.1], [0.1, 0.1]]", "zones.direction", "begins where it ends"),
        ("sense = 'approach'", "zones", "draw zones.direction"),
        ("sense = 'away'", "zones.sense", "'approach', 'leave' or 'both'"),
    ],
    ids=["bow", "two", "beyond", "flat", "twice", "point", "nowhere", "undrawn", "word"],
)
def test_a_wrong_shape_is_told_by_place_and_mend(
    text: str, place: str, said: str, tmp_path: Path
) -> None:
    """The file, the setting and what to do are in one sentence."""
    sentence = refused(tmp_path, text)
    assert place in sentence
    assert said in sentence
    assert len(sentence) < 420


def test_what_is_drawn_well_is_taken(tmp_path: Path) -> None:
    """Concave polygons, several of a kind, and an arrow with a sense: the control of the above."""
    file = tmp_path / "tuning.toml"
    file.write_text(
        "[zones]\n"
        "interest = [[[0, 0], [1, 0], [0.5, 0.5], [1, 1], [0, 1]]]\n"
        "ignore = [[[0.1, 0.1], [0.4, 0.1], [0.2, 0.4]], [[0.6, 0.1], [0.9, 0.1], [0.7, 0.4]]]\n"
        "direction = [[0.5, 0.1], [0.4, 0.9]]\n"
        'sense = "leave"\n'
    )
    zones = load([file]).settings.zones
    assert [len(one) for one in (zones.interest, zones.ignore, zones.direction)] == [1, 2, 2]


def test_too_many_polygons_are_refused(tmp_path: Path) -> None:
    """What nobody draws cannot make every frame slow."""
    many = [[[0.1, 0.1], [0.4, 0.1], [0.2, 0.4]]] * 21
    assert "at most 20" in refused(tmp_path, f"ignore = {many}")
    corners = [[n / 50, (n % 2) / 50] for n in range(41)]
    assert "at most 40" in refused(tmp_path, f"ignore = [{corners}]")


def test_touching_counts_as_crossing() -> None:
    """A corner that lies on another edge makes two polygons of one."""
    pinched = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 0.0), (0.0, 1.0))
    assert "corner 1 meets" in flaw_of_polygon(pinched)
    assert flaw_of_polygon(SQUARE) == ""
    assert flaw_of_arrow(()) == ""


@given(st.lists(st.tuples(_COORDINATES, _COORDINATES), min_size=3, max_size=7), st.integers(0, 6))
def test_a_flaw_is_one_from_whichever_corner_and_side(
    corners: list[tuple[float, float]], first: int
) -> None:
    """Beginning at another corner, or going round the other way, changes nothing."""
    begun = corners[first % len(corners) :] + corners[: first % len(corners)]
    flaws = [bool(flaw_of_polygon(one)) for one in (corners, begun, corners[::-1])]
    assert len(set(flaws)) == 1


def test_a_bow_has_a_flaw() -> None:
    """The control of the property above: there are shapes of both kinds."""
    assert flaw_of_polygon(BOW)
