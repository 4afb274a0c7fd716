"""Plates read with doubt are looked at again: two crops a little beside the first, combined.

A network's doubt hangs on where the crop's borders fall. Crops shifted by some pixels to either
side disagree where it merely guessed, and together they are right more often. Logarithms are
averaged: probabilities averaged as they are would be far more modest than they are right.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.plates import alphabet
from edge.records import Pixels
from edge.vision.reader import Reader, Readings

_TINY: Final = 1e-6  # where a read says 0
SHIFTS: Final = ((0.03, -0.03), (-0.03, 0.03))  # of the plate's own width and height


def look_again(
    reader: Reader,
    plates: Sequence[tuple[Pixels, NDArray[np.float32]]],
    first: Readings,
    margin: float,
    below: float,
) -> Readings:
    """Return *first*, joined by two shifted crops where its confidence is under *below*.

    Args:
        plates: in the order of *first*: the picture that each is in, and its corners there, as
            :meth:`Reader.cut` takes them.
        margin: that they were cut with.

    Raises:
        ModelError: the model failed or broke its card's promise.
    Source: figures for shifts and thresholds from ``python -m models.measure.ideas``.
    """
    unsure = [n for n, one in enumerate(first.slots) if alphabet.confidence(one) < below]
    if not unsure:
        return first
    crops = [
        reader.cut(image, _shifted(corners, across, down), margin)
        for across, down in SHIFTS
        for image, corners in (plates[number] for number in unsure)
    ]
    again = reader.read(crops)
    slots, codes = first.slots.copy(), list(first.jurisdictions)
    for place, number in enumerate(unsure):
        rows = [place + len(unsure) * turn for turn in range(len(SHIFTS))]
        slots[number] = combined(np.stack([first.slots[number], *again.slots[rows]]))
        codes[number] = _mean([codes[number], *(again.jurisdictions[row] for row in rows)])
    return Readings(slots, tuple(codes))


def combined(slots: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what several reads say together, their geometric mean over the first axis."""
    logs = np.log(np.maximum(slots, _TINY)).mean(axis=0)
    shares = np.exp(logs)
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True), np.float32)


def _shifted(corners: NDArray[np.float32], across: float, down: float) -> NDArray[np.float32]:
    """Return *corners* moved by shares of the plate's upper and left edge."""
    step = across * (corners[1] - corners[0]) + down * (corners[3] - corners[0])
    return np.asarray(corners + step, np.float32)


def _mean(shares: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {code: sum(one[code] for one in shares) / len(shares) for code in shares[0]}
