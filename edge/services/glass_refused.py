"""Wrong passwords on the technician's page, on the unit's chain: counted, and told by the minute.

The page's process has no rights on the store and, where nobody is logged in, no key to sign with:
it tells watch through the glass who was refused, and watch, which looks at whose process that is,
writes it down. However many there are, a minute is a few rows.
"""

import threading
from collections.abc import Iterator
from typing import Final

from edge.clock import Clock, Moment
from edge.log import Log
from edge.messages.acts_car import LogInRefused
from edge.services.glass_wire import MOST_REFUSED, Refused, Tried

_EVERY_S: Final = 60.0
_MOST: Final = 4  # names in a minute that have a row of their own; the rest are one row
_OTHERS: Final = "under other names"
_log: Final = Log("edge.glass")


class Refusals:
    """Who was refused and is not on the chain yet; :meth:`note` may be called by any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: dict[tuple[str, str], Tried] = {}
        self._told: Moment | None = None

    def note(self, told: Refused) -> None:
        """Count what the page told."""
        with self._lock:
            for one in told.refused:
                _add(self._waiting, one)

    def due(self, *, last: bool = False) -> list[LogInRefused]:
        """Return what is to be put on the chain now: the first at once, the others by the minute.

        Args:
            last: nothing waits any longer: watch ends.
        """
        with self._lock:
            if not self._waiting or not (last or self._minute_over()):
                return []
            self._told = self._clock.now()
            waiting, self._waiting = list(self._waiting.values()), {}
        waiting.sort(key=lambda one: one.count, reverse=True)
        return [_row(one) for one in _fewer(waiting)]

    def _minute_over(self) -> bool:
        return self._told is None or self._clock.now().since(self._told) >= _EVERY_S


class Untold:
    """The page's end: who was refused, until watch has taken it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[tuple[str, str], Tried] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, name: str, why: str, in_a_row: int = 0, count: int = 1) -> None:
        """Count one that was refused."""
        with self._lock:
            _add(self._waiting, Tried(name=name, count=count, in_a_row=in_a_row, why=why))

    def take(self) -> Refused:
        """Return what waits, to be sent; whoever cannot send it gives it :meth:`back`."""
        with self._lock:
            waiting = list(self._waiting.values())
            taken, left = waiting[:MOST_REFUSED], waiting[MOST_REFUSED:]
            self._waiting = {(one.name, one.why): one for one in left}
        return Refused(refused=tuple(taken))

    def back(self, told: Refused) -> None:
        """Take again what could not be sent."""
        for one in told.refused:
            self.add(one.name, one.why, one.in_a_row, one.count)


def _add(waiting: dict[tuple[str, str], Tried], one: Tried) -> None:
    key = one.name, one.why
    if key not in waiting and len(waiting) >= MOST_REFUSED:  # a flood of names: count them as one
        key = "", one.why if len(waiting) < 2 * MOST_REFUSED else _OTHERS
    known = waiting.get(key)
    waiting[key] = Tried(
        name=key[0],
        why=key[1],
        count=one.count + (known.count if known else 0),
        in_a_row=max(one.in_a_row, known.in_a_row if known else 0),
    )


def _fewer(waiting: list[Tried]) -> Iterator[Tried]:
    yield from waiting[:_MOST]
    rest = waiting[_MOST:]
    if rest:
        count, row = sum(one.count for one in rest), max(one.in_a_row for one in rest)
        yield Tried(name="", count=count, in_a_row=row, why=_OTHERS)


def _row(one: Tried) -> LogInRefused:
    times = "once" if one.count == 1 else f"{one.count} times within a minute"
    _log.warning("somebody was not let in", name=one.name or "nobody here", times=one.count)
    return LogInRefused(officer=one.name, why=f"{one.why}, {times}", in_a_row=one.in_a_row)
