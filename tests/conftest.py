"""What all tests share: marks with their reasons, calm hypothesis, a clock, one browser."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.fakes import FakeClock

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

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
        asked = any(word in config.option.markexpr for word in ("machine", "long"))
        if "machine" in item.keywords and not asked:
            item.add_marker(no_machine)


@pytest.fixture
def no_waiting_for_disks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make syncs free; whoever uses it says where a loss is tested instead."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture(autouse=True, scope="session")
def _quiet_libraries() -> None:
    """Keep every library from looking for a proxy, a display or a place to report to."""
    os.environ.pop("DISPLAY", None)
    os.environ["NO_PROXY"] = "localhost,127.0.0.1"


@contextmanager
def root_logger_as_found() -> Iterator[None]:
    """Give back the handlers that a command took over: the next test looks at its own lines.

    A thread of that test would write to a standard error that is closed: "--- Logging error ---".
    """
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(autouse=True)
def _root_logger() -> Iterator[None]:
    with root_logger_as_found():
        yield


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Return a running Chromium, one for all; its absence is loud, and fails where CI asks."""
    from tests.web.browser import find, launched  # noqa: PLC0415 - others load no browser

    path = find()
    if path is None:
        reason = "no browser here: sudo apt install chromium, or EDGE_BROWSER=PATH"
        if os.environ.get("EDGE_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(f"{reason}; NO page was looked at")
    with launched(path) as one:
        yield one


@pytest.fixture
def context(browser: "Browser") -> Iterator["BrowserContext"]:
    """Return a fresh browser profile with the screen of a car's tablet."""
    from tests.web.browser import CAR  # noqa: PLC0415 - as above

    one = browser.new_context(viewport=CAR)
    one.set_default_timeout(15_000)
    yield one
    one.close()


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that moves only when told."""
    return FakeClock()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return ``../shared/data``; only for tests marked ``shared``."""
    return SHARED
