"""What the fields of a hotlist may hold: one checking function per column.

Each takes the text of a field and returns what is kept; what is wrong raises ValueError with a
sentence that says how to mend it.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from edge.hotlist import partial
from edge.plates import alphabet
from edge.records import Category

REQUIRED: Final = ("entry_id", "plate", "category", "entered", "expires")

_PLATE = re.compile(rf"[0-9A-Z]{{1,{alphabet.SLOTS}}}")
_PARTIAL = re.compile(r"[0-9A-Z]*[?*][0-9A-Z?*]*")
_JURISDICTION = re.compile(r"[a-z]{2}(-[a-z]{2,3})?")
_CATEGORIES = {category.value: number for number, category in enumerate(Category)}
_LONGEST = 500  # characters of a free text


def entry_id(text: str) -> str:
    """Return the owner's number."""
    text = words(text)
    if not text:
        raise ValueError("is empty; every entry needs the owner's own number for it")
    if len(text) > 64:
        raise ValueError(f"has {len(text)} characters; at most 64 are kept")
    return text


def plate(text: str) -> str:
    """Return the plate in the alphabet of the readers, wildcards as they are."""
    plain = alphabet.normalise(text)
    if _PLATE.fullmatch(plain):
        return plain
    if _PARTIAL.fullmatch(plain):
        partial.check(plain)
        return plain
    if not plain:
        raise ValueError("is empty; write the plate, 1 to 10 characters of 0-9 A-Z")
    if any(sign in plain for sign in "%_[#"):
        raise ValueError(
            f"{text!r} has a wildcard of another kind; write ? for any one character, one * for "
            "any number of them"
        )
    if len(plain) > alphabet.SLOTS:
        raise ValueError(f"{text!r} has {len(plain)} characters; a plate has at most 10")
    raise ValueError(f"{text!r} has a character that is not 0-9 A-Z; write it as it is read")


def jurisdiction(text: str) -> str:
    """Return the code in small letters; empty when the list does not say."""
    code = text.strip().lower()
    if code and not _JURISDICTION.fullmatch(code):
        raise ValueError(f"{text!r} is no jurisdiction; write us-ct, eu-de, uk ... or nothing")
    return code


def category(text: str) -> int:
    """Return the place of the category in :class:`Category`."""
    try:
        return _CATEGORIES[text.strip().lower()]
    except KeyError:
        raise ValueError(f"{text!r} is no category; known are {', '.join(_CATEGORIES)}") from None


def words(text: str) -> str:
    """Return a free text without spaces at its ends."""
    plain = text.strip()
    if not plain.isprintable():
        raise ValueError("has a line break or a control character; write it on one line")
    if len(plain) > _LONGEST:
        raise ValueError(f"has {len(plain)} characters; at most {_LONGEST} are kept")
    return plain


@lru_cache(maxsize=4096)
def seconds(text: str) -> int:
    """Return seconds since 1970 UTC of an ISO 8601 date or date and time.

    A date means its first moment. Without a zone it is taken as UTC.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return int(moment.timestamp() // 1)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no date; write 2026-01-31 or 2026-01-31T05:00:00Z") from None


CHECKS: Final[Mapping[str, Callable[[str], str | int]]] = {
    "entry_id": entry_id,
    "plate": plate,
    "jurisdiction": jurisdiction,
    "category": category,
    "make": words,
    "model": words,
    "colour": words,
    "type": words,
    "caution": words,
    "reason": words,
    "owner": words,
    "entered": seconds,
    "expires": seconds,
}
