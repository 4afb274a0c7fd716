"""Has a unit gone blind? Frames come, and no plates, where a fortnight says that there are some.

The expectation is that of the quietest like hour, and no more than half of the mean: traffic varies
more than Poisson's law, and an alarm that cries wolf is switched off. What is left of chance is
Poisson's: so few passes as were seen, or fewer, had less than one chance in a million.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

PAST: Final = timedelta(days=14)
_CHANCE: Final = 1e-6
_DAYS: Final = 3  # like hours that make an expectation
_LEAST_S: Final = 1200.0  # a row of less than this says little of its hour
_HALF: Final = 0.5
_WEEKEND: Final = 5  # from Saturday on


@dataclass(frozen=True, slots=True)
class Row:
    """What the chain says of an hour or less.

    Attributes:
        watched_s: in which frames came.
    """

    since: datetime
    passes: int
    watched_s: float


class Usual:
    """The passes that a place has, by hour of the day, on working days and weekends."""

    def __init__(self, rows: Iterable[Row]) -> None:
        rates: dict[tuple[int, bool], list[float]] = {}
        for row in rows:
            if row.watched_s >= _LEAST_S:
                rates.setdefault(_like(row.since), []).append(row.passes / row.watched_s)
        self._rates = {like: _safe(found) for like, found in rates.items() if len(found) >= _DAYS}

    def rate(self, at: datetime) -> float:
        """Return the passes a second that may be counted on at *at*; 0.0 where nothing can be."""
        return self._rates.get(_like(at), 0.0)

    def expected(self, since: datetime, until: datetime) -> float:
        """Return the passes that may be counted on in a span of a day at most."""
        total, at = 0.0, max(since, until - timedelta(days=1))
        while at < until:
            turn = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
            end = min(turn, until)
            total += self.rate(at) * (end - at).total_seconds()
            at = end
        return total


def blind(seen: int, expected: float) -> bool:
    """Say whether so few passes are no chance."""
    return expected > 0.0 and _at_most(seen, expected) < _CHANCE


def sentence(seen: int, expected: float, minutes: float) -> str:
    """Return what is told of a unit that is blind."""
    passes = "no pass" if seen == 0 else f"only {seen} passes"
    return (
        f"the unit may be blind: frames come, and {passes} in {minutes:.0f} minutes; on a quiet day"
        f" there were at least {expected:.0f}: look at its picture, the lens, its light, its aim"
    )


def recent(rows: Sequence[Row], now: datetime) -> list[Row]:
    """Return the rows of the last fortnight."""
    return [row for row in rows if now - PAST <= row.since <= now]


def _like(at: datetime) -> tuple[int, bool]:
    at = at.astimezone(UTC)
    return at.hour, at.weekday() >= _WEEKEND


def _safe(rates: Sequence[float]) -> float:
    return min(*rates, _HALF * sum(rates) / len(rates))


def _at_most(seen: int, expected: float) -> float:
    """Return Poisson's probability of *seen* or fewer."""
    term = total = math.exp(-expected) if expected < 700 else 0.0
    for count in range(1, seen + 1):
        term *= expected / count
        total += term
    return total
