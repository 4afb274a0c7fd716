"""Archives on either database: each test that asks for ``place`` runs on both."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.archive.database import Database
from edge.archive.store import ArchiveStore
from tests.archive.places import Place
from tests.archive.postgres import PASSWORD, Postgres, find
from tests.fakes import FakeClock


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Return a running server, one for all; its absence is loud, and fails where CI asks."""
    programs = find()
    if programs is None:
        reason = "no PostgreSQL here: sudo apt install postgresql, or EDGE_POSTGRESQL=FOLDER"
        if os.environ.get("EDGE_REQUIRE_POSTGRESQL") == "1":
            pytest.fail(reason)
        pytest.skip(f"{reason}; the archive was NOT tried on it")
    server = Postgres(programs).start()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Return where an archive may be made, on each database in turn."""
    if request.param == "sqlite":
        return Place(tmp_path / "archive")
    server: Postgres = request.getfixturevalue("postgres")
    return Place(tmp_path / "archive", server.make(), PASSWORD)


@pytest.fixture
def database(place: Place) -> Iterator[Database]:
    """Return an open, empty database."""
    opened = place.database()
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def archive(place: Place, clock: FakeClock) -> Iterator[ArchiveStore]:
    """Return an open, empty archive."""
    with place.store(clock) as opened:
        yield opened
