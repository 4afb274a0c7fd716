"""What a sender numbers, queues and records: the part that every database of one has in common.

A unit's store is this and no more; a console's has tables of its own beside it. The database is
made with the tables ``schema.OUTGOING`` and ``KEEPING``; every act runs inside the caller's
transaction.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from edge.clock import Moment
from edge.errors import StoreError
from edge.messages.letter import Letter
from edge.records import AlertId
from edge.store.audit import Audit
from edge.store.db import Database
from edge.store.holding import Holds
from edge.store.outbox import Outbox
from edge.store.retention import Retention

_DAY_NS: Final = 86_400 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The parts, about one opened database.

    Attributes:
        name: whose it is: the unit's name, or the console's.
        epoch: random, made with the database; with name and sequence it makes an id that is never
            used again.
    """

    db: Database
    name: str
    epoch: str
    audit: Audit
    outbox: Outbox
    holds: Holds
    retention: Retention

    def number(self, stored: Moment, revises: AlertId | None = None) -> tuple[int, int]:
        """Return sequence and revision for what is to be stored now.

        Raises:
            StoreError: what it revises was never numbered here.
        """
        if revises is None:
            sequence = self.db.insert(
                "INSERT INTO numbers (revision, stored_ns) VALUES (0, ?)", (stored.utc_ns,)
            )
            return sequence, 0
        row = None
        if self.owns(revises):
            row = self.db.row(
                "UPDATE numbers SET revision = revision + 1 WHERE sequence = ? RETURNING revision",
                (revises.sequence,),
            )
        if row is None:
            raise StoreError(f"{self.db.file}: alert {revises} is not of this store; not revised")
        return revises.sequence, int(row[0])

    def post(
        self,
        kind: str,
        number: tuple[int, int],
        letter: Letter,
        stored: Moment,
        *,
        trusted: bool,
        audit: tuple[str, Mapping[str, Any]],
        keep_days: float | None = None,
    ) -> None:
        """Queue *letter* under its number, and record it.

        Args:
            kind: last level of the topic that it goes to.
            keep_days: how long all revisions of the number are kept; None: until soon after their
                receipts.
            audit: kind and payload of its row in the chain; sequence, revision, digest and whether
                the clock is trusted are added.
        """
        sequence, revision = number
        keep_ns = None if keep_days is None else round(keep_days * _DAY_NS)
        mark = self.outbox.put(
            sequence, revision, letter, stored, trusted=trusted, kind=kind, keep_ns=keep_ns
        )
        act, fields = audit
        own = {"sequence": sequence, "revision": revision, "digest": mark, "clock_trusted": trusted}
        self.audit.append(act, {**fields, **own}, stored)

    def owns(self, alert_id: AlertId) -> bool:
        """Say whether *alert_id* was, or could have been, given here."""
        return (alert_id.unit, alert_id.epoch) == (self.name, self.epoch)

    def last_sequence(self) -> int:
        """Return the newest sequence; 0 when there was none yet."""
        row = self.db.row("SELECT seq FROM sqlite_sequence WHERE name = 'numbers'")
        return int(row[0]) if row else 0

    def noted(self, key: str) -> str:
        """Return what :meth:`note` left under *key*; empty where it left nothing."""
        row = self.db.row("SELECT value FROM meta WHERE key = ?", (f"note-{key}",))
        return str(row[0]) if row else ""

    def note(self, key: str, value: str) -> None:
        """Remember *value* under *key*, in place of what was there; no part of the chain.

        Raises:
            StoreFull: no space; the old value stays.
        """
        statement = "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = ?"
        with self.db.transaction():
            self.db.execute(statement, (f"note-{key}", value, value))

    def check(self) -> None:
        """Read the whole database and its chain.

        Raises:
            StoreError: the database is damaged, or the audit chain does not hold.
        """
        self.db.check()
        broken = self.audit.verify()
        if broken is not None:
            raise StoreError(f"{self.db.file}: the audit chain is broken: {broken.reason}")


def open_outgoing(
    db: Database, name: str, *, setting: str, keep_sent_s: float, keep_unsent_s: float
) -> Outgoing:
    """Return the parts of an opened database; a new one gets its epoch.

    Args:
        setting: which setting holds *name*, for the error.

    Raises:
        StoreError: it belongs to somebody else.
    """
    epoch = _identity(db, name, setting)
    audit = Audit(db, epoch)
    holds = Holds(db, audit, f"{name}/{epoch}/")
    return Outgoing(
        db=db,
        name=name,
        epoch=epoch,
        audit=audit,
        outbox=Outbox(db, audit, name, epoch),
        holds=holds,
        retention=Retention(
            db,
            audit,
            holds,
            keep_sent_s=keep_sent_s,
            keep_unsent_s=keep_unsent_s,
        ),
    )


def _identity(db: Database, name: str, setting: str) -> str:
    with db.transaction():
        known: dict[str, str] = dict(db.rows("SELECT key, value FROM meta"))
        if "epoch" not in known:
            known |= {"unit": name, "epoch": secrets.token_hex(16)}
            for key in ("unit", "epoch"):
                db.execute("INSERT INTO meta VALUES (?, ?)", (key, known[key]))
    if known["unit"] != name:
        raise StoreError(
            f"{db.file}: belongs to '{known['unit']}', not '{name}'; set {setting} back, or move "
            "the folder away to start with a new epoch"
        )
    return known["epoch"]
