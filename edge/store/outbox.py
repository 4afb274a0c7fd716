"""What has been stored and not yet received: a row leaves only on a receipt, or on the record.

Order of sending: what was never sent comes first, the newest at the head, because a live alert
must not wait behind a day's backlog; then what was sent and has no receipt, the longest due first.
Revisions of one alert keep their order: a fresh one brings older unsent ones along before it.

A unit's alerts and a console's outcomes wait in the same way, each in its own database.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from edge.clock import Moment
from edge.messages.envelope import digest
from edge.messages.letter import Letter
from edge.messages.receipt import ReceiptMessage, ReceiptPayload
from edge.records import AlertId
from edge.store.audit import Audit
from edge.store.db import Database

LONGEST_WAIT_S: Final = 3600.0
_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One revision of an alert, or of another kind of message, that waits for its receipt.

    Attributes:
        kind: last level of the topic.
        body: the sealed words, the same each time.
        picture: sealed as well; empty where there is none, or it had to make room.
        digest: SHA-256 of *body* alone, hex.
        stored_ns: when it was stored, nanoseconds of UTC.
        attempts: how often it has been sent.
    """

    row: int
    alert_id: AlertId
    revision: int
    kind: str
    body: bytes
    picture: bytes
    digest: str
    stored_ns: int
    attempts: int


class Outbox:
    """The outbox of one database that has the tables ``schema.OUTGOING`` and ``KEEPING``.

    Args:
        name: whose messages these are: the unit's name, or the console's.

    Attributes:
        refused: receipts refused since the store was opened.
    """

    def __init__(self, db: Database, audit: Audit, name: str, epoch: str) -> None:
        self._db = db
        self._audit = audit
        self._name = name
        self._epoch = epoch
        self.refused = 0

    def put(
        self,
        sequence: int,
        revision: int,
        letter: Letter,
        stored: Moment,
        *,
        trusted: bool,
        kind: str = "alert",
        keep_ns: int | None = None,
    ) -> str:
        """Add a message inside the caller's transaction and return its digest.

        Args:
            trusted: the clock is; else the row's age is unknown until the clock is set.
            keep_ns: how long all revisions of *sequence* are kept; None: until soon after their
                receipts.
        """
        at, mark = stored.utc_ns, digest(letter.body)
        row = self._db.insert(
            "INSERT INTO outbox (sequence, revision, kind, body, digest, stored_ns, kept_from_ns,"
            " clock_trusted, keep_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (sequence, revision, kind, letter.body, mark, at, at, int(trusted), keep_ns),
        )
        self._db.execute(
            "UPDATE outbox SET keep_ns = ? WHERE sequence = ? AND keep_ns IS NOT ?",
            (keep_ns, sequence, keep_ns),
        )
        if letter.picture:
            self._db.execute("INSERT INTO pictures VALUES (?, ?)", (row, letter.picture))
        self._db.execute(
            "UPDATE outbox SET rank = ?"
            " WHERE sequence = ? AND received_ns IS NULL AND attempts = 0",
            (row, sequence),
        )
        return mark

    def pending(self, now: Moment, limit: int, busy: Collection[int] = ()) -> list[OutboxRow]:
        """Return up to *limit* rows to send now, in the order in which to send them.

        A time of trial further away than any wait can be was set by a clock that has since been
        put back; such a row is due.

        Args:
            busy: numbers of rows to leave out.
        """
        horizon = now.later(LONGEST_WAIT_S).utc_ns
        most = limit + len(busy)
        rows = self._db.rows(_UNSENT, (most,))
        rows += self._db.rows(_DUE, (0, now.utc_ns, most - len(rows)))
        rows += self._db.rows(_DUE, (horizon + 1, _LATEST, most - len(rows)))
        due = [row for (row,) in rows if row not in busy][:limit]
        # Only what goes out is read whole: pictures are large.
        return [self._row(self._db.rows(f"{_SELECT} WHERE row = ?", (row,))[0]) for row in due]

    def newest(self, limit: int, kind: str = "alert") -> list[OutboxRow]:
        """Return up to *limit* messages as they are still held, sent or not, the oldest first."""
        rows = self._db.rows(f"{_SELECT} WHERE kind = ? ORDER BY row DESC LIMIT ?", (kind, limit))
        return [self._row(row) for row in reversed(rows)]

    def walk(self, kind: str) -> Iterator[OutboxRow]:
        """Yield all messages of *kind* that are held, the oldest first, one at a time."""
        rows = self._db.rows("SELECT row FROM outbox WHERE kind = ? ORDER BY row", (kind,))
        for values in rows:
            found = self._db.row(f"{_SELECT} WHERE row = ?", values)
            if found is not None:  # erased since
                yield self._row(found)

    def of(self, sequence: int) -> list[OutboxRow]:
        """Return the revisions of a number that are still held."""
        rows = self._db.rows(f"{_SELECT} WHERE sequence = ? ORDER BY revision", (sequence,))
        return [self._row(row) for row in rows]

    def newest_of(self, sequence: int) -> OutboxRow | None:
        """Return the newest revision of a number that is still held."""
        row = self._db.row(
            f"{_SELECT} WHERE sequence = ? ORDER BY revision DESC LIMIT 1", (sequence,)
        )
        return self._row(row) if row else None

    def sent(self, rows: Sequence[OutboxRow], now: Moment, wait_s: float) -> None:
        """Note that *rows* went out; without a receipt each is due again after a doubling wait.

        Args:
            wait_s: the first wait (``delivery.receipt_wait_s``); doubles per attempt, to an hour.
        """
        if rows:
            self._db.write(lambda: self._sent(rows, now, wait_s))

    def hurry(self) -> None:
        """Make all rows without a receipt due now: the broker has lost what it held for us."""
        self._db.write(
            lambda: self._db.execute(
                "UPDATE outbox SET next_try_ns = 0 WHERE received_ns IS NULL AND attempts > 0"
            )
        )

    def acknowledge(
        self, receipts: Sequence[ReceiptMessage], receivers: Collection[str], now: Moment
    ) -> list[bool]:
        """Take receipts in one transaction; say of each whether the outbox no longer holds its row.

        A receipt counts only from a receiver that the settings name, for this store's epoch, with
        the digest of the very bytes that wait; others are refused and counted. A second receipt
        for the same row changes nothing. When this returns, all that was true is on the disk.
        """
        judged = [self._judge(receipt, receivers) for receipt in receipts]
        good = [
            receipt.payload
            for receipt, judgement in zip(receipts, judged, strict=True)
            if judgement is _Judgement.SETTLES
        ]
        if good:
            self._db.write(lambda: self._settle(good, now))
        self.refused += judged.count(_Judgement.REFUSED)
        return [judgement is not _Judgement.REFUSED for judgement in judged]

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

    def _judge(self, receipt: ReceiptMessage, receivers: Collection[str]) -> "_Judgement":
        said = receipt.payload
        row = self._db.row(
            "SELECT digest, received_ns FROM outbox WHERE sequence = ? AND revision = ?",
            (said.sequence, said.revision),
        )
        if (
            said.receiver not in receivers
            or (receipt.unit, said.epoch) != (self._name, self._epoch)
            or (row is not None and row[0] != said.digest)
        ):
            return _Judgement.REFUSED
        return _Judgement.KNOWN if row is None or row[1] is not None else _Judgement.SETTLES

    def _settle(self, receipts: Sequence[ReceiptPayload], now: Moment) -> None:
        for said in receipts:
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

    def _sent(self, rows: Sequence[OutboxRow], now: Moment, wait_s: float) -> None:
        for row in rows:
            wait = min(wait_s * 2.0 ** min(row.attempts, 30), LONGEST_WAIT_S)
            self._db.execute(
                "UPDATE outbox SET attempts = attempts + 1, next_try_ns = ? WHERE row = ?",
                (now.later(wait).utc_ns, row.row),
            )

    def _row(self, row: tuple[Any, ...]) -> OutboxRow:
        number, sequence, revision, kind, body, picture, mark, stored_ns, attempts = row
        alert_id = AlertId(self._name, self._epoch, sequence)
        return OutboxRow(
            number, alert_id, revision, kind, body, picture or b"", mark, stored_ns, attempts
        )


class _Judgement(Enum):
    SETTLES = auto()
    KNOWN = auto()
    REFUSED = auto()


_SELECT: Final = (
    "SELECT row, sequence, revision, kind, body, sealed, digest, stored_ns, attempts"
    " FROM outbox LEFT JOIN pictures USING (row)"
)
# Each has an index in its order: thousands may wait.
_UNSENT: Final = (
    "SELECT row FROM outbox WHERE received_ns IS NULL AND attempts = 0"
    " ORDER BY rank DESC, revision LIMIT ?"
)
_DUE: Final = (
    "SELECT row FROM outbox WHERE received_ns IS NULL AND attempts > 0"
    " AND next_try_ns BETWEEN ? AND ? ORDER BY next_try_ns LIMIT ?"
)
_LATEST: Final = 2**63 - 1
