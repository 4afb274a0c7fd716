"""How well plates are read, without knowing what stood on them: counts by hour and lane.

Nothing of any plate is kept: sums alone, for a day, in memory. Reads of one pass that disagree, a
fused text in doubt, and texts that have the form of no plate all become more before reads are lost.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from edge.clock import Moment
from edge.plates.syntax import formats_of
from edge.records import Sighting

LANES: Final = 3  # thirds of the picture's width, from the left
HOURS: Final = 24
_HOUR_NS: Final = 3600 * 1_000_000_000
_WORST: Final = 0.10  # of agreement under the worst hour of the day
_ENOUGH: Final = 30  # passes that make an hour worth a word


@dataclass(slots=True)
class Sums:
    """Counts of some passes.

    Attributes:
        agreed: reads whose text was that of their whole pass.
        bits: entropy of the fused texts, summed over the passes, in bits.
        valid: passes whose text has a common form of some jurisdiction.
    """

    passes: int = 0
    reads: int = 0
    agreed: int = 0
    bits: float = 0.0
    valid: int = 0

    def add(self, other: "Sums") -> None:
        """Take in others."""
        self.passes += other.passes
        self.reads += other.reads
        self.agreed += other.agreed
        self.bits += other.bits
        self.valid += other.valid

    @property
    def agreement(self) -> float | None:
        """Share of the reads that say what their pass says; None without any."""
        return self.agreed / self.reads if self.reads else None

    @property
    def doubt(self) -> float | None:
        """Mean entropy of a fused text in bits; None without a pass."""
        return self.bits / self.passes if self.passes else None

    @property
    def well_formed(self) -> float | None:
        """Share of passes whose text has a common form; None without a pass."""
        return self.valid / self.passes if self.passes else None


@dataclass(frozen=True, slots=True)
class HourSums:
    """One hour of the clock, by lane.

    Attributes:
        hour: hours since 1970 UTC.
    """

    hour: int
    lanes: tuple[Sums, ...]

    @property
    def whole(self) -> Sums:
        """All lanes together."""
        found = Sums()
        for one in self.lanes:
            found.add(one)
        return found


class Quality:
    """The last day's sums; the oldest hour goes when a new one begins."""

    def __init__(self) -> None:
        self._hours: deque[HourSums] = deque(maxlen=HOURS)

    def add(self, sighting: Sighting, wide: int, now: Moment) -> None:
        """Count a pass that has ended.

        Args:
            wide: of the frame, in pixels.
        """
        hour = now.utc_ns // _HOUR_NS
        if not self._hours or self._hours[-1].hour != hour:
            self._hours.append(HourSums(hour, tuple(Sums() for _ in range(LANES))))
        self._hours[-1].lanes[lane_of(sighting, wide)].add(sums_of(sighting))

    @property
    def hours(self) -> tuple[HourSums, ...]:
        """Return what is known of the last day, the newest last; hours without a pass are not."""
        if not self._hours:
            return ()
        newest = self._hours[-1].hour
        return tuple(one for one in self._hours if newest - one.hour < HOURS)

    @property
    def problem(self) -> str:
        """Return that reads of one pass disagree more than usual; empty otherwise."""
        hours = self.hours
        return dull([one.whole for one in hours]) if hours else ""


def sums_of(sighting: Sighting) -> Sums:
    """Return one pass as counts."""
    share = np.clip(sighting.slots, 1e-9, 1.0)
    bits = float(-(share * np.log2(share)).sum())
    valid = bool(formats_of(sighting.text))
    return Sums(1, sighting.reads, sighting.agreed, bits, int(valid))


def lane_of(sighting: Sighting, wide: int) -> int:
    """Return the third of the picture in which a pass was seen best, 0 on the left."""
    left, _, right, _ = sighting.best.detection.box
    middle = (left + right) / 2
    return min(LANES - 1, max(0, int(LANES * middle / max(1, wide))))


def dull(hours: Sequence[Sums]) -> str:
    """Return that the newest hour's reads agree less than in any other of the day; else empty.

    The worst hour, not the mean: nights are worse than days, and no news.
    """
    *before, newest = hours
    usual = [one.agreement for one in _enough(before)]
    if len(usual) < LANES or newest.passes < _ENOUGH:
        return ""
    worst = min(one for one in usual if one is not None)
    now = newest.agreement or 0.0
    if now >= worst - _WORST:
        return ""
    return (
        f"reads of one pass agree to {now:.0%}, and in no other hour of the day to less than"
        f" {worst:.0%}: is the window clean, and the lens in focus?"
    )


def _enough(hours: Iterable[Sums]) -> Iterable[Sums]:
    return (one for one in hours if one.passes >= _ENOUGH and one.agreement is not None)
