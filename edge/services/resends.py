"""When an order that not all have taken is sent again: after a minute, doubling to an hour."""

from typing import Final

from edge.clock import Moment

_FIRST_S: Final = 60.0
_LONGEST_S: Final = 3600.0


class Resends:
    """How often each order was sent, and when last; in memory, so that a start sends anew."""

    def __init__(self) -> None:
        self._sent: dict[str, tuple[Moment, int]] = {}

    def __contains__(self, number: str) -> bool:
        """Say whether the order was sent since the start, or since :meth:`clear`."""
        return number in self._sent

    def due(self, number: str, now: Moment) -> bool:
        """Say whether the order *number* goes out now."""
        if number not in self._sent:
            return True
        at, count = self._sent[number]
        return now.since(at) >= min(_FIRST_S * 2.0 ** min(count - 1, 20), _LONGEST_S)

    def note(self, number: str, now: Moment) -> None:
        """Note that it was sent."""
        self._sent[number] = (now, self._sent.get(number, (now, 0))[1] + 1)

    def clear(self) -> None:
        """Let all be due: there is a new connection."""
        self._sent.clear()
