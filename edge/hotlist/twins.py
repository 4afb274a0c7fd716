"""Listed plates that look the same as a listed plate: O and 0 both on the list "to be safe".

One of the two is not the car that is meant, and whoever drives with it is read without any doubt:
no probability of the reader shows it, only the list does.
"""

from collections.abc import Iterator
from itertools import combinations, product
from typing import Final

from edge.plates.lookalikes import TWINS
from edge.records import Entry

_MOST_SWAPPED: Final = 2  # characters
_OTHERS: Final = {c: group.replace(c, "") for group in TWINS for c in group}


def variants(plate: str) -> Iterator[str]:
    """Return each text that differs from *plate* in one or two characters that look the same."""
    places = [place for place, character in enumerate(plate) if character in _OTHERS]
    for count in range(1, _MOST_SWAPPED + 1):
        for chosen in combinations(places, count):
            for others in product(*(_OTHERS[plate[place]] for place in chosen)):
                swapped = list(plate)
                for place, other in zip(chosen, others, strict=True):
                    swapped[place] = other
                yield "".join(swapped)


def is_twin(entry: Entry, other: Entry) -> bool:
    """Say whether two entries whose plates look the same may mean one car.

    They do not where the list gives each a jurisdiction of its own.
    """
    known = entry.jurisdiction and other.jurisdiction
    return not known or entry.jurisdiction == other.jurisdiction
