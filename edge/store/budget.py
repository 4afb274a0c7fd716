"""How large a store may grow: the oldest pictures make room, alerts that wait never do.

Pictures whose alert has its receipt go first, for somebody holds them; then what those alerts say,
which is kept here for searches alone; then pictures that still wait, the oldest first. What an
alert says stays until its receipt, or until its time has passed. What a case holds stays. The
pages that go are overwritten with zeros and used again: the file grows no further.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from edge.clock import Moment
from edge.store.audit import Audit
from edge.store.db import Database

_MB: Final = 1024 * 1024
_BATCH: Final = 5  # as many as one short transaction drops: the line waits for it
_SPARE: Final = 16  # the run from time to time frees this part of the budget ahead
_TOTAL: Final = "pictures_dropped"


@dataclass(frozen=True, slots=True)
class Dropped:
    """What one run did.

    Attributes:
        pictures: how many were dropped.
        waiting: of those, how many had not been received by anybody.
        letters: received alerts that went after their pictures.
    """

    pictures: int
    waiting: int
    letters: int = 0

    @property
    def anything(self) -> bool:
        """Whether there was anything left to drop."""
        return bool(self.pictures or self.letters)


class Budget:
    """Keeps one database under its size, in any with the tables ``OUTGOING`` and ``KEEPING``.

    Args:
        limit_mb: what its pages in use may take, without the log.
    """

    def __init__(self, db: Database, audit: Audit, limit_mb: int) -> None:
        self._db = db
        self._audit = audit
        self._limit = limit_mb * _MB

    def used(self) -> int:
        """Return the bytes of all pages in use; what was freed is used again and does not count."""
        return self._db.used_bytes()

    def over(self) -> bool:
        """Say whether the next picture has to make room."""
        return self.used() > self._limit

    def keep(self, now: Moment) -> Dropped:
        """Drop the oldest pictures until there is some room ahead; each batch is recorded.

        Raises:
            StoreError: the disk failed; nothing is half dropped.
        """
        enough = self._limit - self._limit // _SPARE
        pictures = waiting = 0
        while self.used() > enough:
            gone = self._db.write(lambda: self._drop_batch(now))
            pictures, waiting = pictures + gone.pictures, waiting + gone.waiting
            if not gone.anything:
                break
        return Dropped(pictures, waiting)

    def step(self, now: Moment) -> Dropped:
        """Drop no more than one batch, if the store is over its budget: a short moment.

        Raises:
            StoreError: as :meth:`keep`; a full disk's last reserve is not spent on it.
        """
        if not self.over():
            return Dropped(0, 0)
        with self._db.transaction():
            return self._drop_batch(now)

    def bare(self) -> int:
        """Return how many alerts wait for a receipt without the picture that they had."""
        row = self._db.row(_BARE)
        return int(row[0]) if row else 0

    def total(self) -> int:
        """Return how many pictures were ever dropped."""
        row = self._db.row("SELECT value FROM meta WHERE key = ?", (_TOTAL,))
        return int(row[0]) if row else 0

    def problem(self) -> str:
        """Return the sentence for health; empty when nothing is missing."""
        bare, limit = self.bare(), self._limit // _MB
        if self.over() and not self._db.row("SELECT 1 FROM pictures LIMIT 1"):
            return (
                f"the store is over its budget of {limit} MB with no picture left: alerts go on "
                "without one; raise store.budget_mb or connect the unit"
            )
        if bare:
            return (
                f"the store reached its budget of {limit} MB: {bare} alerts wait for a receipt "
                "without their picture"
            )
        return ""

    def _drop_batch(self, now: Moment) -> Dropped:
        if rows := self._db.rows(_RECEIVED, (_BATCH,)):
            return self._drop_pictures(rows, len(rows), now)
        if letters := self._drop_letters(now):
            return Dropped(0, 0, letters)
        if rows := self._db.rows(_OLDEST, (_BATCH,)):
            return self._drop_pictures(rows, 0, now)
        return Dropped(0, 0)

    def _drop_letters(self, now: Moment) -> int:
        rows = self._db.rows(_LETTERS, (_BATCH,))
        for row in rows:
            self._db.execute("DELETE FROM outbox WHERE row = ?", row)
        if rows:
            self._audit.append("retention", {"erased": len(rows)}, now)
        return len(rows)

    def _drop_pictures(
        self, rows: Sequence[tuple[Any, ...]], received: int, now: Moment
    ) -> Dropped:
        for row, _ in rows:
            self._db.execute("DELETE FROM pictures WHERE row = ?", (row,))
        for row, _ in rows[received:]:
            self._db.execute("UPDATE outbox SET picture_dropped = 1 WHERE row = ?", (row,))
        self._db.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key)"
            " DO UPDATE SET value = CAST(value AS INTEGER) + excluded.value",
            (_TOTAL, str(len(rows))),
        )
        told = {
            "dropped": len(rows),
            "waiting": len(rows) - received,
            "bytes": sum(size for _, size in rows),
        }
        self._audit.append("pictures", told, now)
        return Dropped(len(rows), len(rows) - received)


_BARE: Final = "SELECT count(*) FROM outbox WHERE received_ns IS NULL AND picture_dropped = 1"
_RECEIVED: Final = (
    "SELECT row, length(sealed) FROM outbox INDEXED BY outbox_received JOIN pictures USING (row)"
    " WHERE received_ns IS NOT NULL AND sequence NOT IN held ORDER BY received_ns LIMIT ?"
)
_LETTERS: Final = (
    "SELECT row FROM outbox INDEXED BY outbox_received"
    " WHERE received_ns IS NOT NULL AND sequence NOT IN held ORDER BY received_ns LIMIT ?"
)
# Once no received picture is left, the smallest row number is the oldest that waits.
_OLDEST: Final = (
    "SELECT row, length(sealed) FROM pictures JOIN outbox USING (row)"
    " WHERE received_ns IS NULL AND sequence NOT IN held ORDER BY pictures.row LIMIT ?"
)
