"""What serials look like, per jurisdiction.

A pattern holds ``@`` for a letter, ``#`` for a digit, ``!`` for a digit that isn't 0, ``%`` for a
consonant; blanks, dashes and dots are separators, which are drawn or left as a gap but are no part
of the text; anything else stands for itself.
"""

from typing import Final

import numpy as np

from models.synth.serials_us import US_LETTERS, US_SERIALS, VANITY_WORDS
from models.synth.serials_world import WORLD_LETTERS, WORLD_SERIALS

SERIALS: Final[dict[str, tuple[tuple[float, str], ...]]] = US_SERIALS | WORLD_SERIALS
JURISDICTIONS: Final = tuple(SERIALS)
US: Final = tuple(US_SERIALS)
SEPARATORS: Final = " -."
LETTERS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"
ALL_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CONSONANTS: Final = "BCDFGHJKLMNPRSTVWXYZ"
DIGITS: Final = "0123456789"

LOOKALIKE_DIGITS: Final = "2733701556688024"
LOOKALIKE_LETTERS: Final = "ODQISGBZDBVYUMNW"


def text_of(display: str) -> str:
    """Return *display* without its separators, as readers and lists write it."""
    return "".join(character for character in display if character not in SEPARATORS)


def choose_jurisdiction(rng: np.random.Generator) -> str:
    """Draw a jurisdiction: half from the United States, the rest from the world."""
    if rng.random() < 0.5:
        return str(rng.choice(US))
    return str(rng.choice(tuple(WORLD_SERIALS)))


def random_serial(rng: np.random.Generator, jurisdiction: str, lookalikes: float = 0.15) -> str:
    """Return a text of 1 to 10 characters of ``0-9A-Z`` in one of the jurisdiction's formats.

    Args:
        lookalikes: the share of characters drawn from those often taken for another (2/7, 3/7,
            0/O/D/Q, 1/I, 5/S, 6/G, 8/B), where the format leaves the choice.
    """
    return text_of(random_display(rng, jurisdiction, lookalikes))


def random_display(rng: np.random.Generator, jurisdiction: str, lookalikes: float = 0.15) -> str:
    """Return a serial with its separators: ``text_of`` gives the text."""
    if jurisdiction.startswith("us-") and rng.random() < 0.07:
        return vanity(rng)
    formats = SERIALS[jurisdiction]
    weights = np.array([weight for weight, _ in formats])
    pattern = formats[int(rng.choice(len(formats), p=weights / weights.sum()))][1]
    letters = WORLD_LETTERS.get(jurisdiction) or US_LETTERS.get(jurisdiction, LETTERS)
    if jurisdiction.startswith("us-") and rng.random() < 0.08:
        letters = ALL_LETTERS
    return fill(rng, pattern, letters, lookalikes)


def fill(rng: np.random.Generator, pattern: str, letters: str, lookalikes: float = 0.15) -> str:
    """Return *pattern* with its places filled."""
    out = []
    for place in pattern:
        alike = rng.random() < lookalikes
        if place in "#!":
            digits = LOOKALIKE_DIGITS if alike else DIGITS
            out.append(_one(rng, digits if place == "#" else digits.replace("0", "")))
        elif place == "@":
            out.append(_one(rng, _kept(LOOKALIKE_LETTERS, letters) if alike else letters))
        elif place == "&":
            out.append(_one(rng, ALL_LETTERS))
        elif place == "%":
            out.append(_one(rng, CONSONANTS))
        else:
            out.append(place)
    return "".join(out)


def _one(rng: np.random.Generator, characters: str) -> str:
    return characters[int(rng.integers(len(characters)))]


def _kept(wanted: str, allowed: str) -> str:
    return "".join(character for character in wanted if character in allowed) or allowed


def vanity(rng: np.random.Generator) -> str:
    """Return a word or a made-up mixture of 2 to 7 characters, now and then with a gap."""
    kind = rng.random()
    if kind < 0.4:
        word = str(rng.choice(VANITY_WORDS))
        if rng.random() < 0.3 and len(word) < 6:
            word += str(rng.integers(1, 100))
    elif kind < 0.7:
        word = "".join(_one(rng, ALL_LETTERS) for _ in range(int(rng.integers(3, 8))))
    else:
        both = ALL_LETTERS + DIGITS
        word = "".join(_one(rng, both) for _ in range(int(rng.integers(2, 8))))
    if rng.random() < 0.15 and len(word) > 4:
        cut = int(rng.integers(2, len(word) - 1))
        word = f"{word[:cut]} {word[cut:]}"
    return word[:8] if " " in word else word[:7]


def display_for(text: str, jurisdiction: str) -> str:
    """Return *text* with separators where its jurisdiction would put them; unchanged if unknown."""
    for _, pattern in SERIALS.get(jurisdiction, ()):
        display = _fit(text, pattern)
        if display:
            return display
    return text


def _fit(text: str, pattern: str) -> str:
    if len(text_of(pattern)) != len(text):
        return ""
    out = []
    characters = iter(text)
    for place in pattern:
        if place in SEPARATORS:
            out.append(place)
            continue
        character = next(characters)
        if not _stands_at(character, place):
            return ""
        out.append(character)
    return "".join(out)


def _stands_at(character: str, place: str) -> bool:
    """Tell whether *character* may stand at a pattern's *place*."""
    if place in "#!":
        return character.isdigit() and not (place == "!" and character == "0")
    return character.isalpha() if place in "@%&" else character == place
