"""Drawings of the report as geometry: pure functions of figures; ``plots.html`` puts it into SVG.

Colours are classes, so that one drawing serves a light screen, a dark one and paper.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from edge.archive.report.hits import Precision
from edge.archive.report.opened import Period, seconds
from edge.archive.report.searches import PurposeLine
from edge.archive.report.times import DayLine, OutageLine, UnitLine

WIDTH: Final = 760
_LEFT: Final = 52  # for the figures of the scale
_HIGH: Final = 150


@dataclass(frozen=True, slots=True)
class Box:
    """A filled shape; *told* is what it says to a pointer, and to who can't see it."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    told: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """Words at a place."""

    x: float
    y: float
    words: str
    anchor: str = "start"
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A line."""

    x1: float
    y1: float
    x2: float
    y2: float
    kind: str = "grid"


@dataclass(frozen=True, slots=True)
class Dot:
    """A point with a value."""

    x: float
    y: float
    told: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """One drawing."""

    title: str
    width: float
    height: float
    boxes: tuple[Box, ...] = ()
    labels: tuple[Label, ...] = ()
    rules: tuple[Rule, ...] = ()
    dots: tuple[Dot, ...] = ()


def hits_by_day(days: Sequence[DayLine]) -> Plot:
    """Return columns of alarms and, on top, hits to verify."""
    return _columns(
        "Hits by day",
        days,
        (("alarm", lambda day: day.alarms), ("verify", lambda day: day.verifies)),
        lambda day: f"{day.day}: {day.alarms} alarms, {day.verifies} to verify",
    )


def reads_by_day(days: Sequence[DayLine]) -> Plot:
    """Return columns of reads."""
    return _columns(
        "Reads by day",
        days,
        (("reads", lambda day: day.reads),),
        lambda day: f"{day.day}: {day.reads} reads",
    )


def precision(lines: Sequence[Precision]) -> Plot:
    """Return one line a share: its interval, its dot, and the figures."""
    left, right, row = 140, 520, 34
    known = [line for line in lines if line.known]
    bottom = row * len(known) + 6

    def across(value: float) -> float:
        return _r(left + value * (right - left))

    ticks = [n / 5 for n in range(6)]
    labels = [Label(across(t), bottom + 18, f"{t:.0%}", "middle", "quiet") for t in ticks]
    rules = [Rule(across(t), 4, across(t), bottom) for t in ticks]
    dots = []
    for place, line in enumerate(known):
        y = row * place + 22
        told = f"{line.right} of {line.known} = {line.share:.0%}"
        labels.append(Label(left - 14, y + 5, line.of, "end"))
        labels.append(Label(right + 16, y + 5, told))
        rules.append(Rule(across(line.low), y, across(line.high), y, "interval"))
        dots.append(
            Dot(across(line.share), y, f"{line.of}: {told}, {line.low:.0%}-{line.high:.0%}")
        )
    return Plot(
        "Share of hits that were right, with its 95 % interval",
        WIDTH,
        bottom + 26,
        labels=tuple(labels),
        rules=tuple(rules),
        dots=tuple(dots),
    )


def purposes(lines: Sequence[PurposeLine]) -> Plot:
    """Return a bar for each purpose: answered, then refused."""
    left, right, row = 200, 640, 30
    most = max((line.searches for line in lines), default=1)
    boxes, labels = [], []
    for place, line in enumerate(sorted(lines, key=lambda one: (-one.searches, one.purpose))):
        y, x = row * place + 6, float(left)
        for kind, count in (("answered", line.answered), ("refused", line.refused)):
            width = _r(count / most * (right - left))
            if count:
                told = f"{line.purpose}: {count} {kind}"
                boxes.append(Box(_r(x), y, width, 18, kind, told))
            x += width
        labels.append(Label(left - 14, y + 14, line.purpose.replace("-", " "), "end"))
        told = f"{line.searches}" + (f", {line.refused} refused" if line.refused else "")
        labels.append(Label(_r(x) + 10, y + 14, told))
    height = row * len(lines) + 6
    return Plot("Searches by purpose", WIDTH, height, tuple(boxes), tuple(labels))


def timeline(units: Sequence[UnitLine], outages: Sequence[OutageLine], period: Period) -> Plot:
    """Return a band for each unit: watching, paused, out; bare where nothing is known."""
    left, right, row = 120, WIDTH - 8, 34
    begin, end = seconds(period.since), seconds(period.until)

    def across(at: str) -> float:
        share = (min(max(seconds(at), begin), end) - begin) / (end - begin)
        return _r(left + share * (right - left))

    def box(since: str, until: str, y: float, kind: str, told: str) -> Box:
        x = across(since)
        return Box(x, y, max(1.5, _r(across(until) - x)), 20, kind, told)

    boxes, labels = [], []
    for place, unit in enumerate(units):
        y = row * place + 4
        labels.append(Label(left - 14, y + 15, unit.unit, "end"))
        boxes.append(Box(left, y, right - left, 20, "unknown", f"{unit.unit}: nothing is known"))
        boxes += [box(*span, y, "watching", f"{unit.unit}: watching") for span in unit.watching]
        boxes += [
            box(*span, y, "paused", f"{unit.unit}: paused {span[0]} to {span[1]}")
            for span in unit.paused
        ]
        boxes += [
            box(out.since, out.until, y, "out", f"{unit.unit}: out {out.hours:g} h, {out.why}")
            for out in outages
            if out.unit == unit.unit
        ]
    bottom = row * len(units)
    days = period.days()
    marks = [(across(f"{day}T00:00:00Z"), day) for day in days if _marked(day, len(days))]
    rules = [Rule(x, 0, x, bottom, "tick") for x, _ in marks]
    labels += [Label(x, bottom + 16, _short(day), "start", "quiet") for x, day in marks]
    return Plot(
        "What each unit did, day by day",
        WIDTH,
        bottom + 24,
        tuple(boxes),
        tuple(labels),
        tuple(rules),
    )


def _columns(
    title: str,
    days: Sequence[DayLine],
    parts: Sequence[tuple[str, Callable[[DayLine], int]]],
    told: Callable[[DayLine], str],
) -> Plot:
    most = max((sum(part(day) for _, part in parts) for day in days), default=0)
    step = _step(most)
    top = max(step, math.ceil(most / step) * step)
    each = (WIDTH - _LEFT - 4) / max(1, len(days))
    wide = _r(max(1.0, each - min(4.0, each * 0.25)))

    def up(value: float) -> float:
        return _r(8 + (1 - value / top) * _HIGH)

    scale = [step * n for n in range(round(top / step) + 1)]
    rules = [Rule(_LEFT, up(value), WIDTH, up(value)) for value in scale]
    labels = [Label(_LEFT - 8, up(v) + 4, _figure(v), "end", "quiet") for v in scale]
    boxes = []
    for place, day in enumerate(days):
        x, below = _r(_LEFT + place * each + 2), 0
        for kind, part in parts:
            value = part(day)
            if value:
                high = _r(up(below) - up(below + value))
                boxes.append(Box(x, up(below + value), wide, high, kind, told(day)))
            below += value
        if _marked(day.day, len(days)):
            labels.append(Label(x, _HIGH + 26, _short(day.day), "start", "quiet"))
    return Plot(title, WIDTH, _HIGH + 34, tuple(boxes), tuple(labels), tuple(rules))


def _step(most: float) -> int:
    """Return a round step that makes two to five lines."""
    for size in range(10):
        for one in (1, 2, 5):
            if most <= one * 10**size * 5:
                return int(one * 10**size)
    return 10**10


def _figure(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ")


def _marked(day: str, count: int) -> bool:
    if count <= 10:
        return True
    return day[8:] in (("01", "08", "15", "22", "29") if count <= 70 else ("01",))


def _short(day: str) -> str:
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    return f"{int(day[8:])} {months[int(day[5:7]) - 1]}"


def _r(value: float) -> float:
    return round(value, 1)
