"""A unit's store: alerts in, each numbered, audited and queued in one transaction."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from edge.clock import Clock, Moment
from edge.config.store import StoreSection
from edge.errors import StoreError, StoreFull
from edge.messages.envelope import digest
from edge.records import Alert, AlertId
from edge.store.audit import Audit
from edge.store.db import Database
from edge.store.outbox import Outbox
from edge.store.retention import Erased, Retention
from edge.store.room import Reserve, Room
from edge.store.schema import UNIT, UNIT_ID

DATABASE = "edge.db"

Build = Callable[[Alert, AlertId, int, Moment], bytes]
"""Makes the wire bytes: ``partial(build_alert, unit=..., software=...)``."""


class Store:
    """The database that watch and deliver share; ``open`` it, or use ``open_store``.

    Attributes:
        outbox, audit, retention: their own parts of the same database.
        epoch: random, made with the store; with unit and sequence it makes an id that is never
            used again.
    """

    def __init__(self, section: StoreSection, unit: str, clock: Clock) -> None:
        folder = Path(section.folder)
        self._reserve = Reserve(folder, section.reserve_mb)
        self._db = Database(folder / DATABASE, UNIT_ID, UNIT, self._reserve.spend_last)
        self._section = section
        self._unit = unit
        self._clock = clock

    def open(self) -> Self:
        """Open the database, or make it with a new epoch.

        Raises:
            StoreError: it cannot be opened, or belongs to another unit.
        """
        try:
            self._db.open()
        except StoreFull:
            if not self._reserve.spend() and not self._reserve.spend_last():
                raise
            self._db.open()
        try:
            self.epoch = self._identity()
            self._reserve.keep()
        except OSError as error:
            self.close()
            raise StoreError(
                f"{self._section.folder}: cannot be written: {error.strerror}"
            ) from error
        except BaseException:
            self.close()
            raise
        self.audit = Audit(self._db, self.epoch)
        self.outbox = Outbox(self._db, self.audit, self._unit, self.epoch)
        self.retention = Retention(self._db, self.audit, self._section)
        return self

    def close(self) -> None:
        """Close the database; everything committed is on the disk already."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def commit_alert(self, alert: Alert, build: Build) -> AlertId:
        """Make an alert safe and return its number, the same as before for a revision.

        Number, wire bytes, outbox row and audit row are on the disk together when this returns.
        When space is short the alert is built without its crop; on a full disk the reserve is
        spent and the alert tried again, without its crop.

        Raises:
            StoreFull: the disk is full and the reserve is spent.
            StoreError: it cannot be written, or *alert* revises an alert that is not of this store.
            MessageError: *build* refused; no number is used up.
        """
        pictures = self._reserve.pictures()
        if not pictures:
            alert = replace(alert, crop_jpeg=b"")
        try:
            alert_id = self._commit(alert, build)
        except StoreFull:
            self._reserve.spend()
            self._db.settle_log()
            alert_id = self._commit(replace(alert, crop_jpeg=b""), build)
        if not pictures:
            self._db.settle_log()
        return alert_id

    def last_sequence(self) -> int:
        """Return the newest alert's sequence; 0 when there was none yet."""
        row = self._db.row("SELECT seq FROM sqlite_sequence WHERE name = 'alerts'")
        return int(row[0]) if row else 0

    def changes(self) -> int:
        """Return a number that differs after the other process has committed; poll it."""
        return self._db.changes()

    def room(self) -> Room:
        """Return how much space is left, for health."""
        return self._reserve.room()

    def erase(self, now: Moment) -> Erased:
        """Run retention, and put the reserve back when there is space again."""
        erased = self.retention.run(now, clock_trusted=self._clock.trusted())
        self._reserve.keep()
        return erased

    def check(self) -> None:
        """Read the whole database and its chain, as ``edge check`` does.

        Raises:
            StoreError: the database is damaged, or the audit chain does not hold.
        """
        self._db.check()
        broken = self.audit.verify()
        if broken is not None:
            raise StoreError(f"{self._db.file}: the audit chain is broken: {broken.reason}")

    def _commit(self, alert: Alert, build: Build) -> AlertId:
        with self._db.transaction():
            stored = self._clock.now()
            sequence, revision = self._number(alert, stored)
            alert_id = AlertId(self._unit, self.epoch, sequence)
            body = build(alert, alert_id, revision, stored)
            mark = digest(body)
            trusted = self._clock.trusted()
            self.outbox.put(alert_id, revision, body, mark, stored, trusted=trusted)
            fields = {
                "sequence": sequence,
                "revision": revision,
                "digest": mark,
                "grade": alert.verdict.grade.value,
                "category": alert.hit.entry.category.value,
                "retracts": alert.retracts,
                "seen_again": alert.seen_again,
                "corrected": alert.verdict.corrected,
                "list": alert.hit.list_version.version,
                "clock_trusted": trusted,
            }
            self.audit.append("alert", fields, stored)
        return alert_id

    def _number(self, alert: Alert, stored: Moment) -> tuple[int, int]:
        revised = alert.revises
        if revised is None:
            sequence = self._db.insert(
                "INSERT INTO alerts (revision, stored_ns) VALUES (0, ?)", (stored.utc_ns,)
            )
            return sequence, 0
        row = None
        if (revised.unit, revised.epoch) == (self._unit, self.epoch):
            row = self._db.row(
                "UPDATE alerts SET revision = revision + 1 WHERE sequence = ? RETURNING revision",
                (revised.sequence,),
            )
        if row is None:
            raise StoreError(f"{self._db.file}: alert {revised} is not of this store; not revised")
        return revised.sequence, int(row[0])

    def _identity(self) -> str:
        with self._db.transaction():
            known: dict[str, str] = dict(self._db.rows("SELECT key, value FROM meta"))
            if not known:
                known = {"unit": self._unit, "epoch": secrets.token_hex(16)}
                for key, value in known.items():
                    self._db.execute("INSERT INTO meta VALUES (?, ?)", (key, value))
        if known["unit"] != self._unit:
            raise StoreError(
                f"{self._db.file}: belongs to unit '{known['unit']}', not '{self._unit}'; set "
                "unit.name back, or move the folder away to start with a new epoch"
            )
        return known["epoch"]


def open_store(section: StoreSection, unit: str, clock: Clock) -> Store:
    """Return the opened store of *unit*; close it, or use it in a ``with`` block.

    Raises:
        StoreError: it cannot be opened, or belongs to another unit.
    """
    return Store(section, unit, clock).open()
