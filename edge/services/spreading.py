"""Confirmed corrections on their way: sent to all units and consoles until each has taken them."""

from collections.abc import Sequence
from typing import Final, Protocol

from edge.clock import Clock
from edge.errors import KeysError
from edge.keys.keeper import RosterKeeper
from edge.log import Log
from edge.messages.health import HealthMessage
from edge.messages.order import Answer, number_of
from edge.policy.ledger import CLAIM
from edge.services.order_send import addressees
from edge.services.resends import Resends
from edge.store.claims import KeptClaim
from edge.store.console import ConsoleStore

_LOG: Final = Log("console")


class Spread(Protocol):
    """Sends documents to all units and consoles."""

    def send(self, kind: str, documents: Sequence[bytes]) -> tuple[str, ...]:
        """Publish, and return to whom."""


class Spreading:
    """Sends what supervisors confirmed at this console; a unit's or console's own word ends it.

    Args:
        own: this console's name, which has them already.
    """

    def __init__(
        self, store: ConsoleStore, spread: Spread, rosters: RosterKeeper, own: str, clock: Clock
    ) -> None:
        self._store = store
        self._spread = spread
        self._rosters = rosters
        self._own = own
        self._clock = clock
        self._taken: dict[str, set[str]] = {}
        self._refused: dict[str, dict[str, str]] = {}
        self._sent = Resends()

    @property
    def problem(self) -> str:
        """Who refuses what was confirmed here, and why; empty when nobody does."""
        found = {name: why for words in self._refused.values() for name, why in words.items()}
        if not found:
            return ""
        name = min(found)
        others = f" and {len(found) - 1} more" if len(found) > 1 else ""
        return f"a confirmed correction does not hold everywhere: {name}{others}: {found[name]}"

    def step(self) -> None:
        """Send what is due."""
        orders = {number_of(_documents(kept)): kept for kept in self._store.claims.unspread()}
        for number in self._refused.keys() - orders.keys():  # taken everywhere, or over
            del self._refused[number]
        for number, kept in orders.items():
            missing = self._addressees() - self._taken.get(number, set())
            if not missing:
                self._store.claims.spread(kept.number)
                _LOG.info("a correction is taken everywhere", correction=kept.number[:12])
            elif self._sent.due(number, self._clock.now()):
                self._send(kept, number)

    def hurry(self) -> None:
        """Send all again with the next step: there is a new connection."""
        self._sent.clear()

    def answered(self, answer: Answer) -> None:
        """Take a console's word on an order."""
        self._word(answer.name, answer.number, answer.sentence, taken=answer.taken)

    def health(self, message: HealthMessage) -> None:
        """Take a unit's word, which stands in its health."""
        watch = message.payload.watch
        for one in watch.orders if watch else ():
            self._word(message.unit, one.number, one.sentence, taken=one.taken)

    def _word(self, name: str, number: str, sentence: str, *, taken: bool) -> None:
        if taken:
            self._taken.setdefault(number, set()).add(name)
            self._refused.get(number, {}).pop(name, None)
        elif number in self._sent and name in self._addressees():
            self._refused.setdefault(number, {})[name] = sentence

    def _addressees(self) -> set[str]:
        found = addressees(self._rosters.roster, (), self._rosters.at())
        return {party.name for party in found} - {self._own}

    def _send(self, kept: KeptClaim, number: str) -> None:
        try:
            self._spread.send(CLAIM, _documents(kept))
        except KeysError as error:
            _LOG.warning("a correction cannot be sent", correction=kept.number[:12], why=error)
        self._sent.note(number, self._clock.now())


def _documents(kept: KeptClaim) -> tuple[bytes, ...]:
    return (kept.claim, kept.confirmation or b"")
