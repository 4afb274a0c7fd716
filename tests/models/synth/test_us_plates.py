"""American plates: dies that can be told apart, measures of every state, emblems, the sheet."""

from itertools import combinations

import cv2
import numpy as np
import pytest

from edge.plates.alphabet import CHARACTERS
from models.synth.compare import rendered, rows
from models.synth.paint import flat
from models.synth.us_dies import Die, die_glyph, die_line, drawn_die
from models.synth.us_emblems import EMBLEMS, symbol
from models.synth.us_layouts import LAYOUTS
from models.synth.us_looks import LOOKS

DIES = {layout.die for layout in LAYOUTS.values()}


@pytest.mark.parametrize("die", sorted(DIES, key=repr), ids=repr)
def test_characters_of_a_die_differ(die: Die) -> None:
    """No two characters of one die look the same, but for O and 0, which real dies share."""
    shapes = {one: cv2.resize(die_glyph(die, one), (48, 96)) > 127 for one in CHARACTERS}
    for one, other in combinations(CHARACTERS, 2):
        if {one, other} != {"O", "0"}:
            assert np.mean(shapes[one] != shapes[other]) > 0.01, (one, other)


def test_a_die_is_as_wide_as_it_says() -> None:
    """An 8 is as wide as its die; a plain I is one stroke."""
    die = Die(0.44, 0.1)
    assert die_glyph(die, "8").shape == (96, round(0.44 * 192) // 2)
    assert die_glyph(die, "I").shape[1] < 12


def test_dies_near_a_states_own_stay_near() -> None:
    """A drawn die keeps the state's width and ways; without a state it is any."""
    rng = np.random.default_rng(1)
    own = Die(0.42, 0.11, 0.2, 4)
    near = {drawn_die(rng, own) for _ in range(40)}
    assert {(one.width, one.ways) for one in near} == {(0.42, 4)}
    assert len({drawn_die(rng) for _ in range(40)}) > 20


def test_a_line_keeps_to_its_width() -> None:
    """A long serial is squeezed, a short one isn't, separators stay empty."""
    line = die_line("AB 12345", Die(), 80, 200)
    assert line.mask.shape[1] <= 203
    middle = round(line.separators[0])
    assert line.mask[:, middle].max() == 0
    assert die_line("AB1", Die(), 80, 300).mask.shape[1] < 200


def test_every_layout_has_looks() -> None:
    """Each measured state has looks, and heights that fit a plate."""
    assert set(LAYOUTS) <= set(LOOKS)
    for layout in LAYOUTS.values():
        assert layout.height / 2 < layout.middle < 1 - layout.height / 2


@pytest.mark.parametrize("name", sorted(EMBLEMS))
def test_emblems_leave_ink(name: str) -> None:
    """Each emblem changes a plate's ground, and only inside of it."""
    look = LOOKS["us-ct"][0]
    image = flat(160, 320, (120, 130, 140))
    EMBLEMS[name](np.random.default_rng(2), image, look)
    assert image.shape == (160, 320, 3)
    assert np.mean(np.any(image != (120, 130, 140), axis=2)) > 0.005


@pytest.mark.parametrize("name", ["dot", "dash", "ny", "nj", "pa", "tx", "md", "fl", "ga", "peak"])
def test_symbols_stand_where_they_belong(name: str) -> None:
    """A symbol's ink lies about the place it was asked for."""
    image = flat(160, 320, (200, 200, 200))
    symbol(image, name, 160.0, 80.0, 74.0, (20, 20, 20))
    ys, xs = np.nonzero(np.any(image != 200, axis=2))
    assert abs(xs.mean() - 160) < 12
    assert abs(ys.mean() - 80) < 14


def test_the_sheet_shows_colour_and_grey() -> None:
    """A place has a row in colour and one as the reader sees it, with room for photographs."""
    made = rendered("us-ct", 1, 2)
    assert [grey.shape for _, grey in made] == [(64, 160), (64, 160)]
    assert rows([], made, 2).shape == (132, 646, 3)
