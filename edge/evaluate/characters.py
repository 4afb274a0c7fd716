"""Which characters are taken for which."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from edge.evaluate.metrics import alignment

LOOKALIKES: Final = ("0ODQ", "1I", "27Z", "37", "5S", "6G", "8B")


@dataclass(frozen=True, slots=True)
class Taken:
    """*true* was read as *read*, *count* times of *of*; ``""`` is no character."""

    true: str
    read: str
    count: int
    of: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Two characters that look alike, and how often each was taken for the other.

    Attributes:
        ones, others: how often each stands on a plate.
    """

    one: str
    other: str
    one_as_other: int
    other_as_one: int
    ones: int
    others: int


@dataclass(frozen=True, slots=True)
class Characters:
    """All characters of some plates, aligned with what was read.

    Attributes:
        total: how many stand on the plates.
        edits: how many were wrong, missing or too many.
        taken: each mistake, the commonest first.
        pairs: the look-alike pairs, whether taken for each other or not.
    """

    total: int
    edits: int
    taken: tuple[Taken, ...]
    pairs: tuple[Pair, ...]


def characters(texts: Iterable[tuple[str, str]]) -> Characters:
    """Return how the characters of each truth were read."""
    counted = Counter(pair for truth, read in texts for pair in alignment(truth, read))
    standing: Counter[str] = Counter()
    for (true, _), count in counted.items():
        standing[true] += count
    taken = tuple(
        Taken(true, read, count, standing[true] if true else 0)
        for (true, read), count in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        if true != read
    )
    return Characters(
        total=sum(count for true, count in standing.items() if true),
        edits=sum(one.count for one in taken),
        taken=taken,
        pairs=tuple(
            Pair(a, b, counted[a, b], counted[b, a], standing[a], standing[b])
            for a, b in _lookalikes()
        ),
    )


def _lookalikes() -> Iterator[tuple[str, str]]:
    for group in LOOKALIKES:
        yield from combinations(group, 2)
