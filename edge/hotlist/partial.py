"""Plates that a witness saw in part, as a list may hold them.

``?`` stands for exactly one character, one ``*`` for any number of them, none included. Three
characters at least must be known: with fewer, an entry says little more than "a car".
"""

from collections.abc import Iterator
from typing import Final

from edge.plates.alphabet import SLOTS

ONE: Final = "?"
ANY: Final = "*"
LEAST_FIXED: Final = 3


def is_partial(plate: str) -> bool:
    """Say whether a listed plate has wildcards."""
    return ONE in plate or ANY in plate


def check(plate: str) -> None:
    """Refuse wildcards that no unit can match.

    Raises:
        ValueError: with a sentence that says how to mend it.
    """
    stars = plate.count(ANY)
    if stars > 1:
        raise ValueError(
            f"{plate!r} has {stars} wildcards '*'; one at most, write ? for each other"
        )
    if len(plate) > SLOTS:
        raise ValueError(
            f"{plate!r} has {len(plate)} characters and wildcards; a plate has at most {SLOTS}"
        )
    fixed = len(plate) - plate.count(ONE) - stars
    if fixed < LEAST_FIXED:
        raise ValueError(
            f"{plate!r} has wildcards and {fixed} known characters; at least {LEAST_FIXED} must be "
            "known, or innocent cars are stopped"
        )


def lengths(plate: str) -> Iterator[str]:
    """Yield *plate* with its ``*`` as none, one, two ... ``?``, as long as a plate can be."""
    if ANY not in plate:
        yield plate
        return
    for count in range(SLOTS - len(plate) + 2):
        yield plate.replace(ANY, ONE * count)


def covers(plate: str, text: str) -> bool:
    """Say whether *text* is a plate that a listed *plate* may mean; equal ones are."""
    return any(
        len(form) == len(text) and all(a in (ONE, b) for a, b in zip(form, text, strict=True))
        for form in lengths(plate)
    )
