"""The parties of one small town, with keys that are the same in every process of a test run.

``keys_of("archive")`` is an identity, ``ROSTER`` knows them all, and ``keys_folder`` puts what a
daemon starts with into a folder. They count from 2025 to 2100: for tests' clocks and real ones.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from edge.clock import Moment
from edge.keys.crypto import OpeningKey, SigningKey
from edge.keys.files import make_folder
from edge.keys.identity import Identity, save_identity
from edge.keys.keeper import RosterKeeper
from edge.keys.parties import Party
from edge.keys.roles import OPENS, Role
from edge.keys.roster import Roster, sign_roster
from edge.keys.trust import ROOT_FILE, ROSTER_FILE, Root, save_root
from tests.fakes import FakeClock

TOWN = "windsor"
SINCE, UNTIL = datetime(2025, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
ISSUED = datetime(2025, 6, 1, tzinfo=UTC)
PARTIES = {
    "bridge-2": Role.UNIT,
    "main-street": Role.UNIT,
    "archive": Role.ARCHIVE,
    "listen": Role.CONSOLE,
    "car-12": Role.CONSOLE,
    "car-13": Role.CONSOLE,
    "dispatch": Role.CONSOLE,
    "dana": Role.OFFICER,
    "erin": Role.OFFICER,
    "sue": Role.SUPERVISOR,
    "ada": Role.AUDITOR,
    "tess": Role.TECHNICIAN,
    "issuer": Role.LIST_ISSUER,
    "bristol-pd": Role.PARTNER,
}


@cache
def keys_of(name: str, role: Role | None = None, town: str = TOWN) -> Identity:
    """Return the party *name*, one of the cast or of the *role* that is given."""
    role = role or PARTIES[name]
    opening = OpeningKey(_seed("open", name, town)) if role in OPENS else None
    return Identity(name, role, town, SigningKey(_seed("sign", name, town)), opening)


@cache
def party_of(name: str, role: Role | None = None, town: str = TOWN) -> Party:
    """Return the roster's line about *name*."""
    return keys_of(name, role, town).party(SINCE, UNTIL)


@cache
def root_of(town: str = TOWN) -> SigningKey:
    """Return the key that signs the rosters of *town*."""
    return SigningKey(_seed("root", "root", town))


def roster_of(town: str = TOWN, sequence: int = 1, extra: Sequence[Party] = ()) -> Roster:
    """Return the roster with the whole cast and *extra* parties."""
    parties = [party_of(name, role, town) for name, role in PARTIES.items()]
    return Roster(town, sequence, ISSUED, (*parties, *extra))


def keys_folder(
    folder: Path, name: str | None, town: str = TOWN, roster: Roster | None = None
) -> Path:
    """Write root, roster and, unless *name* is None, that party's keys, and return *folder*.

    A roster that is there already stays, unless one is given.
    """
    make_folder(folder)
    save_root(Root(town, root_of(town).public), folder / ROOT_FILE)
    if roster is not None or not (folder / ROSTER_FILE).exists():
        put_roster(folder, roster or roster_of(town))
    if name is not None:
        known = {party.name: party.role for party in (roster or roster_of(town)).parties}
        save_identity(keys_of(name, known[name], town), folder)
    return folder


def put_roster(folder: Path, roster: Roster) -> None:
    """Put a signed *roster* into a folder of keys."""
    blob = sign_roster(roster, root_of(roster.town))
    draft = folder / f"{ROSTER_FILE}.new"
    draft.write_bytes(blob)
    draft.replace(folder / ROSTER_FILE)


def rosters_of(roster: Roster) -> RosterKeeper:
    """Return a keeper that always has *roster*, at the time when it was signed."""
    keeper = RosterKeeper(Path("/nowhere"), FakeClock(Moment(int(ISSUED.timestamp()) * 10**9, 0)))
    keeper.roster = roster
    return keeper


def _seed(use: str, name: str, town: str) -> bytes:
    return hashlib.sha256(f"test key {use} {name} {town}".encode()).digest()


ROSTER = roster_of()
