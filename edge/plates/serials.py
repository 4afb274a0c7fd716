"""How many plates a jurisdiction can have, and what share of them a text or a wildcard covers.

By the common forms of :mod:`edge.plates.syntax`, each serial taken as likely as any other; in truth
authorities issue in order and leave letters out, so a share is right to a factor of two or three.
A *shape* is a form spelled out: ``A`` a letter, ``9`` a digit, ``*`` either, a small letter itself.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import product
from typing import Final

from edge.plates import syntax

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS: Final = "0123456789"
_TOKEN: Final = re.compile(r"(.)(?:\{(\d+),(\d+)\})?")
_SIZES: Final = {"A": 26, "9": 10, "*": 36}
_ANY: Final = "?"


@lru_cache(maxsize=128)
def shapes(jurisdiction: str) -> tuple[tuple[str, int], ...]:
    """Return each shape of a jurisdiction with the number of its serials; empty if none known."""
    found: dict[str, int] = {}
    for form in syntax.FORMS.get(jurisdiction, "").split():
        runs = [
            [sign * count for count in range(int(least or 1), int(most or 1) + 1)]
            for sign, least, most in _TOKEN.findall(form)
        ]
        for parts in product(*runs):
            shape = "".join(parts)
            found[shape] = _size(shape)
    return tuple(found.items())


@lru_cache(maxsize=128)
def size(jurisdiction: str) -> int:
    """Return how many serials a jurisdiction can have; 0 where its forms are not known."""
    return sum(count for _, count in shapes(jurisdiction))


def signs(part: str) -> str:
    """Return the characters that a place of a shape may hold."""
    return {"A": LETTERS, "9": DIGITS, "*": DIGITS + LETTERS}.get(part, part.upper())


def pattern(text: str) -> str:
    """Return a text with its letters as ``A`` and its digits as ``9``; wildcards stay."""
    return "".join("9" if c in DIGITS else "A" if c in LETTERS else c for c in text)


@lru_cache(maxsize=65_536)
def density(pattern_of: str, jurisdiction: str) -> float:
    """Return the chance that a plate of a jurisdiction is one given text of some pattern.

    A letter that a shape prescribes is met by one text in 26.
    """
    whole = size(jurisdiction)
    matching = sum(
        (1 / 26) ** sum(sign.islower() for sign in shape)
        for shape, _ in shapes(jurisdiction)
        if len(shape) == len(pattern_of)
        and all(_allows(sign, c) for sign, c in zip(shape, pattern_of, strict=True))
    )
    return matching / whole if whole else 0.0


def covered(form: str, jurisdiction: str) -> float:
    """Return the share of a jurisdiction's plates that a form with ``?`` for unknowns covers."""
    whole = size(jurisdiction)
    if not whole:
        return 0.0
    return sum(_met(form, shape) for shape, _ in shapes(jurisdiction)) / whole


def anywhere(form: str, shares: Mapping[str, float]) -> float:
    """Return the share of all plates at a place that a form covers.

    Args:
        shares: how common each jurisdiction is there, see :func:`edge.plates.syntax.shares`.
    """
    return sum(share * covered(form, code) for code, share in shares.items())


def _met(form: str, shape: str) -> int:
    """Return how many serials of a shape a form covers."""
    if len(form) != len(shape):
        return 0
    count = 1
    for known, sign in zip(form, shape, strict=True):
        allowed = signs(sign)
        count *= len(allowed) if known == _ANY else known in allowed
    return count


def _size(shape: str) -> int:
    count = 1
    for sign in shape:
        count *= _SIZES.get(sign, 1)
    return count


def _allows(sign: str, kind: str) -> bool:
    return sign in ("*", kind) or (sign.islower() and kind == "A")
