"""Plates that a witness saw in part, as a list may hold them.

``?`` stands for exactly one character, one ``*`` for any number of them, none included. Three
characters at least must be known: with fewer, an entry says little more than "a car".
"""

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from edge.hotlist.possible import Possible
from edge.plates.alphabet import CHARACTERS, SLOTS
from edge.plates.pattern import ANY, ONE, covers, lengths

__all__ = ["ANY", "ONE", "Part", "Partials", "check", "covers", "form_of", "is_partial", "lengths"]

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


def form_of(plate: str, length: int) -> str:
    """Return a listed plate as a plate of *length* characters, with ``?`` where any may stand.

    Raises:
        ValueError: it cannot mean a plate of that length.
    """
    for form in lengths(plate):
        if len(form) == length:
            return form
    raise ValueError(f"{plate!r} means no plate of {length} characters")


class Partials:
    """The partial plates of a list, found by the first two characters that each knows.

    Args:
        plates: with wildcards, each once.
    """

    def __init__(self, plates: Collection[str]) -> None:
        self._count = len(plates)
        self._forms: dict[int, _Tree] = {}
        for plate in sorted(plates):
            for text in lengths(plate):
                form = _Form(plate, text)
                (one, first), (other, second) = form.anchor
                by_slot = self._forms.setdefault(len(text), {}).setdefault(one, {})
                by_second = by_slot.setdefault(first, {}).setdefault(other, {})
                by_second.setdefault(second, []).append(form)

    def __len__(self) -> int:
        return self._count

    def match(self, possible: Possible, least: float) -> list[Part]:
        """Return the partial plates that have at least *least*, through possible characters only.

        A plate with ``*`` has the sum over all its lengths.
        """
        near = list(self._near(possible))
        if not near:
            return []
        chances = [{number: p for p, number, _ in slot} for slot in possible.characters]
        sums: dict[str, float] = {}
        texts: dict[str, tuple[float, str]] = {}
        for form in near:
            p = form.probability(chances) * possible.nothing_after[len(form.text)]
            if p > 0.0:
                share, text = form.likeliest(chances)
                sums[form.plate] = sums.get(form.plate, 0.0) + p
                texts[form.plate] = max(texts.get(form.plate, (0.0, "")), (p * share, text))
        return [Part(plate, p, texts[plate][1]) for plate, p in sums.items() if p >= least]

    def _near(self, possible: Possible) -> Iterator["_Form"]:
        """Yield the forms whose first two known characters the reader holds possible."""
        characters = possible.characters
        for length, by_slot in self._forms.items():
            if possible.nothing_after[length] > 0.0:
                for one, by_first in by_slot.items():
                    for _, first, _ in characters[one]:
                        for other, by_second in by_first.get(first, _NOTHING).items():
                            for _, second, _ in characters[other]:
                                yield from by_second.get(second, ())


class _Form:
    """One length of a partial plate: what is known, and in which slots anything may stand."""

    def __init__(self, plate: str, text: str) -> None:
        self.plate = plate
        self.text = text
        self._known = [(n, CHARACTERS.index(sign)) for n, sign in enumerate(text) if sign != ONE]
        self._open = [slot for slot, sign in enumerate(text) if sign == ONE]
        self.anchor = self._known[:2]

    def probability(self, chances: list[dict[int, float]]) -> float:
        """Return that of all beginnings that it may mean; 0 where one character is impossible."""
        product = 1.0
        for slot, number in self._known:
            if number not in chances[slot]:
                return 0.0
            product *= chances[slot][number]
        for slot in self._open:
            product *= sum(chances[slot].values())
        return product

    def likeliest(self, chances: list[dict[int, float]]) -> tuple[float, str]:
        """Return the likeliest text that it may mean, and its share of all of them."""
        signs, share = list(self.text), 1.0
        for slot in self._open:
            number = max(chances[slot], key=chances[slot].__getitem__)
            signs[slot] = CHARACTERS[number]
            share *= chances[slot][number] / sum(chances[slot].values())
        return share, "".join(signs)


_Second = dict[int, dict[int, list[_Form]]]  # slot and class of the second known character
_Tree = dict[int, dict[int, _Second]]  # slot and class of the first
_NOTHING: Final[_Second] = {}
