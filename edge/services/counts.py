"""Hourly counts of what the line did: the finest word on non-hits that is ever written.

A row covers one hour of the clock or less; a pause and an end cut it short. Rows of one process
lie end to end: between two of them nothing was read that was not counted. A gap is the mark of a
process that was killed, and its part of the hour is lost.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from edge.clock import Clock, Moment
from edge.messages.acts_unit import Hour
from edge.pipeline import Tally
from edge.records import Alert, Grade

_HOUR_NS: Final = 3600 * 1_000_000_000

Why = Literal["hour", "pause", "end"]


@dataclass(frozen=True, slots=True)
class _Marks:
    """The running counts at the start of a row."""

    frames: int = 0
    passes: int = 0
    reads: int = 0
    hits: int = 0
    alarms: int = 0
    verifies: int = 0


class Counts:
    """Cuts the line's tally into rows.

    Args:
        write: puts a row on the chain; when it raises, the row is written with the next call.
    """

    def __init__(self, tally: Tally, clock: Clock, write: Callable[[Hour], object]) -> None:
        self._tally = tally
        self._clock = clock
        self._write = write
        self._hits = self._alarms = self._verifies = 0
        self._begun = clock.now()
        self._marks = self._now()
        self._paused = False

    def count(self, alert: Alert) -> None:
        """Count the first word on a pass; an installer's test car is no hit."""
        if alert.revises is not None or alert.verdict.handling.test:
            return
        self._hits += 1
        self._alarms += alert.verdict.grade is Grade.ALARM
        self._verifies += alert.verdict.grade is Grade.VERIFY

    def step(self) -> None:
        """Write the row of an hour that is over."""
        now = self._clock.now()
        turned = now.utc_ns // _HOUR_NS != self._begun.utc_ns // _HOUR_NS
        if turned or now.since(self._begun) >= 3600.0:
            self._cut(now, "hour")

    def pause(self) -> None:
        """Write what was counted until capture stopped; from here on nothing may be."""
        if not self._paused:
            self._cut(self._clock.now(), "pause")
            self._paused = True

    def resume(self) -> None:
        """Write the row of the pause, in which nothing was read; counting begins anew."""
        if self._paused:
            self._cut(self._clock.now(), "pause")
            self._paused = False

    def end(self) -> None:
        """Write the last row."""
        self._cut(self._clock.now(), "end")

    def _cut(self, now: Moment, why: Why) -> None:
        marks, then = self._now(), self._marks
        lasted = max(0.0, round(now.since(self._begun), 3))
        row = Hour(
            since=self._begun.iso(),
            until=now.iso(),
            frames=marks.frames - then.frames,
            passes=marks.passes - then.passes,
            reads=marks.reads - then.reads,
            hits=marks.hits - then.hits,
            alarms=marks.alarms - then.alarms,
            verifies=marks.verifies - then.verifies,
            watched_s=0.0 if self._paused else lasted,
            paused_s=lasted if self._paused else 0.0,
            why=why,
        )
        self._write(row)
        self._begun, self._marks = now, marks

    def _now(self) -> _Marks:
        tally = self._tally
        return _Marks(
            tally.frames,
            tally.sightings,
            tally.reads,
            self._hits,
            self._alarms,
            self._verifies,
        )
