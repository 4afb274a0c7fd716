"""Consoles with real stores, for the tests of their logic."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import START, FakeClock
from tests.web.console.stand import Stand, stand


@pytest.fixture
def car(tmp_path: Path) -> Iterator[Stand]:
    made = stand(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def cars(tmp_path: Path) -> Iterator[tuple[Stand, Stand]]:
    """Two consoles in one town, at one time."""
    clock = FakeClock(START.later(1.0))
    pair = stand(tmp_path, "car-12", clock), stand(tmp_path, "car-13", clock)
    yield pair
    for one in pair:
        one.store.close()
