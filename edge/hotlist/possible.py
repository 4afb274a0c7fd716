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
_PLACES = tuple(
    (slot, number, number * 36 ** (SLOTS - 1 - slot))
    for slot in range(SLOTS)
    for number in range(CLASSES)
)

Character = tuple[float, int, int]  # probability, class, its part in the key of a plate


class Possible:
    """The characters that fused slots leave, with their probabilities.

    Args:
        slots: ``(SLOTS, CLASSES)``, a distribution per slot.
        least: a character, or a blank, is possible from this probability on; never at 0.

    Attributes:
        characters: the possible characters of each slot.
        nothing_after: probability that all slots from this one on are blank; 1 after the last.
    """

    def __init__(self, slots: NDArray[np.float32], least: float) -> None:
        flat = slots.ravel()
        places = (flat >= max(least, _TINIEST)).nonzero()[0]
        self.characters: list[list[Character]] = [[] for _ in range(SLOTS)]
        blanks = [0.0] * SLOTS
        for place, p in zip(places.tolist(), flat.take(places).tolist(), strict=True):
            slot, number, part = _PLACES[place]
            if number == BLANK:
                blanks[slot] = p
            else:
                self.characters[slot].append((p, number, part))
        self.nothing_after = [1.0] * (SLOTS + 1)
        for slot in range(SLOTS - 1, -1, -1):
            if blanks[slot] == 0.0:
                self.nothing_after[: slot + 1] = [0.0] * (slot + 1)
                break
            self.nothing_after[slot] = blanks[slot] * self.nothing_after[slot + 1]

    def texts(self, least: float) -> list[tuple[float, int]]:
        """Return probability and key of every text, one character at least, from *least* on."""
        bound = self._best_after()
        enough = least * _SLACK
        level = [(1.0, 0)]
        found: list[tuple[float, int]] = []
        for slot, characters in enumerate(self.characters):
            level = _longer(level, characters, enough / bound[slot + 1] if bound[slot + 1] else 2.0)
            if not level:
                break
            nothing = self.nothing_after[slot + 1]
            if nothing > 0.0:
                for p, number in level:
                    if p * nothing >= least:
                        found.append((p * nothing, number << 4 | slot + 1))
        return found

    def _best_after(self) -> list[float]:
        """Return the most that any ending can have, from each slot on."""
        best = self.nothing_after.copy()
        for slot in range(SLOTS - 1, -1, -1):
            characters = self.characters[slot]
            if characters:
                first = characters[0] if len(characters) == 1 else max(characters)
                best[slot] = max(best[slot], first[0] * best[slot + 1])
        return best


def _longer(
    level: list[tuple[float, int]], characters: list[Character], enough: float
) -> list[tuple[float, int]]:
    """Return all beginnings one character longer that have *enough*; most slots have but one."""
    if len(characters) == 1 and len(level) == 1:
        (p, number), (q, _, part) = level[0], characters[0]
        return [(p * q, number + part)] if p * q >= enough else []
    longer = [
        (p * q, number + part)
        for p, number in level
        for q, _, part in characters
        if p * q >= enough
    ]
    return nlargest(_MOST_TEXTS, longer) if len(longer) > _MOST_TEXTS else longer
