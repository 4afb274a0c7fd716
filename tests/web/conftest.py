"""One browser for all tests of pages; its absence is loud, and a failure where CI asks for it."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.web.browser import CAR, Served, Watched, find, launched


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a running Chromium."""
    path = find()
    if path is None:
        reason = "no browser here: sudo apt install chromium, or EDGE_BROWSER=PATH"
        if os.environ.get("EDGE_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(f"{reason}; NO page was looked at")
    with launched(path) as one:
        yield one


@pytest.fixture
def served() -> Iterator[Served]:
    """Return the pages of a hand-filled desk."""
    one = Served()
    yield one
    one.stop()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Return a fresh browser profile with the screen of a car's tablet."""
    one = browser.new_context(viewport=CAR)
    one.set_default_timeout(15_000)
    yield one
    one.close()


@pytest.fixture
def watched(context: BrowserContext, served: Served) -> Iterator[Watched]:
    """Return an open page, nobody logged in; whatever its script complains of fails the test."""
    one = Watched(context, served.address)
    one.open()
    yield one
    assert one.violations() == []


@pytest.fixture
def officer(watched: Watched) -> Watched:
    """Return the page with A. Moreau logged in."""
    watched.log_in()
    return watched
