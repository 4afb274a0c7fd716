"""One number of an evaluation, with what it is of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

import numpy as np

from edge.evaluate import bootstrap
from edge.evaluate.halves import Half
from edge.evaluate.marks import Mark, grouped
from edge.evaluate.metrics import Share, share

Item = TypeVar("Item")
Labels = Literal["stored", "checked"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number.

    Attributes:
        part: ``detector``, ``reader`` or ``pictures`` (end to end).
        group: ``all``, or the source, place, half or range that it is of.
        low, high: Wilson's 95 % interval, as if no plate came twice; None where it has none.
        hits, total: what a share is made of; None for other numbers.
        by: what *group* is one of: ``source``, ``place``, ``half``, ``width`` ...; empty for all.
        labels: ``stored`` as the data has them, or ``checked`` by eye.
        low_plates, high_plates: the 95 % interval with plates resampled, not pictures.
        plates: how many different plates (of scenes: pictures) it is of.
        better: whether more or less of it is better; empty where neither is.
    """

    part: str
    group: str
    name: str
    value: float
    low: float | None = None
    high: float | None = None
    hits: int | None = None
    total: int | None = None
    by: str = ""
    labels: Labels = "stored"
    low_plates: float | None = None
    high_plates: float | None = None
    plates: int | None = None
    better: Literal["more", "less", ""] = "more"


def of_group(
    part: str, name: str, marks: Sequence[Mark], labels: Labels, by: str, group: str
) -> Figure:
    """Return the share of *marks* that are right, rounded to what its numbers bear."""
    counted = share(mark.right for mark in marks)
    low, high = counted.interval
    (low_plates, high_plates), plates = bootstrap.by_plate(marks)
    return Figure(
        part,
        group,
        name,
        round(counted.value, 4),
        round(low, 4),
        round(high, 4),
        counted.hits,
        counted.total,
        by,
        labels,
        round(low_plates, 4),
        round(high_plates, 4),
        plates,
    )


def of_marks(
    part: str, name: str, marks: Sequence[Mark], labels: Labels = "stored"
) -> list[Figure]:
    """Return the share that is right: all, and by half, place and source; of no marks nothing."""
    if not marks:
        return []
    groups = {
        "half": grouped(marks, lambda mark: mark.half, tuple(Half)),
        "place": grouped(marks, lambda mark: mark.place),
        "source": grouped(marks, lambda mark: mark.source),
    }
    return [
        of_group(part, name, marks, labels, "", "all"),
        *(
            of_group(part, name, some, labels, by, group)
            for by, each in groups.items()
            for group, some in each.items()
        ),
    ]


def of_mean(part: str, name: str, values: Sequence[float], by: str, group: str) -> Figure:
    """Return how many there are on average, less being better, with its resampled interval."""
    array = np.array(values, np.float64)
    low, high = bootstrap.resampled(array, np.ones(len(array)))
    return Figure(
        part,
        group,
        name,
        round(float(array.mean()), 4) if len(array) else 0.0,
        hits=round(float(array.sum())),
        total=len(array),
        by=by,
        low_plates=round(low, 4),
        high_plates=round(high, 4),
        plates=len(array),
        better="less",
    )


def of_share(part: str, name: str, counted: Share) -> Figure:
    """Return a share of all as a figure with Wilson's interval alone."""
    low, high = counted.interval
    sides = round(low, 4), round(high, 4)
    return Figure(part, "all", name, round(counted.value, 4), *sides, counted.hits, counted.total)


class Watch(Protocol):
    """Hands out items one by one, perhaps with a bar on a terminal."""

    def __call__(self, what: str, items: Sequence[Item]) -> Iterable[Item]:
        """Return *items*, watched under the title *what*."""


def unwatched(what: str, items: Sequence[Item]) -> Iterable[Item]:  # noqa: ARG001 - no bar, no title
    """Return *items* as they are."""
    return items
