"""One rendered street, a broker with TLS, and a unit on small models, for all tests here."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from scripts.clip import Clip, traffic_clip
from tests.brokers import Broker
from tests.services.watching import Post, Systemd, passing
from tests.store.conftest import shim

__all__ = ["shim"]  # a fixture of the store's: a disk that fills up

SEED, CARS = 21, 5


@pytest.fixture(scope="session")
def street() -> Clip:
    """Return a clip of five cars, two of them to be listed; rendered once, kept under .cache."""
    return traffic_clip(SEED, CARS)


@pytest.fixture
def stage() -> Iterator[ExitStack]:
    """End every process at the end of the test, however it ended."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def post(tmp_path: Path) -> Post:
    """Return a unit in a street where one listed car passes again and again."""
    one = Post(tmp_path / "unit")
    passing(one.folder / "street")
    return one


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    """Return the service manager's ear."""
    ear = Systemd(tmp_path)
    yield ear
    ear.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """Return a running mosquitto that asks for client certificates."""
    one = Broker(tmp_path / "broker")
    one.start()
    yield one
    one.stop()
