"""A receiver's memory: an alert that is sent again is shown once, and gaps are seen.

Holds numbers and digests, never a plate.
"""

from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from edge.clock import Moment
from edge.errors import StoreContradicted
from edge.store.db import Database
from edge.store.schema import SEEN, SEEN_ID


class Novelty(StrEnum):
    """What a receiver does with an alert."""

    NEW = "new"
    AGAIN = "again"
    OUTDATED = "outdated"


class Seen:
    """What one receiver has shown, on disk, so that a restart shows nothing twice."""

    def __init__(self, file: Path) -> None:
        self._db = Database(file, SEEN_ID, SEEN)

    def open(self) -> Self:
        """Open the memory, or make it.

        Raises:
            StoreError: it cannot be opened.
        """
        self._db.open()
        return self

    def close(self) -> None:
        """Close it."""
        self._db.close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def remember(
        self, unit: str, epoch: str, sequence: int, revision: int, digest: str, at: Moment
    ) -> Novelty:
        """Note an alert and return what to do with it.

        Returns:
            ``NEW``: show it (a first word or a newer revision); ``AGAIN``: it has been shown, only
            send the receipt; ``OUTDATED``: a newer revision has been shown, only send the receipt.

        Raises:
            StoreContradicted: the same number came with other bytes before: a unit never does
                that, so somebody forges; show nothing, send no receipt.
            StoreError: it cannot be written.
        """
        key = (unit, epoch, sequence)
        with self._db.transaction():
            row = self._db.row(
                "SELECT digest FROM seen WHERE unit = ? AND epoch = ? AND sequence = ?"
                " AND revision = ?",
                (*key, revision),
            )
            if row is not None and row[0] != digest:
                raise StoreContradicted(
                    f"alert {unit}/{epoch}/{sequence} revision {revision} came a second time with "
                    "other bytes: refused, somebody may be forging"
                )
            if row is not None:
                return Novelty.AGAIN
            newer = self._db.row(
                "SELECT 1 FROM seen WHERE unit = ? AND epoch = ? AND sequence = ?"
                " AND revision > ? LIMIT 1",
                (*key, revision),
            )
            self._db.execute(
                "INSERT INTO seen VALUES (?, ?, ?, ?, ?, ?)", (*key, revision, digest, at.utc_ns)
            )
        return Novelty.OUTDATED if newer else Novelty.NEW

    def knows(self, unit: str, epoch: str, sequence: int, revision: int) -> bool:
        """Say whether an alert has been noted."""
        row = self._db.row(
            "SELECT 1 FROM seen WHERE unit = ? AND epoch = ? AND sequence = ? AND revision = ?",
            (unit, epoch, sequence, revision),
        )
        return row is not None

    def held(self, unit: str, epoch: str) -> set[tuple[int, int]]:
        """Return sequence and revision of all that came from a unit's store."""
        rows = self._db.rows(
            "SELECT sequence, revision FROM seen WHERE unit = ? AND epoch = ?", (unit, epoch)
        )
        return {(int(sequence), int(revision)) for sequence, revision in rows}

    def gaps(self, unit: str, epoch: str, last: int = 0) -> list[range]:
        """Return the sequences that never came, from the first that did; judge after catching up.

        Args:
            last: the unit's newest sequence, as its health says; 0 when not known.
        """
        rows = self._db.rows(
            "SELECT DISTINCT sequence FROM seen WHERE unit = ? AND epoch = ? ORDER BY sequence",
            (unit, epoch),
        )
        seen = [int(sequence) for (sequence,) in rows]
        if not seen:
            return []
        ends = [*seen[1:], max(last, seen[-1]) + 1]
        return [range(a + 1, b) for a, b in zip(seen, ends, strict=True) if b > a + 1]
