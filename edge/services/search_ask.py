"""Sends a search to units from a machine that may write to them, and waits for their answers."""

from collections.abc import Iterable
from typing import Final, Protocol

from edge.clock import Clock
from edge.delivery.events import FAILURES, NO_SUBSCRIBER, Acknowledged, Connected, Event, Received
from edge.delivery.sender import Publisher
from edge.errors import KeysError, MessageError
from edge.keys.keeper import RosterKeeper
from edge.log import Log
from edge.messages.answer import parse_answer_cover
from edge.messages.topics import Kind, every_unit, topic
from edge.services.search_asked import Asked, AskedFolder

_POLL_S: Final = 0.2
_log: Final = Log("edge.search")


class Broker(Publisher, Protocol):
    """What is needed of the link."""

    def take(self, timeout_s: float) -> Event | None:
        """Return the next event, None when none came."""

    def done(self, event: Received) -> None:
        """Let the broker forget a message."""


def topics_of(town: str) -> tuple[str, ...]:
    """Return what must be subscribed to hear answers."""
    return (every_unit(town, Kind.ANSWER),)


class Departures:
    """Searches on their way to the broker, each the same bytes to each unit that is asked.

    What the broker has not confirmed is published again over the next connection; a unit takes the
    same search once.
    """

    def __init__(self, publisher: Publisher, town: str) -> None:
        self._publisher = publisher
        self._town = town
        self._due: dict[tuple[str, str], tuple[bytes, int]] = {}
        self._flying: dict[int, tuple[str, str]] = {}
        self._online = False
        self._trouble: dict[tuple[str, str], str] = {}

    def add(self, number: str, units: Iterable[str], blob: bytes, expiry_s: int) -> None:
        """Take on a search; the broker may forget it after *expiry_s*."""
        self._due |= {(number, unit): (blob, expiry_s) for unit in units}

    def waiting(self, number: str) -> set[str]:
        """Return the units to whom the broker has not taken a search as yet."""
        return {unit for one, unit in self._due if one == number}

    def trouble(self, number: str) -> dict[str, str]:
        """Return why a unit may not get a search, by unit."""
        return {unit: why for (one, unit), why in self._trouble.items() if one == number}

    def drop(self, number: str) -> None:
        """Forget a search."""
        for known in (self._due, self._trouble):
            for key in [key for key in known if key[0] == number]:
                del known[key]

    def connected(self) -> None:
        """Publish anew what was not confirmed."""
        self._online = True
        self._flying.clear()

    def lost(self) -> None:
        """Wait for the next connection."""
        self._online = False

    def step(self) -> None:
        """Publish what waits."""
        if not self._online:
            return
        flying = set(self._flying.values())
        for key in sorted(self._due.keys() - flying):
            blob, expiry_s = self._due[key]
            where = topic(self._town, key[1], Kind.SEARCH)
            token = self._publisher.publish(where, blob, expiry_s=expiry_s)
            if token is None:
                return
            self._flying[token] = key

    def acknowledged(self, event: Acknowledged) -> str:
        """Take the broker's word; return the number of the search that it is on, or nothing."""
        key = self._flying.pop(event.token, None)
        if key is None:
            return ""
        self._due.pop(key, None)
        if event.reason == NO_SUBSCRIBER:
            self._trouble[key] = "it has no session at the broker: it was never connected"
        elif event.reason >= FAILURES:
            self._trouble[key] = f"the broker refused (reason 0x{event.reason:02x}): its rules"
        return key[0]


class SearchSender:
    """Publishes one sealed search to each unit, and keeps the answers as they come."""

    def __init__(
        self, broker: Broker, rosters: RosterKeeper, folder: AskedFolder, clock: Clock
    ) -> None:
        self._broker = broker
        self._rosters = rosters
        self._folder = folder
        self._clock = clock
        self._departures = Departures(broker, rosters.roster.town)

    def send(self, asked: Asked, blob: bytes, expiry_s: int, wait_s: float) -> dict[str, str]:
        """Publish *blob* to the units that are asked; return when all have answered, or in time.

        Returns:
            Why a unit may not have got it, by unit.
        """
        self._departures.add(asked.number, asked.units, blob, expiry_s)
        begun = self._clock.now()
        while self._clock.now().since(begun) < wait_s:
            self._step()
            if self._folder.units(asked) >= set(asked.units):
                break
        return self._departures.trouble(asked.number)

    def _step(self) -> None:
        event = self._broker.take(_POLL_S)
        while event is not None:
            self._take(event)
            event = self._broker.take(0)
        self._departures.step()

    def _take(self, event: Event) -> None:
        match event:
            case Connected():
                self._departures.connected()
                if event.refused:
                    _log.warning("the broker does not let us hear answers", topics=event.refused)
            case Acknowledged():
                self._departures.acknowledged(event)
            case Received():
                self._answer(event)
                self._broker.done(event)
            case _:
                self._departures.lost()
                _log.warning(event.sentence)

    def _answer(self, event: Received) -> None:
        roster, at = self._rosters.roster, self._rosters.at()
        try:
            self._folder.keep(parse_answer_cover(event.topic, event.payload, roster, at))
        except (KeysError, MessageError) as error:
            _log.info("not an answer", topic=event.topic, why=error)
