"""Case holds in a store: what an alert says stays until they end, whatever else would erase it.

A hold is checked before it comes here (:mod:`edge.policy.holds`) and stands by what was true then.
It ends by its date or by a signed word; the end stays, so that no replay begins it anew.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from edge.clock import Moment
from edge.errors import StoreError
from edge.messages.acts import act_row
from edge.messages.acts_town import Hold
from edge.store.audit import Audit
from edge.store.db import Database


@dataclass(frozen=True, slots=True)
class KeptHold:
    """One hold.

    Attributes:
        number: SHA-256 of the signed hold, hex.
        alert: ``unit/epoch/sequence``.
        until: RFC 3339; by a clock that is trusted.
        ended: it holds no more.
    """

    number: str
    alert: str
    case: str
    why: str
    until: str
    supervisor: str
    ended: bool

    def act(self, act: str, signers: tuple[str, ...]) -> dict[str, Any]:
        """Return the row that says what was done with it: *act* is ``begun`` or ``ended``."""
        fields = {
            "act": act,
            "number": self.number,
            "alert": self.alert,
            "case": self.case,
            "until": self.until,
            "signers": signers,
        }
        return act_row("hold", Hold.model_validate(fields))


class Holds:
    """The part of a database with the tables ``schema.KEEPING`` that says what must stay.

    Args:
        prefix: what stands before the sequence in the numbers of this store's own alerts.
    """

    def __init__(self, db: Database, audit: Audit, prefix: str) -> None:
        self._db = db
        self._audit = audit
        self._prefix = prefix

    def begin(self, hold: KeptHold, now: Moment) -> bool:
        """Put a hold in force, on the record; False when it is known already, ended or not.

        Raises:
            StoreFull: it cannot be recorded, and holds nothing.
        """
        with self._db.transaction():
            fields = json.dumps(
                {"case": hold.case, "why": hold.why, "supervisor": hold.supervisor},
                ensure_ascii=False,
            )
            new = self._db.execute(
                "INSERT INTO holds (number, alert, own, fields, until_ns) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (hold.number, hold.alert, self._own(hold.alert), fields, _ns(hold.until)),
            )
            if new:
                self._audit.append("hold", hold.act("begun", (hold.supervisor,)), now)
        return bool(new)

    def end(self, number: str, ender: str, now: Moment) -> bool:
        """End a hold at once; one that never came here is barred. False when it had ended.

        Raises:
            StoreFull: it cannot be recorded, and the hold goes on.
        """
        with self._db.transaction():
            hold = self.find(number)
            if hold is None:
                self._db.execute("INSERT INTO holds VALUES (?, '', NULL, '{}', 0, 1)", (number,))
                return False
            if hold.ended:
                return False
            self._close(hold, (ender,), now)
        return True

    def expire(self, now: Moment) -> int:
        """End what has reached its date, inside the caller's transaction; by a trusted clock."""
        due = [hold for hold in self.standing() if _ns(hold.until) <= now.utc_ns]
        for hold in due:
            self._close(hold, (), now)
        return len(due)

    def find(self, number: str) -> KeptHold | None:
        """Return a hold, ended or not."""
        row = self._db.row(f"{_SELECT} WHERE number = ?", (number,))
        return _hold(row) if row else None

    def standing(self) -> list[KeptHold]:
        """Return the holds in force, the first to end at the head."""
        rows = self._db.rows(f"{_SELECT} WHERE ended = 0 ORDER BY until_ns, number")
        return [_hold(row) for row in rows]

    def on(self, alert: str) -> KeptHold | None:
        """Return the hold on an alert that ends last; None when nothing holds it."""
        row = self._db.row(
            f"{_SELECT} WHERE ended = 0 AND alert = ? ORDER BY until_ns DESC LIMIT 1", (alert,)
        )
        return _hold(row) if row else None

    def _own(self, alert: str) -> int | None:
        if not alert.startswith(self._prefix):
            return None
        return int(alert.removeprefix(self._prefix))

    def _close(self, hold: KeptHold, signers: tuple[str, ...], now: Moment) -> None:
        self._db.execute("UPDATE holds SET ended = 1 WHERE number = ?", (hold.number,))
        self._audit.append("hold", hold.act("ended", signers), now)


def _hold(row: tuple[str, str, str, int, int]) -> KeptHold:
    number, alert, text, until_ns, ended = row
    try:
        fields = json.loads(text)
    except ValueError as error:
        raise StoreError(f"hold {number[:12]} is damaged: {error}") from None
    until = datetime.fromtimestamp(until_ns // 1_000_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    case, why, who = (str(fields.get(name, "")) for name in ("case", "why", "supervisor"))
    return KeptHold(number, alert, case, why, until, who, bool(ended))


def _ns(until: str) -> int:
    return int(datetime.fromisoformat(until).timestamp()) * 1_000_000_000


_SELECT: Final = "SELECT number, alert, fields, until_ns, ended FROM holds"
