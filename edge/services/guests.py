"""What else the delivering daemon's one connection carries: lists, orders, and searches."""

from collections.abc import Sequence
from typing import Protocol

from edge.clock import Clock, Moment
from edge.config.settings import Settings
from edge.delivery.events import Received
from edge.delivery.sender import Publisher
from edge.messages.health import SearchHealth
from edge.services.list_take import ListTake
from edge.services.order_inbox import OrderPost
from edge.services.reads_post import KeysPost
from edge.services.search_post import Record, SearchPost


class Guest(Protocol):
    """One of them; nothing that it does may raise or wait, for alerts go before.

    Attributes:
        topics: to be subscribed.
    """

    topics: tuple[str, ...]

    @property
    def problem(self) -> str:
        """What is wrong, for health; else empty."""

    def connected(self, publisher: Publisher) -> None:
        """Begin, by a connection that stands."""

    def lost(self) -> None:
        """Wait for the next connection."""

    def take(self, event: Received) -> bool:
        """Take a message; return whether the broker may forget it."""

    def step(self, now: Moment) -> None:
        """Do what is due."""

    def stop(self) -> None:
        """End."""


class Guests:
    """All guests as one."""

    def __init__(self, guests: Sequence[Guest] = (), searches: SearchPost | None = None) -> None:
        self._guests = (*guests, *([searches] if searches else []))
        self._searches = searches
        self.topics = tuple(topic for one in self._guests for topic in one.topics)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with any of them."""
        return tuple(one.problem for one in self._guests if one.problem)

    @property
    def searches(self) -> SearchHealth | None:
        """How many searches came; None where this unit takes none."""
        return self._searches.health if self._searches else None

    def connected(self, publisher: Publisher) -> None:
        """Tell all that there is a connection."""
        for one in self._guests:
            one.connected(publisher)

    def lost(self) -> None:
        """Tell all that it is gone."""
        for one in self._guests:
            one.lost()

    def take(self, event: Received) -> bool:
        """Give a message to the guest whose it is; return whether the broker may forget it."""
        return all(one.take(event) for one in self._guests if event.topic in one.topics)

    def step(self, now: Moment) -> None:
        """Let each do what is due."""
        for one in self._guests:
            one.step(now)

    def stop(self) -> None:
        """End all."""
        for one in self._guests:
            one.stop()


def open_guests(settings: Settings, clock: Clock, record: Record) -> Guests:
    """Return the guests that the settings ask for.

    Args:
        record: puts an act on the unit's chain.
    """
    guests: list[Guest] = []
    if settings.hotlist.over_mqtt:
        guests.append(ListTake(settings, clock))
    if settings.hotlist.inbox:
        guests.append(OrderPost(settings))
    if settings.reads.survive_reboot:
        guests.append(KeysPost(settings, clock))
    searches = SearchPost(settings, clock, record) if settings.search.enabled else None
    return Guests(guests, searches)
