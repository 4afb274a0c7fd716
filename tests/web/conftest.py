"""The console's pages over a desk that a test fills."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext

from tests.web.browser import Served, Watched


@pytest.fixture
def served() -> Iterator[Served]:
    """Return the pages of a hand-filled desk."""
    one = Served()
    yield one
    one.stop()


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
