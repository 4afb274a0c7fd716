"""What lies fetched on a unit: releases for the updater, the beginning of one, and what is known.

The folder is the fetching process's own, below the updater's; everybody may read it.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from edge.clock import Clock
from edge.config import Settings
from edge.disk import alone, free_bytes, open_plain, put
from edge.errors import KeysError, UpdateError
from edge.keys import canonical
from edge.keys.signed import digest
from edge.policy import fetching
from edge.policy.fetching import Fetched
from edge.policy.update_index import Listed
from edge.services.update_file import SUFFIX, read_update

FOLDER: Final = "fetched"
MEMORY: Final = "state.json"
PART: Final = ".loading"
_LONGEST: Final = 16_384  # bytes of what is remembered


class FetchedFolder:
    """One unit's ``/var/lib/edge-update/fetched``.

    Args:
        folder: the updater's.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / FOLDER

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other fetching processes out for as long as the block lasts.

        Raises:
            UpdateError: the folder cannot be made or written.
        """
        try:
            self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
            with alone(self.folder):
                yield
        except PermissionError as error:
            raise UpdateError(
                f"{error.filename or self.folder}: belongs to the user edge-fetch: 'systemctl start"
                " edge-update-fetch', or 'runuser -u edge-fetch -g edge -- edge run fetch --now'"
            ) from error
        except OSError as error:
            raise UpdateError(f"{error.filename or self.folder}: {error.strerror}") from error

    def read(self) -> Fetched | None:
        """Return what is remembered; None where it is damaged or cannot be read."""
        file = self.folder / MEMORY
        try:
            return canonical.read(Fetched, _small(file), str(file))
        except FileNotFoundError:
            return Fetched()
        except (KeysError, OSError):
            return None

    def write(self, state: Fetched) -> None:
        """Put *state* on the disk, safe from a power cut."""
        put(self.folder / MEMORY, canonical.write(state), mode=0o644)

    def forget(self) -> None:
        """Delete all that was fetched, and what is remembered of it: nobody is asked any more."""
        self.keep_only()
        (self.folder / MEMORY).unlink(missing_ok=True)

    def part(self, one: Listed) -> Path:
        """Return where the beginning of a file lies, or would: by its digest."""
        return self.folder / f"{one.sha256}{PART}"

    def drop_taken(self, known: Collection[str]) -> None:
        """Delete the releases whose number is among *known*."""
        for file in self.folder.glob(f"*{SUFFIX}"):
            if number_of(file) in known:
                file.unlink()

    def keep_only(self, *kept: Path) -> None:
        """Delete all releases but those, and every beginning."""
        for file in self.folder.glob(f"*{SUFFIX}"):
            if file not in kept:
                file.unlink()
        self.drop_parts()

    def drop_parts(self, *kept: Path) -> None:
        """Delete all beginnings but those."""
        for file in self.folder.glob(f"*{PART}"):
            if file not in kept:
                file.unlink()

    def free(self) -> int:
        """Return the bytes that are free on its disk."""
        return free_bytes(self.folder)


def number_of(file: Path) -> str:
    """Return which release a file holds; empty where it holds none that can be read."""
    try:
        return digest(read_update(file).signed)
    except UpdateError:
        return ""


def _small(file: Path) -> bytes:
    """Return what a small file holds; root and the reading daemon ask, and its owner is neither.

    Raises:
        KeysError: it is no plain file, or a large one.
    """
    with open_plain(file) as opened:
        body = opened.read(_LONGEST + 1)
    if len(body) > _LONGEST:
        raise KeysError(f"{file}: is not what was written there")
    return body


def fetch_lines(settings: Settings, clock: Clock) -> list[str]:
    """Return how fetching stands, in lines for a person; none where it is off."""
    section = settings.update
    if not section.fetch_url:
        return []
    state = FetchedFolder(Path(section.folder)).read()
    if state is None:
        return [f"fetch {section.fetch_url}: what is remembered of it cannot be read"]
    now = clock.now().utc_ns // 1_000_000_000
    lines = fetching.told(state, now, section.fetch_every_s)
    return [f"fetch {section.fetch_url}: {lines[0]}", *(f"fetch: {one}" for one in lines[1:])]
