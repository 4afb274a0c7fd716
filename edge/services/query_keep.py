"""The archive keeps every sealed search that passes the broker, for auditors to check later.

It cannot open them: a search is sealed to the units asked and to the town's auditors. The chain of
a unit names each by the digest of the signed query, so that one which is missing here is noticed.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edge.archive.export import QUERIES, SEALED_QUERY
from edge.clock import Clock, Moment
from edge.delivery.events import Received
from edge.disk import put
from edge.errors import KeysError, MessageError, StoreError, StoreFull
from edge.keys.roles import Role
from edge.keys.sealed import sealed_to
from edge.log import Log
from edge.messages.search import SEARCH, SEARCH_LIMIT
from edge.messages.topics import Kind, every_unit
from edge.services.archive_intake import Reply
from edge.services.keyring import Keyring

FOLDER: Final = QUERIES  # in the archive's own
SUFFIX: Final = SEALED_QUERY
MOST: Final = 100_000
MOST_BYTES: Final = 1_000_000_000
A_SECOND: Final = 20  # new ones; an honest town has that many a day
_NO_SPACE: Final = frozenset({28, 122})  # ENOSPC, EDQUOT
_ERASE_S: Final = 3600.0
_DAY_S: Final = 86_400.0
_log: Final = Log("archive")


class QueryKeeper:
    """A guest of the archive's loop: lays each sealed search into a folder, once.

    Args:
        folder: made at the first search.
        keep_days: a search is erased after so many days, by a trusted clock.

    Attributes:
        kept: searches kept since the start.
    """

    def __init__(self, folder: Path, keep_days: float, keyring: Keyring, clock: Clock) -> None:
        self.topics: tuple[str, ...] = (every_unit(keyring.identity.town, Kind.SEARCH),)
        self.kept = 0
        self._folder = folder
        self._keep_days = keep_days
        self._keyring = keyring
        self._clock = clock
        self._count = self._bytes = 0
        self._erased: Moment | None = None
        self._second: tuple[int, int] = (0, 0)
        self._full = ""
        self._unsealed = 0

    @property
    def problems(self) -> tuple[str, ...]:
        """What keeps an auditor from checking all searches."""
        closed = ""
        if self._unsealed:
            closed = (
                f"{self._unsealed} searches came that no auditor of the town can open: whoever"
                " sent them does not use this software, or an older roster"
            )
        return tuple(one for one in (self._full, closed) if one)

    def take(self, event: Received) -> Sequence[Reply]:
        """Keep a search that is not here yet.

        Raises:
            MessageError: it is too large, or they come faster than any town searches.
            KeysError: it is nothing sealed, or no auditor can open it.
            StoreError: the folder cannot be written.
        """
        if len(event.payload) > SEARCH_LIMIT:
            raise MessageError(f"a search of {len(event.payload)} bytes; {SEARCH_LIMIT} are most")
        file = self._folder / (hashlib.sha256(event.payload).hexdigest() + SUFFIX)
        if file.exists():
            return ()
        self._check(event.payload)
        if self._erased is None:
            self._measure()
        if self._count >= MOST or self._bytes + len(event.payload) > MOST_BYTES:
            self._full = f"{self._folder}: holds {self._count} searches, and no more are kept"
            raise MessageError(self._full)
        self._put(file, event.payload)
        return ()

    def step(self, now: Moment) -> Sequence[Reply]:
        """Erase, once an hour, what is older than its days."""
        if self._erased is None or now.since(self._erased) >= _ERASE_S:
            self._erased = now
            try:
                if self._clock.trusted():
                    self._erase(now)
                self._measure()
            except OSError as error:
                self._full = f"{error.filename}: a kept search cannot be read: {error.strerror}"
        return ()

    def stop(self) -> None:
        """Do nothing: all is on the disk."""

    def _check(self, blob: bytes) -> None:
        whole = self._clock.now().monotonic_ns // 10**9
        second, count = self._second
        self._second = (whole, count + 1 if second == whole else 1)
        if self._second[1] > A_SECOND:
            raise MessageError(f"more than {A_SECOND} searches in a second: this one is not kept")
        rosters = self._keyring.rosters
        auditors = rosters.roster.recipients(Role.AUDITOR, rosters.at())
        keys = {one.sealing_key.id for one in auditors if one.sealing_key is not None}
        if keys.isdisjoint(sealed_to(SEARCH, blob)):
            self._unsealed += 1
            raise KeysError("a search is sealed to no auditor of the town: nobody could check it")

    def _put(self, file: Path, blob: bytes) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            put(file, blob)
        except OSError as error:
            kind = StoreFull if error.errno in _NO_SPACE else StoreError
            raise kind(f"{file}: a search cannot be kept: {error.strerror}") from error
        self.kept += 1
        self._count += 1
        self._bytes += len(blob)

    def _measure(self) -> None:
        sizes = [file.stat().st_size for file in self._folder.glob(f"*{SUFFIX}")]
        self._count, self._bytes = len(sizes), sum(sizes)
        if self._count < MOST and self._bytes < MOST_BYTES:
            self._full = ""

    def _erase(self, now: Moment) -> None:
        oldest = now.utc_ns / 1e9 - self._keep_days * _DAY_S
        gone = 0
        for file in self._folder.glob(f"*{SUFFIX}"):
            if file.stat().st_mtime < oldest:
                file.unlink()
                gone += 1
        if gone:
            _log.info("searches were erased after their days", count=gone)
