"""Confirmed misreads on their way: an officer's signed word erases crop and plate everywhere.

The order carries the outcome itself, so that nobody has to be believed but the officer. Sending it
again changes nothing.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from edge.clock import Clock, Moment
from edge.errors import ConsoleError
from edge.keys.roster import Roster
from edge.keys.signed import from_bytes
from edge.policy.misreads import KIND, Misread, read_misread
from edge.records import AlertId
from edge.store.purges import KeptPurge


class Purging(Protocol):
    """Where alerts are kept: of a unit, a console or the archive."""

    def take(self, purge: KeptPurge, now: Moment) -> KeptPurge:
        """Note a misread and purge it if no case holds it; return what has become of it."""


class PurgeTaker:
    """Takes misreads that an order brings (see :class:`edge.services.orders.Taker`).

    Args:
        concerns: says whether such an alert may be held here; a unit has its own alone.
        contested: says whether officers disagree on an alert, as far as is known here.
        after: called when something was purged.
    """

    kinds: tuple[str, ...] = (KIND,)

    def __init__(
        self,
        purges: Purging,
        clock: Clock,
        *,
        concerns: Callable[[AlertId], bool] = lambda _: True,
        contested: Callable[[AlertId], bool] = lambda _: False,
        after: Callable[[], None] = lambda: None,
    ) -> None:
        self._purges = purges
        self._clock = clock
        self._concerns = concerns
        self._contested = contested
        self._after = after

    def take(self, found: Mapping[str, bytes], roster: Roster, at: datetime) -> str:
        """Purge what the officer's outcome names, and say so.

        Raises:
            ConsoleError: officers disagree on it here.
            MessageError: it is no misread.
            KeysError: it is not signed by an officer of the town whose key counts.
            StoreFull: it cannot be recorded, and is not purged.
        """
        misread = read_misread(from_bytes(found[KIND], "the outcome", KIND), roster, at)
        if not self._concerns(misread.alert):
            return f"misread {misread.outcome}: nothing of it is kept here"
        if self._contested(misread.alert):
            raise ConsoleError(f"officers disagree on {misread.alert}: it is not purged by itself")
        done = self._purges.take(kept(misread), self._clock.now())
        self._after()
        if not done.done:
            return f"misread {misread.outcome}: a case holds it, it goes when the hold ends"
        return f"misread {misread.outcome}: purged"


def kept(misread: Misread) -> KeptPurge:
    """Return a misread as a store notes it."""
    return KeptPurge(
        str(misread.alert), str(misread.outcome), misread.officer, misread.at, done=False
    )
