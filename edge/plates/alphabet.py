"""The alphabet that the readers, the fusion and the matcher share.

A reader says, for each of its slots, how likely each character is; the last class is *blank*, "no
character here". A text of n characters fills the first n slots; all later slots are blank.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

CHARACTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BLANK: Final = len(CHARACTERS)
CLASSES: Final = BLANK + 1
SLOTS: Final = 10

_INDEX: Final = {character: index for index, character in enumerate(CHARACTERS)}


def encode(text: str, slots: int = SLOTS) -> NDArray[np.int64]:
    """Return the class of each slot, shape ``(slots,)``, blanks after the text.

    Raises:
        ValueError: a character is not in the alphabet, or the text has more than *slots*.
    """
    if len(text) > slots:
        raise ValueError(f"{text!r} has {len(text)} characters, a reader has {slots} slots")
    classes = np.full(slots, BLANK, np.int64)
    for slot, character in enumerate(text):
        if character not in _INDEX:
            raise ValueError(f"{character!r} in {text!r} is not one of 0-9 A-Z")
        classes[slot] = _INDEX[character]
    return classes


def decode(slots: NDArray[np.float32]) -> str:
    """Return the likeliest text of a ``(slots, CLASSES)`` array of probabilities.

    Slots are independent; blanks are dropped wherever they stand.
    """
    return "".join(CHARACTERS[i] for i in slots.argmax(axis=1) if i != BLANK)


def confidence(slots: NDArray[np.float32]) -> float:
    """Return the probability of the likeliest text: the product over all slots, 0..1."""
    return float(slots.max(axis=1).astype(np.float64).prod())


def probability(slots: NDArray[np.float32], text: str) -> float:
    """Return the probability of *text*, 0..1; 0 when it has more characters than slots."""
    if len(text) > len(slots):
        return 0.0
    classes = encode(text, len(slots))
    return float(slots[np.arange(len(slots)), classes].astype(np.float64).prod())


def normalise(text: str) -> str:
    """Return *text* in capitals without spaces, dots and dashes, as lists and readers write it."""
    return "".join(character for character in text.upper() if character not in " .-\u00b7\t")
