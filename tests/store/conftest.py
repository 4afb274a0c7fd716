"""A store on a real disk, and the disk that fails."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.store import Store, open_store
from tests.alerts import UNIT, store_section
from tests.fakes import FakeClock
from tests.store.power import COMPILER


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> Iterator[Store]:
    """Return an empty store in ``tmp_path``."""
    with open_store(store_section(tmp_path), UNIT.name, clock) as opened:
        yield opened


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the library that stands between SQLite and the disk."""
    library = tmp_path_factory.mktemp("shim") / "power.so"
    source = Path(__file__).with_name("power.c")
    command = [COMPILER, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"]
    subprocess.run(command, check=True)
    return str(library)
