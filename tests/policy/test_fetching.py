"""When units ask the server of releases: spread over a town, later after failures, for ever."""

from datetime import UTC, datetime

import pytest

from edge.policy.fetching import (
    LONGEST_S,
    Fetched,
    overdue,
    planned,
    share,
    told,
    trouble,
    wait_asked,
    went_well,
    went_wrong,
)

NOW = int(datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp())
DAY, HOUR = 86_400, 3_600
EVERY = 6.0 * HOUR


def test_a_towns_units_have_their_places() -> None:
    """200 units of one town lie evenly in an hour, each always at the same place."""
    places = [share("windsor", f"pole-{number}") for number in range(200)]
    assert places == [share("windsor", f"pole-{number}") for number in range(200)]
    slots = [sum(1 for one in places if slot <= one * 10 < slot + 1) for slot in range(10)]
    assert sum(slots) == 200
    assert max(slots) < 40
    assert share("ashford", "pole-0") != places[0]


@pytest.mark.parametrize("asked", [0, NOW - 10 * DAY], ids=["new", "was off"])
def test_those_that_start_together_do_not_ask_together(asked: int) -> None:
    """After power comes back to a street, each waits for its place; and only once."""
    state = Fetched(asked=asked, due=asked)
    for place in (0.25, 0.75):
        put_off = planned(state, NOW, EVERY, DAY, place)
        assert put_off.due == NOW + place * HOUR
        late = put_off.due + 2 * HOUR  # whatever kept it from asking then
        assert planned(put_off, late, EVERY, DAY, place) == put_off


def test_a_short_window_is_not_waited_out() -> None:
    """All that wait for an hour at night come in its first half."""
    put_off = planned(Fetched(asked=1, due=1), NOW, EVERY, HOUR, 0.99)
    assert NOW < put_off.due <= NOW + HOUR / 2


def test_one_whose_time_has_come_asks() -> None:
    """A tick of the timer late is in time."""
    state = Fetched(asked=NOW - 6 * HOUR, due=NOW - 400)
    assert planned(state, NOW, EVERY, DAY, 0.5) == state


def test_a_clock_that_was_set_back_stops_nothing() -> None:
    """Neither a time in a far future nor one that it was asked at after now is believed."""
    for state in (
        Fetched(asked=NOW - 60, due=NOW + 40 * DAY),
        Fetched(asked=NOW + 300 * DAY, due=NOW + 300 * DAY + HOUR),
    ):
        assert planned(state, NOW, EVERY, DAY, 0.5).due <= NOW


def test_failures_wait_longer_and_are_remembered() -> None:
    """Ten minutes at most, doubled up to the setting; since when, how often, and the last why."""
    state, waits = Fetched(), []
    for _ in range(12):
        state = went_wrong(state, NOW, "no way there", EVERY, 1.0)
        waits.append(state.due - NOW)
    assert waits[:4] == [600, 1200, 2400, 4800]
    assert waits[-1] == EVERY
    assert went_wrong(Fetched(), NOW, "", EVERY, 0.0).due == NOW + 300
    assert trouble(state, NOW, EVERY) == "since 2026-11-23T12:00:00Z, 12 times: no way there"
    well = went_well(state, NOW + 60, "9.0 is here", EVERY)
    assert (well.failures, well.problem, well.due) == (0, "", NOW + 60 + EVERY)


def test_a_failure_by_a_clock_of_1970_is_of_today() -> None:
    """A unit that woke up without the time does not tell of half a century."""
    early = went_wrong(Fetched(), 1000, "not yet valid", EVERY, 1.0)
    assert went_wrong(early, NOW, "not reached", EVERY, 1.0).since == NOW


def test_a_server_may_send_away_for_a_day() -> None:
    """Retry-After counts where it is longer than our own wait, and no more than a day."""
    for asked, waited in ((5, 600), (7200, 7200), (10**9, LONGEST_S)):
        assert went_wrong(Fetched(), NOW, "503", EVERY, 1.0, asked).due == NOW + waited


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        ("Mon, 23 Nov 2026 12:10:00 GMT", 600),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0),
        ("soon", 0),
        ("-5", 0),
        ("9" * 5000, 999_999_999),
        ("²", 0),
        ("", 0),
    ],
    ids=["seconds", "date", "past", "word", "negative", "huge", "superscript", "none"],
)
def test_what_a_server_says_of_waiting(said: str, seconds: int) -> None:
    """Seconds or a date; all else is nothing."""
    assert wait_asked(said, NOW) == seconds


def test_silence_is_told() -> None:
    """A unit that does not reach the server for three days says so, even if nothing failed."""
    state = Fetched(asked=NOW - 4 * DAY, reached=NOW - 4 * DAY, due=NOW)
    assert trouble(state, NOW, EVERY).endswith("last reached at 2026-11-19T12:00:00Z")
    assert trouble(state, NOW - 2 * DAY, EVERY) == ""
    never = Fetched(due=NOW - 4 * DAY, spread=True)
    assert trouble(never, NOW, EVERY).endswith("and never was")
    assert overdue(never, NOW) == "no word of releases since 2026-11-19T12:00:00Z"
    assert told(Fetched(), NOW, EVERY) == ["the server was not asked yet"]
    assert "failed the server" in told(state, NOW, EVERY)[-1]
