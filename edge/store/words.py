"""What officers said of alerts, here and at other consoles, opened."""

from dataclasses import dataclass
from typing import Final

from edge.clock import Moment
from edge.errors import StoreContradicted
from edge.records import AlertId
from edge.store.audit import Audit
from edge.store.db import Database
from edge.store.seen import Novelty


@dataclass(frozen=True, slots=True)
class KeptWord:
    """One outcome.

    Attributes:
        number: of the console that it was given at.
        own: this console's.
        received: somebody has confirmed it to this console; always so for another's.
    """

    number: AlertId
    words: bytes
    own: bool
    received: bool


class KeptWords:
    """The part of a console's database that holds outcomes.

    Args:
        name, epoch: of this console's store.
    """

    def __init__(self, db: Database, audit: Audit, name: str, epoch: str) -> None:
        self._db = db
        self._audit = audit
        self._own = (name, epoch)

    def put(
        self, number: AlertId, revision: int, mark: str, words: bytes, about: AlertId, now: Moment
    ) -> None:
        """Keep an outcome, inside the caller's transaction."""
        key = (number.unit, number.epoch, number.sequence, revision)
        self._db.execute(
            "INSERT INTO words (console, epoch, sequence, revision, mark, about, received_ns,"
            " words) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*key, mark, str(about), now.utc_ns, words),
        )

    def hear(
        self, number: AlertId, revision: int, mark: str, words: bytes, about: AlertId, now: Moment
    ) -> Novelty:
        """Keep another console's outcome, and say whether it is new.

        Raises:
            StoreContradicted: the same number came with other words before.
        """
        with self._db.transaction():
            row = self._db.row(
                "SELECT mark FROM words WHERE console = ? AND epoch = ? AND sequence = ?"
                " AND revision = ?",
                (number.unit, number.epoch, number.sequence, revision),
            )
            if row is not None and row[0] != mark:
                raise StoreContradicted(
                    f"outcome {number} came a second time with other words: refused, somebody may"
                    " be forging"
                )
            if row is not None:
                return Novelty.AGAIN
            self.put(number, revision, mark, words, about, now)
            fields = {"outcome": str(number), "alert": str(about), "mark": mark}
            self._audit.append("heard", fields, now)
        return Novelty.NEW

    def all(self, about: AlertId | None = None) -> list[KeptWord]:
        """Return all that are held, or those on one alert, in the order in which they came."""
        waiting = {int(row[0]) for row in self._db.rows(_WAITING)}
        if about is None:
            rows = self._db.rows(f"{_SELECT} ORDER BY row")
        else:
            rows = self._db.rows(f"{_SELECT} AND about = ? ORDER BY row", (str(about),))
        return [self._word(row, waiting) for row in rows]

    def spoken_of(self, sequence: int) -> AlertId | None:
        """Return the alert that an own outcome is about; None for no such outcome."""
        row = self._db.row(
            "SELECT about FROM words WHERE console = ? AND epoch = ? AND sequence = ?",
            (*self._own, sequence),
        )
        if row is None:
            return None
        unit, epoch, number = row[0].split("/")
        return AlertId(unit, epoch, int(number))

    def erase(self, about: AlertId) -> None:
        """Erase what was said of an alert, inside the caller's transaction; numbers stay."""
        self._db.execute("UPDATE words SET words = NULL WHERE about = ?", (str(about),))

    def _word(self, row: tuple[str, str, int, bytes], waiting: set[int]) -> KeptWord:
        console, epoch, sequence, words = row
        own = (console, epoch) == self._own
        received = not own or sequence not in waiting
        return KeptWord(AlertId(console, epoch, sequence), words, own, received)


_SELECT: Final = "SELECT console, epoch, sequence, words FROM words WHERE words IS NOT NULL"
_WAITING: Final = "SELECT sequence FROM outbox WHERE received_ns IS NULL"
