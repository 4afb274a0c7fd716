"""What all simulated parties have: their own link to the broker, and when it stood."""

import multiprocessing
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event as SharedEvent
from typing import Any

from edge.clock import SystemClock
from edge.config import load
from edge.config.delivery import DeliverySection
from edge.delivery.events import Connected, Event, Lost
from edge.delivery.mqtt import Link
from scripts.fleet_town import FleetTown

TURN_S = 1.0  # a thousand links in one machine may look up less often than one alone


@dataclass(frozen=True)
class Signals:
    """What the conductor tells all processes."""

    publish: SharedEvent  # while set, units have alerts
    cut: SharedEvent  # once set, every connection is cut, once
    end: SharedEvent


@dataclass
class Told:
    """What one process tells at its end; times are of the machine's monotonic clock, in ns.

    Attributes:
        stored: by unit and number, when an alert was put into the outbox.
        shown: console, unit, number, when it was shown.
        again: deliveries of what a console had shown already.
        refused: messages that could not be opened or whose signature did not hold.
        ups, downs: when a connection came about, and when one was lost.
        waiting: alerts without a receipt at the end.
    """

    kind: str
    stored: dict[tuple[str, int], int] = field(default_factory=dict)
    shown: list[tuple[str, str, int, int]] = field(default_factory=list)
    ups: list[tuple[str, int]] = field(default_factory=list)
    downs: list[tuple[str, int]] = field(default_factory=list)
    again: int = 0
    refused: int = 0
    published: int = 0
    receipts: int = 0
    bytes_each: int = 0
    waiting: int = 0


@dataclass(frozen=True)
class Task:
    """What one process of the fleet is given."""

    town: FleetTown
    members: tuple[str, ...]
    nodes: tuple[str, ...]
    rate: float  # alerts a second of all its members together
    session_s: int  # how long the broker keeps their sessions
    enrol: float  # first connections a second of all its members together
    counts: Any  # shared with the conductor: online, stored, shown, waiting of each process
    index: int

    def tell(self, online: int, stored: int, shown: int, waiting: int) -> None:
        """Let the conductor see how it goes."""
        self.counts[4 * self.index : 4 * self.index + 4] = [online, stored, shown, waiting]


class FleetLink(Link):
    """Edge's own link, which can be cut as a tunnel cuts it."""

    def cut(self) -> None:
        client = self._client
        connection = client.socket() if client is not None else None
        if connection is not None:
            connection.shutdown(socket.SHUT_RDWR)


class Party:
    """One party's link; what it hears goes to *take*."""

    def __init__(
        self, task: Task, name: str, client_id: str, topics: list[str], told: Told
    ) -> None:
        self.name = name
        self.identity = task.town.identity(name)
        self.told = told
        self.online = False
        self.link = FleetLink(
            section(task, name), client_id, topics, SystemClock("always"), turn_s=TURN_S
        )

    def events(self, take: Callable[[Event], None]) -> int:
        """Give all that happened since to *take*; return how much that was."""
        count = 0
        while (event := self.link.take(0)) is not None:
            count += 1
            if isinstance(event, Connected):
                if event.refused:
                    raise RuntimeError(f"{self.name}: refused {event.refused}")
                self.online = True
                self.told.ups.append((self.name, time.monotonic_ns()))
            elif isinstance(event, Lost):
                if self.online:
                    self.told.downs.append((self.name, time.monotonic_ns()))
                self.online = False
            take(event)
        return count


def section(task: Task, name: str) -> DeliverySection:
    """Return the shipped settings with this member's broker and certificate."""
    host, port = task.nodes[0].rsplit(":", 1)
    chosen: dict[str, Any] = {
        "host": host,
        "port": int(port),
        "others": list(task.nodes[1:]),
        "ca_file": str(task.town.authority),
        "certificate_file": str(task.town.certificate(name)),
        "key_file": str(task.town.key(name)),
        "session_expiry_s": task.session_s,
    }
    shipped = load([]).settings.delivery.model_dump()
    return DeliverySection.model_validate({**shipped, **chosen})


def due_to_start(task: Task, parties: list[Any], begun: float, started: int) -> int:
    """Start as many links as are due by now and return how many that makes.

    A cluster makes a replicated queue for each new session: a fleet that has never connected
    before must not come all at once. Afterwards it may.
    """
    due = min(len(parties), int((time.monotonic() - begun) * task.enrol) + 1)
    for party in parties[started:due]:
        party.link.start()
    return max(started, due)


def cut_once(parties: list[Any], signals: Signals, done: bool) -> bool:
    """Cut all links when the conductor says so; return whether that has been done."""
    if signals.cut.is_set() and not done:
        for party in parties:
            party.link.cut()
        return True
    return done


def stop_all(parties: list[Any]) -> None:
    for party in parties:
        party.link.stop(0)  # tells all to leave
    for party in parties:
        party.link.stop(10)


SPAWN = multiprocessing.get_context("spawn")
