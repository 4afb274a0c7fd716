"""Simulated units: alerts that are signed, sealed to every console, and kept until a receipt.

The outbox is in memory (a thousand SQLite files would measure this machine's disk); its rules are
edge's: a window, sent again after a doubling wait, at once after a lost connection.
"""

import hashlib
import json
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Queue

from edge.delivery.events import NO_SUBSCRIBER, Acknowledged, Connected, Event, Lost, Received
from edge.errors import EdgeError
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.signed import from_bytes
from edge.messages.letter import pack, seal_letter
from edge.messages.topics import Kind, topic
from scripts.fleet_party import Party, Signals, Task, Told, cut_once, due_to_start, stop_all
from scripts.fleet_town import NAME

_WORDS = 3_000  # bytes of an alert's JSON, about
_PICTURE = 6_000  # bytes of a usual crop
_NS = 1_000_000_000


@dataclass
class Row:
    """An alert that waits for its receipt."""

    letter: bytes
    digest: str
    due_ns: int
    wait_ns: int


class Unit(Party):
    """One unit with its own keys, outbox and connection."""

    def __init__(self, task: Task, roster: Roster, name: str, told: Told) -> None:
        super().__init__(task, name, f"{NAME}-{name}", [topic(NAME, name, Kind.RECEIPT)], told)
        self._roster = roster
        self._readers = roster.recipients(Role.CONSOLE, datetime.now(UTC))
        self._topic = topic(NAME, name, Kind.ALERT)
        self._receipt_wait_ns = int(30 * _NS)
        self._outbox: dict[int, Row] = {}
        self._flying: dict[int, int] = {}
        self._sequence = 0
        self._picture = random.Random(name).randbytes(_PICTURE)

    @property
    def waiting(self) -> int:
        return len(self._outbox)

    def raise_alert(self) -> None:
        """Sign, seal and store an alert; from here on its latency counts."""
        self._sequence += 1
        stored = time.monotonic_ns()
        words = {"unit": self.name, "sequence": self._sequence, "stored": stored}
        text = json.dumps({**words, "text": "x" * _WORDS}).encode()
        letter = seal_letter("alert", text, self._picture, self.identity, self._readers)
        self._outbox[self._sequence] = Row(
            pack(letter), hashlib.sha256(letter.body).hexdigest(), 0, self._receipt_wait_ns
        )
        self.told.stored[self.name, self._sequence] = stored
        self.told.bytes_each = len(self._outbox[self._sequence].letter)

    def drain(self) -> None:
        """Publish what is due, as far as the window has room."""
        if not self.online or not self._outbox:
            return
        now, flying = time.monotonic_ns(), set(self._flying.values())
        for sequence, row in self._outbox.items():
            if len(self._flying) >= 20:
                return
            if row.due_ns > now or sequence in flying:
                continue
            token = self.link.publish(self._topic, row.letter, expiry_s=604_800)
            if token is None:
                return
            self._flying[token] = sequence
            self.told.published += 1

    def take(self, event: Event) -> None:
        if isinstance(event, Connected):
            if not event.resumed:
                for row in self._outbox.values():
                    row.due_ns = 0
        elif isinstance(event, Lost):
            self._flying.clear()
        elif isinstance(event, Acknowledged):
            self._acknowledged(event)
        elif isinstance(event, Received):
            self._receipt(event)
            self.link.done(event)

    def _acknowledged(self, event: Acknowledged) -> None:
        row = self._outbox.get(self._flying.pop(event.token, 0))
        if row is not None:
            row.due_ns = time.monotonic_ns() + row.wait_ns
            if event.reason != NO_SUBSCRIBER:
                row.wait_ns *= 2

    def _receipt(self, event: Received) -> None:
        try:
            signed = from_bytes(event.payload, "a receipt", "receipt")
            self._roster.check(signed, Role.CONSOLE, datetime.now(UTC))
        except EdgeError:
            self.told.refused += 1
            return
        receipt = json.loads(signed.payload)
        row = self._outbox.get(receipt["sequence"])
        self.told.receipts += 1
        if row is not None and row.digest == receipt["digest"]:
            del self._outbox[receipt["sequence"]]


def run_units(task: Task, signals: Signals, results: "Queue[Told]") -> None:
    """Live as all members of *task* until the end is told."""
    told, chance = Told("unit"), random.Random(task.members[0])
    roster = task.town.roster()
    units = [Unit(task, roster, name, told) for name in task.members]
    begun = following = time.monotonic()
    done, started = False, 0
    while not signals.end.is_set():
        started = due_to_start(task, units, begun, started)
        busy = sum(unit.events(unit.take) for unit in units)
        now = time.monotonic()
        if not signals.publish.is_set():
            following = now
        while following < now:
            chance.choice(units).raise_alert()
            following += chance.expovariate(task.rate)
        for unit in units:
            unit.drain()
        done = cut_once(units, signals, done)
        waiting = sum(unit.waiting for unit in units)
        task.tell(sum(unit.online for unit in units), len(told.stored), 0, waiting)
        if not busy:
            time.sleep(0.01)
    told.waiting = sum(unit.waiting for unit in units)
    stop_all(units)
    results.put(told)
