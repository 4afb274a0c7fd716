"""Characters of American plates, drawn by strokes as their dies are cut.

Hardly any American die is a printed typeface: one stroke of even thickness, bent at round corners.
Each character has one to three ways of being cut (a 3 with a flat top, a 1 with a foot, an I with
serifs, an open G); a :class:`Die` says which, how wide, how thick and how round.

A path is points ``x,y`` in a box of 0..1; a full stop after a point keeps its corner sharp, ``z``
closes the path, ``;`` parts paths.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth.glyphs import GLYPH_HEIGHT, Line, Mask

_BIG: Final = 2 * GLYPH_HEIGHT
_PATHS: Final[dict[str, tuple[str, ...]]] = {
    "A": ("0,1 .42,0. .58,0. 1,1;.16,.68 .84,.68", "0,1 .5,0. 1,1;.14,.7 .86,.7"),
    "B": ("0,.48 0,0. .94,0 .94,.48 .1,.48;.1,.48 1,.48 1,1 0,1. 0,.48",),
    "C": ("1,.3 1,0 0,0 0,1 1,1 1,.7", "1,.24 1,0 0,0 0,1 1,1 1,.76"),
    "D": ("0,.5 0,0. 1,0 1,1 0,1. 0,.5",),
    "E": ("1,0 0,0. 0,1. 1,1;0,.48 .82,.48",),
    "F": ("1,0 0,0. 0,1;0,.48 .82,.48",),
    "G": (
        "1,.28 1,0 0,0 0,1 1,1 1,.54. .55,.54",
        "1,.26 1,0 0,0 0,1 1,1 1,.56. .6,.56;1,.56 1,1",
        "1,.3 1,0 0,0 0,1 1,1 1,.62. .5,.62",
    ),
    "H": ("0,0 0,1;1,0 1,1;0,.48 1,.48",),
    "I": (".5,0 .5,1", "0,0 1,0;.5,0 .5,1;0,1 1,1"),
    "J": ("1,0 1,1 0,1 0,.68", "1,0 1,1 0,1 0,.76", ".5,0 1,0. 1,1 0,1 0,.7"),
    "K": ("0,0 0,1;1,0 0,.62;.36,.4 1,1",),
    "L": ("0,0 0,1. 1,1",),
    "M": ("0,1 0,0. .5,.6. 1,0. 1,1", "0,1 0,0. .5,.42. 1,0. 1,1", "0,1 0,0. .5,.95. 1,0. 1,1"),
    "N": ("0,1 0,0. 1,1. 1,0",),
    "O": ("0,.5 0,0 1,0 1,1 0,1 0,.5",),
    "P": ("0,1 0,0. 1,0 1,.54 0,.54",),
    "Q": (
        "0,.5 0,0 .94,0 .94,.94 0,.94 0,.5;.5,.66 1,1",
        "0,.5 0,0 .92,0 .92,.93 0,.93 0,.5;.42,.62 1,1",
        "0,.5 0,0 1,0 1,.88 0,.88 0,.5;.5,.72 .62,1 .9,1",
    ),
    "R": ("0,1 0,0. 1,0 1,.52 0,.52;.46,.52 1,1", "0,1 0,0. 1,0 1,.5 0,.5;.5,.5 1,.5 1,1"),
    "S": (
        "1,.22 1,0 0,0 0,.48 1,.48 1,1 0,1 0,.78",
        "1,.2 1,0 0,0 0,.4 1,.58 1,1 0,1 0,.8",
    ),
    "T": ("0,0 1,0;.5,0 .5,1",),
    "U": ("0,0 0,1 1,1 1,0",),
    "V": ("0,0 .5,1. 1,0", "0,0 .42,1. .58,1. 1,0"),
    "W": (
        "0,0 .24,1. .5,.35. .76,1. 1,0",
        "0,0 .12,1. .5,.5. .88,1. 1,0",
        "0,0 0,1. .5,.5. 1,1. 1,0",
    ),
    "X": ("0,0 1,1;1,0 0,1",),
    "Y": ("0,0 .5,.52. 1,0;.5,.5 .5,1",),
    "Z": ("0,0 1,0. 0,1. 1,1",),
    "0": ("0,.5 0,0 1,0 1,1 0,1 0,.5",),
    "1": (".05,.24 .62,0. .62,1", ".62,0 .62,1;.08,.2 .62,.02", ".1,.24 .5,0. .5,1;0,1 1,1"),
    "2": (
        "0,.22 0,0 1,0 1,.44 0,1. 1,1",
        "0,.22 0,0 1,0 1,.5 0,.62 0,1. 1,1",
        "0,.2 0,0 1,0 1,.36 0,1. 1,1",
    ),
    "3": (
        "0,.19 0,0 .97,0 .97,.46 .45,.46;.45,.46 1,.46 1,1 0,1 0,.81",
        "0,0 1,0. .45,.4. 1,.4 1,1 0,1 0,.81",
    ),
    "4": (".72,1 .72,0. 0,.72. 1,.72", ".78,1 .78,0. .0,.66. 1,.66", ".8,1 .8,.4;.5,0 0,.7. 1,.7"),
    "5": (
        ".95,0 .06,0. .06,.42. 1,.42 1,1 0,1 0,.8",
        "1,0 .08,0. .0,.5. .2,.4 1,.4 1,1 0,1 0,.79",
    ),
    "6": (
        ".97,.19 .97,0 0,0 0,1 1,1 1,.44 0,.44 0,.6",
        ".8,0 0,.55 0,1 1,1 1,.46 .3,.46 0,.66",
        "1,.18 1,0 0,0 0,1 1,1 1,.42 0,.42",
    ),
    "7": ("0,0 1,0. .3,1", "0,0 1,0. 1,.14 .36,.62 .36,1", "0,.08 0,0. 1,0. .4,1"),
    "8": (
        ".09,.24 .09,0 .91,0 .91,.46 .09,.46 .09,.24;0,.7 0,.46 1,.46 1,1 0,1 0,.7",
        ".13,.24 .13,0 .87,0 .87,.45 .13,.45 .13,.24;0,.7 0,.45 1,.45 1,1 0,1 0,.7",
    ),
}
_WIDTHS: Final = {"M": 1.16, "W": 1.22, "1": 0.68, "A": 1.08, "V": 1.04, "Y": 1.04, "4": 1.06}


_ROUND: Final = {"8": 0.3, "3": 0.2, "6": 0.2, "9": 0.2, "S": 0.2, "0": 0.2}


@dataclass(frozen=True, slots=True)
class Die:
    """One set of dies; lengths in character heights.

    *ways* picks among the cuts of each character; *serif* gives the I its bars.
    """

    width: float = 0.44
    thick: float = 0.12
    corner: float = 0.2
    ways: int = 0
    serif: bool = False


def drawn_die(rng: np.random.Generator, near: Die | None = None) -> Die:
    """Return a die near a state's own, or any; lengths are rounded, so that glyphs stay cached."""
    if near is None:
        return Die(
            round(rng.uniform(0.36, 0.54), 2),
            round(rng.uniform(0.085, 0.14), 2),
            round(rng.uniform(0.1, 0.26), 1),
            int(rng.integers(12)),
            bool(rng.random() < 0.5),
        )
    thick = near.thick + (0.0, -0.005, 0.007, -0.012)[int(rng.integers(4))]
    return Die(near.width, round(thick, 3), near.corner, near.ways, near.serif)


@lru_cache(maxsize=6000)
def die_glyph(die: Die, character: str) -> Mask:
    """Return a mask of one capital or digit, ``GLYPH_HEIGHT`` high."""
    turn = character == "9"
    ways = _PATHS["6" if turn else character]
    way = ways[(die.ways + ord(character) * (die.ways // 3)) % len(ways)]
    wide = die.width * _WIDTHS.get(character, 1.0)
    if character in "O0" and die.ways % 3:  # in two of three dies an O is wider than a 0
        wide *= 1.06 if character == "O" else 0.92
    if character == "I":
        way = _PATHS["I"][int(die.serif)]
        wide = max(die.thick * 1.02, die.width * 0.6 if die.serif else die.thick * 1.02)
    image = np.zeros((_BIG, max(6, round(wide * _BIG))), np.uint8)
    thick = die.thick * _BIG
    for path in way.split(";"):
        points = _bent(path, wide, die, max(die.corner, _ROUND.get(character, 0.0)))
        fixed = np.round(points * (_BIG * 16)).astype(np.int32)
        cv2.polylines(
            image,
            [fixed],
            isClosed=False,
            color=255,
            thickness=round(thick),
            lineType=cv2.LINE_AA,
            shift=4,
        )
    if character in "BDEFLPR":  # the stem's ends are cut square: what tells B from 8, D from O
        image[:, : round(thick * 0.8)] = 255
    image = image[::-1, ::-1] if turn else image
    size = (max(3, image.shape[1] // 2), GLYPH_HEIGHT)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


@cache
def _parsed(path: str) -> tuple[NDArray[np.float64], tuple[bool, ...]]:
    words = path.split()
    points = [tuple(float(part) for part in word.rstrip(".").split(",")) for word in words]
    return np.array(points), tuple(word.endswith(".") for word in words)


def _bent(path: str, wide: float, die: Die, corner: float) -> NDArray[np.float64]:
    """Return the path's points in character heights, its corners rounded by circles' arcs."""
    unit, sharp = _parsed(path)
    half = die.thick / 2
    points = unit * (max(0.0, wide - die.thick), 1 - die.thick) + half
    out = [points[0]]
    for before, here, after, pointed in zip(
        points[:-2], points[1:-1], points[2:], sharp[1:-1], strict=True
    ):
        into, away = before - here, after - here
        lengths = np.hypot(*into), np.hypot(*away)
        cut = 0.0 if pointed else min(corner, lengths[0] * 0.5, lengths[1] * 0.5)
        if cut < 0.01:
            out.append(here)
            continue
        first, last = here + into / lengths[0] * cut, here + away / lengths[1] * cut
        for t in np.linspace(0, 1, 7):
            a, b, c = (1 - t) ** 2, 1.414 * t * (1 - t), t**2
            out.append((a * first + b * here + c * last) / (a + b + c))
    return np.array([*out, points[-1]])


def die_line(
    display: str, die: Die, height: int, widest: float, gap: float = 0.1, blank: float = 0.3
) -> Line:
    """Return *display* as :func:`models.synth.glyphs.serial` does, set with a die.

    Args:
        gap, blank: between characters, and a separator's width, in character heights.
    """
    glyphs = [None if one in " -." else die_glyph(die, one) for one in display]
    advances = []
    for mask in glyphs:
        if mask is None:
            advances.append(blank * height)
        else:
            own = mask.shape[1] / GLYPH_HEIGHT
            advances.append((max(own, die.width) + gap) * height)
    squeeze = min(1.0, widest / max(1.0, sum(advances)))
    line = np.zeros((height, max(4, int(np.ceil(sum(advances) * squeeze)) + 2)), np.uint8)
    separators = []
    x = 0.0
    for mask, advance in zip(glyphs, advances, strict=True):
        if mask is None:
            separators.append(x + advance * squeeze / 2)
        else:
            width = max(2, round(mask.shape[1] * height / GLYPH_HEIGHT * squeeze))
            left = max(0, round(x + (advance * squeeze - width) / 2))
            small = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)
            room = line[:, left : left + width]
            np.maximum(room, small[:, : room.shape[1]], out=room)
        x += advance * squeeze
    return Line(line, tuple(separators))
