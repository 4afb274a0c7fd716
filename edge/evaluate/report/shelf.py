"""Figures by name, and how they are written."""

from collections.abc import Sequence

from edge.evaluate.figures import Figure, Labels
from edge.evaluate.report.charts import Bar, intervals
from edge.evaluate.report.page import Child, Markup, figure, table

NONE = "-"  # in a table's cell


class Shelf:
    """The figures of an evaluation, to be picked from."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        self._figures = figures

    def pick(self, part: str, name: str, by: str = "", labels: Labels = "stored") -> list[Figure]:
        """Return the figures of one name by one division, in their order."""
        wanted = (part, name, by, labels)
        return [one for one in self._figures if (one.part, one.name, one.by, one.labels) == wanted]

    def best(self, part: str, name: str) -> Figure | None:
        """Return the figure of all, by checked labels where there are some."""
        found = [*self.pick(part, name, labels="checked"), *self.pick(part, name)]
        return found[0] if found else None

    def begins(self, part: str, start: str) -> Figure | None:
        """Return the first figure of all whose name begins so."""
        for one in self._figures:
            if one.part == part and not one.by and one.name.startswith(start):
                return one
        return None


def percent(value: float) -> str:
    """Return a share as ``92.1 %``."""
    return f"{100 * value:.1f} %"


def span(low: float | None, high: float | None) -> str:
    """Return an interval of shares as per cent, ``89.0 to 94.6``; a dash where there is none."""
    return NONE if low is None or high is None else f"{100 * low:.1f} to {100 * high:.1f}"


def interval(one: Figure) -> str:
    """Return the interval with plates resampled; Wilson's where there is no other."""
    low = one.low if one.low_plates is None else one.low_plates
    return span(low, one.high if one.high_plates is None else one.high_plates)


def of(one: Figure) -> str:
    """Return ``188 of 204``."""
    return NONE if one.total is None else f"{one.hits} of {one.total}"


_DIVISIONS = ("", "half", "place", "source")


def groups(shelf: Shelf, part: str, name: str, caption: str, together: str = "plates") -> Markup:
    """Return a table of one figure by half, place and source, by both kinds of labels.

    Args:
        together: what is resampled.
    """
    both = bool(shelf.pick(part, name, labels="checked"))
    head = ["group", "share", f"95 %, by {together[:-1]}", "95 %, Wilson", "right", together]
    head += ["labels checked", "95 %, by plate", "right"] if both else []
    rows: list[list[Child]] = []
    for by in _DIVISIONS:
        checked = {one.group: one for one in shelf.pick(part, name, by, "checked")}
        for one in shelf.pick(part, name, by):
            group = f"half: {one.group}" if by == "half" else one.group
            plates = NONE if one.plates is None else str(one.plates)
            alone = span(one.low, one.high)
            cells = [group, percent(one.value), interval(one), alone, of(one), plates]
            rows.append([*cells, *_checked(checked.get(one.group))] if both else [*cells])
    return table(caption, head, rows)


def _checked(one: Figure | None) -> list[str]:
    return [percent(one.value), interval(one), of(one)] if one else [NONE] * 3


def ranges(shelf: Shelf, part: str, name: str, by: str, title: str, caption: str) -> Markup | None:
    """Return a chart and what it shows; None where nothing was measured."""
    found = shelf.pick(part, name, by, "checked") or shelf.pick(part, name, by)
    bars = [
        Bar(
            one.group,
            one.value,
            one.low_plates or 0.0,
            1.0 if one.high_plates is None else one.high_plates,
            f"{percent(one.value)}  ({of(one)})",
        )
        for one in found
    ]
    return figure(intervals(title, bars), caption) if bars else None
