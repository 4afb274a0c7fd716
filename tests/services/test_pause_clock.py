"""A clock set back by a year, before, in and after a pause: counts, pause and chain stay right."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.keys.parties import to_time
from edge.messages.acts import ActRow, act_row
from edge.messages.acts_unit import Hour
from edge.pipeline import Tally
from edge.policy.pause_proof import Proof, prove
from edge.services.counts import Counts
from edge.services.pause import PauseWatch
from tests.keys.cast import ROSTER
from tests.services.pausing import NOW, Stand, lift, order

YEAR = 365.0


@dataclass
class Unit:
    """A line that counts frames while its camera is open, and its record."""

    stand: Stand
    open: bool = False

    def __post_init__(self) -> None:
        self.tally = Tally()
        self.counts = Counts(self.tally, self.stand.clock, self._write)
        self.watch = PauseWatch(
            self.stand.keeper,
            self,  # type: ignore[arg-type]
            forget=lambda: None,
            close=self.counts.pause,
            reopen=self.counts.resume,
        )

    def start(self) -> None:
        self.open = True

    def stop(self) -> None:
        self.open = False

    def live(self, hours: float) -> bool:
        """Let time pass, a frame a minute where the camera is open; say whether it is paused."""
        paused = False
        for _ in range(round(hours * 60)):
            self.stand.clock.advance(60)
            paused = self.watch.step()
            self.tally.frames += self.open
            self.counts.step()
        return paused

    def prove(self, number: str) -> Proof:
        """Return what the record, which holds, shows of a pause."""
        assert self.stand.store.audit.verify() is None
        rows = [
            ActRow("main-street", "e", link.number, link.at, link.kind, payload)
            for link, payload in self.stand.store.audit.told()
        ]
        return prove(rows, number, ROSTER)

    def frames(self) -> int:
        """Return how many frames the rows of counts have."""
        told = self.stand.store.audit.told()
        return sum(
            int(payload["frames"]) for link, payload in told if link.kind == "hour" and payload
        )

    def _write(self, row: Hour) -> None:
        self.stand.store.record("hour", act_row("hour", row), must=True)


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[Unit]:
    stand = Stand(tmp_path)
    yield Unit(stand)
    stand.store.close()


@pytest.mark.parametrize("when", ["before", "in", "after", "never"])
def test_a_year_back(unit: Unit, when: str) -> None:
    """Paused from the order to the lift, every frame counted, the proof holds all the same."""
    stand = unit.stand
    assert not unit.live(hours=2.5)
    if when == "before":
        stand.jump(days=-YEAR)
    now = datetime.fromtimestamp(stand.clock.now().utc_ns / 1e9, UTC)
    signed = order(since=to_time(now), until=to_time(now + timedelta(days=30)))
    number = stand.pauses.put_pause(signed, ROSTER, now).number
    assert unit.live(hours=1.5)
    if when == "in":
        stand.jump(days=-YEAR)
    assert unit.live(hours=2)
    seen = unit.tally.frames
    stand.pauses.put_lift(*lift(number), ROSTER, NOW)
    assert not unit.live(hours=0.5)
    if when == "after":
        stand.jump(days=-YEAR)
    assert not unit.live(hours=2)
    unit.counts.end()
    assert unit.tally.frames == seen + 150
    assert unit.frames() == unit.tally.frames
    proof = unit.prove(number)
    assert [point.sentence for point in proof.points if not point.holds] == []
    assert proof.ended == "lifted"
