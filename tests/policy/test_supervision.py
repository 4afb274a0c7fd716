"""Checks on searches, on a made-up half year: who misuses is found, who works is left in peace."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.messages.acts import ActRow
from edge.policy.exact import Share, at_least
from edge.policy.supervision import OFFICE, Check, Opened, Shift, Staff, gather, unread
from edge.policy.supervision_checks import Checked, check
from tests.policy.searching import START, WEEKS, Record, half_year, plant_chief

END = START + timedelta(weeks=WEEKS)
NOON = datetime(2026, 6, 3, 12, tzinfo=UTC)  # a Wednesday


def checked(record: Record, until: datetime = END, staff: Staff | None = None) -> Checked:
    asked = gather(record.rows, record.opened)
    return check(asked, staff or record.staff, START, until)


def found(record: Record) -> dict[tuple[Check, str], str]:
    return {(one.check, one.officer): one.sentence for one in checked(record).findings}


def test_one_who_searches_under_false_reasons_is_found() -> None:
    """228 searches for two plates, each under another case: within four weeks, first of all."""
    record = half_year(3)
    plant_chief(record, 3)
    findings = checked(record).findings
    assert [one.officer for one in findings[:5]] == ["chief"] * 5
    by = {one.check: one for one in reversed(findings) if one.officer == "chief"}
    assert {Check.REPEATS, Check.CASES, Check.HOURS} <= set(by)
    assert len(by[Check.REPEATS].queries) + len(_second(findings).queries) == 228
    assert "under 143 case numbers" in by[Check.CASES].sentence
    assert all("EX0001" not in one.sentence + "".join(one.queries) for one in findings)
    asked = gather(record.rows, record.opened)
    weeks = [START + timedelta(weeks=n) for n in range(1, 5)]
    early = [check([one for one in asked if one.at < w], record.staff, START, w) for w in weeks]
    assert any(one.officer == "chief" for one in early[-1].findings)


def _second(findings: tuple) -> object:
    return [one for one in findings if (one.check, one.officer) == (Check.REPEATS, "chief")][1]


def test_honest_officers_are_left_in_peace() -> None:
    """Of 200 who worked for half a year: no repeats, cases or hours; few by volume or purpose."""
    counts: Counter[Check] = Counter()
    named = 0
    for seed in range(5):
        findings = checked(half_year(seed)).findings
        counts.update(one.check for one in findings)
        named += len({one.officer for one in findings})
    assert set(counts) <= {Check.VOLUME, Check.PURPOSE}, counts
    assert named <= 20, "one in ten, in half a year, by any check"


def test_the_control_without_queries_finds_no_repeats() -> None:
    """Where the auditor cannot open queries, the same chief stands out by hours alone."""
    record = half_year(3)
    plant_chief(record, 3)
    record.opened.clear()
    told = {one.check for one in checked(record).findings if one.officer == "chief"}
    assert Check.REPEATS not in told
    assert Check.HOURS in told


def test_a_household_is_found_at_the_first_search() -> None:
    """One search for a plate of the list suffices, and stands on top."""
    record = half_year(1, officers=8)
    record.add("officer-02", NOON, "HOME01", "other", "26-00001", household=True)
    (first, *_) = checked(record).findings
    assert (first.check, first.officer) == (Check.HOUSEHOLD, "officer-02")
    assert first.sentence == "officer-02 searched once for a plate of a household or of staff"


@pytest.mark.parametrize("count", [7, 8])
def test_one_case_for_many_cars(count: int) -> None:
    """From eight plates under one number on; spelling and spaces of the number do not matter."""
    record = Record()
    for number in range(count):
        case = " 26-7a " if number % 2 else "26-7A"
        record.add("dana", NOON + timedelta(hours=number), f"P{number}", "other", case)
    assert ((Check.CASE, "dana") in found(record)) is (count == 8)


def test_without_the_queries_a_case_counts_its_searches() -> None:
    """What cannot be told by plates is told by numbers, and the sentence says so."""
    record = Record()
    for number in range(25):
        record.add("dana", NOON + timedelta(hours=number), f"P{number}", "other", "26-7")
    record.opened.clear()
    assert "for which plates is not known" in found(record)[Check.CASE, "dana"]


def test_supervisors_who_sign_for_each_other_or_within_seconds() -> None:
    """Three times each way is told; five countersignatures that nobody can have read, too."""
    record = Record()
    for number in range(5):
        at = NOON + timedelta(days=number)
        record.add("sue", at, f"A{number}", "other", f"26-{number}", supervisor="max")
        record.add("max", at, f"B{number}", "other", f"26-{number}", supervisor="sue")
        quick = record.add("dana", at, f"C{number}", "other", f"26-{number}", supervisor="rex")
        record.opened[quick] = Opened(
            "c" * 64, household=False, made=at, approved=at + timedelta(seconds=6)
        )
    told = found(record)
    assert "sue searched" not in told[Check.PAIR, "max"]
    assert "countersign each other" in told[Check.PAIR, "max"]
    assert "rex countersigned 5 of 5 searches within 20 s" in told[Check.STAMP, "rex"]
    assert (Check.STAMP, "sue") not in told


def test_refusals_and_finding_nothing_are_held_against_peers() -> None:
    """Who is refused twenty times of thirty, where peers never are, is told."""
    record = half_year(2, officers=12)
    for number in range(30):
        at, refused = START + timedelta(days=number, hours=9), "purpose" if number < 20 else ""
        record.add("dana", at, f"X{number}", "other", f"26-{number}", refused=refused)
    assert "were refused" in found(record)[Check.REFUSED, "dana"]


def test_small_counts_say_so() -> None:
    """Two searches, all at night: nothing is claimed, and what was not checked is listed."""
    record = half_year(2, officers=12)
    for number in range(2):
        record.add("dana", START + timedelta(days=number, hours=3), "X", "other", "26-1")
    result = checked(record)
    assert "dana" not in {one.officer for one in result.findings}
    why = {one.check: one.why for one in result.unsaid if one.officer == "dana"}
    assert why[Check.HOURS].startswith("too few to say: 2 searches")


def test_a_week_tells_what_that_week_added() -> None:
    """A finding is told in a week that has one of its searches, and not in the next."""
    record = half_year(1, officers=8)
    record.add("officer-02", NOON, "HOME01", "other", "26-00001", household=True)
    asked = gather(record.rows, record.opened)
    week = timedelta(weeks=1)
    monday = START + week
    told = [check(asked, record.staff, monday + n * week, monday + (n + 1) * week) for n in (0, 1)]
    names = [{one.check for one in each.findings} for each in told]
    assert (Check.HOUSEHOLD in names[0], Check.HOUSEHOLD in names[1]) == (True, False)


def test_a_query_to_many_units_is_one_search() -> None:
    """Units' rows of one query are one; refused if no unit answered; unread rows are counted."""
    record = Record()
    query = record.add("dana", NOON, "X", "other", "26-1", hits=1)
    first, second = record.rows
    (one,) = gather(record.rows, record.opened)
    assert (one.query, one.units, one.found, one.refused) == (query, 2, 1, "")
    payload = {**(second.payload or {}), "refused": "case"}
    partly = [first, ActRow("b", "ab", 2, second.at, "search", payload)]
    assert gather(partly, {})[0].refused == ""
    assert gather(partly[1:], {})[0].refused == "case"
    erased = ActRow("b", "ab", 3, second.at, "search", None)
    other = ActRow("b", "ab", 4, second.at, "alert", None)
    assert unread([first, erased, other]) == 1
    assert len(gather([first, erased, other], {})) == 1


def test_shifts_go_over_midnight() -> None:
    """A night shift that begins on Monday ends on Tuesday morning, and not on Monday's."""
    night = Shift(time(22), time(6), frozenset({0}))
    monday = datetime(2026, 6, 1, tzinfo=UTC)
    assert night.holds(monday + timedelta(hours=23))
    assert night.holds(monday + timedelta(hours=29))
    assert not night.holds(monday + timedelta(hours=5))
    assert not night.holds(monday + timedelta(hours=47))
    assert OFFICE.holds(monday + timedelta(hours=6))
    assert not OFFICE.holds(monday + timedelta(hours=22))
    assert not OFFICE.holds(monday + timedelta(days=5, hours=12))


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
def test_the_exact_test_is_exact(part: int, rest: int, others: int, many: int) -> None:
    """It equals the sum over all tables with the same margins, counted with whole numbers."""
    mine, theirs = Share(part, part + rest), Share(others, others + many)
    marked, every = part + others, part + rest + others + many
    if not mine.whole or not theirs.whole or not marked:
        assert at_least(mine, theirs) == 1.0
        return
    ways = [
        comb(marked, n) * comb(every - marked, mine.whole - n)
        for n in range(part, min(mine.whole, marked) + 1)
    ]
    assert at_least(mine, theirs) == pytest.approx(sum(ways) / comb(every, mine.whole))
