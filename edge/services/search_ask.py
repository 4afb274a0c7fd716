"""Sends a search to units from a machine that may write to them, and waits for their answers."""

from typing import Final, Protocol

from edge.clock import Clock
from edge.delivery.events import FAILURES, NO_SUBSCRIBER, Acknowledged, Connected, Event, Received
from edge.errors import KeysError, MessageError
from edge.keys.keeper import RosterKeeper
from edge.log import Log
from edge.messages.answer import parse_answer_cover
from edge.messages.topics import Kind, every_unit, topic
from edge.services.search_asked import Asked, AskedFolder

_POLL_S: Final = 0.2
_log: Final = Log("edge.search")


class Broker(Protocol):
    """What is needed of the link."""

    def take(self, timeout_s: float) -> Event | None:
        """Return the next event, None when none came."""

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None
    ) -> int | None:
        """Send and return a token, None without a connection."""

    def done(self, event: Received) -> None:
        """Let the broker forget a message."""


def topics_of(town: str) -> tuple[str, ...]:
    """Return what must be subscribed to hear answers."""
    return (every_unit(town, Kind.ANSWER),)


class SearchSender:
    """Publishes one sealed search to each unit, and keeps the answers as they come.

    Attributes:
        trouble: why a unit may not have got it, by unit.
    """

    def __init__(
        self, broker: Broker, rosters: RosterKeeper, folder: AskedFolder, clock: Clock
    ) -> None:
        self._broker = broker
        self._rosters = rosters
        self._folder = folder
        self._clock = clock
        self._blob = b""
        self._due: set[str] = set()
        self._flying: dict[int, str] = {}
        self._online = False
        self.trouble: dict[str, str] = {}

    def send(self, asked: Asked, blob: bytes, expiry_s: int, wait_s: float) -> None:
        """Publish *blob* to the units that are asked; return when all have answered, or in time."""
        self._blob, self._due = blob, set(asked.units)
        begun = self._clock.now()
        while self._clock.now().since(begun) < wait_s:
            self._step(expiry_s)
            if self._folder.units(asked) >= set(asked.units):
                break

    def _step(self, expiry_s: int) -> None:
        event = self._broker.take(_POLL_S)
        while event is not None:
            self._take(event)
            event = self._broker.take(0)
        self._publish(expiry_s)

    def _publish(self, expiry_s: int) -> None:
        if not self._online:
            return
        for unit in sorted(self._due):
            where = topic(self._rosters.roster.town, unit, Kind.SEARCH)
            token = self._broker.publish(where, self._blob, expiry_s=expiry_s)
            if token is None:
                return
            self._flying[token] = unit
            self._due.remove(unit)

    def _take(self, event: Event) -> None:
        match event:
            case Connected():
                self._online = True
                self._due |= set(self._flying.values())
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
        unit = self._flying.pop(event.token, "")
        if unit and event.reason == NO_SUBSCRIBER:
            self.trouble[unit] = "it has no session at the broker: it was never connected"
        elif unit and event.reason >= FAILURES:
            self.trouble[unit] = f"the broker refused (reason 0x{event.reason:02x}): its rules"

    def _answer(self, event: Received) -> None:
        roster, at = self._rosters.roster, self._rosters.at()
        try:
            self._folder.keep(parse_answer_cover(event.topic, event.payload, roster, at))
        except (KeysError, MessageError) as error:
            _log.info("not an answer", topic=event.topic, why=error)
