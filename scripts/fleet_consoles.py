"""Simulated consoles: each opens and checks every alert, shows it once, and signs a receipt."""

import hashlib
import json
import time
from datetime import UTC, datetime
from queue import Queue

from edge.delivery.events import Event, Received
from edge.errors import EdgeError
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.signed import sign, to_bytes
from edge.messages.letter import open_letter, unpack
from edge.messages.topics import Kind, every_unit, parse_topic, topic
from scripts.fleet_party import Party, Signals, Task, Told, cut_once, due_to_start, stop_all
from scripts.fleet_town import NAME

_LIMIT = 1_000_000


class Console(Party):
    """One console with its own keys and connection; what it has shown it does not show again."""

    def __init__(self, task: Task, roster: Roster, name: str, told: Told) -> None:
        super().__init__(task, name, name, [every_unit(NAME, Kind.ALERT)], told)
        self._roster = roster
        self._seen: set[tuple[str, int]] = set()

    def take(self, event: Event) -> None:
        if not isinstance(event, Received):
            return
        try:
            self._alert(event)
        except EdgeError:
            self.told.refused += 1
        self.link.done(event)

    def _alert(self, event: Received) -> None:
        letter, where = unpack(event.payload, "an alert", _LIMIT), parse_topic(event.topic)
        opened = open_letter(
            "alert", letter, self.identity, self._roster, Role.UNIT, datetime.now(UTC)
        )
        words = json.loads(opened.words)
        number = (opened.sender.name, words["sequence"])
        if opened.sender.name != where.unit or number in self._seen:
            self.told.again += 1
        else:
            self._seen.add(number)
            self.told.shown.append((self.name, *number, time.monotonic_ns()))
        receipt = {
            "receiver": self.name,
            "sequence": words["sequence"],
            "digest": hashlib.sha256(letter.body).hexdigest(),
        }
        signed = sign("receipt", json.dumps(receipt).encode(), self.identity)
        self.link.publish(topic(NAME, where.unit, Kind.RECEIPT), to_bytes(signed))


def run_consoles(task: Task, signals: Signals, results: "Queue[Told]") -> None:
    """Live as all members of *task* until the end is told."""
    told, done = Told("console"), False
    roster = task.town.roster()
    consoles = [Console(task, roster, name, told) for name in task.members]
    begun, started = time.monotonic(), 0
    while not signals.end.is_set():
        started = due_to_start(task, consoles, begun, started)
        busy = sum(console.events(console.take) for console in consoles)
        done = cut_once(consoles, signals, done)
        task.tell(sum(console.online for console in consoles), 0, len(told.shown), 0)
        if not busy:
            time.sleep(0.002)
    stop_all(consoles)
    results.put(told)
