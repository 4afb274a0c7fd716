"""How long to wait before a lost camera is tried again."""

import random
from collections.abc import Callable

_LEAST_S = 0.05  # a configured 0 must not become a busy loop


class Backoff:
    """Waits that double from *first_s* to *longest_s*, each shortened by chance by up to half.

    Chance keeps a street full of cameras from knocking at one recorder at the same instant after
    a power cut.
    """

    def __init__(
        self, first_s: float, longest_s: float, chance: Callable[[], float] = random.random
    ) -> None:
        self._first_s = max(first_s, _LEAST_S)
        self._longest_s = max(longest_s, self._first_s)
        self._chance = chance
        self._next_s = self._first_s

    def next(self) -> float:
        """Return the next wait in seconds."""
        wait_s = self._next_s
        self._next_s = min(self._longest_s, wait_s * 2)
        return wait_s * (0.5 + 0.5 * self._chance())

    def reset(self) -> None:
        """Begin again with the first wait."""
        self._next_s = self._first_s
