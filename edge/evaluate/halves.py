"""The two halves of the dev data: models are chosen on one and reported on the other."""

import hashlib
from enum import StrEnum


class Half(StrEnum):
    """What a half is for."""

    CHOOSE = "choose"
    REPORT = "report"


def half_of(key: str) -> Half:
    """Return the half of what *key* names, always the same one.

    Args:
        key: a plate's text, so that all pictures of one plate lie in one half; a scene's file.
    """
    first = hashlib.sha256(key.encode()).digest()[0]
    return Half.REPORT if first % 2 else Half.CHOOSE
