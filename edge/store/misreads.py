"""Outcomes ``misread`` at a console, until they are purged here and have been brought elsewhere."""

from dataclasses import dataclass
from typing import Final

from edge.clock import Moment
from edge.records import AlertId
from edge.store.db import Database


@dataclass(frozen=True, slots=True)
class KeptMisread:
    """One outcome.

    Attributes:
        alert, outcome: numbers.
        own: said at this console, which brings it to the others.
        since_ns: when it was said or came here, by this machine.
        document: what the officer signed.
    """

    outcome: str
    alert: str
    officer: str
    own: bool
    since_ns: int
    document: bytes


class Misreads:
    """The part of a console's database that holds what officers signed as misread."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def put(
        self,
        outcome: AlertId,
        about: AlertId,
        officer: str,
        document: bytes,
        now: Moment,
        *,
        own: bool,
    ) -> None:
        """Keep an outcome, inside the caller's transaction; a known one changes nothing."""
        self._db.execute(
            "INSERT INTO misreads (outcome, alert, officer, own, since_ns, document)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (str(outcome), str(about), officer, int(own), now.utc_ns, document),
        )

    def take(
        self, outcome: AlertId, about: AlertId, officer: str, document: bytes, now: Moment
    ) -> None:
        """Keep an outcome of another console.

        Raises:
            StoreError: it cannot be written.
        """
        with self._db.transaction():
            self.put(outcome, about, officer, document, now, own=False)

    def open(self) -> list[KeptMisread]:
        """Return those that are not settled, the oldest first."""
        rows = self._db.rows(_OPEN)
        return [
            KeptMisread(outcome, alert, officer, bool(own), since_ns, document)
            for outcome, alert, officer, own, since_ns, document in rows
        ]

    def settle(self, outcome: str) -> None:
        """Note that all have it, and erase what the officer signed, which may name a plate."""
        with self._db.transaction():
            self._db.execute(
                "UPDATE misreads SET settled = 1, document = NULL WHERE outcome = ?", (outcome,)
            )


_OPEN: Final = (
    "SELECT outcome, alert, officer, own, since_ns, document FROM misreads"
    " WHERE settled = 0 AND document IS NOT NULL ORDER BY since_ns, outcome"
)
