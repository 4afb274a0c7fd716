"""How good something is, as numbers: pure functions of what was found and what is true."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    hits: int
    total: int

    @property
    def value(self) -> float:
        """The share, 0..1; 0 of none is 0."""
        return self.hits / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval for the share, 95 %; of none: everything.

        Source: Wilson, J. Am. Stat. Assoc. 22 (1927): sound for small numbers and shares near 1.
        """
        if not self.total:
            return 0.0, 1.0
        z = 1.959964
        weight = 1 + z * z / self.total
        centre = (self.value + z * z / (2 * self.total)) / weight
        value = min(1.0, self.value)
        spread = value * (1 - value) / self.total + z * z / (4 * self.total**2)
        half = z * math.sqrt(spread) / weight
        return max(0.0, centre - half), min(1.0, centre + half)


def share(outcomes: Iterable[bool]) -> Share:
    """Return how many of *outcomes* are true."""
    counted = Counter(map(bool, outcomes))
    return Share(counted[True], counted.total())


def upper_bound(hits: int, total: int) -> float:
    """Return what the share is at most, with 95 % certainty (one-sided); of none: 1.

    Source: Clopper and Pearson, Biometrika 26 (1934): exact, so that it also stands where nothing
        went wrong; the share at which *hits* or fewer have a chance of 5 %, by halving.
    """
    if hits >= total:
        return 1.0
    low, high = hits / total, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        if _chance_of_at_most(hits, total, middle) > 0.05:
            low = middle
        else:
            high = middle
    return high


def _chance_of_at_most(hits: int, total: int, p: float) -> float:
    """Return the chance of at most *hits* of *total*, each with chance *p*, 0 < p < 1."""
    whole = math.lgamma(total + 1)
    return sum(
        math.exp(
            whole
            - math.lgamma(k + 1)
            - math.lgamma(total - k + 1)
            + k * math.log(p)
            + (total - k) * math.log1p(-p)
        )
        for k in range(hits + 1)
    )


def iou(some: Boxes, others: Boxes) -> Boxes:
    """Return ``(N, M)`` intersection over union of ``(N, 4)`` and ``(M, 4)`` boxes, 0..1."""
    low = np.maximum(some[:, None, :2], others[None, :, :2])
    high = np.minimum(some[:, None, 2:], others[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    union = _areas(some)[:, None] + _areas(others)[None] - shared
    return np.asarray(np.where(union > 0, shared / np.where(union > 0, union, 1), 0.0))


def _areas(boxes: Boxes) -> Boxes:
    return np.asarray(np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(axis=1))


def assign(found: Boxes, truth: Boxes, least: float) -> list[int]:
    """Return for each found box, best first, the index of the plate that it shows, or -1.

    Each takes the plate that it overlaps most among those not yet taken, if at least *least*.
    """
    overlaps = iou(found, truth)
    taken: list[int] = []
    for row in overlaps:
        free = row.copy()
        free[[index for index in taken if index >= 0]] = -1.0
        best = int(free.argmax()) if free.size else -1
        taken.append(best if best >= 0 and free[best] >= least else -1)
    return taken


def shows(found: Sequence[float], plate: Sequence[float], least: float = 0.3) -> bool:
    """Say whether the box *found* is about *plate*: overlap, or its centre inside."""
    overlap = iou(np.array([found], np.float64), np.array([plate], np.float64))[0, 0]
    x, y = (found[0] + found[2]) / 2, (found[1] + found[3]) / 2
    return bool(overlap >= least or (plate[0] <= x <= plate[2] and plate[1] <= y <= plate[3]))


def alignment(truth: str, read: str) -> list[tuple[str, str]]:
    """Return the cheapest alignment, pairs of characters; ``""`` where one has none.

    Its unequal pairs are the edits (Levenshtein).
    """
    costs = np.zeros((len(truth) + 1, len(read) + 1), np.int64)
    costs[:, 0], costs[0] = range(len(truth) + 1), range(len(read) + 1)
    for i, wanted in enumerate(truth, start=1):
        for j, had in enumerate(read, start=1):
            costs[i, j] = min(
                costs[i - 1, j - 1] + (wanted != had), costs[i - 1, j] + 1, costs[i, j - 1] + 1
            )
    return _traced(truth, read, costs)


def _traced(truth: str, read: str, costs: NDArray[np.int64]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    i, j = len(truth), len(read)
    while i or j:
        both = i and j and costs[i, j] == costs[i - 1, j - 1] + (truth[i - 1] != read[j - 1])
        if both:
            pairs.append((truth[i - 1], read[j - 1]))
            i, j = i - 1, j - 1
        elif i and costs[i, j] == costs[i - 1, j] + 1:
            pairs.append((truth[i - 1], ""))
            i -= 1
        else:
            pairs.append(("", read[j - 1]))
            j -= 1
    return pairs[::-1]


def character_errors(pairs: Iterable[tuple[str, str]]) -> Share:
    """Return the edits between each truth and its read, of all true characters.

    The share may exceed 1 where more was read than is there.
    """
    edits = characters = 0
    for truth, read in pairs:
        edits += sum(wanted != had for wanted, had in alignment(truth, read))
        characters += len(truth)
    return Share(edits, characters)


def confusions(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str, int]]:
    """Return what was taken for what and how often, most often first; ``""`` is no character."""
    counted = Counter(
        pair for truth, read in pairs for pair in alignment(truth, read) if pair[0] != pair[1]
    )
    return [(truth, read, count) for (truth, read), count in counted.most_common()]


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the *percent* percentile; 0 of no values."""
    return float(np.percentile(values, percent)) if values else 0.0
