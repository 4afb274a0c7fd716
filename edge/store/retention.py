"""What is erased and when; each run that erases is on the audit chain.

Times are judged by the clock with care, for a unit may wake up in the past or the future. What has
its receipt may be erased early, it is safe elsewhere; what has none is given up only by a trusted
clock, and if it was stored under an untrusted one its age counts from the first trusted run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from edge.clock import Moment
from edge.errors import StoreFull
from edge.log import Log
from edge.store.audit import Audit
from edge.store.db import Database

_NS: Final = 1_000_000_000
_log = Log("edge.store")
_BATCH: Final = 5  # the line waits for it; and with crops it still fits into the last reserve


@dataclass(frozen=True, slots=True)
class Erased:
    """What one run did.

    Attributes:
        received: rows erased that had their receipt.
        given_up: rows erased without one.
        clean: nothing erased is left in the log file; False while another process reads, then
            the next run does it.
    """

    received: int
    given_up: int
    clean: bool


class Retention:
    """Erases what may no longer be kept, in any database that has the tables ``schema.OUTGOING``.

    Args:
        keep_sent_s: how long what has its receipt is kept.
        keep_unsent_s: how long what has none is kept before it is given up.
    """

    def __init__(
        self, db: Database, audit: Audit, *, keep_sent_s: float, keep_unsent_s: float
    ) -> None:
        self._db = db
        self._audit = audit
        self._keep_sent_ns = round(keep_sent_s * _NS)
        self._keep_unsent_ns = round(keep_unsent_s * _NS)
        self._clean = False  # a run before a crash may have left something

    def run(self, now: Moment, *, clock_trusted: bool) -> Erased:
        """Erase what is due and return what was; cheap when nothing is.

        Raises:
            StoreError: the disk failed; nothing is half erased.
        """
        received = self._erase_received(now)
        given_up = 0
        if clock_trusted:
            self._settle_ages(now)
            given_up = self.give_up(now)
        if received or given_up:
            self._clean = False
        if not self._clean:
            self._clean = self._truncate_log()
        return Erased(received, given_up, self._clean)

    def give_up(self, now: Moment) -> int:
        """Erase rows without a receipt that are too old, each recorded; return how many."""
        return self._in_batches(lambda: self._give_up_batch(now))

    def _erase_received(self, now: Moment) -> int:
        """Erase rows whose receipt is old enough, or from a future that the clock has left."""
        return self._in_batches(lambda: self._erase_batch(now))

    def _truncate_log(self) -> bool:
        try:
            return self._db.truncate_log()
        except StoreFull as error:
            _log.warning("no space to bring the log into the database", error=error)
            return False

    def _in_batches(self, erase: Callable[[], int]) -> int:
        total = 0
        while gone := self._db.write(erase):
            total += gone
        return total

    def _give_up_batch(self, now: Moment) -> int:
        rows = self._db.rows(
            "SELECT row, sequence, revision, digest, attempts FROM outbox"
            " WHERE received_ns IS NULL AND kept_from_ns <= ? ORDER BY kept_from_ns LIMIT ?",
            (now.utc_ns - self._keep_unsent_ns, _BATCH),
        )
        for row, sequence, revision, digest, attempts in rows:
            fields = {
                "sequence": sequence,
                "revision": revision,
                "digest": digest,
                "attempts": attempts,
            }
            self._db.execute("DELETE FROM outbox WHERE row = ?", (row,))
            self._audit.append("given-up", fields, now)
        return len(rows)

    def _erase_batch(self, now: Moment) -> int:
        rows = self._db.rows(
            "SELECT row FROM outbox WHERE received_ns <= ? OR received_ns > ? LIMIT ?",
            (now.utc_ns - self._keep_sent_ns, now.utc_ns + _NS, _BATCH),
        )
        for row in rows:
            self._db.execute("DELETE FROM outbox WHERE row = ?", row)
        if rows:
            self._audit.append("retention", {"erased": len(rows)}, now)
        return len(rows)

    def _settle_ages(self, now: Moment) -> None:
        """Let rows from an untrusted time, or from the future, count from now."""
        if self._db.row(
            "SELECT 1 FROM outbox WHERE clock_trusted = 0 OR kept_from_ns > ? LIMIT 1",
            (now.utc_ns,),
        ):
            self._db.write(
                lambda: self._db.execute(
                    "UPDATE outbox SET kept_from_ns = ?, clock_trusted = 1"
                    " WHERE clock_trusted = 0 OR kept_from_ns > ?",
                    (now.utc_ns, now.utc_ns),
                )
            )
