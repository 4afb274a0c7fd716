"""A unit that is taken down forgets who it was: keys, settings, secrets, store and lists."""

from collections.abc import Iterator, Set
from pathlib import Path
from typing import Final

from edge.config import load
from edge.config.settings import Settings
from edge.disk import locked
from edge.errors import ProvisionError
from edge.keys.identity import FILE, load_identity
from edge.services.erase import erase_tree
from edge.services.flashes import Fault
from edge.services.machine import Machine
from edge.services.places import SETTINGS, SITE, Places
from edge.services.reads_slots import FOLDER, holder_lives

_BESIDE: Final = (  # of systemd/edge.tmpfiles.conf too, within the folders that settings name
    "/var/lib/edge/tuning/tuning.history",
    "/var/lib/edge-update/inbox",
    "/var/lib/edge-update/fetched",
)


def wipe(places: Places, name: str, machine: Machine | None = None) -> list[Path]:
    """Overwrite and delete what makes this machine the unit *name*; return what was there.

    Folders in which the next unit's daemons write stay, empty, with their owners and modes:
    systemd-tmpfiles makes them at a machine's start, and the next card may come before one.

    A memory card may keep what was overwritten (see ``edge/services/erase.py``): revoke the unit at
    the root as well. May be called again after it was cut short: settings go last.

    Raises:
        ProvisionError: this is another unit, there is none, or its services run.
    """
    site = places.at(SITE)
    if not site.exists():
        raise ProvisionError(f"{site}: is not there: this machine is no unit", Fault.UNIT)
    settings = load([site]).settings
    keys = places.at(settings.keys.folder)
    known = {settings.unit.name}
    if (keys / FILE).exists():
        known.add(load_identity(keys).name)
    if known != {name}:
        told = " or ".join(sorted(known))
        raise ProvisionError(f"this is {told}, not {name}: nothing was wiped", Fault.UNIT)
    _stopped(places, settings, machine or Machine(root=places.root))
    asked = [places.at(one) for one in _folders(settings) if one]
    kept = [*asked, *(places.at(one) for one in _BESIDE)]
    stay = {place for one in kept for place in (one, *one.parents)}
    gone: list[Path] = []
    for folder in asked:
        gone += _erase(folder, stay)
    for one in [*(one for one in _inside(places.at(SETTINGS)) if one != site), site]:
        erase_tree(one)
        gone.append(one)
    return gone


def _folders(settings: Settings) -> tuple[str, ...]:
    return (
        settings.keys.folder,
        settings.store.folder,
        settings.hotlist.folder,
        settings.hotlist.inbox,
        settings.reads.folder,
        settings.search.folder,
        settings.update.folder,
    )


def _erase(folder: Path, stay: Set[Path]) -> Iterator[Path]:
    """Erase what is in *folder* but the folders that *stay*, and say what each was."""
    for one in _inside(folder):
        if one in stay and one.is_dir() and not one.is_symlink():
            yield from _erase(one, stay)
        else:
            erase_tree(one)
            yield one


def _inside(folder: Path) -> Iterator[Path]:
    """Return what is in a folder, the private key first: a wipe cut short has ended the unit."""
    if folder.is_dir():
        yield from sorted(folder.iterdir(), key=lambda one: (one.name != FILE, one.name))


def _stopped(places: Places, settings: Settings, machine: Machine) -> None:
    """Raise while a daemon lives; what one left behind when it ended or crashed is nobody's word.

    Watch and search hold locks for as long as they live; deliver has none, and systemd is asked.
    """
    runtime = places.at(settings.runtime.folder)
    asks = machine.systemd and machine.ask(["systemctl", "is-active", "edge-deliver"]) == "active"
    lives = {
        "edge-watch": locked(runtime),
        "edge-deliver": asks,
        "edge-search": locked(places.at(settings.search.folder)) or holder_lives(runtime / FOLDER),
    }
    running = " ".join(name for name, does in lives.items() if does)
    if running:
        raise ProvisionError(
            f"{running} runs: stop the unit first, 'systemctl stop edge-watch edge-deliver"
            " edge-search'; nothing was wiped",
            Fault.UNIT,
        )
