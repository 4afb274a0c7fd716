"""A plate as one integer that sorts like its text.

The characters are digits of base 36, filled up to ten with zeros, then comes the length: all
plates that begin alike lie side by side. Plates with wildcards sort behind all others.
"""

from typing import Final

from edge.plates.alphabet import CHARACTERS, SLOTS

PARTIAL: Final = 1 << 60  # keys from here on are of plates with wildcards

_SIGNS = CHARACTERS + "?*"
_BASE = len(_SIGNS)
_PAIR = len(CHARACTERS) ** 2
_PAIRS = tuple(one + other for one in CHARACTERS for other in CHARACTERS)


def key_of(plate: str) -> int:
    """Return the integer of a plate; integers sort as the plates do.

    Raises:
        ValueError: a character is not one of 0-9 A-Z ? *.
    """
    try:
        return int(plate.ljust(SLOTS, "0"), 36) << 4 | len(plate)
    except ValueError:
        number = 0
        for sign in plate.ljust(SLOTS, "0"):
            number = number * _BASE + _SIGNS.index(sign)
        return PARTIAL | number << 4 | len(plate)


def plate_of(key: int) -> str:
    """Return the plate of an integer."""
    if key >= PARTIAL:
        return _partial(key - PARTIAL)
    number, length = key >> 4, key & 0xF
    parts = []
    for _ in range(SLOTS // 2):
        number, pair = divmod(number, _PAIR)
        parts.append(_PAIRS[pair])
    return "".join(reversed(parts))[:length]


def _partial(key: int) -> str:
    number, length = key >> 4, key & 0xF
    signs = []
    for _ in range(SLOTS):
        number, sign = divmod(number, _BASE)
        signs.append(_SIGNS[sign])
    return "".join(reversed(signs))[:length]
