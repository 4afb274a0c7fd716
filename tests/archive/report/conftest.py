"""One month of a small town, and a short one, for all tests of the report."""

import pytest

from edge.archive.report.count import Report, count
from scripts.month import Month


@pytest.fixture(scope="session")
def month(tmp_path_factory: pytest.TempPathFactory) -> Month:
    """Return the chains of 31 days."""
    return Month(tmp_path_factory.mktemp("month")).write()


@pytest.fixture(scope="session")
def week(tmp_path_factory: pytest.TempPathFactory) -> Month:
    """Return the chains of seven days."""
    return Month(tmp_path_factory.mktemp("week"), days=7, seed=2).write()


@pytest.fixture(scope="session")
def report(month: Month) -> Report:
    """Return the report of the whole month."""
    return count(month.acts(), month.since, month.until, town="windsor", held=list(month.held()))
