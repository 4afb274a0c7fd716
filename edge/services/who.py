"""Who can see what now: by roster and grants, and by what the broker says when it is asked."""

from datetime import UTC, datetime
from pathlib import Path

from edge.clock import Clock
from edge.config.categories import CategoriesSection
from edge.config.settings import Settings
from edge.delivery.brokers.access import make_access
from edge.keys.trust import open_roster
from edge.policy.who import Drift, Possible, Sight, find_drift, who_can_see
from edge.services.broker import granted
from edge.services.grants import FOLDER, GrantFolder
from edge.services.who_ask import ask_broker


def look(settings: Settings, clock: Clock, keys: Path | None = None) -> Sight:
    """Return who can see what now, and what is possible beyond what was granted.

    Args:
        keys: holds root, roster and grants; None for the settings' own folder.

    Raises:
        KeysError: the roster cannot be read, or is not signed by the town's root.
        DeliveryError: the broker does not answer, or its rules cannot be read.
        ConfigError: a certificate or a password cannot be read.
    """
    folder = keys or Path(settings.keys.folder)
    possible = ask_broker(settings, clock)
    return see(settings, folder, clock, possible)


def see(settings: Settings, keys: Path, clock: Clock, possible: Possible | None) -> Sight:
    """Return the same as :func:`look`, by what a broker has said.

    Raises:
        KeysError: the roster cannot be read, or is not signed by the town's root.
    """
    roster = open_roster(keys)
    now = datetime.fromtimestamp(clock.now().utc_ns // 1_000_000_000, UTC)
    at = roster.no_earlier(now)
    standing = GrantFolder(keys / FOLDER).read(roster, at).standing
    rules = make_access(roster, granted(standing, at), at).rules()
    drift: tuple[Drift, ...] = ()
    if possible is not None:
        drift = find_drift(
            roster,
            standing,
            rules,
            possible,
            at,
            watcher=settings.sharing.user,
            bridges=settings.sharing.bridges,
        )
    return who_can_see(roster, standing, _roles(settings.categories), at, possible, drift)


def _roles(categories: CategoriesSection) -> dict[str, tuple[str, ...]]:
    return {name: tuple(rules.recipients) for name, rules in categories.items()}
