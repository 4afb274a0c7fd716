"""Wrong passwords: counted by name, waited for, and not forgotten by a restart."""

from typing import Final

from edge.clock import Moment
from edge.store.audit import Audit
from edge.store.db import Database

FREE: Final = 3  # slips of the finger cost nothing
FIRST_S: Final = 5.0
LONGEST_S: Final = 900.0
_NS: Final = 1_000_000_000


class Tries:
    """How long the next try for a name has to wait."""

    def __init__(self, db: Database, audit: Audit) -> None:
        self._db = db
        self._audit = audit

    def wait_s(self, name: str, now: Moment) -> float:
        """Return the seconds until the next try for *name* is looked at; 0 for at once.

        A clock that was put back makes nobody wait longer than once more the whole time.
        """
        row = self._db.row("SELECT failed, last_ns FROM tries WHERE name = ?", (name,))
        if row is None or row[0] < FREE:
            return 0.0
        failed, last_ns = row
        if last_ns > now.utc_ns:
            self._set(name, failed, now)
            last_ns = now.utc_ns
        wait = min(FIRST_S * 2.0 ** min(failed - FREE, 30), LONGEST_S)
        return float(max(0.0, wait - (now.utc_ns - last_ns) / _NS))

    def failed(self, name: str, now: Moment) -> None:
        """Count a wrong password, on the record."""
        with self._db.transaction():
            row = self._db.row("SELECT failed FROM tries WHERE name = ?", (name,))
            count = int(row[0]) + 1 if row else 1
            self._put(name, count, now)
            self._audit.append("log-in-refused", {"officer": name, "in_a_row": count}, now)

    def clear(self, name: str) -> None:
        """Forget the wrong ones, inside the caller's transaction: the right one has come."""
        self._db.execute("DELETE FROM tries WHERE name = ?", (name,))

    def _set(self, name: str, failed: int, now: Moment) -> None:
        with self._db.transaction():
            self._put(name, failed, now)

    def _put(self, name: str, failed: int, now: Moment) -> None:
        self._db.execute(
            "INSERT INTO tries VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
            " SET failed = excluded.failed, last_ns = excluded.last_ns",
            (name, failed, now.utc_ns),
        )
