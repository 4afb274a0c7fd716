"""Case holds and misreads in the archive: letters that must stay, letters that must go.

The same acts as in a unit's or a console's store (:mod:`edge.store.holding`,
:mod:`edge.store.purges`) with the same words, on the archive's own tables, and dated by its own
clock; with an alert go the outcomes on it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from edge.archive.database import Database, and_, select, update
from edge.archive.letters import Letters, read_id
from edge.archive.tables import HOLDS, LETTERS, PURGES
from edge.clock import Moment
from edge.messages.acts import act_row
from edge.messages.acts_town import Purged, Subject
from edge.records import AlertId
from edge.store.holding import KeptHold
from edge.store.purges import KeptPurge

Record = Callable[[str, Mapping[str, Any]], object]
"""Puts an act on the archive's own chain, inside the transaction."""


class Holds:
    """The part of the archive that says which letters must stay."""

    def __init__(self, db: Database, record: Record) -> None:
        self._db = db
        self._record = record

    def begin(self, hold: KeptHold, now: Moment) -> bool:  # noqa: ARG002 - as the others
        """Put a hold in force, on the record; False when it is known already, ended or not.

        Raises:
            StoreError: it cannot be recorded, and holds nothing.
        """
        with self._db.transaction():
            if self.find(hold.number) is not None:
                return False
            self._put(hold, ended=0)
            self._record("hold", hold.act("begun", (hold.supervisor,)))
        return True

    def end(self, number: str, ender: str, now: Moment) -> bool:  # noqa: ARG002 - as the others
        """End a hold at once; one that never came here is barred. False when it had ended.

        Raises:
            StoreError: it cannot be recorded, and the hold goes on.
        """
        with self._db.transaction():
            hold = self.find(number)
            if hold is None:
                self._put(KeptHold(number, "", "", "", "", "", ended=True), ended=1)
                return False
            if hold.ended:
                return False
            self._close(hold, (ender,))
        return True

    def expire(self, now: Moment) -> int:
        """End what has reached its date; by a trusted clock."""
        due = [hold for hold in self.standing() if hold.until <= now.iso()[:19] + "Z"]
        if due:
            with self._db.transaction():
                for hold in due:
                    self._close(hold, ())
        return len(due)

    def find(self, number: str) -> KeptHold | None:
        """Return a hold, ended or not."""
        row = self._db.row(select(HOLDS).where(HOLDS.c.number == number))
        return _hold(row) if row else None

    def standing(self) -> list[KeptHold]:
        """Return the holds in force, the first to end at the head."""
        found = select(HOLDS).where(HOLDS.c.ended == 0).order_by(HOLDS.c.until, HOLDS.c.number)
        return [_hold(row) for row in self._db.rows(found)]

    def on(self, alert: str) -> KeptHold | None:
        """Return the hold on an alert that ends last; None when nothing holds it."""
        mine = and_(HOLDS.c.ended == 0, HOLDS.c.alert == alert)
        row = self._db.row(select(HOLDS).where(mine).order_by(HOLDS.c.until.desc()).limit(1))
        return _hold(row) if row else None

    def holds(self, alert: AlertId) -> bool:
        """Say whether a case holds an alert."""
        return self.on(str(alert)) is not None

    def _put(self, hold: KeptHold, ended: int) -> None:
        self._db.insert(
            HOLDS,
            number=hold.number,
            alert=hold.alert,
            case=hold.case,
            why=hold.why,
            until=hold.until,
            supervisor=hold.supervisor,
            ended=ended,
        )

    def _close(self, hold: KeptHold, signers: tuple[str, ...]) -> None:
        self._db.execute(update(HOLDS).where(HOLDS.c.number == hold.number).values(ended=1))
        self._record("hold", hold.act("ended", signers))


class Purges:
    """The part of the archive that says which letters must go."""

    def __init__(self, db: Database, letters: Letters, record: Record) -> None:
        self._db = db
        self._letters = letters
        self._record = record
        self._dirty = False

    def take(self, purge: KeptPurge, now: Moment) -> KeptPurge:
        """Note a misread and purge it if no case holds it; return what has become of it.

        Raises:
            StoreError: it cannot be recorded; nothing is erased.
        """
        with self._db.transaction():
            if self.find(purge.alert) is None:
                alert = _number(purge.alert)
                self._db.insert(
                    PURGES,
                    unit=alert.unit,
                    epoch=alert.epoch,
                    sequence=alert.sequence,
                    outcome=purge.outcome,
                    officer=purge.officer,
                    at=purge.at,
                    done=0,
                )
            self.run(now)
        return self.find(purge.alert) or purge

    def run(self, now: Moment) -> int:  # noqa: ARG002 - as the others
        """Purge what no case holds any more, and letters that came late; return how many alerts."""
        due = [row for row in self._db.rows(_WAITING) if not self._held(row)]
        late = self._db.rows(_LATE)
        if not due and not late:
            return 0
        with self._db.transaction():
            for unit, epoch, sequence, outcome, officer in due:
                alert = AlertId(unit, epoch, sequence)
                self._erase(alert)
                mine = _of(alert)
                self._db.execute(update(PURGES).where(mine).values(done=1))
                act = Purged(alert=str(alert), outcome=outcome, officer=officer)
                self._record("purged", act_row("purged", act))
            for unit, epoch, sequence in late:
                self._letters.erase(AlertId(unit, epoch, sequence))
        self._dirty = True
        return len(due)

    def find(self, alert: str) -> KeptPurge | None:
        """Return what is known of a misread alert."""
        row = self._db.row(select(PURGES).where(_of(_number(alert))))
        if row is None:
            return None
        one = dict(zip(PURGES.c.keys(), row, strict=True))
        return KeptPurge(alert, one["outcome"], one["officer"], one["at"], bool(one["done"]))

    def settle(self, alerts: Collection[str], act: Subject, now: Moment) -> None:  # noqa: ARG002 - as the others
        """Erase *alerts* for a person's request and record it, in one transaction.

        Raises:
            StoreError: it cannot be recorded; nothing is erased.
        """
        with self._db.transaction():
            for alert in alerts:
                self._erase(_number(alert))
            self._record("subject", act_row("subject", act))
        self._dirty = self._dirty or bool(alerts)

    def clean(self) -> None:
        """Bring what was erased out of logs and freed space; outside any transaction."""
        if self._dirty:
            self._dirty = not self._db.settle()

    def _erase(self, alert: AlertId) -> None:
        self._letters.erase(alert)
        self._letters.erase_ids([one.id for one in self._letters.about(alert)])

    def _held(self, row: Sequence[Any]) -> bool:
        alert = str(AlertId(*row[:3]))
        mine = and_(HOLDS.c.ended == 0, HOLDS.c.alert == alert)
        return self._db.row(select(HOLDS.c.number).where(mine).limit(1)) is not None


def _number(alert: str) -> AlertId:
    found = read_id(alert)
    if found is None:
        raise ValueError(f"{alert!r} is no number of an alert")
    return found


def _of(alert: AlertId) -> Any:
    return and_(
        PURGES.c.unit == alert.unit,
        PURGES.c.epoch == alert.epoch,
        PURGES.c.sequence == alert.sequence,
    )


def _hold(row: Sequence[Any]) -> KeptHold:
    one = dict(zip(HOLDS.c.keys(), row, strict=True))
    return KeptHold(**{**one, "ended": bool(one["ended"])})


_WAITING: Final = (
    select(PURGES.c.unit, PURGES.c.epoch, PURGES.c.sequence, PURGES.c.outcome, PURGES.c.officer)
    .where(PURGES.c.done == 0)
    .order_by(PURGES.c.at)
)
_LATE: Final = (
    select(PURGES.c.unit, PURGES.c.epoch, PURGES.c.sequence)
    .join(
        LETTERS,
        and_(
            LETTERS.c.unit == PURGES.c.unit,
            LETTERS.c.epoch == PURGES.c.epoch,
            LETTERS.c.sequence == PURGES.c.sequence,
        ),
    )
    .where(PURGES.c.done == 1, LETTERS.c.body.is_not(None))
    .distinct()
)
