"""What the broker is told: read from a folder of keys, written in the broker's own form."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from edge.config.sharing import SharingSection
from edge.delivery.brokers.access import (
    Access,
    Granted,
    Rules,
    differences,
    make_access,
)
from edge.delivery.brokers.mosquitto import (
    Watcher,
    read_acl,
    read_dynsec,
    write_acl,
    write_dynsec,
)
from edge.delivery.brokers.rabbitmq import read_definitions, write_definitions
from edge.delivery.tls import read_secret
from edge.errors import KeysError
from edge.keys.roster import load_roster
from edge.keys.trust import ROOT_FILE, ROSTER_FILE, load_root
from edge.policy.grants import Standing, Use
from edge.services.grants import FOLDER, GrantFolder


@dataclass(frozen=True, slots=True)
class Format:
    """A broker's own form of access rules: how it is written, and read back."""

    write: Callable[[Access], str]
    read: Callable[[str, str], Rules]


DYNSEC: Final = "dynsec"
FORMATS: Final = {
    "mosquitto": Format(write_acl, read_acl),
    DYNSEC: Format(write_dynsec, read_dynsec),
    "rabbitmq": Format(write_definitions, read_definitions),
}


def broker_access(keys: Path, now: datetime, roster_file: Path | None = None) -> Access:
    """Return who may do what at the town's broker now.

    Args:
        keys: holds the root's public file, and the roster and grants.
        roster_file: a roster that is not, or not yet, the folder's.

    Raises:
        KeysError: the roster cannot be read, or the root did not sign it.
    """
    root = load_root(keys / ROOT_FILE)
    roster = load_roster(roster_file or keys / ROSTER_FILE, root.key)
    if roster.town != root.town:
        raise KeysError(f"{roster_file or keys}: is the roster of {roster.town}, not {root.town}")
    at = roster.no_earlier(now)
    return make_access(
        roster, granted(GrantFolder(keys / FOLDER).read(roster, at).standing, at), at
    )


def write_rules(access: Access, form: str, watcher: Watcher | None = None) -> str:
    """Return the rules in the broker's *form*, one of :data:`FORMATS`.

    Args:
        watcher: who asks dynamic security for its rules; other forms have no such user.

    Raises:
        DeliveryError: the watcher has the name of a party.
    """
    if form == DYNSEC:
        return write_dynsec(access, watcher)
    return FORMATS[form].write(access)


def compare(access: Access, form: str, text: str, what: str, watcher: str = "") -> list[str]:
    """Return a sentence for each right that a broker's file has too much or too little.

    Args:
        watcher: a user whose rights on the broker's own ``$`` topics are as they must be.

    Raises:
        DeliveryError: *text*, which *what* names, is not of that form.
    """
    found = FORMATS[form].read(text, what)
    if watcher in found:
        found[watcher] = frozenset(
            one for one in found[watcher] if not one.partition(" ")[2].startswith("$")
        )
    return differences(access.rules(), found)


def open_watcher(section: SharingSection) -> Watcher | None:
    """Return who asks dynamic security for its rules; None where the settings name nobody.

    Raises:
        ConfigError: the password cannot be read.
    """
    if section.broker != DYNSEC:
        return None
    return Watcher(section.user, read_secret(Path(section.password_file), "sharing.password_file"))


def granted(standing: Iterable[Standing], at: datetime) -> dict[str, Granted]:
    """Return what each partner with a grant in force has by its grants."""
    found: dict[str, Granted] = {}
    for one in standing:
        if one.holds(at):
            before = found.get(one.who, Granted(one.until, alerts=False))
            found[one.who] = Granted(
                min(before.until, one.until),
                alerts=before.alerts or Use.ALERTS in one.uses,
                search=before.search or Use.SEARCH in one.uses,
            )
    return found
