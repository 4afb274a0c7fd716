"""The store of this machine, whichever it is: a unit's, a console's or the archive's."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from edge.archive.database import DATABASE as ARCHIVE_FILE
from edge.archive.store import ArchiveStore
from edge.clock import Clock
from edge.config.settings import Settings
from edge.errors import KeysError, StoreError
from edge.keys.identity import Identity
from edge.keys.roles import Role
from edge.records import AlertId
from edge.services.archive import open_database
from edge.services.archive_keeping import ArchiveKeeper, archive_takers
from edge.services.keeping import console_takers, unit_takers
from edge.services.orders import Taker
from edge.services.subject import Keeper
from edge.services.subject_stores import ConsoleKeeper, UnitKeeper
from edge.store import open_store
from edge.store.console import DATABASE as CONSOLE_FILE
from edge.store.console import ConsoleStore
from edge.store.holding import KeptHold
from edge.store.store import DATABASE as UNIT_FILE

_FILES: Final = {Role.UNIT: UNIT_FILE, Role.CONSOLE: CONSOLE_FILE, Role.ARCHIVE: ARCHIVE_FILE}


class StandingHolds(Protocol):
    """What tells the holds in force."""

    def standing(self) -> list[KeptHold]:
        """Return them, the first to end at the head."""


@dataclass(frozen=True, slots=True)
class MachineStore:
    """An opened store, as orders and requests see it.

    Attributes:
        takers: of holds, misreads and requests.
    """

    name: str
    role: Role
    keeper: Keeper
    holds: StandingHolds
    takers: tuple[Taker, ...]


@contextmanager
def open_machine_store(settings: Settings, own: Identity, clock: Clock) -> Iterator[MachineStore]:
    """Open the store that *own* keeps letters in, beside the daemon that may be running.

    Raises:
        KeysError: a party of its role keeps none.
        StoreError: there is none on this machine, or it cannot be opened.
    """
    check_there(settings, own)
    if own.role is Role.UNIT:
        corrections = Path(settings.policy.corrections) if settings.policy.corrections else None
        with open_store(settings.store, own.name, clock) as unit:
            takers = unit_takers(unit, own, corrections, clock)
            keeper = UnitKeeper(unit, own, corrections)
            yield MachineStore(own.name, own.role, keeper, unit.holds, takers)
    elif own.role is Role.CONSOLE:
        with ConsoleStore(Path(settings.console.folder), own.name, clock) as console:
            takers = console_takers(console, own.name, clock, _agreed, _nothing)
            yield MachineStore(
                own.name, own.role, ConsoleKeeper(console, own.name), console.holds, takers
            )
    else:
        with ArchiveStore(open_database(settings.archive), own.town, own.name, clock) as archive:
            takers = archive_takers(archive, own, clock)
            yield MachineStore(
                own.name, own.role, ArchiveKeeper(archive, own), archive.holds, takers
            )
            archive.purges.clean()


def folder_of(settings: Settings, role: Role) -> Path:
    """Return the folder that a party of *role* keeps its store in.

    Raises:
        KeysError: such a party keeps none.
    """
    folders = {
        Role.UNIT: settings.store.folder,
        Role.CONSOLE: settings.console.folder,
        Role.ARCHIVE: settings.archive.folder,
    }
    if role not in folders:
        raise KeysError(
            f"these keys are of the role {role}: run this where letters are kept, with the settings"
            " and keys of a unit, a console or the archive"
        )
    return Path(folders[role])


def check_there(settings: Settings, own: Identity) -> None:
    """Return if there is a store: to make an empty one would look as if nothing were kept.

    Raises:
        KeysError: a party of its role keeps none.
        StoreError: there is none, or its folder cannot be looked into.
    """
    place = folder_of(settings, own.role)
    if not (own.role is Role.ARCHIVE and settings.archive.database):
        place /= _FILES[own.role]
    try:
        place.stat()
    except OSError as error:
        raise StoreError(
            f"{place}: there is no store of {own.name} here ({error.strerror or error}): name the"
            " settings of its daemon (--config), on the machine where that runs"
        ) from error


def _agreed(_: AlertId) -> bool:
    return False


def _nothing() -> None:
    """Do nothing: a running console sees what changed by itself."""
