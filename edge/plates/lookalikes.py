"""Characters that readers, and people, take for each other.

The pairs 2-7 and 3-7 stand behind every documented wrongful stop by a misread character; the rest
are shapes that share their strokes in the plate fonts of the US, Europe, Brazil and India.
"""

from collections.abc import Iterator
from typing import Final

GROUPS: Final = (
    "0DOQ", "1IJLT", "17", "27Z", "37", "38", "4A", "5S", "6G", "68", "8B", "09",
    "CG", "EF", "HMN", "HW", "KX", "OU", "PR", "UV", "VY", "MW",
)  # fmt: skip

# Disjoint: the twins that people put on a list side by side "to be safe".
TWINS: Final = ("0DOQ", "1IL", "2Z", "5S", "6G", "8B", "UV")

_ALIKE: Final = {
    character: "".join(sorted({c for group in GROUPS if character in group for c in group}))
    for character in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
}
_FOLD: Final = str.maketrans({c: group[0] for group in TWINS for c in group})


def alike(one: str, other: str) -> bool:
    """Say whether two characters are easily taken for each other; a character is like itself."""
    return one == other or other in _ALIKE.get(one, "")


def folded(text: str) -> str:
    """Return *text* with each twin replaced by the first of its group: equal for twin plates."""
    return text.translate(_FOLD)


def differing(one: str, other: str) -> int:
    """Return in how many characters two texts differ, up to 2; one lost character counts as one."""
    if abs(len(one) - len(other)) > 1:
        return 2
    if len(one) == len(other):
        return min(2, sum(a != b for a, b in zip(one, other, strict=True)))
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    return 1 if any(text == shorter for text in _without_one(longer)) else 2


def _without_one(text: str) -> Iterator[str]:
    return (text[:i] + text[i + 1 :] for i in range(len(text)))
