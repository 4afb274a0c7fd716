"""What is erased and when; each run that erases is on the audit chain.

Alerts stay for the days of their category, received or not, for a search finds them here; all else
goes soon after its receipt. What a case holds stays until the hold ends.

Times are judged by the clock with care, for a unit may wake up in the past or the future. What has
its receipt may be erased early, it is safe elsewhere; what has none is given up only by a trusted
clock, and if it was stored under an untrusted one its age counts from the first trusted run. A
clock that nobody has set erases no alert for being from the future: each start without a network
would; and it ends no hold.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from edge.clock import Moment, suspended_ns
from edge.errors import StoreFull
from edge.log import Log
from edge.store.audit import Audit
from edge.store.db import Database
from edge.store.holding import Holds

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
    """Erases what may no longer be kept, in a database with tables ``OUTGOING`` and ``KEEPING``.

    Args:
        keep_sent_s: how long what has its receipt, and no time of its own, is kept.
        keep_unsent_s: how long what has none is kept at most before it is given up.
    """

    def __init__(
        self,
        db: Database,
        audit: Audit,
        holds: Holds,
        *,
        keep_sent_s: float,
        keep_unsent_s: float,
    ) -> None:
        self._db = db
        self._audit = audit
        self._holds = holds
        self._keep_sent_ns = round(keep_sent_s * _NS)
        self._keep_unsent_ns = round(keep_unsent_s * _NS)
        self._clean = False  # a run before a crash may have left something
        self._last: tuple[int, int] | None = None  # by the clock and by the steady one

    def run(self, now: Moment, *, clock_trusted: bool) -> Erased:
        """Erase what is due and return what was; cheap when nothing is.

        Raises:
            StoreError: the disk failed; nothing is half erased.
        """
        self._follow(now)
        received = self._erase_received(now)
        given_up = 0
        if clock_trusted:
            self._end_holds(now)
            received += self._erase_future(now)
            self._settle_ages(now)
            received += self._in_batches(lambda: self._erase_kept(now))
            given_up = self.give_up(now)
        if received or given_up:
            self._clean = False
        if not self._clean:
            self._clean = self._truncate_log()
        return Erased(received, given_up, self._clean)

    def give_up(self, now: Moment) -> int:
        """Erase rows without a receipt that are too old, each recorded; return how many."""
        return self._in_batches(lambda: self._give_up_batch(now))

    def _follow(self, now: Moment) -> None:
        """Age by the steady clock what this process has seen, when the other one is put forward.

        A clock that was a year behind for a while, and is right again, makes nothing a year old.
        """
        steady, last = now.monotonic_ns + suspended_ns(), self._last
        self._last = (now.utc_ns, steady)
        if last is None:
            return
        then = last[0] + steady - last[1]  # what the clock would say, had nobody touched it
        jump = now.utc_ns - then
        if jump > 2 * _NS:
            self._db.write(
                lambda: self._db.execute(
                    "UPDATE outbox SET kept_from_ns = kept_from_ns + ? WHERE kept_from_ns <= ?",
                    (jump, then + 2 * _NS),
                )
            )

    def _erase_received(self, now: Moment) -> int:
        """Erase rows whose receipt is old enough, or from a future that the clock has left."""
        due = (now.utc_ns - self._keep_sent_ns, now.utc_ns + _NS)
        return self._in_batches(lambda: self._erase_batch(_SOON, due, now))

    def _erase_kept(self, now: Moment) -> int:
        """Erase a batch of received rows that have been kept for their days."""
        return self._erase_batch(_KEPT, (now.utc_ns,), now)

    def _erase_future(self, now: Moment) -> int:
        """Erase received rows of a time that was believed and that the clock has since left."""
        due = (now.utc_ns + _NS,)
        return self._in_batches(lambda: self._erase_batch(_FUTURE, due, now))

    def _end_holds(self, now: Moment) -> None:
        if self._holds.standing():
            self._db.write(lambda: self._holds.expire(now))

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
        at, old = now.utc_ns, now.utc_ns - self._keep_unsent_ns
        rows = self._db.rows(_UNRECEIVED, (old, old, at, _BATCH))
        soon = at - self._keep_sent_ns  # who keeps it for no day at all still delivers it
        rows = rows or self._db.rows(_OUTLIVED, (at, soon, at, at, _BATCH))
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

    def _erase_batch(self, query: str, due: tuple[int, ...], now: Moment) -> int:
        rows = self._db.rows(query, (*due, _BATCH))
        for row in rows:
            self._db.execute("DELETE FROM outbox WHERE row = ?", row)
        if rows:
            self._audit.append("retention", {"erased": len(rows)}, now)
        return len(rows)

    def _settle_ages(self, now: Moment) -> None:
        """Let rows from an untrusted time, or from the future, count from now."""
        for where in ("clock_trusted = 0", "kept_from_ns > ?"):
            values = (now.utc_ns,) if "?" in where else ()
            if self._db.row(f"SELECT 1 FROM outbox WHERE {where} LIMIT 1", values):  # noqa: S608
                self._db.write(partial(self._settle, where, now.utc_ns, values))

    def _settle(self, where: str, now_ns: int, values: tuple[int, ...]) -> int:
        return self._db.execute(
            f"UPDATE outbox SET kept_from_ns = ?, clock_trusted = 1 WHERE {where}",  # noqa: S608
            (now_ns, *values),
        )


_SOON: Final = (
    "SELECT row FROM outbox WHERE received_ns IS NOT NULL AND keep_ns IS NULL"
    " AND (received_ns <= ? OR received_ns > ?) AND sequence NOT IN held LIMIT ?"
)
_KEPT: Final = (
    "SELECT row FROM outbox WHERE keep_ns IS NOT NULL AND kept_from_ns + keep_ns <= ?"
    " AND received_ns IS NOT NULL AND sequence NOT IN held LIMIT ?"
)
_FUTURE: Final = (
    "SELECT row FROM outbox WHERE kept_from_ns > ? AND clock_trusted = 1"
    " AND received_ns IS NOT NULL AND keep_ns IS NOT NULL AND sequence NOT IN held LIMIT ?"
)
# The clock may have been a year behind for a while: nothing is older than since it was stored, by a
# clock that is past that again.
_UNRECEIVED: Final = (
    "SELECT row, sequence, revision, digest, attempts FROM outbox INDEXED BY outbox_waiting"
    " WHERE received_ns IS NULL AND kept_from_ns <= ? AND (stored_ns <= ? OR stored_ns > ?)"
    " AND sequence NOT IN held ORDER BY kept_from_ns LIMIT ?"
)
_OUTLIVED: Final = (
    "SELECT row, sequence, revision, digest, attempts FROM outbox"
    " WHERE keep_ns IS NOT NULL AND kept_from_ns + keep_ns <= ? AND kept_from_ns <= ?"
    " AND received_ns IS NULL AND (stored_ns + keep_ns <= ? OR stored_ns > ?)"
    " AND sequence NOT IN held LIMIT ?"
)
