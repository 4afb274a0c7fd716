"""The characters of a match that the reads do not settle."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edge.hotlist.partial import ANY, ONE, form_of
from edge.plates import alphabet
from edge.plates.alphabet import BLANK, CHARACTERS, SLOTS
from edge.records import Contested


def contested_places(
    slots: NDArray[np.float32],
    plate: str,
    text: str,
    least: float,
    listed: Callable[[str], bool],
) -> tuple[Contested, ...]:
    """Return the places in which something else than the listed plate may stand.

    Such a place decides if the text with the rival in it is not on the list: then the match stands
    or falls with that one character.

    Args:
        plate: as listed; what its wildcards cover cannot be contested.
        text: what *plate* was matched as.
        least: a rival counts from this probability on.
        listed: says whether a text is on the list by itself.
    """
    found = []
    classes = alphabet.encode(text)
    for place in _known(plate, text):
        expected = int(classes[place])
        others = slots[place].copy()
        others[expected] = -1.0
        rival = int(others.argmax())
        if others[rival] < least:
            continue
        instead = classes.copy()
        instead[place] = rival
        other_text = "".join(_character(int(number)) for number in instead)
        found.append(
            Contested(
                position=place + 1,
                expected=_character(expected),
                p_expected=float(slots[place, expected]),
                rival=_character(rival),
                p_rival=float(others[rival]),
                decides=not (other_text and listed(other_text)),
            )
        )
    return tuple(found)


def _known(plate: str, text: str) -> list[int]:
    """Return the slots of which the listed plate says what stands there, blanks included."""
    form = form_of(plate, len(text))
    known = [slot for slot, sign in enumerate(form) if sign != ONE]
    return known if plate.endswith(ANY) else [*known, *range(len(form), SLOTS)]


def _character(number: int) -> str:
    return "" if number == BLANK else CHARACTERS[number]
