"""Whether this machine is paused, for whoever would open the camera beside watch."""

from pathlib import Path

from edge.clock import Clock
from edge.config import Settings
from edge.keys.roles import Role
from edge.policy.pauses import Ordered
from edge.services.keyring import open_rosters
from edge.services.pause import PauseKeeper
from edge.services.pause_folder import FOLDER, PauseFolder
from edge.store import open_store
from edge.store.store import DATABASE


def standing_pause(settings: Settings, clock: Clock) -> Ordered | None:
    """Return the pause in force here; None: the camera may be opened.

    Raises:
        KeysError: there are pauses, and no roster to judge them by.
        StoreError: the store, which remembers pauses, cannot be read.
    """
    keys, unit = Path(settings.keys.folder), settings.unit.name
    folder = PauseFolder(keys / FOLDER)
    stored = (Path(settings.store.folder) / DATABASE).exists()
    if not stored and not folder.folder.exists():
        return None
    rosters = open_rosters(keys, clock, Role.UNIT, settings.unit.town)
    if stored:
        with open_store(settings.store, unit, clock) as store:
            keeper = PauseKeeper(
                unit=unit, folder=folder, store=store, rosters=rosters, clock=clock
            )
            keeper.open()
            return keeper.current
    at, trusted = rosters.at(), clock.trusted()
    found = folder.read(rosters.roster, at)
    standing = [
        one
        for number, one in found.ordered.items()
        if number not in found.lifted
        and one.names(unit)
        and one.holds(at, trusted=trusted, begun=False, lapsed=False)
    ]
    return max(standing, key=lambda one: one.until, default=None)
