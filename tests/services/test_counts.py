"""Rows of counts lie end to end, an hour at most, and hold nothing of any car."""

from dataclasses import replace

import pytest

from edge.messages.acts_unit import Hour
from edge.pipeline import Tally
from edge.records import AlertId, Grade
from edge.services.counts import Counts
from tests.alerts import an_alert
from tests.fakes import FakeClock


class Bench:
    """Counts of a line in the test's hand."""

    def __init__(self) -> None:
        self.rows: list[Hour] = []
        self.tally, self.clock = Tally(), FakeClock()
        self.counts = Counts(self.tally, self.clock, self.rows.append)

    def drive(self, frames: int, seconds: float) -> None:
        """Let frames go down the line, each with a read, every tenth the end of a pass."""
        self.tally.frames += frames
        self.tally.reads += frames
        self.tally.sightings += frames // 10
        self.clock.advance(seconds)
        self.counts.step()


@pytest.fixture
def bench() -> Bench:
    """Return counts that begin at 10:00."""
    return Bench()


def test_an_hour_is_one_row(bench: Bench) -> None:
    """Rows change with the clock's hour, and together hold all that was counted."""
    bench.clock.advance(0)
    for _ in range(150):
        bench.drive(40, 60.0)
    assert [(row.frames, row.passes, row.reads, row.why) for row in bench.rows] == [
        (2400, 240, 2400, "hour")
    ] * 2
    bench.counts.end()
    last = bench.rows[-1]
    assert (last.frames, last.watched_s, last.paused_s, last.why) == (1200, 1800.0, 0.0, "end")
    assert [row.since for row in bench.rows[1:]] == [row.until for row in bench.rows[:-1]]


def test_a_pause_has_rows_of_its_own(bench: Bench) -> None:
    """What was counted ends with the pause; its own rows say that nothing was read."""
    bench.drive(100, 600.0)
    bench.counts.pause()
    bench.counts.pause()
    for _ in range(7):
        bench.clock.advance(600.0)
        bench.counts.step()
    bench.counts.resume()
    bench.counts.resume()
    bench.drive(50, 60.0)
    bench.counts.end()
    told = [(row.frames, row.watched_s, row.paused_s, row.why) for row in bench.rows]
    assert told == [
        (100, 600.0, 0.0, "pause"),
        (0, 0.0, 3000.0, "hour"),
        (0, 0.0, 1200.0, "pause"),
        (50, 60.0, 0.0, "end"),
    ]


def test_hits_are_counted_once(bench: Bench) -> None:
    """The first word on a pass counts, by its grade; revisions and test cars do not."""
    alert = an_alert()
    bench.counts.count(alert)
    bench.counts.count(replace(alert, verdict=replace(alert.verdict, grade=Grade.VERIFY)))
    bench.counts.count(replace(alert, revises=AlertId("bridge-2", "0" * 32, 1)))
    tested = replace(alert.verdict, handling=replace(alert.verdict.handling, test=True))
    bench.counts.count(replace(alert, verdict=tested))
    bench.counts.end()
    (row,) = bench.rows
    assert (row.hits, row.alarms + row.verifies) == (2, 2)
    assert row.verifies >= 1


def test_a_clock_that_jumps_cuts_a_row_and_loses_nothing(bench: Bench) -> None:
    """Set back by a year, the counts go on; how long was watched is by the steady clock."""
    bench.drive(10, 60.0)
    moment = bench.clock.moment
    bench.clock.moment = replace(moment, utc_ns=moment.utc_ns - 365 * 86_400 * 10**9)
    bench.drive(10, 60.0)
    bench.counts.end()
    assert sum(row.frames for row in bench.rows) == 20
    assert sum(row.watched_s for row in bench.rows) == 120.0


def test_a_row_that_cannot_be_written_is_not_lost(bench: Bench) -> None:
    """Counts stay until they were written."""
    broken = Counts(bench.tally, bench.clock, _refuse)
    bench.tally.frames = 5
    with pytest.raises(OSError, match="No space"):
        broken.end()
    broken._write = bench.rows.append
    broken.end()
    assert bench.rows[-1].frames == 5


def _refuse(_row: Hour) -> None:
    raise OSError(28, "No space left on device")
