"""The technician's pages over a unit that a test fills."""

from collections.abc import Iterator

import pytest

from tests.web.tuning.fake_desk import ServedTuning


@pytest.fixture
def served() -> Iterator[ServedTuning]:
    """Return the pages of a hand-filled unit."""
    one = ServedTuning().start()
    yield one
    one.stop()
