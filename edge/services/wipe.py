"""A unit that is taken down forgets who it was: keys, settings, secrets, store and lists."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edge.config import load
from edge.errors import ProvisionError
from edge.keys.identity import FILE, load_identity
from edge.services.erase import erase_tree
from edge.services.flashes import Fault
from edge.services.places import SETTINGS, SITE, Places

_RUNNING: Final = ("watch.json", "search.json")


def wipe(places: Places, name: str) -> list[Path]:
    """Overwrite and delete what makes this machine the unit *name*; return what was there.

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
    _stopped(places.at(settings.runtime.folder))
    asked = (
        settings.keys.folder,
        settings.store.folder,
        settings.hotlist.folder,
        settings.hotlist.inbox,
        settings.reads.folder,
        settings.search.folder,
        settings.update.folder,
    )
    gone = []
    for folder in [places.at(one) for one in asked if one]:
        for one in _inside(folder):
            erase_tree(one)
            gone.append(one)
    for one in [*(one for one in _inside(places.at(SETTINGS)) if one != site), site]:
        erase_tree(one)
        gone.append(one)
    return gone


def _inside(folder: Path) -> Iterator[Path]:
    """Return what is in a folder, the private key first: a wipe cut short has ended the unit."""
    if folder.is_dir():
        yield from sorted(folder.iterdir(), key=lambda one: (one.name != FILE, one.name))


def _stopped(runtime: Path) -> None:
    running = [one for one in _RUNNING if (runtime / one).exists()]
    if running:
        raise ProvisionError(
            f"{runtime / running[0]}: the unit's services run: stop them first ('systemctl stop"
            " edge-watch edge-deliver edge-search', and remove that file if they crashed)",
            Fault.UNIT,
        )
