"""Does the unit still see? Its passes against those of its own chain's last fortnight.

Only counts that are kept anyway are looked at: the chain's row of each hour.
"""

from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from edge.clock import Clock, Moment
from edge.errors import StoreError
from edge.log import Log
from edge.messages.acts_unit import Hour
from edge.pipeline import Tally
from edge.policy import blind
from edge.policy.blind import Row, Usual
from edge.policy.quality import Quality

_KIND: Final = "hour"
_MOST: Final = 14 * 24 * 3  # rows of a fortnight, with pauses and restarts
_LOOK_S: Final = 20.0
_WINDOW: Final = timedelta(hours=1)
_NS: Final = 1_000_000_000
_log: Final = Log("edge.sight")


class Chain(Protocol):
    """The audit chain, as far as it is asked."""

    def numbers(self, kind: str) -> list[int]:
        """Return the numbers of all rows of *kind*, in order."""

    def intact(self, number: int) -> dict[str, object] | None:
        """Return the payload of a row."""


class Sight:
    """Says that a unit has gone blind; asked by the line's thread, about once a second.

    Attributes:
        problem: for health; empty while all is well or nothing can be expected.
    """

    def __init__(self, tally: Tally, quality: Quality, chain: Chain, clock: Clock) -> None:
        self.problem = ""
        self._tally = tally
        self._quality = quality
        self._chain = chain
        self._clock = clock
        self._rows: dict[int, Row] = {}
        self._usual = Usual(())
        self._hour = -1
        self._looked: Moment | None = None
        self._seen: deque[tuple[Moment, int]] = deque()  # passes since the camera came

    def look(self, *, delivering: bool) -> str:
        """Return the problem as it is now.

        Args:
            delivering: frames come, and no pause holds; what was counted before is forgotten else.
        """
        now = self._clock.now()
        if not delivering:
            self._seen.clear()
            self.problem = ""
            return ""
        if self._looked is not None and now.since(self._looked) < _LOOK_S and self._seen:
            return self.problem
        self._looked = now
        self._seen.append((now, self._tally.sightings))
        while len(self._seen) > 1 and now.since(self._seen[1][0]) >= _WINDOW.total_seconds():
            self._seen.popleft()
        self._know(now)
        self.problem = self._blind(now) or self._quality.problem
        return self.problem

    def _blind(self, now: Moment) -> str:
        """Judge by the time since the last pass, or by the last hour; the graver goes first."""
        if not self._clock.trusted():
            return ""  # nobody knows which hour of the day it is
        passes = self._seen[-1][1]
        quiet = next(at for at, count in self._seen if count == passes)
        for since, before in ((quiet, passes), self._seen[0]):
            minutes = now.since(since) / 60
            expected = self._usual.expected(_time(now) - timedelta(minutes=minutes), _time(now))
            if blind.blind(passes - before, expected):
                return blind.sentence(passes - before, expected, minutes)
        return ""

    def _know(self, now: Moment) -> None:
        """Read the rows that the chain has gained, once an hour."""
        hour = now.utc_ns // (3600 * _NS)
        if hour == self._hour:
            return
        self._hour = hour
        try:
            for number in self._chain.numbers(_KIND)[-_MOST:]:
                if number not in self._rows:
                    self._rows[number] = _row(self._chain.intact(number))
        except StoreError as error:
            _log.warning("the hours of the chain cannot be read", why=error)
        fresh = blind.recent(list(self._rows.values()), _time(now))
        self._rows = {n: row for n, row in self._rows.items() if row in fresh}
        self._usual = Usual(fresh)


def _row(payload: dict[str, object] | None) -> Row:
    """Return a row of the chain; one that was erased counts for nothing."""
    if payload is None:
        return Row(datetime.fromtimestamp(0, UTC), 0, 0.0)
    act = Hour.model_validate(payload)
    # a lost camera is no street without cars
    watched = act.watched_s if act.frames else 0.0
    return Row(datetime.fromisoformat(act.since), act.passes, watched)


def _time(moment: Moment) -> datetime:
    return datetime.fromtimestamp(moment.utc_ns / _NS, UTC)
