"""A plain receiver: hears a town's alerts, keeps them, shows each once, answers with a receipt."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from edge.clock import Clock, Moment, SystemClock
from edge.config.delivery import DeliverySection
from edge.delivery.events import Acknowledged, Connected, Event, Lost, Received
from edge.delivery.inbox import Heard, Inbox
from edge.delivery.mqtt import Link
from edge.errors import DeliveryError, KeysError, MessageError
from edge.messages.opening import LETTER_LIMIT
from edge.messages.status import StatusMessage, parse_status
from edge.messages.topics import Kind, Topic, every_unit, parse_topic
from edge.services.keyring import Keyring

_POLL_S = 0.1
_FAREWELL_S = 2.0
_BURST = 50  # alerts that share a transaction


@dataclass(frozen=True, slots=True)
class Listening:
    """What to listen to, and until when.

    Attributes:
        keyring: this receiver's own; its name is its client id, and what the units' settings call
            it, its town the one that it listens to.
        folder: for what must survive a restart.
        count: end after so many alerts; None for never.
        idle_s: end after so long without a new alert; None for never.
    """

    delivery: DeliverySection
    keyring: Keyring
    folder: Path
    count: int | None = None
    idle_s: float | None = None


class Shows(Protocol):
    """Who shows what is heard."""

    def alert(self, heard: Heard, now: Moment) -> None:
        """Show an alert that was never shown; when this returns it counts as shown."""

    def status(self, message: StatusMessage) -> None:
        """Show that a unit came or went."""

    def trouble(self, sentence: str) -> None:
        """Show what is wrong, with a message or the connection."""


def run_listen(
    wish: Listening, shows: Shows, stop: threading.Event, clock: Clock | None = None
) -> int:
    """Listen until *stop* is set or the wish is fulfilled; return how many alerts were shown.

    Raises:
        ConfigError: a certificate, key or password file is missing or wrong.
        DeliveryError: the broker does not let us hear the town's alerts.
        StoreError: the folder cannot be written; what came is not confirmed and comes again.
    """
    clock = clock or SystemClock("always")
    own, rosters = wish.keyring.identity, wish.keyring.rosters
    with Inbox(wish.folder, own, rosters, clock) as inbox:
        topics = [every_unit(own.town, kind) for kind in (Kind.ALERT, Kind.STATUS)]
        link = Link(wish.delivery, own.name, topics, clock, largest=LETTER_LIMIT)
        loop = ListenLoop(wish, shows, inbox, link, clock)
        loop.catch_up()
        link.start()
        try:
            while not stop.is_set() and not loop.finished():
                loop.step()
            loop.settle()
        finally:
            link.stop()
    return loop.shown


class ListenLoop:
    """One thread: events from the broker in, alerts to whoever shows them, receipts out.

    Attributes:
        shown: alerts shown since the start.
        refused: messages that were not ours to open, or were forged.
    """

    def __init__(
        self, wish: Listening, shows: Shows, inbox: Inbox, link: Link, clock: Clock
    ) -> None:
        self._wish = wish
        self._shows = shows
        self._inbox = inbox
        self._link = link
        self._clock = clock
        self._last = clock.now()
        self._owed: set[int] = set()
        self._trouble = ""
        self._states: dict[str, tuple[str, str]] = {}
        self._told = ""
        self.shown = 0
        self.refused = 0

    def catch_up(self) -> None:
        """Show what was kept and not shown before the last end."""
        for heard in self._inbox.unshown():
            self._show(heard)

    def step(self) -> None:
        """Wait a moment for the broker and take what comes."""
        self._wish.keyring.rosters.refresh()
        self._tell_keys()
        alerts: list[Received] = []
        for event in self._burst():
            if isinstance(event, Received):
                alerts += self._received(event)
            else:
                self._take(event)
        if alerts:
            self._alerts(alerts)

    def finished(self) -> bool:
        """Say whether the wish is fulfilled."""
        wish = self._wish
        enough = wish.count is not None and self.shown >= wish.count
        idle = wish.idle_s is not None and self._clock.now().since(self._last) >= wish.idle_s
        return enough or idle

    def settle(self) -> None:
        """Wait until the broker has our receipts, for a moment at most."""
        begun = self._clock.now()
        while self._owed and self._clock.now().since(begun) < _FAREWELL_S:
            event = self._link.take(_POLL_S)
            if isinstance(event, Acknowledged):
                self._owed.discard(event.token)

    def _burst(self) -> list[Event]:
        """Wait a moment for the broker, and return what has come by then."""
        most = _BURST if self._wish.count is None else 1  # who counts gets no more than asked for
        event = self._link.take(_POLL_S)
        burst: list[Event] = []
        while event is not None:
            burst.append(event)
            event = self._link.take(0) if len(burst) < most else None
        return burst

    def _take(self, event: Acknowledged | Connected | Lost) -> None:
        match event:
            case Acknowledged():
                self._owed.discard(event.token)
            case Connected():
                self._connected(event)
            case Lost():
                self._owed.clear()
                if event.sentence != self._trouble:
                    self._shows.trouble(event.sentence)
                self._trouble = event.sentence

    def _connected(self, event: Connected) -> None:
        self._trouble = ""
        if event.refused:
            raise DeliveryError(
                f"the broker does not let us hear {' and '.join(event.refused)}: give "
                f"'{self._wish.keyring.identity.name}' the right to read there"
            )

    def _received(self, event: Received) -> list[Received]:
        """Return the event if it may be an alert, which is then kept with others of its burst."""
        try:
            where = parse_topic(event.topic)
            if where.kind is Kind.ALERT:
                return [event]
            self._status(parse_status(event.payload), where)
        except MessageError as error:
            self._refuse(error)
        self._link.done(event)
        return []

    def _refuse(self, error: KeysError | MessageError) -> None:
        self.refused += 1
        self._shows.trouble(f"a message is refused: {error}")

    def _tell_keys(self) -> None:
        problem = self._wish.keyring.problem
        if problem and problem != self._told:
            self._shows.trouble(problem)
        self._told = problem

    def _alerts(self, burst: list[Received]) -> None:
        for event, heard in zip(burst, self._inbox.take_all(burst), strict=True):
            if isinstance(heard, Heard):
                self._heard(heard)
            else:
                self._refuse(heard)
            self._link.done(event)

    def _heard(self, heard: Heard) -> None:
        if heard.show:
            self._show(heard)
        token = self._link.publish(heard.receipt_topic, heard.receipt)
        if token is not None:
            self._owed.add(token)

    def _show(self, heard: Heard) -> None:
        self._last = self._clock.now()
        self._shows.alert(heard, self._last)
        self._inbox.shown(heard)
        self.shown += 1

    def _status(self, message: StatusMessage, where: Topic) -> None:
        if (message.town, message.unit) != (where.town, where.unit):
            raise MessageError(f"a status of {message.town}/{message.unit} came on {where}")
        state = (message.payload.state, message.payload.since)
        if self._states.get(message.unit) != state:  # the broker repeats it at each connection
            self._states[message.unit] = state
            self._shows.status(message)
