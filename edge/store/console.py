"""A console's store: alerts that came, what officers said of them, and the record of every act.

Each act and its audit row are one transaction: an act that cannot be recorded does not happen.
Outcomes leave through an outbox as a unit's alerts do.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from edge.clock import Clock, Moment
from edge.errors import StoreError
from edge.messages.acts import check_act
from edge.messages.letter import Letter
from edge.messages.links import Link
from edge.records import AlertId
from edge.store.answers import KeptAnswers
from edge.store.audit import Audit
from edge.store.claims import Claims
from edge.store.console_tables import CONSOLE, CONSOLE_ID
from edge.store.db import Database
from edge.store.holding import Holds
from edge.store.kept import KeptAlerts
from edge.store.misreads import Misreads
from edge.store.outbox import Outbox
from edge.store.outgoing import open_outgoing
from edge.store.proofs import Proofs
from edge.store.purges import Purges
from edge.store.tries import Tries
from edge.store.words import KeptWords

DATABASE: Final = "console.db"
_KEEP_SENT_S: Final = 86_400.0
_KEEP_UNSENT_S: Final = 30 * 86_400.0


@dataclass(frozen=True, slots=True)
class Draft:
    """What is made of an outcome's number.

    Attributes:
        words: what the officer signs.
        claim: number, document and end (ns of UTC) of a correction that goes with it.
        misread: officer and signed words, where they say so: the alert is to be purged.
    """

    words: bytes
    letter: Letter
    claim: tuple[str, bytes, int] | None = None
    misread: tuple[str, bytes] | None = None


class ConsoleStore:
    """One console's database; ``open`` it, or use it in a ``with`` block.

    Attributes:
        alerts, answers, words, claims, misreads, purges, holds, tries, outbox, audit: its parts;
            only after ``open``.
        epoch: random, made with the store.
    """

    def __init__(self, folder: Path, name: str, clock: Clock) -> None:
        self._db = Database(folder / DATABASE, CONSOLE_ID, CONSOLE)
        self._name = name
        self._clock = clock
        self.alerts: KeptAlerts
        self.answers: KeptAnswers
        self.words: KeptWords
        self.claims: Claims
        self.misreads: Misreads
        self.holds: Holds
        self.purges: Purges
        self.tries: Tries
        self.outbox: Outbox
        self.audit: Audit
        self.proofs: Proofs

    def open(self) -> Self:
        """Open the database, or make it with a new epoch.

        Raises:
            StoreError: it cannot be opened, or belongs to another console.
        """
        try:
            self._db.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{error.filename}: cannot be made: {error.strerror}") from error
        self._db.open()
        try:
            self._take_apart()
        except BaseException:
            self.close()
            raise
        return self

    def close(self) -> None:
        """Close it; everything committed is on the disk already."""
        self._db.close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def record(self, kind: str, payload: Mapping[str, Any], *, must: bool = False) -> Link:
        """Put an act on the audit chain, in a transaction of its own, and return its row.

        Args:
            must: as of a unit's store; a console keeps no space for it.

        Raises:
            MessageError: it is no act of that kind.
            StoreError: it cannot be written; an act that cannot be recorded does not happen.
        """
        del must
        check_act(kind, payload)
        with self._db.transaction():
            return self.audit.append(kind, payload, self._clock.now())

    def noted(self, key: str) -> str:
        """Return what :meth:`note` left under *key*; empty where it left nothing."""
        return self._parts.noted(key)

    def note(self, key: str, value: str) -> None:
        """Remember *value* under *key*, in place of what was there; no part of the chain."""
        self._parts.note(key, value)

    def log_in(self, officer: str, payload: Mapping[str, Any]) -> None:
        """Record a log-in, and forget the wrong passwords before it."""
        with self._db.transaction():
            self.tries.clear(officer)
            self.audit.append("log-in", payload, self._clock.now())

    def post(
        self, about: AlertId, build: Callable[[AlertId], Draft], audit: Mapping[str, Any]
    ) -> AlertId:
        """Make an outcome of this console safe, queue it, and return its number.

        Args:
            build: makes it for its number.
            audit: the payload of its row.
        """
        with self._db.transaction():
            now = self._clock.now()
            number = self._parts.number(now)
            own = AlertId(self._name, self.epoch, number[0])
            draft = build(own)
            fields = {"alert": str(about), **audit}
            self._parts.post(
                "verdict",
                number,
                draft.letter,
                now,
                trusted=self._clock.trusted(),
                audit=("outcome", fields),
            )
            self.words.put(own, number[1], "", draft.words, about, now)
            if draft.claim is not None:
                self.claims.put(*draft.claim)
            if draft.misread is not None:
                self.misreads.put(own, about, *draft.misread, now, own=True)
        return own

    def last_sequence(self) -> int:
        """Return the newest outcome's sequence; 0 when there was none yet."""
        return self._parts.last_sequence()

    def changes(self) -> int:
        """Return a number that differs after another process has committed."""
        return self._db.changes()

    def erase(self, now: Moment) -> list[AlertId]:
        """Erase what has been kept for its days, by a trusted clock; return whose."""
        self._db.write(self._forget_sent)
        self.purges.clean()
        if not self._clock.trusted():
            return []
        self._parts.retention.run(now, clock_trusted=True)  # first: it ends holds
        gone = self._db.write(lambda: self._erase(now))
        gone += [_alert_id(one) for one in self.purges.run(now)]
        self.purges.clean()
        return gone

    def check(self) -> None:
        """Read the whole database and its chain.

        Raises:
            StoreError: the database is damaged, or the audit chain does not hold.
        """
        self._parts.check()

    def _take_apart(self) -> None:
        db = self._db
        self._parts = open_outgoing(
            db,
            self._name,
            setting="unit.name",
            keep_sent_s=_KEEP_SENT_S,
            keep_unsent_s=_KEEP_UNSENT_S,
        )
        self.epoch, self.audit = self._parts.epoch, self._parts.audit
        self.outbox = self._parts.outbox
        self.proofs = Proofs(db, self.audit)
        self.alerts = KeptAlerts(db, self.audit, self._clock)
        self.answers = KeptAnswers(db)
        self.words = KeptWords(db, self.audit, self._name, self.epoch)
        self.claims = Claims(db, self.audit)
        self.misreads, self.holds = Misreads(db), self._parts.holds
        self.purges = Purges(db, self.audit, self._erase_alert)
        self.tries = Tries(db, self.audit)

    def _erase_alert(self, alert: str) -> None:
        """Erase all that is held of an alert, and of what was said of it, inside a transaction."""
        self.alerts.erase_one(_alert_id(alert))
        self.words.erase(_alert_id(alert))
        self._forget_sent()

    def _forget_sent(self) -> None:
        """Erase outcomes on purged alerts that have their receipt: they may name a plate."""
        gone = self._db.execute(
            "DELETE FROM outbox WHERE received_ns IS NOT NULL AND sequence IN"
            " (SELECT sequence FROM words JOIN purges ON words.about = purges.alert"
            " WHERE done = 1 AND console = ? AND epoch = ?)",
            (self._name, self.epoch),
        )
        if gone:
            self.purges.soil()

    def _erase(self, now: Moment) -> list[AlertId]:
        self.answers.erase(now)
        self.alerts.settle_ages(now)
        gone = self.alerts.erase(now)
        for alert_id in gone:
            self.words.erase(alert_id)
        if gone:
            self.purges.soil()
        ended = self.claims.erase(now)
        if gone or ended:
            self.audit.append("erased", {"alerts": len(gone), "claims": ended}, now)
        return gone


def _alert_id(number: str) -> AlertId:
    unit, epoch, sequence = number.split("/")
    return AlertId(unit, epoch, int(sequence))
