"""A rate that is kept: so many bytes a second, with a quarter of a second at once."""

from edge.clock import Clock
from edge.messages.tunnel import LARGEST


class Bucket:
    """Tells how long to wait before more may be sent.

    Args:
        bytes_s: 0 for no limit.
    """

    def __init__(self, bytes_s: float, clock: Clock) -> None:
        self._bytes_s = bytes_s
        self._clock = clock
        self._most = max(bytes_s / 4, LARGEST)
        self._left = self._most
        self._at = clock.now()

    def wait_s(self) -> float:
        """Return the seconds until the next byte may go; 0 for at once."""
        if self._bytes_s <= 0:
            return 0.0
        now = self._clock.now()
        self._left = min(self._most, self._left + now.since(self._at) * self._bytes_s)
        self._at = now
        return max(0.0, -self._left / self._bytes_s)

    def spend(self, size: int) -> None:
        """Count what was sent; the next wait pays for it."""
        self._left -= size
