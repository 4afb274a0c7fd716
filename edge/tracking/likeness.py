"""Whether two readings may be of the same plate."""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from edge.plates.alphabet import BLANK, CHARACTERS

_LOST = 0.8  # a lost or invented character differs less than a wrong one
_SAME = 0.7  # share of the less telling reading that agrees
_DIFFERENT = 0.6
_TELLING = 2.0  # characters, weighed by their probability
_DIFFERENCES = 2.5


class Likeness(Enum):
    """What two readings say of each other."""

    SAME = "same"
    UNSURE = "unsure"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Characters:
    """The likeliest characters of a reading and how sure each is."""

    text: str
    sure: tuple[float, ...]


def characters(slots: NDArray[np.float32]) -> Characters:
    """Return the likeliest character of each slot that is not blank."""
    best = slots.argmax(axis=1)
    filled = [slot for slot in range(len(slots)) if best[slot] != BLANK]
    text = "".join(CHARACTERS[best[slot]] for slot in filled)
    return Characters(text, tuple(float(slots[slot, best[slot]]) for slot in filled))


def likeness(one: Characters, other: Characters) -> Likeness:
    """Compare two readings; doubtful characters count little on either side."""
    telling = min(sum(one.sure), sum(other.sure))
    if telling < _TELLING:
        return Likeness.UNSURE
    difference = _difference(one, other) if one.text != other.text else 0.0
    agreeing = 1.0 - difference / telling
    if agreeing >= _SAME:
        return Likeness.SAME
    if agreeing < _DIFFERENT and difference >= _DIFFERENCES:
        return Likeness.DIFFERENT
    return Likeness.UNSURE


def _difference(one: Characters, other: Characters) -> float:
    """Return the least sum of sure differences over all alignments (weighted Levenshtein)."""
    row = [0.0]
    for sure in other.sure:
        row.append(row[-1] + _LOST * sure)
    for character, sure in zip(one.text, one.sure, strict=True):
        diagonal = row[0]
        row[0] += _LOST * sure
        for column, (rival, rival_sure) in enumerate(
            zip(other.text, other.sure, strict=True), start=1
        ):
            changed = diagonal + (0.0 if character == rival else min(sure, rival_sure))
            diagonal = row[column]
            row[column] = min(
                changed, diagonal + _LOST * sure, row[column - 1] + _LOST * rival_sure
            )
    return row[-1]
