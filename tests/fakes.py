"""Fakes for time, the one thing besides hardware that tests may fake."""

from edge.clock import Moment

START = Moment(1_767_261_600_000_000_000, 1_000_000_000_000)  # 2026-01-01 10:00:00 UTC


class FakeClock:
    """A clock that moves only when told; sleeping moves it at once."""

    def __init__(self, moment: Moment = START, *, trusted: bool = True) -> None:
        self.moment = moment
        self.believed = trusted

    def now(self) -> Moment:
        return self.moment

    def trusted(self) -> bool:
        return self.believed

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self.moment = self.moment.later(seconds)
