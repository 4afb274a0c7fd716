"""A correction holds a grade down for one innocent car; a listed car it can never silence."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.policy.corrections import Correction
from edge.records import Grade
from tests.hotlist.lists import contested
from tests.policy.hits import CAR, Desk

HOLDS = Correction(
    number="ab" * 32,
    text="AB72345",
    plate="AB12345",
    entry_id="E1",
    owner="State Police",
    alert="unit/epoch/1",
    made=datetime(2025, 12, 31, tzinfo=UTC),
    until=datetime(2026, 1, 15, tzinfo=UTC),
    officer="smith",
    supervisor="jones",
)
# read as the entry, with what is left of a 7 in it: too little for any other gate
WRONGED = contested("AB12345", 3, "1", 0.985, "7", 0.012)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, CAR)


def test_the_wronged_car_is_no_alarm(desk: Desk) -> None:
    """What may be the corrected text verifies and says why; without the correction it alarms."""
    desk.decider.corrections = (HOLDS,)
    told = desk.see(WRONGED)
    assert told is not None
    assert told.verdict.grade is Grade.VERIFY
    assert told.verdict.corrected
    assert "AB72345 was wrongly taken for AB12345" in told.verdict.gates[0].sentence
    assert "until 2026-01-15" in told.verdict.gates[0].sentence
    desk.decider.corrections = ()
    control = desk.see(WRONGED, 400.0, track=2)
    assert control is not None
    assert control.verdict.grade is Grade.ALARM
    assert not control.verdict.corrected


def test_the_raw_text_counts(desk: Desk) -> None:
    """A pass whose best frame alone read the corrected text is no alarm either."""
    desk.decider.corrections = (HOLDS,)
    told = desk.see("AB12345", raw_text="AB72345")
    assert told is not None
    assert told.verdict.grade is Grade.VERIFY


def test_the_listed_car_still_alarms(desk: Desk) -> None:
    """The entry's own text, clean, alarms whatever has been corrected."""
    own = replace(HOLDS, text="AB12345")
    for track, corrections in enumerate([(HOLDS,), (own,), (own, HOLDS)]):
        desk.decider.corrections = corrections
        told = desk.see("AB12345", 400.0 * track, track=track)
        assert told is not None
        assert told.verdict.grade is Grade.ALARM


def test_it_ends(desk: Desk) -> None:
    """At its end a correction does nothing more."""
    desk.decider.corrections = (replace(HOLDS, until=HOLDS.made + timedelta(hours=34)),)
    told = desk.see(WRONGED)
    assert told is not None
    assert told.verdict.grade is Grade.ALARM


def test_no_correction_raises_a_grade(desk: Desk) -> None:
    """A hit that only verifies keeps its own reasons."""
    desk.decider.corrections = (HOLDS,)
    told = desk.see(contested("AB12345", 3, "1", 0.6, "7", 0.39))
    assert told is not None
    assert told.verdict.grade is Grade.VERIFY
    assert not told.verdict.corrected
    assert "it decides the match" in told.verdict.gates[0].sentence
