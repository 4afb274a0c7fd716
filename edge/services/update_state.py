"""The updater's own folder: where it stands, and whom it believes.

Root's alone to write, and no secret is in it: watch reads the state, tells it in health and puts
its acts on the chain. Root and roster are copies that root owns: whoever takes over the reading
daemon could exchange those in its folder of keys, but not have other software signed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from edge.disk import alone, put, sync
from edge.errors import KeysError, UpdateError
from edge.keys import canonical, files
from edge.keys.roster import Roster
from edge.keys.trust import ROOT_FILE, ROSTER_FILE, install_roster, load_root, open_roster
from edge.policy.updating import State

STATE: Final = "state.json"
TABLES: Final = "tables.json"
BUNDLE: Final = "bundle.tar"
INBOX: Final = "inbox"


class UpdateFolder:
    """One machine's ``/var/lib/edge-update``.

    Args:
        keys: the unit's folder of keys, whose roster is newer as a rule.
    """

    def __init__(self, folder: Path, keys: Path, town: str) -> None:
        self.folder = folder
        self._keys = keys
        self._town = town

    @property
    def bundle(self) -> Path:
        """Where the copy of a bundle lies that is being unfolded."""
        return self.folder / BUNDLE

    @property
    def inbox(self) -> Path:
        """The watched folder: an update that is put here is taken."""
        return self.folder / INBOX

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other updaters out for as long as the block lasts.

        Raises:
            UpdateError: the folder cannot be made or opened.
        """
        try:
            self.inbox.mkdir(mode=0o755, parents=True, exist_ok=True)
            with alone(self.folder):
                yield
        except PermissionError as error:
            raise UpdateError(f"{self.folder}: belongs to root: sudo") from error

    def state(self) -> State | None:
        """Return where it stands; None where that cannot be known any more.

        A state that was lost is no state of rest: whoever asks must look at what is in force.
        """
        return read_state(self.folder)

    def write(self, state: State) -> State:
        """Put *state* on the disk, safe from a power cut, and return it.

        Raises:
            UpdateError: it cannot be written: nothing may be done on its strength.
        """
        file = self.folder / STATE
        try:
            put(file, canonical.write(state), mode=0o644)
        except OSError as error:
            raise UpdateError(f"{file}: cannot be written: {error.strerror}") from error
        return state

    def tell_tables(self, versions: dict[str, int]) -> None:
        """Write which versions of tables the side that is kept can read.

        Raises:
            UpdateError: it cannot be written.
        """
        file = self.folder / TABLES
        try:
            put(file, canonical.encode(dict(versions)), mode=0o644)
        except OSError as error:
            raise UpdateError(f"{file}: cannot be written: {error.strerror}") from error

    def roster(self) -> Roster:
        """Return the newest roster that the town's root has signed.

        The first root that is seen is the one, until a person takes its file away.

        Raises:
            UpdateError: there is none, or the unit's folder of keys has another town's root.
        """
        try:
            self._pin()
            return open_roster(self.folder)
        except (KeysError, OSError) as error:
            raise UpdateError(f"nobody can sign updates here: {error}") from error

    def _pin(self) -> None:
        place, theirs = self.folder / ROOT_FILE, self._keys / ROOT_FILE
        if not place.exists():
            if load_root(theirs).town != self._town:
                raise KeysError(f"{theirs}: is not the root of {self._town}")
            files.write(place, files.read_public(theirs))
        if load_root(place) != load_root(theirs):
            raise KeysError(
                f"{theirs}: is another root than {place}, which was there first: if the unit went"
                f" to another town, compare its fingerprint and delete {place} and {ROSTER_FILE}"
                " beside it"
            )
        blob = files.read_public(self._keys / ROSTER_FILE)
        own = self.folder / ROSTER_FILE
        if not own.exists() or files.read_public(own) != blob:
            install_roster(blob, str(self._keys / ROSTER_FILE), self.folder)

    def clear(self) -> None:
        """Remove the copy of a bundle, if there is one."""
        if self.bundle.exists():
            self.bundle.unlink()
            sync(self.folder)


def read_state(folder: Path) -> State | None:
    """Return where an update stands, as *folder* tells; None where its file is damaged.

    Raises:
        UpdateError: it is there, and cannot be read.
    """
    file = folder / STATE
    if not file.exists():
        return State()
    try:
        return canonical.read(State, file.read_bytes(), str(file))
    except KeysError:
        return None
    except OSError as error:
        raise UpdateError(f"{file}: cannot be read: {error.strerror}") from error
