"""Words that people wrote, made fit for the public: nothing in them can be a plate.

Whoever writes a reason may put a plate into it. A report that anybody may read therefore blacks
out each word that has a digit, stands in capitals, or is short and stands beside such a word. That
takes more than plates ("12 May" goes as well); dates and figures have columns of their own. What it
cannot see is a plate that is a word and is written as one ("Lovely"): a sentence says so to whoever
writes reasons.
"""

import re
import unicodedata
from typing import Final

BLACK: Final = "▮▮▮"
UNNAMED: Final = "(not a name)"
_SHORT: Final = 3  # letters of a plate that is written in two parts: "AB 12345"
_LONG: Final = 200
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_VERSION: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,60}-[0-9a-f]{12}")
_KNOWN: Final = frozenset("PD".split())  # "Windsor PD"


def blackened(text: str) -> str:
    """Return *text* on one line, with every word blacked out that a plate might stand in."""
    words = unicodedata.normalize("NFKC", text).split()
    near = _near(words, [_suspect(word) for word in words])
    shown: list[str] = []
    for word, black in zip(words, near, strict=True):
        if not black:
            shown.append(_printable(word))
        elif not shown or shown[-1] != BLACK:
            shown.append(BLACK)
    line = " ".join(shown)
    return line if len(line) <= _LONG else line[: _LONG - 1] + "…"


def named(text: str) -> str:
    """Return the name of a party, a list or a kind of the house; anything else is not shown."""
    return text if _NAME.fullmatch(text) else UNNAMED


def versioned(text: str) -> str:
    """Return a list's version, its name and 12 digits of its digest; else nothing of it."""
    return text if _VERSION.fullmatch(text) else UNNAMED


def _suspect(word: str) -> bool:
    letters = [char for char in word if char.isalpha()]
    if any(unicodedata.category(char).startswith("N") for char in word):
        return True
    if "".join(letters) in _KNOWN:
        return False
    return len(letters) > 1 and all(not char.islower() for char in letters)


def _near(words: list[str], marked: list[bool]) -> list[bool]:
    """Mark short words beside a marked one, and through single letters all of them."""
    alone = [len(word) == 1 for word in words]
    found = list(marked)
    for places in (range(len(words)), reversed(range(len(words)))):
        before = False
        for place in places:
            found[place] = found[place] or (before and alone[place])
            before = found[place]
    beside = [
        any(found[one] for one in (place - 1, place + 1) if 0 <= one < len(words))
        for place in range(len(words))
    ]
    spelled = _spelled(alone)
    return [
        found[place] or spelled[place] or (beside[place] and _small(word))
        for place, word in enumerate(words)
    ]


def _spelled(alone: list[bool]) -> list[bool]:
    """Mark letters that stand apart, three and more in a row."""
    found = [False] * len(alone)
    for place in range(len(alone) - 2):
        if all(alone[place : place + 3]):
            found[place : place + 3] = [True] * 3
    return found


def _small(word: str) -> bool:
    return not word.isalpha() or len(word) <= _SHORT


def _printable(word: str) -> str:
    return "".join(char if char.isprintable() else "�" for char in word)
