"""A day without a broker, then kill -9 at random moments: none lost, none shown twice.

A watch-like writer, ``edge run deliver``, ``edge listen`` and mosquitto over TLS are all killed, by
chance, again and again, while the backlog of a day drains and fresh alerts come in. In the end the
unit's store, what the receiver holds and what it has shown are held against each other.
"""

import argparse
import json
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from edge.store import Seen, Store
from scripts.soak_writer import Writer
from tests.alerts import UNIT
from tests.brokers import Broker, until
from tests.fakes import FakeClock
from tests.services.delivering import CLOCK, Process, Site

DAY_S = 86_400.0
_ROLES = ("writer", "deliver", "receiver", "broker")
_SETTLE_S = 240.0
_LONG_S = 3000.0  # beyond any wait for a receipt
_CARELESS = """
import sys
from edge.delivery.sender import Sender
def taken(self, burst, now, honest=Sender.acknowledged):
    for event in burst:
        row = self._flying.get(event.token)
        if row is not None and event.reason < 0x80:
            self._outbox._db.execute(
                "UPDATE outbox SET received_ns = ? WHERE row = ?", (now.utc_ns, row.row)
            )
    honest(self, burst, now)
Sender.acknowledged = taken
from edge.cli import main
sys.exit(main())
"""

Number = tuple[int, int]


@dataclass(frozen=True)
class Plan:
    """What is done to the daemons.

    Attributes:
        backlog: alerts stored during the day offline.
        fresh: alerts that come in while daemons die.
        kills: how many kill -9s, of a random one each.
        pause_s: mean time between two of them.
        careless: the control: deliver takes the broker's PUBACK for delivery.
    """

    backlog: int = 1440
    fresh: int = 400
    kills: int = 200
    pause_s: float = 1.2
    seed: int = 1
    careless: bool = False


@dataclass(frozen=True)
class Found:
    """What is there in the end; all counts of revisions but the gaps.

    Attributes:
        lost: called safe by the writer or in the store, and never received; must be 0.
        twice: shown more than once without a word; must be 0.
        recovered: shown again after the receiver was killed while it showed, and said so.
        early_gaps: numbers that looked missing halfway through, before the receiver had caught up.
        gaps: numbers missing in the end by the unit's last sequence; must be 0.
        unshown: newest revisions that nobody was shown; must be 0.
    """

    told: int
    stored: int
    received: int
    shown: int
    recovered: int
    lost: int
    twice: int
    unshown: int
    early_gaps: int
    gaps: int
    kills: dict[str, int]
    seconds: float

    @property
    def good(self) -> bool:
        """Whether every promise held."""
        return self.lost == self.twice == self.unshown == self.gaps == 0


class Soak(Site):
    """A unit, its broker and its receiver, and somebody who kills them."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._plan = plan
        super().__init__(
            folder, Broker(folder / "broker", durable=False), receipt_wait_s=2.0, window=20
        )
        self._told = folder / "told"
        self._chance = random.Random(plan.seed)
        self._running: dict[str, Process] = {}
        self._starts = 0

    def day_offline(self) -> None:
        """Store one alert a minute of the last day, as watch would have."""
        clock = FakeClock(CLOCK.now().later(-DAY_S))
        with self.store(clock) as store:
            writer = Writer(store, self._told, self._chance)
            while store.last_sequence() < self._plan.backlog:
                writer.alert(clock.now())
                clock.advance(DAY_S / self._plan.backlog)

    def broker_dies_with_all(self) -> None:
        """Let the broker take alerts while nobody listens, and kill it: who believed it, loses."""
        self.broker.start()
        self._start("deliver")
        until(self._taken, _SETTLE_S, "PUBACKs for alerts that nobody gets")
        self.broker.kill()
        self._running["deliver"].kill()

    def kill_at_random(self) -> tuple[Counter[str], int]:
        """Start all, kill one after the other; return whom how often, and gaps seen early on."""
        kills: Counter[str] = Counter()
        early = 0
        self.broker.start()
        for role in _ROLES[:-1]:
            self._start(role)
        for number in range(self._plan.kills):
            time.sleep(self._chance.uniform(0, 2 * self._plan.pause_s))
            role = self._chance.choice(_ROLES)
            self._kill_and_start(role)
            kills[role] += 1
            if number == max(3, self._plan.kills // 20):
                early = self._gaps()
        return kills, early

    def settle(self) -> None:
        """Wait until all alerts are in and the outbox is empty."""
        wanted = self._plan.backlog + self._plan.fresh
        with self.store() as store:
            until(lambda: store.last_sequence() >= wanted, _SETTLE_S, "the writer's last alert")
            until(lambda: store.outbox.depth() == 0, _SETTLE_S, "an empty outbox")
        with Seen(self.folder / "state" / "seen.db") as seen:
            until(lambda: not seen.unshown(), _SETTLE_S, "the last alert shown")
        for role in ("deliver", "receiver"):
            self._running[role].stop()
        self.broker.stop()

    def judge(self, kills: Counter[str], early: int, seconds: float) -> Found:
        """Hold store, receiver and what was shown against each other."""
        with self.store() as store:
            store.check()
            stored = _stored(store)
            last = store.last_sequence()
        lines = (line.split() for line in self._told.read_text().splitlines())
        told = {(int(sequence), int(revision)) for sequence, revision, _ in lines}
        received = self._received()
        first, recovered = self._shown()
        newest = {(sequence, max(r for s, r in stored if s == sequence)) for sequence, _ in stored}
        return Found(
            told=len(told),
            stored=len(stored),
            received=len(received),
            shown=len(first),
            recovered=recovered,
            lost=len((stored | told) - received),
            twice=sum(count - 1 for count in first.values()),
            unshown=len(newest - set(first)),
            early_gaps=early,
            gaps=self._gaps(last),
            kills=dict(kills),
            seconds=seconds,
        )

    def _start(self, role: str) -> None:
        self._starts += 1
        if role == "writer":
            wanted = self._plan.backlog + self._plan.fresh
            words = (str(self.folder / "store"), str(self._told), str(wanted), str(self._starts))
            program = (sys.executable, "-m", "scripts.soak_writer")
            process = self._keep(
                Process(self.folder / "writer", *words, self._pace(), program=program)
            )
        elif role == "receiver":
            process = self.listen("--jsonl")
        elif self._plan.careless:
            words = ("run", "--config", str(self.config), "deliver")
            program = (sys.executable, "-c", _CARELESS)
            process = self._keep(Process(self.folder / "deliver", *words, program=program))
        else:
            process = self.deliver()
        self._running[role] = process

    def _pace(self) -> str:
        return f"{self._plan.kills * self._plan.pause_s / max(self._plan.fresh, 1) / 2:.3f}"

    def _kill_and_start(self, role: str) -> None:
        if role == "broker":
            self.broker.kill()
            self.broker.start()
            return
        self._running[role].kill()
        self._start(role)

    def _taken(self) -> bool:
        """Say whether the broker has taken an alert that nobody was there to get."""
        if not self._running["deliver"].said("nobody is subscribed"):
            return False
        with self.store() as store:
            left = store.outbox.pending(CLOCK.now().later(_LONG_S), self._plan.backlog)
        return not self._plan.careless or len(left) < self._plan.backlog

    def _received(self) -> set[Number]:
        with self.store() as store, Seen(self.folder / "state" / "seen.db") as seen:
            return seen.held(UNIT.name, store.epoch)

    def _gaps(self, last: int = 0) -> int:
        with self.store() as store, Seen(self.folder / "state" / "seen.db") as seen:
            return sum(map(len, seen.gaps(UNIT.name, store.epoch, last or store.last_sequence())))

    def _shown(self) -> tuple[Counter[Number], int]:
        """Return how often each revision was shown as new, and how many were said to be again."""
        first: Counter[Number] = Counter()
        again = 0
        for event in _events((self.folder / "listen" / "out").read_text()):
            alert = event["alert"]
            number = (alert["sequence"], alert["revision"])
            if event["recovered"] and number in first:
                again += 1
            else:
                first[number] += 1
        return first, again


def _stored(store: Store) -> set[Number]:
    """Return what the store took in, by its audit chain."""
    payloads = (
        store.audit.payload(one.number) for one in store.audit.links() if one.kind == "alert"
    )
    return {(one["sequence"], one["revision"]) for one in payloads if one is not None}


def _events(text: str) -> Iterator[dict[str, Any]]:
    """Return the alerts in the receiver's output; what a kill cut short was not shown."""
    for line in re.split(r'\n|(?=\{"event":)', text):
        if line.startswith('{"event":') and '"alert"' in line[:24] and line.endswith("}"):
            yield json.loads(line)


def run(folder: Path, plan: Plan) -> Found:
    """Return what is found after *plan* was carried out in *folder*."""
    soak = Soak(folder, plan)
    began = time.monotonic()
    try:
        soak.day_offline()
        soak.broker_dies_with_all()
        kills, early = soak.kill_at_random()
        soak.settle()
    finally:
        soak.close()
        soak.broker.kill()
    return soak.judge(kills, early, time.monotonic() - began)


def show(plan: Plan, found: Found) -> None:
    """Print the table."""
    table = Table("soak", "count", title="PUBACK taken for delivery" if plan.careless else None)
    kills = ", ".join(f"{role} {count}" for role, count in sorted(found.kills.items()))
    for name, value in (
        ("alerts of a day offline", plan.backlog),
        ("fresh alerts while daemons die", plan.fresh),
        (f"kill -9: {kills}", sum(found.kills.values())),
        ("revisions that the writer called safe", found.told),
        ("revisions in the store", found.stored),
        ("revisions received", found.received),
        ("revisions shown", found.shown),
        ("shown again after a kill, and said so", found.recovered),
        ("numbers that seemed missing before catching up", found.early_gaps),
        ("numbers missing after catching up", found.gaps),
        ("LOST", found.lost),
        ("newest word never shown", found.unshown),
        ("SHOWN TWICE", found.twice),
        ("seconds", round(found.seconds)),
    ):
        table.add_row(name, str(value))
    Console(width=100).print(table)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--backlog", type=int, default=Plan.backlog)
    parser.add_argument("--fresh", type=int, default=Plan.fresh)
    parser.add_argument("--kills", type=int, default=Plan.kills)
    parser.add_argument("--pause", type=float, default=Plan.pause_s, help="seconds between kills")
    parser.add_argument("--seed", type=int, default=Plan.seed)
    parser.add_argument("--careless", action="store_true", help="the control: PUBACK is delivery")
    got = parser.parse_args()
    plan = Plan(got.backlog, got.fresh, got.kills, got.pause, got.seed, got.careless)
    with tempfile.TemporaryDirectory(prefix="edge-soak-") as folder:
        found = run(Path(folder), plan)
    show(plan, found)
    return 0 if found.good else 1


if __name__ == "__main__":
    sys.exit(main())
