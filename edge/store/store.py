"""A unit's store: alerts in, each numbered, audited and queued in one transaction."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from edge.clock import Clock, Moment
from edge.config.store import StoreSection
from edge.errors import StoreError, StoreFull
from edge.log import Log
from edge.messages.acts import check_act
from edge.messages.letter import Letter
from edge.messages.links import Link
from edge.messages.wire import clip
from edge.records import Alert, AlertId
from edge.store.budget import Budget
from edge.store.db import Database
from edge.store.outgoing import open_outgoing
from edge.store.proofs import Proofs
from edge.store.purges import Purges
from edge.store.retention import Erased
from edge.store.room import Reserve, Room
from edge.store.schema import UNIT, UNIT_ID
from edge.store.searches import Searches

DATABASE = "edge.db"
_LOG = Log("edge.store")

Build = Callable[[Alert, AlertId, int, Moment], Letter]
"""Makes the sealed letter of one revision of an alert."""

Amend = Callable[[Letter, int, Moment], Letter]
"""Makes a further revision from the newest letter of an alert."""


class Store:
    """The database that watch and deliver share; ``open`` it, or use ``open_store``.

    Attributes:
        outbox, audit, proofs, retention, budget, holds, purges, searches: their own parts of the
            same database.
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
            self._parts = open_outgoing(
                self._db,
                self._unit,
                setting="unit.name",
                keep_sent_s=self._section.keep_sent_s,
                keep_unsent_s=self._section.keep_unsent_s,
            )
            self._reserve.keep()
        except OSError as error:
            self.close()
            raise StoreError(
                f"{self._section.folder}: cannot be written: {error.strerror}"
            ) from error
        except BaseException:
            self.close()
            raise
        self.epoch = self._parts.epoch
        found = self._db.file.stat()
        self._place = (found.st_dev, found.st_ino)
        self.budget = Budget(self._db, self._parts.audit, self._section.budget_mb)
        self.audit, self.outbox = self._parts.audit, self._parts.outbox
        self.retention, self.holds = self._parts.retention, self._parts.holds
        self.proofs = Proofs(self._db, self.audit)
        self.searches = Searches(self._parts, self._clock)
        self.purges = Purges(self._db, self.audit, self._erase_alert)
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

    def commit_alert(self, alert: Alert, build: Build, keep_days: float | None = None) -> AlertId:
        """Make an alert safe and return its number, the same as before for a revision.

        Number, wire bytes, outbox row and audit row are on the disk together when this returns.
        When space is short the alert is built without its crop; on a full disk the reserve is
        spent and the alert tried again, without its crop. A revision of what was purged as a
        misread is not kept.

        Args:
            keep_days: for how long it is kept here, received or not; one that retracts, and every
                one without such days, goes soon after its receipt.

        Raises:
            StoreFull: the disk is full and the reserve is spent.
            StoreError: it cannot be written, or *alert* revises an alert that is not of this store.
            MessageError: *build* refused; no number is used up.
        """
        if alert.revises is not None and self.purges.covers(str(alert.revises)):
            return alert.revises
        pictures, days = self._reserve.pictures(), None if alert.retracts else keep_days
        if not pictures:
            alert = replace(alert, crop_jpeg=b"")
        try:
            alert_id = self._commit(alert, build, days)
        except StoreFull:
            self._reserve.spend()
            self._db.settle_log()
            alert_id = self._commit(replace(alert, crop_jpeg=b""), build, days)
        if not pictures:
            self._db.settle_log()
        self._keep_budget()
        return alert_id

    def withdraw(self, alert_id: AlertId, amend: Amend) -> AlertId:
        """Store a further revision made from an alert's newest letter, when its entry has left.

        Raises:
            StoreError: it is not of this store, or its letter has been erased after its time;
                nothing is stored.
            StoreFull: the disk is full.
        """
        try:
            return self._withdraw(alert_id, amend, pictures=self._reserve.pictures())
        except StoreFull:
            self._reserve.spend()
            self._db.settle_log()
            return self._withdraw(alert_id, amend, pictures=False)

    def record(self, kind: str, payload: Mapping[str, Any], *, must: bool = False) -> Link:
        """Put an act on the audit chain, in a transaction of its own, and return its row.

        Args:
            payload: as :func:`edge.messages.acts.act_row` returns it.
            must: it has happened already, a clock was corrected or an hour is over: on a full disk
                it takes of the space that is reserved for alerts and for this.

        Raises:
            MessageError: it is no act of that kind.
            StoreFull: no space; an act that cannot be recorded does not happen.
        """
        check_act(kind, payload)
        try:
            return self._record(kind, payload)
        except StoreFull:
            if not must:
                raise
            self._reserve.spend()
            self._db.settle_log()
            return self._record(kind, payload)

    def noted(self, key: str) -> str:
        """Return what :meth:`note` left under *key*; empty where it left nothing."""
        return self._parts.noted(key)

    def note(self, key: str, value: str) -> None:
        """Remember *value* under *key*, in place of what was there; no part of the chain.

        Raises:
            StoreFull: no space; the old value stays.
        """
        self._parts.note(key, value)

    def newest_alerts(self, limit: int) -> list[tuple[AlertId, int, Letter]]:
        """Return id, revision and letter of up to *limit* messages held, the oldest first."""
        return [
            (row.alert_id, row.revision, Letter(row.body, row.picture))
            for row in self.outbox.newest(limit)
        ]

    def last_sequence(self) -> int:
        """Return the newest alert's sequence; 0 when there was none yet."""
        return self._parts.last_sequence()

    def changes(self) -> int:
        """Return a number that differs after the other process has committed; poll it."""
        return self._db.changes()

    def replaced(self) -> bool:
        """Say whether another database lies here by now: this one was moved aside while open."""
        try:
            found = self._db.file.stat()
        except OSError:
            return False  # for a moment there is none; or the disk is gone, which others tell
        return (found.st_dev, found.st_ino) != self._place

    def room(self) -> Room:
        """Return how much space is left, for health."""
        return self._reserve.room()

    def erase(self, now: Moment) -> Erased:
        """Run retention, keep the budget, and put the reserve back when there is space again."""
        erased = self.retention.run(now, clock_trusted=self._clock.trusted())
        self.purges.run(now)
        self.purges.clean()
        self.budget.keep(now)
        self._reserve.keep()
        return erased

    def check(self) -> None:
        """Read the whole database and its chain, as ``edge check`` does.

        Raises:
            StoreError: the database is damaged, or the audit chain does not hold.
        """
        self._parts.check()

    def _erase_alert(self, alert: str) -> None:
        """Erase all revisions of an own alert, received or not, inside a transaction."""
        unit, epoch, sequence = alert.split("/")
        if (unit, epoch) == (self._unit, self.epoch):
            where = "sequence = ? AND kind = 'alert'"
            self._db.execute(f"DELETE FROM outbox WHERE {where}", (int(sequence),))  # noqa: S608

    def _record(self, kind: str, payload: Mapping[str, Any]) -> Link:
        with self._db.transaction():
            return self.audit.append(kind, payload, self._clock.now())

    def _commit(self, alert: Alert, build: Build, days: float | None) -> AlertId:
        with self._db.transaction():
            stored = self._clock.now()
            number = self._parts.number(stored, alert.revises)
            alert_id = AlertId(self._unit, self.epoch, number[0])
            letter = build(alert, alert_id, number[1], stored)
            fields = {
                "grade": alert.verdict.grade.value,
                "category": alert.hit.entry.category.value,
                "retracts": alert.retracts,
                "seen_again": alert.seen_again,
                "corrected": alert.verdict.corrected,
                "list": alert.hit.list_version.version,
                "owner": clip(alert.hit.entry.owner, 120),
                "test": alert.verdict.handling.test,
            }
            self._post(number, letter, stored, "alert", fields, days)
        return alert_id

    def _keep_budget(self) -> None:
        """Make a little room for the next alert; this one is safe whatever becomes of that."""
        try:
            self.budget.step(self._clock.now())
        except StoreFull as error:
            _LOG.warning("no space to make room in", error=error)

    def _withdraw(self, alert_id: AlertId, amend: Amend, *, pictures: bool) -> AlertId:
        with self._db.transaction():
            stored = self._clock.now()
            number = self._parts.number(stored, alert_id)
            newest = self.outbox.newest_of(alert_id.sequence)
            if newest is None or newest.revision != number[1] - 1:
                raise StoreError(
                    f"{self._db.file}: alert {alert_id} cannot be withdrawn: what it said has been "
                    "erased after its time"
                )
            letter = amend(Letter(newest.body, newest.picture), number[1], stored)
            kept = letter if pictures else Letter(letter.body)
            self._post(number, kept, stored, "withdrawn", {})
        return alert_id

    def _post(
        self,
        number: tuple[int, int],
        letter: Letter,
        stored: Moment,
        act: str,
        fields: Mapping[str, object],
        keep_days: float | None = None,
    ) -> None:
        self._parts.post(
            "alert",
            number,
            letter,
            stored,
            trusted=self._clock.trusted(),
            audit=(act, fields),
            keep_days=keep_days,
        )


def open_store(section: StoreSection, unit: str, clock: Clock) -> Store:
    """Return the opened store of *unit*; close it, or use it in a ``with`` block.

    Raises:
        StoreError: it cannot be opened, or belongs to another unit.
    """
    return Store(section, unit, clock).open()
