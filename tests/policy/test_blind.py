"""A unit that goes blind is told; a quiet night is none."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from edge.policy.blind import Row, Usual, blind, recent, sentence

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
NIGHT = frozenset({23, 0, 1, 2, 3, 4})
Street = Callable[[datetime], float]


def busy(at: datetime) -> float:
    """Return passes an hour of a street with a rush in the morning and the evening."""
    if at.hour in NIGHT:
        return 1.5
    day = (
        120 + 180 * math.exp(-((at.hour - 8) ** 2) / 4) + 160 * math.exp(-((at.hour - 17) ** 2) / 6)
    )
    return 0.4 * day if at.weekday() >= 5 else day


def lane(at: datetime) -> float:
    """Return passes an hour of a country lane."""
    return 0.05 * busy(at)


def fortnight(street: Street, chance: np.random.Generator, first: datetime = START) -> list[Row]:
    """Return fourteen days of hours; each day is up to a third busier or quieter as a whole."""
    rows = []
    for day in range(14):
        mood = chance.uniform(0.67, 1.33)
        for hour in range(24):
            at = first + timedelta(days=day, hours=hour)
            rows.append(Row(at, int(chance.poisson(mood * street(at))), 3600.0))
    return rows


def alarms(street: Street, chance: np.random.Generator) -> tuple[int, int]:
    """Return how often a third fortnight's minutes cried wolf, by hours, and how many hours."""
    usual, wrong, day_1 = Usual(fortnight(street, chance)), 0, START + timedelta(days=14)
    for day in range(14):
        mood = chance.uniform(0.67, 1.33)
        for hour in range(24):
            at = day_1 + timedelta(days=day, hours=hour)
            gaps = np.sort(chance.uniform(0, 3600, chance.poisson(mood * street(at))))
            edges = np.concatenate(([0.0], gaps, [3600.0]))
            longest = int(np.argmax(np.diff(edges)))
            since, until = (at + timedelta(seconds=float(edges[longest + n])) for n in (0, 1))
            quiet = blind(0, usual.expected(since, until))
            whole = blind(len(gaps), usual.expected(at, at + timedelta(hours=1)))
            wrong += quiet or whole
    return wrong, 14 * 24


@pytest.mark.parametrize("street", [busy, lane], ids=["street", "lane"])
def test_no_wolf_is_cried_in_fourteen_nights(street: Street) -> None:
    """In twenty fortnights whose days differ by a third each way no hour is called blind."""
    found = [alarms(street, np.random.default_rng(seed)) for seed in range(20)]
    wrong, hours = (sum(column) for column in zip(*found, strict=True))
    assert (wrong, hours) == (0, 20 * 336)


def minutes_to_tell(street: Street, at: datetime, seed: int) -> int | None:
    """Return after how many minutes a lens that is covered at *at* is told; None within a day."""
    usual = Usual(fortnight(street, np.random.default_rng(seed)))
    return next(
        (n for n in range(1, 1440) if blind(0, usual.expected(at, at + timedelta(minutes=n)))), None
    )


def test_a_covered_lens_at_rush_hour_is_told_in_minutes() -> None:
    """On a street of 300 passes an hour within ten minutes; at night only once the day begins."""
    rush = datetime(2026, 1, 20, 8, tzinfo=UTC)
    found = [minutes_to_tell(busy, rush, seed) for seed in range(20)]
    assert max(one for one in found if one is not None) <= 10, found
    assert None not in found
    midnight = datetime(2026, 1, 20, 0, tzinfo=UTC)
    late = minutes_to_tell(busy, midnight, 1)
    assert late is not None
    assert 5 * 60 < late < 7 * 60


def test_nothing_is_expected_of_what_is_not_known() -> None:
    """A new unit, an hour that was seen twice, and rows of a lost camera raise no expectation."""
    at = START + timedelta(hours=8)
    assert Usual(()).rate(at) == 0.0
    twice = [Row(at + timedelta(days=n), 300, 3600.0) for n in range(2)]
    assert Usual(twice).rate(at) == 0.0
    lost = [Row(at + timedelta(days=n), 0, 0.0) for n in range(2, 5)]
    assert Usual([*twice, *lost]).rate(at) == 0.0
    third = Row(at + timedelta(days=4), 200, 3600.0)
    assert Usual([*twice, *lost, third]).rate(at) > 0.0, "the control: three like hours do"
    assert not blind(0, 0.0)


def test_a_day_without_cars_takes_the_expectation_of_its_hours() -> None:
    """Where a working day was quiet once, by snow or a holiday, quiet is no alarm any more."""
    at = START + timedelta(hours=8)
    rows = [Row(at + timedelta(days=n), 300 if n else 0, 3600.0) for n in range(4)]
    assert Usual(rows).rate(at) == 0.0


def test_half_blind_is_blind() -> None:
    """A tenth of what a quiet day brings is told; four fifths are not."""
    assert blind(10, 100.0)
    assert not blind(80, 100.0)
    assert "only 10 passes in 60 minutes" in sentence(10, 100.0, 60.0)


def test_only_the_last_fortnight_counts() -> None:
    """Rows of last month, and of a clock that was ahead, are left out."""
    rows = [Row(START + timedelta(days=n), 1, 3600.0) for n in range(20)]
    kept = recent(rows, START + timedelta(days=16))
    assert [row.since for row in kept] == [START + timedelta(days=n) for n in range(2, 17)]
