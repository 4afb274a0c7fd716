"""The archive's pages over a fleet that a test fills."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext

from tests.web.archive.kit import Looked, ServedArchive


@pytest.fixture
def archive() -> Iterator[ServedArchive]:
    """Return the pages, served."""
    one = ServedArchive().start()
    yield one
    one.stop()


@pytest.fixture
def looked(context: BrowserContext, archive: ServedArchive) -> Iterator[Looked]:
    """Return an open page, nobody logged in; whatever its script complains of fails the test."""
    one = Looked(context, archive.address)
    one.open()
    yield one
    assert one.violations() == []


@pytest.fixture
def auditor(looked: Looked) -> Looked:
    """Return the page with the auditor logged in."""
    looked.log_in()
    return looked
