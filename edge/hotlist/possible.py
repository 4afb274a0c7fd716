"""What a reader holds possible: the characters of each slot, and the texts made of them.

Slots are distributions, so at most ``1 / least`` texts have a probability of *least* or more:
twenty at .05, whatever the size of the list. They are found slot by slot and looked up one by one.
"""

from heapq import nlargest

import numpy as np
from numpy.typing import NDArray

from edge.plates.alphabet import BLANK, CLASSES, SLOTS

_MOST_TEXTS = 2_000  # only thresholds near zero come near; the likeliest beginnings are kept
_SLACK = 1.0 - 1e-9  # a bound is a product in another order than the probability it bounds
_TINIEST = float(np.finfo(np.float32).smallest_subnormal)
_WEIGHTS = tuple(36 ** (SLOTS - 1 - slot) for slot in range(SLOTS))


class Possible:
    """The characters that fused slots leave, with their probabilities.

    Args:
        slots: ``(SLOTS, CLASSES)``, a distribution per slot.
        least: a character, or a blank, is possible from this probability on; never at 0.

    Attributes:
        characters: class and probability of each possible character of a slot.
        nothing_after: probability that all slots from this one on are blank; 1 after the last.
    """

    def __init__(self, slots: NDArray[np.float32], least: float) -> None:
        flat = slots.ravel()
        places = np.flatnonzero(flat >= max(least, _TINIEST))
        self.characters: list[list[tuple[int, float]]] = [[] for _ in range(SLOTS)]
        blanks = [0.0] * SLOTS
        for place, p in zip(places.tolist(), flat[places].tolist(), strict=True):
            slot, number = divmod(place, CLASSES)
            if number == BLANK:
                blanks[slot] = p
            else:
                self.characters[slot].append((number, p))
        self.nothing_after = [1.0] * (SLOTS + 1)
        for slot in range(SLOTS - 1, -1, -1):
            self.nothing_after[slot] = blanks[slot] * self.nothing_after[slot + 1]

    def texts(self, least: float) -> list[tuple[float, int]]:
        """Return probability and key of every text, one character at least, from *least* on."""
        bound = self._best_after()
        nothing_after = self.nothing_after
        enough = least * _SLACK
        level = [(1.0, 0)]
        found: list[tuple[float, int]] = []
        for slot, characters in enumerate(self.characters):
            after, weight = bound[slot + 1], _WEIGHTS[slot]
            level = [
                (p * q, number + digit * weight)
                for p, number in level
                for digit, q in characters
                if p * q * after >= enough
            ]
            if len(level) > _MOST_TEXTS:
                level = nlargest(_MOST_TEXTS, level)
            nothing = nothing_after[slot + 1]
            if nothing > 0.0:
                found += [
                    (p * nothing, number << 4 | slot + 1)
                    for p, number in level
                    if p * nothing >= least
                ]
        return found

    def _best_after(self) -> list[float]:
        """Return the most that any ending can have, from each slot on."""
        best = [1.0] * (SLOTS + 1)
        for slot in range(SLOTS - 1, -1, -1):
            longer = max([p for _, p in self.characters[slot]], default=0.0) * best[slot + 1]
            best[slot] = max(longer, self.nothing_after[slot])
        return best
