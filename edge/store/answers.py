"""Units' answers to searches as a console keeps them: sealed to the officer who asked.

The console cannot open them. It keeps them for whoever asked, and its receipt empties the unit's
outbox; numbers and digests stay, so that what is sent again is known and gaps are counted right.
"""

from dataclasses import dataclass
from typing import Final

from edge.clock import Moment
from edge.errors import StoreContradicted
from edge.messages.answer import AnswerCover
from edge.records import AlertId
from edge.store.db import Database
from edge.store.seen import Novelty

KEEP_S: Final = 7 * 86_400.0
_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """One answer, *body* as :func:`edge.messages.answer.open_answer` reads it."""

    number: AlertId
    query: str
    body: bytes


class KeptAnswers:
    """The part of a console's database that holds answers."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def keep(self, cover: AnswerCover, now: Moment) -> Novelty:
        """Make an answer safe.

        Raises:
            StoreContradicted: the same number came with other bytes before.
            StoreError: it cannot be written; it must not be confirmed.
        """
        number = cover.number
        key = (number.unit, number.epoch, number.sequence)
        with self._db.transaction():
            row = self._db.row(
                "SELECT digest FROM answers WHERE (unit, epoch, sequence) = (?, ?, ?)", key
            )
            if row is not None and row[0] != cover.digest:
                raise StoreContradicted(
                    f"answer {number} came a second time with other bytes: refused, somebody may be"
                    " forging"
                )
            if row is not None:
                return Novelty.AGAIN
            self._db.execute(
                "INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*key, cover.digest, cover.message.payload.query, now.utc_ns, cover.body),
            )
        return Novelty.NEW

    def to(self, query: str) -> list[KeptAnswer]:
        """Return the answers to one search that are held, by unit."""
        rows = self._db.rows(
            "SELECT unit, epoch, sequence, query, body FROM answers"
            " WHERE query = ? AND body IS NOT NULL ORDER BY unit, received_ns",
            (query,),
        )
        return [KeptAnswer(AlertId(*row[:3]), row[3], row[4]) for row in rows]

    def erase(self, now: Moment) -> int:
        """Erase answers that have been kept for a week, inside the caller's transaction."""
        return self._db.execute(
            "UPDATE answers SET body = NULL"
            " WHERE body IS NOT NULL AND (received_ns <= ? OR received_ns > ?)",
            (now.utc_ns - round(KEEP_S * _NS), now.utc_ns + round(KEEP_S * _NS)),
        )
