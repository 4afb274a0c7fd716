"""A unit's folder of lists, installed into and looked at as a unit does."""

from pathlib import Path

import pytest

from edge.config.hotlist import HotlistSection
from edge.errors import BundleRefused
from edge.hotlist import bundle_place as place
from edge.hotlist.keeper import HotlistKeeper
from edge.services.install import Installer
from tests.fakes import FakeClock
from tests.hotlist.bundles import LIST, TOWN, Town
from tests.hotlist.lists import section


def settings_of(folder: Path, **changes: object) -> HotlistSection:
    """Return the section of a unit whose lists lie below *folder*."""
    values: dict[str, object] = {
        "path": "",
        "folder": str(folder / "lists"),
        "list": LIST,
        "inbox": str(folder / "inbox"),
        "sticks": (str(folder / "stick"),),
        "reload_s": 5.0,
        "max_entries": 1000,
    }
    return section(**{**values, **changes})


class Stage:
    """One unit: its folders, its clock, its installer."""

    def __init__(self, folder: Path, town: Town | None = None, **changes: object) -> None:
        self.town = town or Town()
        self.clock = FakeClock()
        self.section = settings_of(folder, **changes)
        self.folder = Path(self.section.folder)
        self.restart()

    def restart(self) -> None:
        """Forget all that only memory holds."""
        self.installer = Installer(self.section, TOWN, self.town.trust, self.clock)

    def refusal(self, blob: bytes) -> str:
        with pytest.raises(BundleRefused) as caught:
            self.installer.install(blob)
        return caught.value.why

    def plates(self) -> list[str]:
        """Return what a unit that starts now has on its list."""
        keeper = HotlistKeeper(self.section, self.clock)
        keeper.refresh()
        current = keeper.current
        return sorted(current.plate(one) for one in range(len(current))) if current else []

    def sequence(self) -> int:
        now = place.in_force(self.folder)
        return now.sequence if now else 0

    def files(self) -> dict[str, bytes]:
        """Return all that lies in the folder."""
        if not self.folder.exists():
            return {}
        return {file.name: file.read_bytes() for file in self.folder.iterdir()}
