"""What has been stored and not yet received: a row leaves only on a receipt, or on the record.

Order of sending: alerts that were never sent come first, the newest at the head, because a live
alert must not wait behind a day's backlog; then those sent and without a receipt, the longest
due first. Revisions of one alert keep their order.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from edge.clock import Moment
from edge.messages.receipt import ReceiptMessage, ReceiptPayload
from edge.records import AlertId
from edge.store.audit import Audit
from edge.store.db import Database

LONGEST_WAIT_S: Final = 3600.0
_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One revision of an alert that waits for its receipt.

    Attributes:
        kind: last level of the topic.
        body: the bytes to publish, the same each time.
        digest: SHA-256 of *body*, hex.
        stored_ns: when it was stored, nanoseconds of UTC.
        attempts: how often it has been sent.
    """

    row: int
    alert_id: AlertId
    revision: int
    kind: str
    body: bytes
    digest: str
    stored_ns: int
    attempts: int


class Outbox:
    """The outbox of one store.

    Attributes:
        refused: receipts refused since the store was opened.
    """

    def __init__(self, db: Database, audit: Audit, unit: str, epoch: str) -> None:
        self._db = db
        self._audit = audit
        self._unit = unit
        self._epoch = epoch
        self.refused = 0

    def put(
        self,
        alert_id: AlertId,
        revision: int,
        body: bytes,
        digest: str,
        stored: Moment,
        *,
        trusted: bool,
    ) -> None:
        """Add an alert's bytes inside the caller's transaction.

        Args:
            trusted: the clock is; else the row's age is unknown until the clock is set.
        """
        at = stored.utc_ns
        self._db.execute(
            "INSERT INTO outbox (sequence, revision, kind, body, digest, stored_ns, kept_from_ns,"
            " clock_trusted) VALUES (?, ?, 'alert', ?, ?, ?, ?, ?)",
            (alert_id.sequence, revision, body, digest, at, at, int(trusted)),
        )

    def pending(self, now: Moment, limit: int) -> list[OutboxRow]:
        """Return up to *limit* rows to send now, in the order in which to send them.

        A time of trial further away than any wait can be was set by a clock that has since been
        put back; such a row is due.
        """
        horizon = now.later(LONGEST_WAIT_S).utc_ns
        rows = self._db.rows(_UNSENT, (limit,))
        rows += self._db.rows(_DUE, (0, now.utc_ns, limit - len(rows)))
        rows += self._db.rows(_DUE, (horizon + 1, _LATEST, limit - len(rows)))
        return [self._row(row) for row in rows]

    def newest(self, limit: int) -> list[bytes]:
        """Return the bytes of up to *limit* alerts as they are still held, the oldest first."""
        rows = self._db.rows("SELECT body FROM outbox ORDER BY row DESC LIMIT ?", (limit,))
        return [body for (body,) in reversed(rows)]

    def sent(self, row: OutboxRow, now: Moment, wait_s: float) -> None:
        """Note that *row* went out; without a receipt it is due again after a doubling wait.

        Args:
            wait_s: the first wait (``delivery.receipt_wait_s``); doubles per attempt, to an hour.
        """
        wait = min(wait_s * 2.0 ** min(row.attempts, 30), LONGEST_WAIT_S)
        self._db.write(
            lambda: self._db.execute(
                "UPDATE outbox SET attempts = attempts + 1, next_try_ns = ? WHERE row = ?",
                (now.later(wait).utc_ns, row.row),
            )
        )

    def hurry(self) -> None:
        """Make all rows without a receipt due now: the broker has lost what it held for us."""
        self._db.write(
            lambda: self._db.execute(
                "UPDATE outbox SET next_try_ns = 0 WHERE received_ns IS NULL AND attempts > 0"
            )
        )

    def acknowledge(self, receipt: ReceiptMessage, receivers: Collection[str], now: Moment) -> bool:
        """Take a receipt and return whether the outbox no longer holds the row.

        A receipt counts only from a receiver that the settings name, for this store's epoch, with
        the digest of the very bytes that wait; others are refused and counted. A second receipt
        for the same row changes nothing.
        """
        said = receipt.payload
        row = self._db.row(
            "SELECT digest, received_ns FROM outbox WHERE sequence = ? AND revision = ?",
            (said.sequence, said.revision),
        )
        if (
            said.receiver not in receivers
            or (receipt.unit, said.epoch) != (self._unit, self._epoch)
            or (row is not None and row[0] != said.digest)
        ):
            self.refused += 1
            return False
        if row is None or row[1] is not None:
            return True
        self._db.write(lambda: self._settle(said, now))
        return True

    def depth(self) -> int:
        """Return how many rows wait for a receipt."""
        row = self._db.row("SELECT count(*) FROM outbox WHERE received_ns IS NULL")
        return int(row[0]) if row else 0

    def oldest_age(self, now: Moment) -> float | None:
        """Return the seconds that the oldest row has waited; None of an empty outbox."""
        row = self._db.row("SELECT min(kept_from_ns) FROM outbox WHERE received_ns IS NULL")
        if row is None or row[0] is None:
            return None
        return max(0.0, (now.utc_ns - int(row[0])) / _NS)

    def given_up(self, since: Moment | None = None) -> int:
        """Return how many rows were erased without a receipt, by the audit chain."""
        return self._audit.count("given-up", since)

    def _settle(self, said: ReceiptPayload, now: Moment) -> None:
        taken = self._db.execute(
            "UPDATE outbox SET received_ns = ?"
            " WHERE sequence = ? AND revision = ? AND received_ns IS NULL",
            (now.utc_ns, said.sequence, said.revision),
        )
        if taken:
            fields = {
                "sequence": said.sequence,
                "revision": said.revision,
                "digest": said.digest,
                "receiver": said.receiver,
                "received_at": said.received_at,
            }
            self._audit.append("receipt", fields, now)

    def _row(self, row: tuple[int, int, int, str, bytes, str, int, int]) -> OutboxRow:
        number, sequence, revision, kind, body, digest, stored_ns, attempts = row
        alert_id = AlertId(self._unit, self._epoch, sequence)
        return OutboxRow(number, alert_id, revision, kind, body, digest, stored_ns, attempts)


_SELECT: Final = (
    "SELECT row, sequence, revision, kind, body, digest, stored_ns, attempts FROM outbox"
)
# Each has an index in its order: bodies are large, and thousands may wait.
_UNSENT: Final = (
    f"{_SELECT} WHERE received_ns IS NULL AND attempts = 0 ORDER BY sequence DESC, revision LIMIT ?"
)
_DUE: Final = (
    f"{_SELECT} WHERE received_ns IS NULL AND attempts > 0"
    " AND next_try_ns BETWEEN ? AND ? ORDER BY next_try_ns LIMIT ?"
)
_LATEST: Final = 2**63 - 1
