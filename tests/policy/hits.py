"""Hits made by the real matcher from a list and from slots, for the policy's tests."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.clock import Moment
from edge.config import load
from edge.config.policy import PolicySection
from edge.hotlist.index import Hotlist
from edge.hotlist.matcher import Matcher
from edge.policy.decide import Decider, Decision
from edge.records import AlertId, Hit, Sighting
from tests.fakes import START
from tests.hotlist.lists import listed, section, sighting_of

HOME = "us-ct"
CATEGORIES = load([]).settings.categories
# a plate of the home form, on a list that is five hours old at START
CAR = {"plate": "AB12345", "jurisdiction": "us-ct"}


def policy(**changes: object) -> PolicySection:
    """Return the default section with changes."""
    return load([]).settings.policy.model_copy(update=changes)


def jumped(moment: Moment, seconds: float) -> Moment:
    """Return *moment* by a wall clock that was set forward by *seconds*, or back."""
    return Moment(moment.utc_ns + round(seconds * 1e9), moment.monotonic_ns)


class Desk:
    """Matcher and decider over one list, with a store that numbers what is decided."""

    def __init__(self, folder: Path, *rows: dict[str, str], home: str = HOME, **changes: object):
        self.hotlist: Hotlist = listed(folder, *rows)
        self.decider = Decider(policy(**changes), home, CATEGORIES)
        self.told: list[tuple[AlertId, Decision]] = []
        self.broken = False

    def hits(self, sighting: Sighting, now: Moment = START) -> tuple[Hit, ...]:
        """Return what the matcher finds."""
        return Matcher(section()).match(sighting, self.hotlist, now)

    def see(
        self,
        seen: str | NDArray[np.float32],
        at_s: float = 0.0,
        *,
        sure: float = 0.999,
        trusted: bool = True,
        jump_s: float = 0.0,
        **changes: object,
    ) -> Decision | None:
        """Show a sighting; return what was decided and, unless the store is broken, stored.

        The wall clock stands *jump_s* beside the truth.
        """
        now = jumped(START.later(at_s), jump_s)
        sighting = sighting_of(seen, sure, **changes)
        decided = self.decider.decide(sighting, self.hits(sighting, now), now, trusted)
        assert len(decided) <= 1
        if decided and not self.broken:
            alert_id = decided[0].revises or AlertId("unit", "epoch", self._alerts() + 1)
            self.told.append((alert_id, decided[0]))
            self.decider.published(decided[0], alert_id)
        return decided[0] if decided else None

    def _alerts(self) -> int:
        return len({alert_id for alert_id, _ in self.told})


def results(gates: Sequence[object]) -> list[str]:
    """Return the gates' answers in their order."""
    return [str(gate.result) for gate in gates]  # type: ignore[attr-defined]
