"""Where first boot puts things on a unit, and whose they then are."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.errors import ProvisionError
from edge.services.flashes import Fault

SETTINGS: Final = "/etc/edge"
SITE: Final = "/etc/edge/site.toml"
STATE: Final = "/etc/edge/provisioned.json"
_USERS: Final = {
    "unit": ("edge-watch", "edge-deliver", "edge"),
    "console": ("edge-console", "edge-console", "edge-console"),
}


@dataclass(frozen=True, slots=True)
class Places:
    """A unit's file system.

    Attributes:
        root: ``/``, or a folder that stands for it.
        owners: give each file to the user that reads it; needs root's rights.
    """

    root: Path = Path("/")
    owners: bool = True

    def at(self, path: str) -> Path:
        """Return where *path*, which begins with a slash, is."""
        return self.root / path.lstrip("/")

    def folder(self, path: str) -> Path:
        """Return the folder *path*, made if it is missing; systemd-tmpfiles has made most."""
        place = self.at(path)
        place.mkdir(mode=0o750, parents=True, exist_ok=True)
        return place

    def shared(self, path: str, role: str) -> Path:
        """Return the folder *path* of the unit's daemons; made as systemd-tmpfiles makes it."""
        place = self.at(path)
        if not place.is_dir():
            place.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            # the group comes from the folder above: first boot may set no such bit by itself
            before = os.umask(0o007)
            try:
                place.mkdir(mode=0o770)
            finally:
                os.umask(before)
            if self.owners:
                self._own(place, role, "keys")
        return place

    def give(self, file: Path, role: str, *, to: str, mode: int) -> None:
        """Give *file* to the user who reads it, with *mode*.

        Args:
            to: ``keys``: who holds the keys; ``sender``: who talks to the broker; ``all``: root
                owns it and the daemons' group reads.

        Raises:
            ProvisionError: there is no such user here.
        """
        file.chmod(mode)
        if self.owners:
            self._own(file, role, to)

    def _own(self, file: Path, role: str, to: str) -> None:
        holder, sender, group = _USERS[role]
        user = {"keys": holder, "sender": sender, "all": "root"}[to]
        try:
            shutil.chown(file, user, group)
        except LookupError as error:
            raise ProvisionError(
                f"{error}: users are made by 'systemd-sysusers' from systemd/edge.sysusers.conf",
                Fault.UNIT,
            ) from None


def unit_places(root: Path) -> Places:
    """Return the places of this machine, or those below *root* for a trial, owners left alone."""
    return Places(root, owners=root == Path("/") and os.geteuid() == 0)
