"""Where a test's archive is: a folder, and a server's database or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.archive.database import Database
from edge.archive.store import ArchiveStore
from edge.archive.tables import MIGRATIONS
from edge.clock import Clock
from tests.fakes import FakeClock
from tests.keys.cast import TOWN


@dataclass(frozen=True, slots=True)
class Place:
    """A folder and, on PostgreSQL, a database's URL and password."""

    folder: Path
    server: str = ""
    password: str = ""

    def database(self, migrations: Sequence[Sequence[str]] = MIGRATIONS) -> Database:
        return Database(self.folder, self.server, self.password, migrations)

    def store(self, clock: Clock | None = None, name: str = "archive") -> ArchiveStore:
        return ArchiveStore(self.database(), TOWN, name, clock or FakeClock())
