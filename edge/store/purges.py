"""Misread alerts in a store: what they said is erased, and a later revision of them as well.

Whether an officer signed it is checked before it comes here (:mod:`edge.policy.misreads`). What a
case holds is purged when the hold ends. Numbers, digests and the record stay: the count is right,
and the same alert sent again is not shown anew.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

from edge.clock import Moment
from edge.messages.acts import act_row
from edge.messages.acts_town import Purged, Subject
from edge.store.audit import Audit
from edge.store.db import Database

_DIRTY: Final = "unclean"


@dataclass(frozen=True, slots=True)
class KeptPurge:
    """One misread.

    Attributes:
        alert, outcome: their numbers.
        at: when the officer said it, RFC 3339.
        done: it is erased here; False while a case holds it.
    """

    alert: str
    outcome: str
    officer: str
    at: str
    done: bool


class Purges:
    """The part of a database with the tables ``schema.KEEPING`` that says what must go.

    Args:
        erase: erases all that is held of an alert, inside a transaction.
    """

    def __init__(self, db: Database, audit: Audit, erase: Callable[[str], None]) -> None:
        self._db = db
        self._audit = audit
        self._erase = erase

    def take(self, purge: KeptPurge, now: Moment) -> KeptPurge:
        """Note a misread and purge it if nothing holds it; return what has become of it.

        The first outcome counts; the same one again changes nothing.

        Raises:
            StoreFull: it cannot be recorded; nothing is erased.
        """
        with self._db.transaction():
            self._db.execute(
                "INSERT INTO purges (alert, outcome, officer, at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (purge.alert, purge.outcome, purge.officer, purge.at),
            )
            self._purge_due(now)
        self.clean()
        return self.find(purge.alert) or purge

    def settle(self, alerts: Collection[str], act: Subject, now: Moment) -> None:
        """Erase *alerts* for a person's request and record it, in one transaction.

        Raises:
            StoreFull: it cannot be recorded; nothing is erased.
        """
        with self._db.transaction():
            for alert in alerts:
                self._erase(alert)
            if alerts:
                self.soil()
            self._audit.append("subject", act_row("subject", act), now)
        self.clean()

    def run(self, now: Moment) -> list[str]:
        """Purge what no case holds any more; return the alerts."""
        if not self._due():
            return []
        return self._db.write(lambda: self._purge_due(now))

    def covers(self, alert: str) -> bool:
        """Say whether an alert has been purged: a revision that comes now is not kept."""
        found = self._db.row("SELECT done FROM purges WHERE alert = ?", (alert,))
        return found is not None and bool(found[0])

    def find(self, alert: str) -> KeptPurge | None:
        """Return what is known of a misread alert."""
        row = self._db.row(f"{_SELECT} WHERE alert = ?", (alert,))
        return _purge(row) if row else None

    def newest(self, limit: int) -> list[KeptPurge]:
        """Return the newest *limit* misreads by the officers' words, the newest first."""
        rows = self._db.rows(f"{_SELECT} ORDER BY at DESC LIMIT ?", (limit,))
        return [_purge(row) for row in rows]

    def clean(self) -> bool:
        """Bring erasures out of the log file as well; False while another process reads it."""
        if not self._db.row("SELECT 1 FROM meta WHERE key = ?", (_DIRTY,)):
            return True
        if not self._db.truncate_log():
            return False
        with self._db.transaction():
            self._db.execute("DELETE FROM meta WHERE key = ?", (_DIRTY,))
        return True

    def soil(self) -> None:
        """Note, inside the caller's transaction, that the log file holds what was erased."""
        self._db.execute("INSERT INTO meta VALUES (?, '1') ON CONFLICT DO NOTHING", (_DIRTY,))

    def _purge_due(self, now: Moment) -> list[str]:
        due = self._due()
        for alert, outcome, officer in due:
            self._erase(alert)
            self._db.execute("UPDATE purges SET done = 1 WHERE alert = ?", (alert,))
            act = Purged(alert=alert, outcome=outcome, officer=officer)
            self._audit.append("purged", act_row("purged", act), now)
        if due:
            self.soil()
        return [alert for alert, _, _ in due]

    def _due(self) -> list[tuple[str, str, str]]:
        return [(alert, outcome, officer) for alert, outcome, officer in self._db.rows(_DUE)]


def _purge(row: tuple[Any, ...]) -> KeptPurge:
    alert, outcome, officer, at, done = row
    return KeptPurge(alert, outcome, officer, at, bool(done))


_SELECT: Final = "SELECT alert, outcome, officer, at, done FROM purges"
_DUE: Final = (
    "SELECT alert, outcome, officer FROM purges"
    " WHERE done = 0 AND alert NOT IN (SELECT alert FROM holds WHERE ended = 0) ORDER BY alert"
)
