"""Plates that a witness saw in part, as a list may hold them.

``?`` stands for exactly one character, one ``*`` for any number of them, none included. Three
characters at least must be known: with fewer, an entry says little more than "a car".
"""

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from edge.hotlist.possible import Possible
from edge.plates.alphabet import CHARACTERS, SLOTS

ONE: Final = "?"
ANY: Final = "*"
LEAST_FIXED: Final = 3


class Part(NamedTuple):
    """A partial plate that a sighting may be.

    Attributes:
        probability: of all texts together that the plate may mean.
        text: the likeliest of them.
    """

    plate: str
    probability: float
    text: str


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


def form_of(plate: str, length: int) -> str:
    """Return a listed plate as a plate of *length* characters, with ``?`` where any may stand.

    Raises:
        ValueError: it cannot mean a plate of that length.
    """
    for form in lengths(plate):
        if len(form) == length:
            return form
    raise ValueError(f"{plate!r} means no plate of {length} characters")


def covers(plate: str, text: str) -> bool:
    """Say whether *text* is a plate that a listed *plate* may mean; equal ones are."""
    return any(
        len(form) == len(text) and all(a in (ONE, b) for a, b in zip(form, text, strict=True))
        for form in lengths(plate)
    )


class Partials:
    """The partial plates of a list, found by the first two characters that each knows.

    Args:
        plates: with wildcards, each once.
    """

    def __init__(self, plates: Collection[str]) -> None:
        self._count = len(plates)
        self._forms: dict[tuple[int, ...], list[_Form]] = {}
        for plate in sorted(plates):
            for text in lengths(plate):
                form = _Form(plate, text)
                self._forms.setdefault(form.anchor, []).append(form)
        self._anchors = sorted({anchor[:3] for anchor in self._forms})

    def __len__(self) -> int:
        return self._count

    def match(self, possible: Possible, least: float) -> list[Part]:
        """Return the partial plates that have at least *least*, through possible characters only.

        A plate with ``*`` has the sum over all its lengths.
        """
        forms: dict[str, list[tuple[float, str]]] = {}
        for form in self._near(possible):
            p, text = form.likely(possible)
            if p > 0.0:
                forms.setdefault(form.plate, []).append((p, text))
        parts = [
            Part(plate, sum(p for p, _ in found), max(found)[1]) for plate, found in forms.items()
        ]
        return [part for part in parts if part.probability >= least]

    def _near(self, possible: Possible) -> Iterator["_Form"]:
        """Yield the forms whose first two known characters the reader holds possible."""
        characters = possible.characters
        for length, one, other in self._anchors:
            if possible.nothing_after[length] > 0.0:
                for first, _ in characters[one]:
                    for second, _ in characters[other]:
                        yield from self._forms.get((length, one, other, first, second), ())


class _Form:
    """One length of a partial plate: a class for each slot, None for any character."""

    def __init__(self, plate: str, text: str) -> None:
        self.plate = plate
        self.text = text
        self._classes = [None if sign == ONE else CHARACTERS.index(sign) for sign in text]
        known = [(slot, sign) for slot, sign in enumerate(self._classes) if sign is not None]
        (one, first), (other, second) = known[:2]
        self.anchor = (len(text), one, other, first, second)

    def likely(self, possible: Possible) -> tuple[float, str]:
        """Return the probability of all texts that it may mean, and the likeliest of them."""
        p = possible.nothing_after[len(self.text)]
        text = []
        for characters, known in zip(possible.characters, self._classes, strict=False):
            here = [(q, sign) for sign, q in characters if known in (None, sign)]
            if not here:
                return 0.0, ""
            p *= sum(q for q, _ in here)
            text.append(CHARACTERS[max(here)[1]])
        return p, "".join(text)
