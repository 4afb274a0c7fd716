"""One rendered street, and a broker with TLS, for all end-to-end tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.clip import Clip, traffic_clip
from tests.brokers import Broker

SEED, CARS = 21, 5


@pytest.fixture(scope="session")
def street() -> Clip:
    """Return a clip of five cars, two of them to be listed; rendered once, kept under .cache."""
    return traffic_clip(SEED, CARS)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """Return a running mosquitto that asks for client certificates."""
    one = Broker(tmp_path / "broker")
    one.start()
    yield one
    one.stop()
