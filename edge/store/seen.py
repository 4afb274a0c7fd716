"""A receiver's memory: an alert that is sent again is shown once, and gaps are seen.

Holds numbers and digests, and, sealed as they came, the letters that nobody was shown as yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from edge.clock import Moment
from edge.errors import StoreContradicted
from edge.store.db import Database
from edge.store.schema import SEEN, SEEN_ID


class Novelty(StrEnum):
    """What a receiver does with an alert.

    ``NEW``: show it (a first word or a newer revision); ``AGAIN``: it has been shown, only send the
    receipt; ``OUTDATED``: a newer revision has been shown, only send the receipt.
    """

    NEW = "new"
    AGAIN = "again"
    OUTDATED = "outdated"


@dataclass(frozen=True, slots=True)
class Came:
    """An alert as it came.

    Attributes:
        digest: of what it says.
        letter: its bytes, still sealed.
    """

    unit: str
    epoch: str
    sequence: int
    revision: int
    digest: str
    letter: bytes


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
        """Note an alert that is shown somewhere else, and return what to do with it.

        Raises:
            StoreContradicted: the same number came with other bytes before: a unit never does
                that, so somebody forges; show nothing, send no receipt.
            StoreError: it cannot be written.
        """
        with self._db.transaction():
            novelty = self._judge(Came(unit, epoch, sequence, revision, digest, b""), at)
        if isinstance(novelty, StoreContradicted):
            raise novelty
        return novelty

    def keep(self, burst: Sequence[Came], at: Moment) -> list[Novelty | StoreContradicted]:
        """Note alerts in one transaction and return, of each, what to do with it.

        Those that are new are kept as they came, until they are :meth:`shown`. A contradiction is
        returned in its place, as :meth:`remember` raises it; the others stand.

        Raises:
            StoreError: they cannot be written; none of them must be confirmed.
        """
        with self._db.transaction():
            return [self._kept(came, at) for came in burst]

    def unshown(self) -> list[tuple[tuple[str, str, int, int], bytes]]:
        """Return number and letter of what was kept and not shown, in the order of arrival."""
        rows = self._db.rows(
            "SELECT unit, epoch, sequence, revision, letter FROM unshown ORDER BY number"
        )
        return [((unit, epoch, seq, revision), blob) for unit, epoch, seq, revision, blob in rows]

    def shown(self, unit: str, epoch: str, sequence: int, revision: int) -> None:
        """Drop what was kept of an alert.

        After a power cut it may be back, to be shown again: the disk is not waited for.
        """
        with self._db.soon():
            self._db.execute(
                "DELETE FROM unshown"
                " WHERE unit = ? AND epoch = ? AND sequence = ? AND revision = ?",
                (unit, epoch, sequence, revision),
            )

    def _kept(self, came: Came, at: Moment) -> Novelty | StoreContradicted:
        novelty = self._judge(came, at)
        if novelty is Novelty.NEW:
            self._db.execute(
                "INSERT INTO unshown (unit, epoch, sequence, revision, letter)"
                " VALUES (?, ?, ?, ?, ?)",
                (came.unit, came.epoch, came.sequence, came.revision, came.letter),
            )
        return novelty

    def _judge(self, came: Came, at: Moment) -> Novelty | StoreContradicted:
        key = (came.unit, came.epoch, came.sequence, came.revision)
        row = self._db.row(
            "SELECT digest FROM seen WHERE unit = ? AND epoch = ? AND sequence = ?"
            " AND revision = ?",
            key,
        )
        if row is not None and row[0] != came.digest:
            return StoreContradicted(
                f"alert {came.unit}/{came.epoch}/{came.sequence} revision {came.revision} came a "
                "second time with other bytes: refused, somebody may be forging"
            )
        if row is not None:
            return Novelty.AGAIN
        newer = self._db.row(
            "SELECT 1 FROM seen WHERE unit = ? AND epoch = ? AND sequence = ?"
            " AND revision > ? LIMIT 1",
            key,
        )
        self._db.execute(
            "INSERT INTO seen VALUES (?, ?, ?, ?, ?, ?)", (*key, came.digest, at.utc_ns)
        )
        return Novelty.OUTDATED if newer else Novelty.NEW

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
