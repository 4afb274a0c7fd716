"""A town of its own for a demo or a bench: a root and some parties, made anew for each run."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.keys.crypto import SigningKey
from edge.keys.files import make_folder, write
from edge.keys.identity import Identity, make_identity, save_identity
from edge.keys.roles import Role
from edge.keys.roster import Roster, sign_roster
from edge.keys.trust import ROOT_FILE, ROSTER_FILE, Root, save_root

TOWN = "demo"


class Town:
    """A root and its parties; nothing of it is worth keeping.

    Args:
        folder: where each party gets a folder of keys, under its name.
        parties: names with their roles.
        officers: identities made elsewhere, which the roster names as well.
    """

    def __init__(
        self,
        folder: Path,
        parties: dict[str, Role],
        town: str = TOWN,
        officers: Sequence[Identity] = (),
    ) -> None:
        now = datetime.now(UTC)
        self._town = town
        self.folder = folder
        self.parties: dict[str, Identity] = {
            name: make_identity(name, role, town) for name, role in parties.items()
        }
        self._root = SigningKey.make()
        lines = (
            one.party(now - timedelta(minutes=5), now + timedelta(days=1))
            for one in (*self.parties.values(), *officers)
        )
        self._roster = Roster(town, 1, now - timedelta(minutes=5), tuple(lines))

    def keys(self, name: str) -> Path:
        """Write what the party *name* starts with and return its folder."""
        folder = self.folder / name
        make_folder(self.folder)
        make_folder(folder)
        save_root(Root(self._town, self._root.public), folder / ROOT_FILE)
        write(folder / ROSTER_FILE, sign_roster(self._roster, self._root))
        save_identity(self.parties[name], folder)
        return folder
