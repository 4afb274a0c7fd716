"""What a daemon starts with: its own keys where it has any, and whom it believes."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from edge.clock import Clock
from edge.errors import ConfigError, KeysError
from edge.keys.identity import Identity, load_identity
from edge.keys.keeper import RosterKeeper
from edge.keys.roles import Role

_MEND = (
    "Without keys nothing can be sent or believed. 'edge keys make {role} NAME --town TOWN --folder"
    " {folder}' makes them here; the root adds and signs them ('edge keys roster add', 'edge keys"
    " roster sign'); bring its town.json here, and install its roster: 'edge keys roster install'"
)


@dataclass(frozen=True, slots=True)
class Keyring:
    """One party's keys and the roster in force."""

    identity: Identity
    rosters: RosterKeeper

    @property
    def problem(self) -> str:
        """What keeps others from believing this party or sealing to it; empty when nothing does."""
        own, roster = self.identity, self.rosters.roster
        listed = [one for one in roster.parties if one.verify_key == own.signing.public]
        counts = [
            one for one in listed if one.holds(self.rosters.at()) and not roster.revocation(one)
        ]
        if counts:
            return self.rosters.problem
        why = "is not on" if not listed else "has ended or is revoked on"
        return (
            f"nobody believes {own.name}: its key {why} roster {roster.sequence} of {roster.town};"
            " see 'edge keys roster show'"
        )


def open_keyring(
    folder: Path, clock: Clock, roles: Collection[Role], name: str = "", town: str = ""
) -> Keyring:
    """Return the keys in *folder*, which must be of *roles*, and of *name* and *town* if given.

    Raises:
        ConfigError: there are none, or they are somebody else's; the text says which commands make
            them.
    """
    role = " or ".join(sorted(roles))
    rosters = open_rosters(folder, clock, role)
    try:
        own = load_identity(folder)
    except KeysError as error:
        raise ConfigError(f"{error}. {_MEND.format(role=role, folder=folder)}") from error
    found = (own.role in roles, own.name, own.town, rosters.roster.town)
    if found != (True, name or own.name, town or own.town, own.town):
        raise ConfigError(
            f"{folder}: holds the keys of {own.name}, {own.role} of {own.town}, and the roster of"
            f" {rosters.roster.town}; the settings (unit.name, unit.town) ask for those of"
            f" {name or 'a party'}, {role} of {town or 'one town'}: set them right, name another"
            " folder in keys.folder, or make the keys ('edge keys make')"
        )
    return Keyring(own, rosters)


def open_rosters(folder: Path, clock: Clock, role: str, town: str = "") -> RosterKeeper:
    """Return the roster in *folder*, for a process that needs no keys of its own.

    Args:
        role: of whoever runs the process, for the sentence of an error.

    Raises:
        ConfigError: root or roster are missing or wrong, or of another town than *town*.
    """
    keeper = RosterKeeper(folder, clock)
    try:
        keeper.open()
    except KeysError as error:
        raise ConfigError(f"{error}. {_MEND.format(role=role, folder=folder)}") from error
    if town and keeper.roster.town != town:
        raise ConfigError(f"{folder}: is the roster of {keeper.roster.town}, not of {town}")
    return keeper
