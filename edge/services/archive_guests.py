"""What else runs in the archive's loop: keys of kept reads, case holds, the watch on sharing."""

from collections.abc import Callable, Sequence
from typing import Protocol

from edge.clock import Moment
from edge.delivery.events import Received
from edge.errors import MessageError
from edge.services.archive_intake import Reply


class Guest(Protocol):
    """One of them. It may raise StoreError alone, and never waits: rows and letters go before.

    Attributes:
        topics: exact names, or filters of one level, that it hears; nobody else gets these.
    """

    topics: tuple[str, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong, as sentences."""

    def take(self, event: Received) -> Sequence[Reply]:
        """Take a message of its topics; return what is to be said once the broker may forget it.

        Raises:
            KeysError, MessageError: it is not to be believed.
            StoreError: it cannot be kept; it comes again.
        """

    def step(self, now: Moment) -> Sequence[Reply]:
        """Do what is due, every second; return what is to be said."""

    def stop(self) -> None:
        """End."""


class Stepping:
    """A guest that hears nothing: whoever has a ``step`` and tells problems.

    Args:
        step: does what is due.
        problems: returns what is wrong.
        stop: ends it.
    """

    topics: tuple[str, ...] = ()

    def __init__(
        self,
        step: Callable[[Moment], object],
        problems: Callable[[], tuple[str, ...]] = tuple,
        stop: Callable[[], object] = lambda: None,
    ) -> None:
        self._step = step
        self._problems = problems
        self._stop = stop

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong."""
        return self._problems()

    def take(self, event: Received) -> Sequence[Reply]:
        """Refuse: it has no topics."""
        raise MessageError(f"nobody here takes what came on {event.topic}")

    def step(self, now: Moment) -> Sequence[Reply]:
        """Do what is due."""
        self._step(now)
        return ()

    def stop(self) -> None:
        """End."""
        self._stop()
