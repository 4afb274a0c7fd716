"""Watch's part in the soak: alerts into the store at a steady pace, until killed or enough.

``python -m scripts.soak_writer STORE TOLD ALERTS SEED PACE_S``. Each alert that the store calls
safe goes to the file TOLD as ``SEQUENCE REVISION DIGEST``, which a kill cannot take back.
"""

import os
import random
import sys
from pathlib import Path

from edge.clock import Moment, SystemClock
from edge.messages.envelope import digest
from edge.messages.letter import Letter
from edge.records import Alert, AlertId
from edge.store import Store, open_store
from tests.alerts import UNIT, a_jpeg, an_alert, sealed, store_section

CLOCK = SystemClock("always")
REVISED = 0.2  # of all alerts, as evidence grows
_SIZES = (2_000, 20_000, 60_000)


class Writer:
    """Commits alerts and tells of each that is safe."""

    def __init__(self, store: Store, told: Path, chance: random.Random) -> None:
        self._store = store
        self._told = told
        self._chance = chance
        self._known: list[AlertId] = []

    def alert(self, at: Moment) -> None:
        """Commit one alert, or a revision of an earlier one."""
        chance, known = self._chance, self._known
        revises = chance.choice(known[-5:]) if known and chance.random() < REVISED else None
        jpeg = a_jpeg(size=chance.choice(_SIZES), seed=chance.randrange(1_000_000))
        mark: list[str] = []

        def build(alert: Alert, alert_id: AlertId, revision: int, stored: Moment) -> Letter:
            letter = sealed(alert, alert_id, revision, stored, readers=("archive",))
            mark[:] = [f"{alert_id.sequence} {revision} {digest(letter.body)}\n"]
            return letter

        alert_id = self._store.commit_alert(an_alert(at=at, crop_jpeg=jpeg, revises=revises), build)
        known.append(alert_id)
        with self._told.open("ab", buffering=0) as out:
            os.write(out.fileno(), mark[0].encode())


def main() -> None:
    folder, told, alerts, seed, pace_s = sys.argv[1:]
    with open_store(store_section(Path(folder), budget_mb=512), UNIT.name, CLOCK) as store:
        writer = Writer(store, Path(told), random.Random(int(seed)))
        while store.last_sequence() < int(alerts):
            writer.alert(CLOCK.now())
            CLOCK.sleep(float(pace_s))


if __name__ == "__main__":
    main()
