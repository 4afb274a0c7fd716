"""Drawings as SVG: pure functions of numbers, sized by the page that shows them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from edge.evaluate.calibration import Bin
from edge.evaluate.characters import Taken
from edge.evaluate.report.page import Markup, element, join
from edge.plates.alphabet import CHARACTERS

INK: Final = "#1a1a1a"
GRID: Final = "#d0d4d9"
MAIN: Final = "#0b5394"
OTHER: Final = "#a63d00"
_NONE: Final = "∅"  # no character


@dataclass(frozen=True, slots=True)
class Bar:
    """A share with its interval: *low* to *high* is drawn as a line, *value* as a dot."""

    label: str
    value: float
    low: float
    high: float
    note: str


def drawing(title: str, width: int, height: int, *parts: Markup) -> Markup:
    """Return an SVG picture with a title for those who cannot see it."""
    return element(
        "svg", element("title", title), *parts,
        viewBox=f"0 0 {width} {height}", role="img", class_="chart",
        style=f"max-width:{width}px", font_size="13",
    )  # fmt: skip


def _text(x: float, y: float, words: str, anchor: str = "start", **more: str | float) -> Markup:
    return element(
        "text", words, x=round(x, 1), y=round(y, 1), text_anchor=anchor, fill=INK, **more
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1) -> Markup:
    ends = {"x1": round(x1, 1), "y1": round(y1, 1), "x2": round(x2, 1), "y2": round(y2, 1)}
    return element("line", **ends, stroke=colour, stroke_width=width)


def intervals(title: str, bars: Sequence[Bar]) -> Markup:
    """Return one line a bar: its label, the interval, the share, and a note."""
    left, right, row = 150, 480, 26
    least = min((bar.low for bar in bars), default=0.0)
    start = min(0.8, math.floor(least * 5) / 5)
    bottom = row * len(bars) + 8

    def across(value: float) -> float:
        return left + (value - start) / (1 - start) * (right - left)

    step = 0.1 if start >= 0.4 else 0.2
    ticks = [start + step * i for i in range(round((1 - start) / step) + 1)]
    parts = [_line(across(t), 4, across(t), bottom, GRID) for t in ticks]
    parts += [_text(across(t), bottom + 16, f"{t:.1f}", "middle") for t in ticks]
    for index, bar in enumerate(bars):
        y = row * index + 20
        parts += [
            _text(left - 10, y + 4, bar.label, "end"),
            _line(across(bar.low), y, across(bar.high), y, MAIN, 3),
            element("circle", cx=round(across(bar.value), 1), cy=y, r=5, fill=MAIN),
            _text(right + 12, y + 4, bar.note),
        ]
    return drawing(title, 660, bottom + 24, *parts)


def reliability(title: str, bins: Sequence[Bin]) -> Markup:
    """Return what share is right over what confidence promised, bins with their intervals.

    A bin whose interval does not hold its confidence is a square of the other colour.
    """
    left, top, side = 56, 16, 320
    size = max((one.total for one in bins), default=1)

    def at(x: float, y: float) -> tuple[float, float]:
        return left + x * side, top + (1 - y) * side

    parts = []
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        x, y = at(tick, tick)
        parts += [_line(x, top, x, top + side, GRID), _line(left, y, left + side, y, GRID)]
        parts.append(_text(x, top + side + 18, f"{tick:.1f}", "middle"))
        parts.append(_text(left - 8, y + 4, f"{tick:.1f}", "end"))
    parts.append(_line(*at(0, 0), *at(1, 1), INK))
    for one in bins:
        parts += _mark(one, at(one.mean, one.share), at(one.mean, one.low), at(0, one.high), size)
    parts.append(_text(left + side / 2, top + side + 38, "confidence", "middle"))
    parts.append(_upward(14, top + side / 2, "share read right"))
    return drawing(title, 400, 390, *parts)


def _mark(
    one: Bin,
    place: tuple[float, float],
    low: tuple[float, float],
    high: tuple[float, float],
    size: int,
) -> list[Markup]:
    x, y = place
    radius = 3 + 6 * math.sqrt(one.total / size)
    whisker = _line(x, low[1], x, high[1], MAIN if one.holds else OTHER, 2)
    if one.holds:
        return [whisker, element("circle", cx=round(x, 1), cy=round(y, 1), r=radius, fill=MAIN)]
    corner = {"x": round(x - radius, 1), "y": round(y - radius, 1)}
    square = element("rect", **corner, width=2 * radius, height=2 * radius, fill=OTHER)
    return [whisker, square]


def matrix(title: str, taken: Sequence[Taken]) -> Markup:
    """Return a field for each pair of characters, darker the oftener one is taken for another."""
    names = [*CHARACTERS, ""]
    places = {name: index for index, name in enumerate(names)}
    cell, edge = 19, 30
    span = cell * len(names)
    most = max((one.count for one in taken), default=1)
    stripes = [
        element("rect", x=edge, y=edge + cell * i, width=span, height=cell, fill="#f1f3f5")
        for i in range(0, len(names), 2)
    ]
    parts = []
    for index, name in enumerate(names):
        middle = edge + cell * index + cell / 2
        parts.append(_text(edge - 8, middle + 4, name or _NONE, "end", font_size=12))
        parts.append(_text(middle, edge - 8, name or _NONE, "middle", font_size=12))
    for one in taken:
        place = edge + cell * places[one.read], edge + cell * places[one.true]
        parts += _field(one, *place, cell, most)
    parts += [_line(edge, edge + span, edge, edge, INK), _line(edge, edge, edge + span, edge, INK)]
    return drawing(title, edge + span + 2, edge + span + 2, join([*stripes, *parts]))


def _field(one: Taken, x: float, y: float, cell: int, most: int) -> list[Markup]:
    depth = math.sqrt(one.count / most)
    dark = depth > 0.45
    words = f"{one.true or 'nothing'} read as {one.read or 'nothing'}: {one.count}"
    colour = f"hsl(209 86% {88 - 60 * depth:.0f}%)"
    shape = element("title", words)
    box = element("rect", shape, x=x, y=y, width=cell, height=cell, fill=colour)
    number = element(
        "text", str(one.count), x=x + cell / 2, y=y + cell / 2 + 4, text_anchor="middle",
        font_size=11 if one.count < 100 else 9, fill="#ffffff" if dark else INK,
    )  # fmt: skip
    return [box, number]


_STEPS: Final = (0.0, 0.05, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)


def curve(title: str, points: Sequence[tuple[float, float, str]], across: str, up: str) -> Markup:
    """Return *points* (x, y, label) joined in order; x by its root, y a share."""
    left, top, wide, high = 56, 12, 460, 280
    most = max((x for x, _, _ in points), default=0.0) or 1.0

    def at(x: float, y: float) -> tuple[float, float]:
        return left + math.sqrt(x / most) * wide, top + (1 - y) * high

    parts = []
    for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        y = at(0, share)[1]
        parts += [
            _line(left, y, left + wide, y, GRID),
            _text(left - 8, y + 4, f"{share:.1f}", "end"),
        ]
    for number in (one for one in _STEPS if one <= most):
        x = at(number, 0)[0]
        parts.append(_line(x, top, x, top + high, GRID))
        parts.append(_text(x, top + high + 18, f"{number:g}", "middle"))
    places = [at(x, y) for x, y, _ in points]
    track = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    parts.append(element("polyline", points=track, fill="none", stroke=MAIN, stroke_width=2))
    for (x, y), (_, _, label) in zip(places, points, strict=True):
        parts.append(element("circle", cx=round(x, 1), cy=round(y, 1), r=4, fill=MAIN))
        parts.append(_text(x + 7, y + 15, label, font_size=12))
    parts.append(_text(left + wide / 2, top + high + 38, across, "middle"))
    parts.append(_upward(14, top + high / 2, up))
    return drawing(title, left + wide + 34, top + high + 48, *parts)


def _upward(x: float, y: float, words: str) -> Markup:
    return _text(x, y, words, "middle", transform=f"rotate(-90 {x:g} {y:g})")
