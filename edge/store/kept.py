"""Alerts as a receiver keeps them, opened: each revision once, until its days are over."""

from dataclasses import dataclass
from typing import Any, Final

from edge.clock import Clock, Moment
from edge.errors import StoreContradicted
from edge.records import AlertId
from edge.store.audit import Audit
from edge.store.db import Database
from edge.store.seen import Novelty

_DAY_NS: Final = 86_400 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class KeptRevision:
    """One revision of an alert.

    Attributes:
        mark: SHA-256 of the words that the unit signed.
        received_ns: when it came, by this machine; *trusted*: its clock was.
        picture: there is one.
    """

    alert_id: AlertId
    revision: int
    mark: str
    words: bytes
    received_ns: int
    trusted: bool
    picture: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """What its sender asks for a revision.

    Attributes:
        keep_days: erase it after so long.
        stands: an alarm, which is held ready until somebody has touched it.
    """

    keep_days: float
    stands: bool


class KeptAlerts:
    """The part of a console's database that holds what units sent."""

    def __init__(self, db: Database, audit: Audit, clock: Clock) -> None:
        self._db = db
        self._audit = audit
        self._clock = clock

    def keep(
        self,
        alert_id: AlertId,
        revision: int,
        mark: str,
        words: bytes,
        picture: bytes | None,
        rules: Rules,
    ) -> Novelty:
        """Make a revision safe, and say whether it is to be shown.

        A picture that comes later than its words, which had to leave it out, is added. Of an
        alert that was purged as a misread only number and mark are kept.

        Raises:
            StoreContradicted: the same revision came with other words before.
            StoreError: it cannot be written; it must not be confirmed to the broker.
        """
        now, key = self._clock.now(), _key(alert_id)
        with self._db.transaction():
            if self._known(alert_id, revision, mark):
                self._add_picture(key, revision, picture)
                return Novelty.AGAIN
            newest = self._db.row(
                "SELECT max(revision) FROM revisions WHERE (unit, epoch, sequence) = (?, ?, ?)",
                key,
            )
            if self._purged(alert_id):
                self._insert(key, revision, mark, None, None, rules, now)
            else:
                self._insert(key, revision, mark, words, picture, rules, now)
            fields = {"alert": str(alert_id), "revision": revision, "mark": mark}
            self._audit.append("came", fields, now)
        older = newest is not None and newest[0] is not None and newest[0] > revision
        return Novelty.OUTDATED if older else Novelty.NEW

    def held(self, limit: int = 1000) -> list[AlertId]:
        """Return the newest *limit* alerts, and all alarms that nobody touched, the oldest first.

        Only those whose words are held.
        """
        rows = self._db.rows(_HELD, (limit,))
        return [AlertId(*row[:3]) for row in rows]

    def of(self, alert_id: AlertId) -> list[KeptRevision]:
        """Return the revisions of one alert that are held, in the order in which they came."""
        where = "WHERE (unit, epoch, sequence) = (?, ?, ?) AND words IS NOT NULL ORDER BY row"
        return [_revision(row) for row in self._db.rows(f"{_SELECT} {where}", _key(alert_id))]

    def picture(self, alert_id: AlertId) -> bytes | None:
        """Return the newest picture of an alert."""
        row = self._db.row(
            "SELECT picture FROM revisions WHERE (unit, epoch, sequence) = (?, ?, ?)"
            " AND picture IS NOT NULL ORDER BY revision DESC LIMIT 1",
            _key(alert_id),
        )
        return row[0] if row else None

    def touched(self) -> set[AlertId]:
        """Return the alerts whose siren somebody has stopped."""
        rows = self._db.rows(
            "SELECT unit, epoch, sequence FROM alerts WHERE touched_ns IS NOT NULL"
        )
        return {AlertId(*row) for row in rows}

    def is_touched(self, alert_id: AlertId) -> bool:
        """Say whether somebody has stopped its siren."""
        row = self._db.row(
            "SELECT 1 FROM alerts WHERE (unit, epoch, sequence) = (?, ?, ?)"
            " AND touched_ns IS NOT NULL",
            _key(alert_id),
        )
        return row is not None

    def touch(self, alert_id: AlertId, officer: str) -> None:
        """Note that somebody stopped the siren; *officer* is empty when nobody is logged in."""
        now = self._clock.now()
        with self._db.transaction():
            changed = self._db.execute(
                "UPDATE alerts SET touched_ns = ? WHERE (unit, epoch, sequence) = (?, ?, ?)"
                " AND touched_ns IS NULL",
                (now.utc_ns, *_key(alert_id)),
            )
            if changed:
                self._audit.append("touch", {"alert": str(alert_id), "officer": officer}, now)

    def note_head(self, unit: str, epoch: str, last_sequence: int) -> None:
        """Note how far a unit's alerts have come, by its own signed word."""
        with self._db.transaction():
            self._db.execute(
                "INSERT INTO heads VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET"
                " last_sequence = max(last_sequence, excluded.last_sequence)",
                (unit, epoch, last_sequence),
            )

    def missing(self) -> dict[str, int]:
        """Return how many messages of each unit never came, from the first that did.

        Its alerts and its answers to searches are numbered in one row.
        """
        return {unit: int(count) for unit, count in self._db.rows(_MISSING) if count > 0}

    def settle_ages(self, now: Moment) -> None:
        """Let what came under an untrusted clock, or from the future, count from now.

        Inside the caller's transaction, as :meth:`erase`.
        """
        self._db.execute(
            "UPDATE alerts SET kept_from_ns = ?, clock_trusted = 1"
            " WHERE clock_trusted = 0 OR kept_from_ns > ?",
            (now.utc_ns, now.utc_ns),
        )

    def erase(self, now: Moment) -> list[AlertId]:
        """Erase words and pictures that have been kept for their days; return whose."""
        due = self._db.rows(
            "SELECT DISTINCT unit, epoch, sequence FROM alerts JOIN revisions"
            " USING (unit, epoch, sequence)"
            " WHERE kept_from_ns + keep_ns <= ? AND words IS NOT NULL"
            " AND (unit || '/' || epoch || '/' || sequence) NOT IN"
            " (SELECT alert FROM holds WHERE ended = 0)",
            (now.utc_ns,),
        )
        gone = [AlertId(*key) for key in due]
        for alert_id in gone:
            self._blank(_key(alert_id))
        return gone

    def erase_one(self, alert_id: AlertId) -> None:
        """Erase what an alert says, inside the caller's transaction; its number stays, or comes.

        One that never came is noted as if it had, so that nobody waits for it.
        """
        key = _key(alert_id)
        self._blank(key)
        self._db.execute(
            "INSERT INTO alerts SELECT ?, ?, ?, NULL, 0, 0, 0, 1 WHERE EXISTS (SELECT 1 FROM alerts"
            " WHERE (unit, epoch) = (?, ?) AND sequence < ?) ON CONFLICT DO NOTHING",
            (*key, *key),
        )

    def _blank(self, key: tuple[str, str, int]) -> None:
        self._db.execute(
            "UPDATE revisions SET words = NULL, picture = NULL"
            " WHERE (unit, epoch, sequence) = (?, ?, ?)",
            key,
        )

    def _purged(self, alert_id: AlertId) -> bool:
        row = self._db.row("SELECT 1 FROM purges WHERE alert = ? AND done = 1", (str(alert_id),))
        return row is not None

    def _known(self, alert_id: AlertId, revision: int, mark: str) -> bool:
        row = self._db.row(
            "SELECT mark FROM revisions WHERE (unit, epoch, sequence) = (?, ?, ?) AND revision = ?",
            (*_key(alert_id), revision),
        )
        if row is not None and row[0] != mark:
            raise StoreContradicted(
                f"alert {alert_id} revision {revision} came a second time with other words: "
                "refused, somebody may be forging"
            )
        return row is not None

    def _add_picture(self, key: tuple[str, str, int], revision: int, picture: bytes | None) -> None:
        if picture is not None:
            self._db.execute(
                "UPDATE revisions SET picture = ? WHERE (unit, epoch, sequence) = (?, ?, ?)"
                " AND revision = ? AND picture IS NULL AND words IS NOT NULL",
                (picture, *key, revision),
            )

    def _insert(
        self,
        key: tuple[str, str, int],
        revision: int,
        mark: str,
        words: bytes | None,
        picture: bytes | None,
        rules: Rules,
        now: Moment,
    ) -> None:
        at, trusted = now.utc_ns, int(self._clock.trusted())
        self._db.execute(
            "INSERT INTO alerts VALUES (?, ?, ?, NULL, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
            " SET keep_ns = excluded.keep_ns, stands = excluded.stands",
            (*key, int(rules.stands), round(rules.keep_days * _DAY_NS), at, trusted),
        )
        self._db.execute(
            "INSERT INTO revisions (unit, epoch, sequence, revision, mark, received_ns,"
            " clock_trusted, words, picture) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*key, revision, mark, at, trusted, words, picture),
        )


def _key(alert_id: AlertId) -> tuple[str, str, int]:
    return alert_id.unit, alert_id.epoch, alert_id.sequence


def _revision(row: tuple[Any, ...]) -> KeptRevision:
    unit, epoch, sequence, revision, mark, words, received_ns, trusted, picture = row
    alert_id = AlertId(unit, epoch, sequence)
    return KeptRevision(alert_id, revision, mark, words, received_ns, bool(trusted), bool(picture))


_SELECT: Final = (
    "SELECT unit, epoch, sequence, revision, mark, words, received_ns, clock_trusted,"
    " picture IS NOT NULL FROM revisions"
)
_HELD: Final = """
    WITH came AS (
        SELECT unit, epoch, sequence, min(row) AS first FROM revisions WHERE words IS NOT NULL
        GROUP BY unit, epoch, sequence
    )
    SELECT unit, epoch, sequence, first FROM (SELECT * FROM came ORDER BY first DESC LIMIT ?)
    UNION
    SELECT unit, epoch, sequence, first FROM came JOIN alerts USING (unit, epoch, sequence)
    WHERE stands = 1 AND touched_ns IS NULL
    ORDER BY first
"""
_MISSING: Final = """
    SELECT unit, sum(max(newest, coalesce(last_sequence, 0)) - first + 1 - came) FROM (
        SELECT unit, epoch, min(sequence) AS first, max(sequence) AS newest, count(*) AS came
        FROM (SELECT unit, epoch, sequence FROM alerts
              UNION SELECT unit, epoch, sequence FROM answers) GROUP BY unit, epoch
    ) LEFT JOIN heads USING (unit, epoch) GROUP BY unit ORDER BY unit
"""
