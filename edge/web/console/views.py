"""Cards as JSON for the browser: the same facts, cut to a length, without characters that deceive.

What an alert says was written by strangers. It leaves here as plain text, and the page puts it into
text nodes only; so it cannot become markup. What could still deceive an eye is taken out here:
control characters, and marks that turn the direction of writing or take no room.
"""

import dataclasses
import math
import unicodedata
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from edge.web.console.cards import Card

TEXT_LIMIT = 400  # the contract's longest text; what is longer was not checked by it
LIST_LIMIT = 64
SHOWN = 80  # cards in one answer; the page says how many more there are

_BREAKS = "\n\t\r"
_KINDS = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")  # controls, format, halves, private, unknown


def plain(value: Any) -> Any:
    """Return *value* as JSON can carry it, every text in it cleaned by :func:`clean`.

    Dataclasses become objects, sets sorted lists; a number that is none becomes null. Anything
    unknown becomes its text: a wrong type is shown, it breaks no page.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return clean(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = (field.name for field in dataclasses.fields(value))
        return {name: plain(getattr(value, name)) for name in names}
    return _many(value)


def clean(text: str) -> str:
    """Return *text* in one line, cut, with unseen characters shown as U+FFFD."""
    cut = text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT - 1] + "…"
    return "".join(_shown(char) for char in cut)


def desk_view(cards: Sequence[Card], shown: int = SHOWN) -> dict[str, Any]:
    """Return the head of the list, and how many cards more there are."""
    return {"cards": plain(tuple(cards[:shown])), "more": max(0, len(cards) - shown)}


def _many(value: Any) -> Any:
    if isinstance(value, Mapping):
        head = list(value.items())[:LIST_LIMIT]
        return {clean(str(key)): plain(one) for key, one in head}
    if isinstance(value, set | frozenset):
        return sorted(clean(str(one)) for one in value)
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    return clean(str(value))


def _shown(char: str) -> str:
    if char in _BREAKS:
        return " "
    return "�" if unicodedata.category(char) in _KINDS else char
