"""The memory of what was told is bounded."""

from dataclasses import replace
from pathlib import Path

from edge.policy.quiet import Quiet
from edge.policy.rules import Rules
from edge.records import Grade
from tests.fakes import START
from tests.hotlist.lists import sighting_of
from tests.policy.hits import CAR, CATEGORIES, Desk, policy


def test_bounded(tmp_path: Path) -> None:
    """The oldest words are forgotten, the newest kept; a retraction leaves none."""
    (hit,) = Desk(tmp_path, CAR).hits(sighting_of("AB12345"))
    quiet = Quiet(Rules(CATEGORIES, policy()))
    for number in range(1200):
        entry = replace(hit.entry, entry_id=f"E{number}")
        quiet.remember(replace(hit, entry=entry), Grade.ALARM, START)
    assert len(quiet) == 1000
    assert not quiet.told_before(replace(hit, entry=replace(hit.entry, entry_id="E199")))
    last = replace(hit, entry=replace(hit.entry, entry_id="E1199"))
    assert quiet.told_before(last)
    quiet.remember(last, Grade.NONE, START)
    assert not quiet.told_before(last)
