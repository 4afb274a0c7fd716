"""Misreads at a console: purged here after a time to think again, and brought to all who hold them.

The console where it was said sends the officer's signed outcome to the alert's unit, to all other
consoles and to the archive, again until each has taken it. A console that only heard of it purges
its own copy as well; and should the first one never come back, it tells the unit after an hour.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Final, Protocol

from edge.clock import Clock, Moment
from edge.errors import KeysError
from edge.keys.keeper import RosterKeeper
from edge.keys.roles import Role
from edge.log import Log
from edge.messages.health import HealthMessage
from edge.messages.order import Answer, number_of
from edge.messages.outcome import parse_outcome
from edge.policy.misreads import KIND, contested
from edge.records import AlertId
from edge.services.holds import read_id
from edge.services.order_send import KEEPERS, addressees
from edge.services.resends import Resends
from edge.store.console import ConsoleStore
from edge.store.misreads import KeptMisread
from edge.store.purges import KeptPurge

_NS: Final = 1_000_000_000
_LATER_S: Final = 3600.0  # before a console speaks for another one
_FORGET_S: Final = 30 * 86_400.0  # what an officer signed may name a plate: it is not kept for ever
_LOG: Final = Log("console")


class Spread(Protocol):
    """Sends documents to parties by name."""

    def send(
        self, kind: str, documents: Sequence[bytes], names: Collection[str] | None = None
    ) -> tuple[str, ...]:
        """Publish, and return to whom."""


class MisreadDesk:
    """Purges what officers called a misread, and sees that others do.

    Args:
        own: this console's name.
        grace_s: how long an officer may think again (``console.purge_after_s``).
        after: called when something was purged: what is shown must be read anew.
    """

    def __init__(
        self,
        store: ConsoleStore,
        spread: Spread,
        rosters: RosterKeeper,
        own: str,
        clock: Clock,
        grace_s: float,
        after: Callable[[], None],
    ) -> None:
        self._store = store
        self._spread = spread
        self._rosters = rosters
        self._own = own
        self._clock = clock
        self._grace_s = grace_s
        self._after = after
        self._taken: dict[str, set[str]] = {}
        self._sent = Resends()

    def step(self) -> None:
        """Purge and send what is due.

        Raises:
            StoreError: it cannot be written.
        """
        now = self._clock.now()
        for one in self._store.misreads.open():
            if self._age_s(one, now) < self._grace_s:
                continue
            if self._store.purges.find(one.alert) is None and not self._purge(one, now):
                continue
            self._bring(one, now)

    def contested(self, alert_id: AlertId) -> bool:
        """Say whether officers disagree on an alert, by the words that are held here."""
        words = self._store.words.all(alert_id)
        said = [parse_outcome(word.words).payload for word in words]
        return bool(said) and contested(sorted(said, key=lambda word: word.at))

    def hurry(self) -> None:
        """Send all again with the next step: there is a new connection."""
        self._sent.clear()

    def answered(self, answer: Answer) -> None:
        """Take a console's or the archive's word on an order."""
        if answer.taken:
            self._taken.setdefault(answer.number, set()).add(answer.name)

    def health(self, message: HealthMessage) -> None:
        """Take a unit's word, which stands in its health."""
        watch = message.payload.watch
        for one in watch.orders if watch else ():
            if one.taken:
                self._taken.setdefault(one.number, set()).add(message.unit)

    def _purge(self, one: KeptMisread, now: Moment) -> bool:
        if self.contested(read_id(one.alert)):
            return False
        at = Moment(one.since_ns, 0).iso()
        purge = KeptPurge(one.alert, one.outcome, one.officer, at, done=False)
        if self._store.purges.take(purge, now).done:
            _LOG.info("a misread is purged", alert=one.alert, outcome=one.outcome)
            self._after()
        return True

    def _bring(self, one: KeptMisread, now: Moment) -> None:
        number, age_s = number_of((one.document,)), self._age_s(one, now)
        missing = self._wanted(one) - self._taken.get(number, set())
        if not missing or age_s > _FORGET_S:
            self._store.misreads.settle(one.outcome)
            _LOG.info("a misread is brought to all", outcome=one.outcome, missing=len(missing))
        elif (one.own or age_s > _LATER_S) and self._sent.due(number, now):
            self._send(one, number, missing, now)

    def _wanted(self, one: KeptMisread) -> set[str]:
        unit = read_id(one.alert).unit
        found = addressees(self._rosters.roster, (), self._rosters.at(), KEEPERS)
        names = {party.name for party in found if party.role is not Role.UNIT or party.name == unit}
        return (names if one.own else names & {unit}) - {self._own}

    def _send(self, one: KeptMisread, number: str, missing: Collection[str], now: Moment) -> None:
        try:
            self._spread.send(KIND, (one.document,), missing)
        except KeysError as error:
            _LOG.warning("a misread cannot be sent", outcome=one.outcome, why=error)
        self._sent.note(number, now)

    def _age_s(self, one: KeptMisread, now: Moment) -> float:
        """Return its age; what came in a future that the clock has left is old enough."""
        age_s = (now.utc_ns - one.since_ns) / _NS
        return age_s if age_s >= 0 else self._grace_s
