"""Whether confidences are true, and what lies above a threshold."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from edge.evaluate.bootstrap import by_plate
from edge.evaluate.figures import Labels
from edge.evaluate.marks import Mark
from edge.evaluate.metrics import upper_bound

_EDGES: Final = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0)
THRESHOLDS: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)


@dataclass(frozen=True, slots=True)
class Bin:
    """Reads of like confidence.

    Attributes:
        mean: their mean confidence.
        right, total: how many of them are right, of how many.
        low, high: 95 % interval of the share that is right, plates resampled.
    """

    mean: float
    right: int
    total: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share that is right."""
        return self.right / self.total

    @property
    def holds(self) -> bool:
        """Whether the mean confidence lies in the interval of the share."""
        return self.low <= self.mean <= self.high


@dataclass(frozen=True, slots=True)
class Above:
    """What is left of the reads from a confidence on.

    Attributes:
        least: the threshold.
        told, total: reads from it on, of all.
        plates: how many different plates they show.
        wrong: how many of them are wrong.
        upper: one-sided 95 % bound (Clopper-Pearson) of the wrong share of those told.
    """

    least: float
    told: int
    total: int
    plates: int
    wrong: int
    upper: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """How true the confidences of some reads are.

    Attributes:
        part: ``reader`` (crops) or ``pictures`` (end to end).
        group: ``all``, ``choose`` or ``report``.
        alarm: the policy's threshold for an alarm, one of those in *above*.
        error: mean distance of confidence and share, bins weighed by their reads.
    """

    part: str
    group: str
    labels: Labels
    alarm: float
    error: float
    bins: tuple[Bin, ...]
    above: tuple[Above, ...]


def reliability(
    part: str, group: str, marks: Sequence[Mark], labels: Labels, alarm: float
) -> Reliability:
    """Return how true the marks' confidences are.

    Args:
        marks: those of plates without a read have confidence 0: they are in no bin, and under
            every threshold.
        alarm: a threshold of interest beside the usual ones.
    """
    found = bins(marks)
    apart = sum(one.total * abs(one.share - one.mean) for one in found)
    thresholds = sorted({*THRESHOLDS, alarm})
    return Reliability(
        part=part,
        group=group,
        labels=labels,
        alarm=alarm,
        error=round(apart / max(1, sum(one.total for one in found)), 4),
        bins=tuple(found),
        above=tuple(above(marks, least) for least in thresholds),
    )


def bins(marks: Sequence[Mark]) -> list[Bin]:
    """Return the marks in bins of confidence, narrower near 1; empty bins are left out."""
    found, read = [], [mark for mark in marks if mark.confidence > 0]
    for low, high in pairwise(_EDGES):
        last = high == _EDGES[-1]
        some = [m for m in read if low <= m.confidence and (last or m.confidence < high)]
        if some:
            mean = sum(mark.confidence for mark in some) / len(some)
            interval, _ = by_plate(some)
            right = sum(mark.right for mark in some)
            least, most = (round(side, 4) for side in interval)
            found.append(Bin(round(mean, 4), right, len(some), least, most))
    return found


def above(marks: Sequence[Mark], least: float) -> Above:
    """Return what is left from confidence *least* on."""
    told = [mark for mark in marks if mark.confidence >= least]
    wrong = sum(not mark.right for mark in told)
    plates = len({mark.key for mark in told})
    bound = round(upper_bound(wrong, len(told)), 5)
    return Above(least, len(told), len(marks), plates, wrong, bound)
