"""What a list's age allows, with clocks that are right, not set, or jump."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.policy.freshness import Ages, age_at, dead, list_gate, silence
from edge.records import GateResult, Grade, ListVersion
from tests.alerts import an_entry
from tests.fakes import START
from tests.policy.hits import CAR, Desk, jumped, policy

DAY_S = 86_400.0
NOW = datetime(2026, 1, 1, 10, tzinfo=UTC)  # START
LIST = ListVersion("town-abc", NOW - timedelta(hours=5), 3)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, CAR)


def test_every_alert_tells_the_age(desk: Desk) -> None:
    """Hour by hour the age in the verdict is the list's, whatever the grade."""
    for track, hours in enumerate((0, 1, 30, 31, 100)):
        told = desk.see("AB12345", hours * 3600.0, track=track)
        assert told is not None
        assert told.verdict.list_age_s == (5 + hours) * 3600.0
        fresh = 5 + hours < 36
        assert told.verdict.grade is (Grade.ALARM if fresh else Grade.VERIFY)


def test_clock_set_forward(desk: Desk) -> None:
    """A clock that jumps ahead makes the list old, and young again when it is set right."""
    assert desk.see("AB12345").verdict.grade is Grade.ALARM  # type: ignore[union-attr]
    told = desk.see("AB12345", 400.0, jump_s=3 * DAY_S, track=2)
    assert told is not None
    assert told.verdict.grade is Grade.VERIFY
    assert desk.see("AB12345", 800.0, jump_s=30 * DAY_S, track=3) is None
    assert "install a newer list" in desk.decider.silent_reason
    assert desk.see("AB12345", 1200.0, track=4).verdict.grade is Grade.ALARM  # type: ignore[union-attr]


def test_clock_set_back(desk: Desk) -> None:
    """A trusted clock that goes back is contradicted by the time that the list has been held."""
    desk.see("AB12345")
    told = desk.see("AB12345", 3600.0, jump_s=-2 * 3600.0, track=2)
    assert told is not None
    assert told.verdict.grade is Grade.VERIFY
    gate = told.verdict.gates[3]
    assert gate.result is GateResult.UNKNOWN
    assert "was set back by 2 h" in gate.sentence
    slewed = desk.see("AB12345", 7200.0, jump_s=-200.0, track=3)
    assert slewed is not None
    assert slewed.verdict.grade is Grade.ALARM  # control: what NTP corrects is no jump


def test_clock_set_back_before_the_list(desk: Desk) -> None:
    """A clock that wakes before the list was made, trusted or not, is no alarm."""
    for track, trusted in enumerate((True, False)):
        told = desk.see("AB12345", 400.0 * track, jump_s=-DAY_S, trusted=trusted, track=track)
        assert told is not None
        assert told.verdict.grade is Grade.VERIFY
        assert told.verdict.list_age_s < 0
        words = "in the future" if trusted else "clock is not set"
        assert words in told.verdict.gates[3].sentence


def test_setting_the_clock_for_the_first_time_is_no_jump(desk: Desk) -> None:
    """A unit that wakes in the past verifies, and alarms once its clock has been set."""
    first = desk.see("AB12345", trusted=False, jump_s=-300 * DAY_S)
    assert first is not None
    assert first.verdict.grade is Grade.VERIFY
    second = desk.see("AB12345", 400.0, track=2)
    assert second is not None
    assert second.verdict.grade is Grade.ALARM


def test_held_too_long_without_a_clock(desk: Desk) -> None:
    """How long a list has been held counts even where no clock is ever set: it falls silent."""
    seen = [desk.see("AB12345", n * DAY_S, trusted=False, track=n) for n in range(9)]
    assert [one is not None for one in seen] == [True] * 7 + [False] * 2
    assert "The list is 3 days old" in seen[3].verdict.gates[3].sentence  # type: ignore[union-attr]
    assert "nothing is published" in desk.decider.silent_reason


def test_another_list_begins_anew() -> None:
    """Neither the time held nor a jump of the clock outlives the list."""
    ages = Ages()
    ages.of(LIST, START, clock_trusted=True)
    back = jumped(START.later(9 * DAY_S), -DAY_S)
    assert ages.of(LIST, back, clock_trusted=True).set_back_s == pytest.approx(DAY_S)
    fresh = ages.of(replace(LIST, version="town-def"), back, clock_trusted=True)
    assert (fresh.held_s, fresh.set_back_s) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("valid_from", "expires", "trusted", "words"),
    [
        (-1, 1, True, ""),
        (None, None, True, ""),
        (-2, -1, True, "ended on 2026-01-01 09:00 UTC by its own date"),
        (1, 2, True, "valid only from 2026-01-01 11:00 UTC on"),
        (-2, 0, True, "ended on"),
        (-2, -1, False, ""),
        (1, 2, False, ""),
        (-9, -6, False, "ended on"),
    ],
)
def test_a_lists_own_dates(
    valid_from: int | None, expires: int | None, trusted: bool, words: str
) -> None:
    """Past its own end a list is silent, before its beginning too; an unset clock proves neither.

    A list made after its own end is over by any clock.
    """

    def at(hours: int | None) -> datetime | None:
        return None if hours is None else NOW + timedelta(hours=hours)

    version = replace(LIST, valid_from=at(valid_from), expires=at(expires))
    said = silence(version, policy(), START, clock_trusted=trusted)
    assert words in said
    assert bool(said) is bool(words)


def test_held_beyond_its_own_end() -> None:
    """A list that has been held past its end is silent by any clock."""
    ages, version = Ages(), replace(LIST, expires=NOW + timedelta(hours=1))
    ages.of(version, START, clock_trusted=False)
    later = jumped(START.later(7 * 3600.0), -DAY_S)
    age = ages.of(version, later, clock_trusted=False)
    assert "ended on" in silence(version, policy(), later, clock_trusted=False, age=age)
    unwatched = silence(version, policy(), later, clock_trusted=False)
    assert unwatched == ""  # control: without the watching nothing could be said


def test_expired_before_the_list_was_made() -> None:
    """An entry that its own list outlived is dead though an unset clock says otherwise."""
    past = jumped(START, -90 * DAY_S)
    age = age_at(LIST, past, clock_trusted=False)
    assert dead(an_entry(expires=NOW - timedelta(hours=6)), LIST, age, past)
    assert not dead(an_entry(expires=NOW + timedelta(hours=6)), LIST, age, past)


def test_a_list_from_the_future_kills_no_entry() -> None:
    """A list with a wrong date of its own proves nothing about its entries."""
    wrong = replace(LIST, issued=NOW + timedelta(days=400))
    age = age_at(wrong, START, clock_trusted=True)
    entry = an_entry(expires=NOW + timedelta(days=30))
    assert not dead(entry, wrong, age, START)
    assert list_gate(entry, wrong, age, policy(), START).result is GateResult.UNKNOWN


def test_entry_from_the_future() -> None:
    """An entry that is dated days ahead is asked about; one of today's in another zone is not."""
    age = age_at(LIST, START, clock_trusted=True)
    for days, expected in ((3.0, GateResult.UNKNOWN), (0.5, GateResult.PASS)):
        entry = an_entry(entered=NOW + timedelta(days=days))
        assert list_gate(entry, LIST, age, policy(), START).result is expected


def test_twins() -> None:
    """An entry whose look-alike is listed too is no alarm, and both are named."""
    age = age_at(LIST, START, clock_trusted=True)
    gate = list_gate(an_entry("AB1O345"), LIST, age, policy(), START, ("AB10345",))
    assert gate.result is GateResult.FAIL
    assert "AB10345 too, which looks the same as AB1O345" in gate.sentence
