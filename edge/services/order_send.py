"""Orders, where they leave: sealed to each unit and console, published, and watched until taken."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from edge.clock import Clock, Moment
from edge.delivery.events import FAILURES, NO_SUBSCRIBER, Acknowledged, Connected, Event, Received
from edge.delivery.sender import Publisher
from edge.errors import EdgeError, KeysError, MessageError
from edge.keys.keeper import RosterKeeper
from edge.keys.parties import Party
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.log import Log
from edge.messages.health import parse_health
from edge.messages.order import Order, read_answer, seal_order
from edge.messages.topics import Kind, every_unit, parse_topic, topic

ADDRESSEES: Final = (Role.UNIT, Role.CONSOLE)
KEEPERS: Final = (Role.UNIT, Role.CONSOLE, Role.ARCHIVE)
"""Whoever keeps letters: holds, misreads and persons' requests go to them all."""
_WINDOW: Final = 16  # orders on the way to the broker: each may have a whole roster in it
_POLL_S: Final = 0.1
_EXPIRY_S: Final = 7 * 86_400  # for a car in the garage
_WAITING: Final = "has not answered"

_log = Log("edge.orders")


class Broker(Publisher, Protocol):
    """What the sender needs of the broker link."""

    def take(self, timeout_s: float) -> Event | None:
        """Return what happened, or None."""

    def done(self, received: Received) -> None:
        """Confirm a message."""


@dataclass(frozen=True, slots=True)
class Word:
    """What became of an order at one addressee.

    Attributes:
        taken: None while it has not answered.
    """

    name: str
    role: str
    taken: bool | None
    sentence: str


def addressees(
    roster: Roster, names: Sequence[str], at: datetime, roles: Sequence[Role] = ADDRESSEES
) -> tuple[Party, ...]:
    """Return whom an order goes to: all of *roles* whose keys count, or those of *names*.

    Raises:
        KeysError: one of *names* is none of them.
    """
    found = {
        party.name: party for role in roles for party in roster.recipients(role, at)
    }  # of two keys in a rotation the newer: a party opens with both
    missing = sorted(set(names) - found.keys())
    if missing:
        raise KeysError(
            f"{' and '.join(missing)}: no {' or '.join(roles)} of roster {roster.sequence} whose"
            " key counts"
        )
    return tuple(found[name] for name in sorted(names or found))


def topics_of(town: str, sender: str) -> tuple[str, ...]:
    """Return what a sender listens to: the units' health, and its own receipts."""
    return every_unit(town, Kind.HEALTH), topic(town, sender, Kind.RECEIPT)


class OrderSender:
    """Sends one order, and gathers what is said to it.

    Args:
        to: as :func:`addressees` returns them.
    """

    def __init__(
        self, broker: Broker, order: Order, to: Sequence[Party], roster: Roster, clock: Clock
    ) -> None:
        self._broker = broker
        self._order = order
        self._roster = roster
        self._clock = clock
        self._to = {party.name: party for party in to}
        self._due = list(self._to)
        self._flying: dict[int, str] = {}
        self._online = False
        self._known: dict[str, str] = {}  # when a unit had answered this very order before
        self._words = {
            party.name: Word(party.name, str(party.role), None, _WAITING) for party in to
        }

    def send(self, wait_s: float) -> tuple[Word, ...]:
        """Send, and wait until all have taken it or *wait_s* is over; return what each said.

        Raises:
            KeysError: the order cannot be sealed.
        """
        begun = self._clock.now()
        while self._open() and self._clock.now().since(begun) < wait_s:
            event = self._broker.take(_POLL_S)
            while event is not None:
                self._take(event)
                event = self._broker.take(0)
            self._publish()
        return tuple(self._words.values())

    def _open(self) -> bool:
        return any(word.taken is None for word in self._words.values())

    def _publish(self) -> None:
        while self._online and self._due and len(self._flying) < _WINDOW:
            party = self._to[self._due[0]]
            where = topic(party.town, party.name, Kind.COMMAND)
            body = seal_order(self._order, party)
            token = self._broker.publish(where, body, expiry_s=_EXPIRY_S)
            if token is None:
                return
            self._flying[token] = self._due.pop(0)

    def _take(self, event: Event) -> None:
        match event:
            case Connected():
                self._online = True
                for name in self._flying.values():
                    self._due.append(name)
                self._flying.clear()
                if event.refused:
                    _log.warning("the broker does not let us hear answers", topics=event.refused)
            case Acknowledged():
                self._acknowledged(event)
            case Received():
                self._answer(event)
                self._broker.done(event)
            case _:
                self._online = False
                _log.warning(event.sentence)

    def _acknowledged(self, event: Acknowledged) -> None:
        name = self._flying.pop(event.token, "")
        if not name or self._words[name].taken is not None:
            return
        if event.reason == NO_SUBSCRIBER:
            self._say(name, None, "has no session at the broker: it was never connected")
        elif event.reason >= FAILURES:
            self._say(
                name, None, f"the broker refused (reason 0x{event.reason:02x}): its access rules"
            )

    def _answer(self, event: Received) -> None:
        try:
            where = parse_topic(event.topic)
            if where.kind is Kind.HEALTH:
                self._health(where.unit, event)
            else:
                answer = read_answer(event.payload, self._roster, _utc(self._roster, self._clock))
                if answer.number == self._order.number and answer.name in self._words:
                    self._say(answer.name, answer.taken, answer.sentence)
        except EdgeError as error:  # receipts and old healths come here too
            _log.info("not an answer", topic=event.topic, why=error)

    def _health(self, name: str, event: Received) -> None:
        message = parse_health(event.payload)
        if message.unit != name:
            raise MessageError(f"a health of {message.unit} came as one of {name}")
        watch = message.payload.watch
        if name not in self._words or watch is None:
            return
        for one in watch.orders:
            if one.number != self._order.number:
                continue
            if event.retained:  # said before we sent: a refusal may be an earlier one
                self._known[name] = one.at
            if one.taken or one.at != self._known.get(name):
                self._say(name, one.taken, one.sentence)

    def _say(self, name: str, taken: bool | None, sentence: str) -> None:
        word = self._words[name]
        self._words[name] = Word(word.name, word.role, taken, sentence)


class Spread:
    """Sends documents to all units and consoles at once, from a process that is connected.

    Args:
        sender: this party: the one addressee that has them already.
    """

    def __init__(self, publisher: Publisher, rosters: RosterKeeper, sender: str) -> None:
        self._publisher = publisher
        self._rosters = rosters
        self._sender = sender

    def send(
        self, kind: str, documents: Sequence[bytes], names: Collection[str] | None = None
    ) -> tuple[str, ...]:
        """Publish, and return to whom; those that are missing need it sent again.

        Args:
            kind: what the documents are, for the journal.
            names: units, consoles and archives that it is for; None: all units and consoles.

        Raises:
            KeysError: they cannot be sealed.
        """
        order = Order(self._sender, tuple(documents))
        sent = []
        roles = ADDRESSEES if names is None else KEEPERS
        for party in addressees(self._rosters.roster, (), self._rosters.at(), roles):
            if party.name != self._sender and (names is None or party.name in names):
                where = topic(party.town, party.name, Kind.COMMAND)
                body = seal_order(order, party)
                if self._publisher.publish(where, body, expiry_s=_EXPIRY_S) is not None:
                    sent.append(party.name)
        _log.info("an order is sent", what=kind, order=order.number[:12], to=len(sent))
        return tuple(sent)


def _utc(roster: Roster, clock: Clock) -> datetime:
    now: Moment = clock.now()
    return roster.no_earlier(datetime.fromtimestamp(now.utc_ns // 1_000_000_000, UTC))
