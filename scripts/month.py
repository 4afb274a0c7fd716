"""A month of a small town on real chains: ``python -m scripts.month OUT [--days 31] [--seed 1]``.

Four units, three consoles, two pauses, refused searches, daily lists, a power cut, an update, a
grant that ends, misreads. Each party's acts go through :class:`edge.store.audit.Audit` into a
database of its own, ``OUT/NAME.db``; salts are random, so figures are the same each time and hashes
are not.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from edge.archive.report.count import Held
from edge.clock import Moment
from edge.messages.acts import ActRow
from edge.store.audit import Audit
from edge.store.db import Database
from edge.store.schema import UNIT, UNIT_ID
from scripts.month_acts import Event, Town

SINCE = "2026-10-01"


class Month:
    """Chains in a folder, one database a party.

    Args:
        planted: stands in every text that a person writes; for tests of what leaks.
    """

    def __init__(
        self, folder: Path, days: int = 31, seed: int = 1, since: str = SINCE, planted: str = ""
    ) -> None:
        begin = datetime.fromisoformat(since).replace(tzinfo=UTC)
        self.folder = folder
        self.town = Town(begin.timestamp(), days, seed, planted)
        self.since = _midnight(self.town.begin)
        self.until = _midnight(self.town.end)

    def write(self) -> "Month":
        """Make the databases."""
        self.folder.mkdir(parents=True, exist_ok=True)
        by_name: dict[str, list[Event]] = defaultdict(list)
        for event in self.town.events():
            by_name[event.name].append(event)
        for name, events in by_name.items():
            with self.chain(name) as (db, audit), db.transaction():
                for event in events:
                    audit.append(event.kind, event.payload, _moment(event.at))
        return self

    @contextmanager
    def chain(self, name: str) -> Iterator[tuple[Database, Audit]]:
        """Open the database of one party."""
        db = Database(self.folder / f"{name}.db", UNIT_ID, UNIT)
        db.open()
        try:
            yield db, Audit(db, self.town.epochs[name])
        finally:
            db.close()

    def acts(self) -> Iterator[ActRow]:
        """Yield every row of every chain with its payload."""
        for name, epoch in self.town.epochs.items():
            with self.chain(name) as (_, audit):
                for link in audit.links():
                    payload = audit.payload(link.number)
                    yield ActRow(name, epoch, link.number, link.at, link.kind, payload)

    def held(self) -> Iterator[Held]:
        """Yield how far each chain goes, and whether it holds."""
        for name, epoch in self.town.epochs.items():
            with self.chain(name) as (_, audit):
                broken, head = audit.verify(), audit.head()
                if head is not None:
                    why = broken.reason if broken else ""
                    yield Held(name, epoch, head.number, head.hash, head.number, why)

    def moment(self, at: float) -> Moment:
        """Return seconds since 1970 as a moment."""
        return _moment(at)

    def moment_of(self, at: str) -> Moment:
        """Return a row's time as a moment."""
        return _moment(datetime.fromisoformat(at).timestamp())

    def hash_at(self, name: str, epoch: str, number: int) -> str:
        """Return the hash of a row; empty where it is not held."""
        if self.town.epochs.get(name) != epoch:
            return ""
        with self.chain(name) as (_, audit):
            rows = audit.links(number - 1, 1)
        return rows[0].hash if rows else ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="folder, made new")
    parser.add_argument("--days", type=int, default=31)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.out.exists():
        parser.error(f"{options.out} is there already")
    month = Month(options.out, options.days, options.seed).write()
    for held in month.held():
        print(f"{held.name}: {held.number} rows, head {held.head[:16]}, {held.broken or 'holds'}")
    return 0


def _moment(at: float) -> Moment:
    return Moment(round(at * 1000) * 1_000_000, 0)


def _midnight(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S}.000Z"


if __name__ == "__main__":
    sys.exit(main())
