"""A receiver shows an alert once, whatever is sent again, and sees what never came."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.errors import StoreError
from edge.store import Novelty, Seen
from tests.fakes import START

EPOCH = "a" * 32
DIGEST = "d" * 64


def _remember(seen: Seen, sequence: int, revision: int = 0, digest: str = DIGEST) -> Novelty:
    return seen.remember("bridge-2", EPOCH, sequence, revision, digest, START)


def test_shown_once_over_restarts(tmp_path: Path) -> None:
    """The same alert again is known, also after the receiver was restarted."""
    with Seen(tmp_path / "seen.db") as seen:
        assert _remember(seen, 1) == Novelty.NEW
        assert _remember(seen, 1) == Novelty.AGAIN
    with Seen(tmp_path / "seen.db") as seen:
        assert _remember(seen, 1) == Novelty.AGAIN
        assert _remember(seen, 2) == Novelty.NEW


def test_late_older_revision_is_outdated(tmp_path: Path) -> None:
    """A newer revision is news; an older one that comes late does not replace it."""
    with Seen(tmp_path / "seen.db") as seen:
        assert _remember(seen, 1, 1) == Novelty.NEW
        assert _remember(seen, 1, 0) == Novelty.OUTDATED
        assert _remember(seen, 1, 2) == Novelty.NEW
        assert _remember(seen, 1, 0) == Novelty.AGAIN


def test_same_number_with_other_bytes_is_refused(tmp_path: Path) -> None:
    """A unit never sends two things under one number; whoever does is not believed."""
    with Seen(tmp_path / "seen.db") as seen:
        _remember(seen, 1)
        with pytest.raises(StoreError, match="other bytes: refused"):
            _remember(seen, 1, digest="e" * 64)
        assert _remember(seen, 1) == Novelty.AGAIN


def test_units_and_epochs_are_apart(tmp_path: Path) -> None:
    """The same number of another unit or another store is another alert."""
    with Seen(tmp_path / "seen.db") as seen:
        _remember(seen, 1)
        assert seen.remember("bridge-3", EPOCH, 1, 0, DIGEST, START) == Novelty.NEW
        assert seen.remember("bridge-2", "b" * 32, 1, 0, DIGEST, START) == Novelty.NEW


@settings(max_examples=25)  # each commits to a real disk
@given(came=st.lists(st.integers(1, 30), min_size=1, unique=True), last=st.integers(0, 40))
def test_gaps_are_what_did_not_come(
    came: list[int], last: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In any order of arrival, the gaps are the numbers between the first and the last known."""
    with Seen(tmp_path_factory.mktemp("gaps") / "seen.db") as seen:
        for sequence in came:
            _remember(seen, sequence)
        missing = {number for gap in seen.gaps("bridge-2", EPOCH, last) for number in gap}
        assert missing == set(range(min(came), max([last, *came]) + 1)) - set(came)
        assert seen.gaps("bridge-9", EPOCH, last) == []
