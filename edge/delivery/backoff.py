"""How long to wait before the broker is tried again."""

import random


class Backoff:
    """Waits that double up to a limit, each drawn evenly between nothing and its bound.

    Full jitter: when a broker comes back, a thousand units must not knock in the same second.
    Source: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """

    def __init__(self, first_s: float, max_s: float, chance: random.Random | None = None) -> None:
        self._first_s = first_s
        self._max_s = max_s
        self._chance = chance or random.Random()
        self._failures = 0

    @property
    def bound_s(self) -> float:
        """The longest that the next wait can be."""
        return float(min(self._max_s, self._first_s * 2 ** min(self._failures, 32)))

    def next(self) -> float:
        """Return the seconds to wait now, after one more failure."""
        bound_s = self.bound_s
        self._failures += 1
        return self._chance.uniform(0, bound_s)

    def reset(self) -> None:
        """Begin anew: the connection stood."""
        self._failures = 0
