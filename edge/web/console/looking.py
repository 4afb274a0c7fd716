"""What there is to see at this moment: cards from memory, by the clock and this car's place."""

from typing import Final, Protocol

from edge.clock import Clock
from edge.config.console import ConsoleSection
from edge.records import Fix
from edge.sources.geo import bearing_deg, distance_m
from edge.web.console.cards import Card, Details, Stage, Tone
from edge.web.console.contract import Session
from edge.web.console.filters import Shown, sift
from edge.web.console.memory import Memory, parse_number
from edge.web.console.showing import Away, Viewer, card, siren, stage, tone
from edge.web.console.state import Filters
from edge.web.console.told import Here, Told, Word

_HISTORY: Final = 200  # cards below the open ones
_PAST: Final = 3
_RANK: Final = {
    Tone.ALARM: 0,
    Tone.VERIFY: 1,
    Tone.DIFFERS: 2,
    Tone.RETRACTED: _PAST,
    Tone.HISTORY: _PAST,
}
_STALE_S: Final = 10.0  # an older fix says nothing of where this car is


class Place(Protocol):
    """Where this car is."""

    def newest(self) -> Fix | None:
        """Return the newest fix."""


class Looking:
    """Looks, and changes nothing.

    Args:
        place: None in a car without a receiver.
    """

    def __init__(
        self, section: ConsoleSection, memory: Memory, clock: Clock, place: Place | None
    ) -> None:
        self._section = section
        self._memory = memory
        self._clock = clock
        self._place = place

    def sifted(self, session: Session | None, filters: Filters) -> Shown:
        """Return the cards that pass the filters, the gravest and newest at the head."""
        here, fix = self.here(), self.fix()
        viewer = Viewer(session.officer if session else "")
        found = [
            (group[-1], card(group, self.words(group[-1]), viewer, here, _away(group[-1], fix)))
            for group in self._newest(here)
        ]
        return sift(filters, found)

    def _newest(self, here: Here) -> list[list[Told]]:
        """Return all that are open, the gravest first, and the newest of the others."""
        ranked = [
            (_RANK[tone(group[-1], self.words(group[-1]), here)], group)
            for group in self._memory.groups()
        ]
        ranked.sort(key=lambda pair: (pair[0], -pair[1][-1].newest.captured_ns))
        open_ones = [group for rank, group in ranked if rank < _PAST]
        return open_ones + [group for rank, group in ranked if rank >= _PAST][:_HISTORY]

    def card(self, told: Told, session: Session | None, details: Details | None) -> Card:
        """Return one card, with the details that its viewer may see."""
        group = self._memory.group(parse_number(told.number))
        viewer = Viewer(session.officer if session else "", details)
        return card(group, self.words(told), viewer, self.here(), _away(told, self.fix()))

    def stage(self, told: Told, session: Session) -> Stage:
        """Return how far the session's officer is with an alert."""
        words = self.words(told)
        return stage(tone(told, words, self.here()), words, session.officer)

    def words(self, told: Told) -> list[Word]:
        """Return what officers said of an alert."""
        return self._memory.words(parse_number(told.number))

    def mark(self) -> object:
        """Return what differs when time or this car's way alone has changed what is to be seen."""
        here, fix, speed = self.here(), self.fix(), self.speed_kmh()
        shown = [
            (told.number, tone(told, words, here), siren(told, words, here))
            for told, words in (
                (group[-1], self.words(group[-1])) for group in self._memory.groups()
            )
        ]
        where = (round(fix.latitude, 3), round(fix.longitude, 3)) if fix else None  # some 100 m
        fast = None if speed is None else round(speed / 10)
        return here.moving, here.trusted, where, fast, shown

    def here(self) -> Here:
        """Return this console at this moment; a speed that is not known is standing."""
        speed = self.speed_kmh()
        return Here(
            now_ns=self._clock.now().utc_ns,
            trusted=self._clock.trusted(),
            late_after_s=self._section.late_after_s,
            moving=speed is not None and speed > self._section.moving_kmh,
        )

    def speed_kmh(self) -> float | None:
        """Return how fast this car is; None when not known."""
        fix = self.fix()
        return None if fix is None or fix.speed_mps is None else fix.speed_mps * 3.6

    def fix(self) -> Fix | None:
        """Return where this car is; None when not known."""
        fix = self._place.newest() if self._place else None
        if fix is None or self._clock.now().since(fix.at) > _STALE_S:
            return None
        return fix


def _away(told: Told, fix: Fix | None) -> Away | None:
    place = told.message.payload.place
    if fix is None or place.latitude is None or place.longitude is None:
        return None
    here, there = (fix.latitude, fix.longitude), (place.latitude, place.longitude)
    return Away(distance_m(here, there), bearing_deg(here, there))
