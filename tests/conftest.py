"""What all tests share: marks with their reasons, calm hypothesis, a clock."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.fakes import FakeClock

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"

# no deadline: the machines that run this are busy; derandomised, so that a red run is red again
settings.register_profile(
    "house",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("house")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give the reason where a marked test cannot run here."""
    no_pictures = pytest.mark.skip(reason="needs ../shared/data, which is not part of the sources")
    no_machine = pytest.mark.skip(reason="needs root and trees: run scripts/test-machine")
    for item in items:
        if "shared" in item.keywords and not SHARED.is_dir():
            item.add_marker(no_pictures)
        if "machine" in item.keywords and "machine" not in config.option.markexpr:
            item.add_marker(no_machine)


@pytest.fixture(autouse=True, scope="session")
def _quiet_libraries() -> None:
    """Keep every library from looking for a proxy, a display or a place to report to."""
    os.environ.pop("DISPLAY", None)
    os.environ["NO_PROXY"] = "localhost,127.0.0.1"


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that moves only when told."""
    return FakeClock()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return ``../shared/data``; only for tests marked ``shared``."""
    return SHARED
