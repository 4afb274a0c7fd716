"""Intervals by resampling plates, not pictures: the same plate comes many times."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.evaluate.marks import Mark
from edge.evaluate.metrics import Share

RESAMPLES: Final = 2000
SEED: Final = 1
_AT_ONCE: Final = 1_000_000  # draws held in memory

Interval = tuple[float, float]


def resampled(
    values: NDArray[np.float64], weights: NDArray[np.float64], resamples: int = RESAMPLES
) -> Interval:
    """Return the 95 % percentile interval of sum of *values* by sum of *weights*.

    Args:
        values, weights: ``(N,)``, one of each for every group that is drawn as a whole: hits and
            total of a plate, or finds and 1 of a picture.

    Source: Efron's percentile bootstrap over clusters; the same seed each time.
    """
    count = len(values)
    if not count:
        return 0.0, 1.0
    rng = np.random.default_rng(SEED)
    ratios: list[NDArray[np.float64]] = []
    step = max(1, _AT_ONCE // count)
    for start in range(0, resamples, step):
        drawn = rng.integers(0, count, (min(step, resamples - start), count))
        ratios.append(values[drawn].sum(axis=1) / weights[drawn].sum(axis=1))
    low, high = np.percentile(np.concatenate(ratios), [2.5, 97.5])
    return float(low), float(high)


def by_plate(marks: Sequence[Mark]) -> tuple[Interval, int]:
    """Return the interval of the share that is right, and of how many plates it is.

    Where all are right, or none, every resample says the same and would promise too much: there
    the interval is Wilson's, over plates instead of pictures.
    """
    plates: dict[str, list[bool]] = {}
    for mark in marks:
        plates.setdefault(mark.key, []).append(mark.right)
    hits = np.array([sum(rights) for rights in plates.values()], np.float64)
    totals = np.array([len(rights) for rights in plates.values()], np.float64)
    if not hits.any():
        return Share(0, len(plates)).interval, len(plates)
    if (hits == totals).all():
        return Share(len(plates), len(plates)).interval, len(plates)
    return resampled(hits, totals), len(plates)
