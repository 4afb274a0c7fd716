"""What is erased and when; each run that erases is on the audit chain.

Times are judged by the clock with care, for a unit may wake up in the past or the future. What has
its receipt may be erased early, it is safe elsewhere; what has none is given up only by a trusted
clock, and if it was stored under an untrusted one its age counts from the first trusted run.
"""

from dataclasses import dataclass
from typing import Final

from edge.clock import Moment
from edge.config.store import StoreSection
from edge.store.audit import Audit
from edge.store.db import Database

_NS: Final = 1_000_000_000
_BATCH: Final = 200  # a transaction stays short: the line waits for it


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
    """Erases what may no longer be kept."""

    def __init__(self, db: Database, audit: Audit, section: StoreSection) -> None:
        self._db = db
        self._audit = audit
        self._keep_sent_ns = round(section.keep_sent_s * _NS)
        self._keep_unsent_ns = round(section.keep_unsent_s * _NS)
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
            self._clean = self._db.truncate_log()
        return Erased(received, given_up, self._clean)

    def give_up(self, now: Moment) -> int:
        """Erase rows without a receipt that are too old, each recorded; return how many."""
        total = 0
        while rows := self._db.rows(
            "SELECT row, sequence, revision, digest, attempts FROM outbox"
            " WHERE received_ns IS NULL AND kept_from_ns <= ? ORDER BY row LIMIT ?",
            (now.utc_ns - self._keep_unsent_ns, _BATCH),
        ):
            with self._db.transaction():
                for row, sequence, revision, digest, attempts in rows:
                    gone = self._db.execute(
                        "DELETE FROM outbox WHERE row = ? AND received_ns IS NULL", (row,)
                    )
                    if gone:
                        fields = {
                            "sequence": sequence,
                            "revision": revision,
                            "digest": digest,
                            "attempts": attempts,
                        }
                        self._audit.append("given-up", fields, now)
                        total += 1
        return total

    def _erase_received(self, now: Moment) -> int:
        """Erase rows whose receipt is old enough, or from a future that the clock has left."""
        total = 0
        bounds = (now.utc_ns - self._keep_sent_ns, now.utc_ns + _NS)
        while self._db.row(
            "SELECT 1 FROM outbox WHERE received_ns <= ? OR received_ns > ? LIMIT 1", bounds
        ):
            with self._db.transaction():
                gone = self._db.execute(
                    "DELETE FROM outbox WHERE row IN (SELECT row FROM outbox"
                    " WHERE received_ns <= ? OR received_ns > ? ORDER BY row LIMIT ?)",
                    (*bounds, _BATCH),
                )
                self._audit.append("retention", {"erased": gone}, now)
            total += gone
        return total

    def _settle_ages(self, now: Moment) -> None:
        """Let rows from an untrusted time, or from the future, count from now."""
        now_ns = now.utc_ns
        if self._db.row(
            "SELECT 1 FROM outbox WHERE clock_trusted = 0 OR kept_from_ns > ? LIMIT 1", (now_ns,)
        ):
            with self._db.transaction():
                self._db.execute(
                    "UPDATE outbox SET kept_from_ns = ?, clock_trusted = 1"
                    " WHERE clock_trusted = 0 OR kept_from_ns > ?",
                    (now_ns, now_ns),
                )
