"""Exact tests on small counts: is one's share larger than the others' by more than chance?"""

from dataclasses import dataclass
from math import exp, lgamma


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def value(self) -> float:
        """The share, 0..1; 0 of nothing."""
        return self.part / self.whole if self.whole else 0.0


def at_least(mine: Share, others: Share) -> float:
    """Return how likely *mine* is to be so large or larger if all had the same share.

    Fisher's exact test, one-sided: by the hypergeometric distribution, so it holds for counts of
    any size. 1.0 where there is nothing to compare.
    """
    part, whole = mine.part + others.part, mine.whole + others.whole
    if not mine.whole or not others.whole or not part:
        return 1.0
    most = min(mine.whole, part)
    terms = (
        _choose(part, n) + _choose(whole - part, mine.whole - n)
        for n in range(mine.part, most + 1)
        if mine.whole - n <= whole - part
    )
    every = _choose(whole, mine.whole)
    return min(1.0, sum(exp(term - every) for term in terms))


def _choose(of: int, some: int) -> float:
    """Return the logarithm of the number of ways to choose *some* of *of*."""
    return lgamma(of + 1) - lgamma(some + 1) - lgamma(of - some + 1)
