"""A plate or a part of one, as a person types it: ``AB?12*``.

``?`` stands for exactly one character, one ``*`` for any number of them, none included. Characters
that look alike (O and 0) stay two characters: whoever wants both asks for both, or writes ``?``.
What is refused is refused by its length first: ten megabytes cost no more than ten characters.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from edge.errors import SearchError
from edge.plates import serials
from edge.plates.alphabet import CHARACTERS, SLOTS, normalise
from edge.plates.lookalikes import TWINS

ONE: Final = "?"
ANY: Final = "*"
_TYPED: Final = 64  # characters that anybody types for a plate, spaces and dashes included
_SIGNS: Final = frozenset(CHARACTERS + ONE + ANY)


@dataclass(frozen=True, slots=True)
class Pattern:
    """Some of all plates; :func:`read_pattern` makes it from what was typed.

    Attributes:
        text: 0-9 A-Z ``?`` and at most one ``*``.
    """

    text: str

    @property
    def whole(self) -> bool:
        """Whether it is one whole plate."""
        return ONE not in self.text and ANY not in self.text

    @property
    def known(self) -> int:
        """How many of its characters are known."""
        return len(self.text) - self.text.count(ONE) - self.text.count(ANY)

    def matches(self, text: str) -> bool:
        """Say whether *text*, a plate in capitals without spaces, is one of them."""
        return covers(self.text, text)

    def share(self, places: Mapping[str, float]) -> float:
        """Return the share of plates that it covers, 0..1: by the forms in use, or by chance.

        The larger of two figures counts: the share of plates of the jurisdictions' common forms
        (right to a factor of two or three), and that of all texts which the known characters
        leave open, so that a pattern of no common form is not thought narrow.

        Args:
            places: how common each jurisdiction is, see :func:`edge.plates.syntax.shares`.
        """
        by_form = sum(serials.anywhere(form, places) for form in lengths(self.text))
        return min(1.0, max(by_form, float(len(CHARACTERS)) ** -self.known))

    def alike(self) -> tuple[str, ...]:
        """Return the look-alikes (``0DOQ``) of its characters, which are not searched as well."""
        return tuple(
            next(group for group in TWINS if sign in group)
            for sign in dict.fromkeys(self.text)
            if any(sign in group for group in TWINS)
        )


def read_pattern(typed: str) -> Pattern:
    """Return the pattern that a person typed, in capitals, without spaces, dots and dashes.

    Raises:
        SearchError: it is none; the sentence shows at most a few characters of it.
    """
    if len(typed) > _TYPED:
        raise SearchError(
            f"the plate to search for has {len(typed)} characters; a plate has at most {SLOTS}"
        )
    # before capitals are made: some letters of other alphabets would turn into ours
    strange = sorted({sign for sign in typed if not sign.isascii() and sign != "\u00b7"})
    text = normalise(typed)
    strange += sorted({sign for sign in text if sign.isascii() and sign not in _SIGNS})
    if strange:
        shown = ", ".join(f"{sign!a}" for sign in strange[:3])
        raise SearchError(
            f"a plate has 0-9 and A-Z, here ? for one character and * for any number: not {shown}"
        )
    _check(text)
    return Pattern(text)


def _check(text: str) -> None:
    if not text:
        raise SearchError("no plate to search for was named")
    if text.count(ANY) > 1:
        raise SearchError("the plate to search for has more than one *; write ? for the others")
    if len(text) - text.count(ANY) > SLOTS:
        raise SearchError(
            f"the plate to search for has {len(text) - text.count(ANY)} characters; a plate has at"
            f" most {SLOTS}"
        )


def lengths(plate: str) -> Iterator[str]:
    """Yield *plate* with its ``*`` as none, one, two ... ``?``, as long as a plate can be."""
    if ANY not in plate:
        yield plate
        return
    for count in range(SLOTS - len(plate) + 2):
        yield plate.replace(ANY, ONE * count)


def covers(plate: str, text: str) -> bool:
    """Say whether *text* is a plate that *plate*, with wildcards, may mean; equal ones are."""
    head, many, tail = plate.partition(ANY)
    if not many:
        return len(text) == len(plate) and _fits(plate, text)
    if not len(head) + len(tail) <= len(text) <= SLOTS:
        return False
    return _fits(head, text[: len(head)]) and _fits(tail, text[len(text) - len(tail) :])


def _fits(part: str, text: str) -> bool:
    """Say whether *part*, without ``*``, may mean *text*, which is as long."""
    if part == text:
        return True
    return ONE in part and all(a in (ONE, b) for a, b in zip(part, text, strict=True))
