"""What is wrong with a shape drawn on the picture, in words; points are fractions of it."""

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

Spot = tuple[float, float]
Edge = tuple[int, Spot, Spot]

_NEAR: Final = 1e-3  # a thousandth of the picture: a pixel, about
_FLAT: Final = 1e-9


def flaw_of_polygon(corners: Sequence[Spot]) -> str:
    """Return why *corners* enclose nothing, or nothing that is clear; empty for a good polygon."""
    edges = [
        (number, one, corners[number % len(corners)]) for number, one in enumerate(corners, start=1)
    ]
    for number, one, other in edges:
        if one == other:
            return f"corner {number % len(corners) + 1} lies on corner {number}: delete one of them"
    for first, second in _apart(edges):
        if _meet(first, second):
            return (
                f"its edges cross: the one from corner {first[0]} meets the one from corner "
                f"{second[0]}; move a corner so that none do"
            )
    if abs(sum(_turn((0.0, 0.0), one, other) for _, one, other in edges)) < _FLAT:
        return "its corners lie on one line: it encloses nothing"
    return ""


def flaw_of_arrow(ends: Sequence[Spot]) -> str:
    """Return why *ends* point nowhere; empty for a good arrow, and for none at all."""
    if not ends:
        return ""
    if len(ends) != 2:
        return f"has {len(ends)} points: it needs two, from where to where, or none"
    if math.dist(*ends) < _NEAR:
        return "begins where it ends: draw it along the way that cars take"
    return ""


def _apart(edges: Sequence[Edge]) -> Iterator[tuple[Edge, Edge]]:
    """Return all pairs of edges that have no corner in common."""
    for one, other in combinations(edges, 2):
        if other[0] - one[0] not in {1, len(edges) - 1}:
            yield one, other


def _meet(one: Edge, other: Edge) -> bool:
    """Say whether two edges cross or touch."""
    (_, a, b), (_, c, d) = one, other
    sides = _sign(a, b, c), _sign(a, b, d), _sign(c, d, a), _sign(c, d, b)
    if sides[0] * sides[1] < 0 and sides[2] * sides[3] < 0:
        return True
    spots = ((a, b, c), (a, b, d), (c, d, a), (c, d, b))
    pairs = zip(sides, spots, strict=True)
    return any(side == 0 and _between(*three) for side, three in pairs)


def _between(one: Spot, other: Spot, spot: Spot) -> bool:
    """Say whether *spot*, which is in line with both, lies between them."""
    return all(min(a, b) <= c <= max(a, b) for a, b, c in zip(one, other, spot, strict=True))


def _sign(one: Spot, other: Spot, spot: Spot) -> int:
    turn = _turn(one, other, spot)
    return (turn > 0) - (turn < 0)


def _turn(one: Spot, other: Spot, spot: Spot) -> float:
    """Return twice the area of a triangle, signed by the way round."""
    return (other[0] - one[0]) * (spot[1] - one[1]) - (other[1] - one[1]) * (spot[0] - one[0])
