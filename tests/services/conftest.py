"""What the tests of the processes share."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest


@pytest.fixture
def stage() -> Iterator[ExitStack]:
    """End every process at the end of the test, however it ended."""
    with ExitStack() as stack:
        yield stack
