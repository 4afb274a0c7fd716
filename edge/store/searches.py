"""Searches at a unit: what is searched, what was answered, and which came before.

Answer, record and memory of a search are one transaction: one that cannot be recorded is not
answered, and one that a crash cut short is answered after it, once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from edge.clock import Clock, Moment
from edge.messages.acts import act_row
from edge.messages.acts_town import SearchAct
from edge.messages.letter import Letter
from edge.records import AlertId
from edge.store.outgoing import Outgoing

KIND: Final = "answer"
_PAGE: Final = 32  # letters read at a time: nobody waits for a long search
_KEPT_NS: Final = 7 * 86_400 * 1_000_000_000  # a clock that is put back revives nothing

Build = Callable[[AlertId, Moment], Letter]
"""Makes the letter of an answer for its number."""


@dataclass(frozen=True, slots=True)
class Once:
    """What makes a search count once.

    Attributes:
        token: of this taking-up.
        officer, nonce: empty for one that was refused: it may come again, mended.
        until_ns: when the search ends, nanoseconds of UTC.
    """

    token: str
    until_ns: int
    officer: str = ""
    nonce: str = ""


@dataclass(frozen=True, slots=True)
class StoredHit:
    """The newest revision of an alert that is held; *body* is sealed."""

    alert_id: AlertId
    revision: int
    body: bytes


class Searches:
    """The part of a unit's database that is for searches."""

    def __init__(self, parts: Outgoing, clock: Clock) -> None:
        self._parts = parts
        self._db = parts.db
        self._clock = clock

    def hits(self) -> Iterator[StoredHit]:
        """Yield the newest revision of each alert that is held, the newest first.

        What is stored meanwhile is not among them.
        """
        last = 2**63 - 1
        while True:
            rows = self._db.rows(_HITS, (last, _PAGE))
            for row, sequence, revision, body in rows:
                last = row
                alert_id = AlertId(self._parts.name, self._parts.epoch, sequence)
                yield StoredHit(alert_id, revision, body)
            if len(rows) < _PAGE:
                return

    def waiting(self) -> int:
        """Return how many answers have no receipt as yet."""
        row = self._db.row(
            "SELECT count(*) FROM outbox WHERE received_ns IS NULL AND kind = ?", (KIND,)
        )
        return int(row[0]) if row else 0

    def seen(self, officer: str, nonce: str) -> bool:
        """Say whether this search was answered before."""
        found = self._db.row(
            "SELECT 1 FROM searches WHERE officer = ? AND nonce = ?", (officer, nonce)
        )
        return found is not None

    def done(self, token: str) -> bool:
        """Say whether what was taken up under *token* has been settled."""
        return self._db.row("SELECT 1 FROM searches WHERE token = ?", (token,)) is not None

    def settle(self, act: SearchAct, once: Once, build: Build | None) -> AlertId | None:
        """Record a search, queue its answer and remember it: all on the disk, or nothing.

        Args:
            build: None where nobody can be answered.

        Raises:
            StoreFull: no space; it is neither answered nor recorded. What is reserved for alerts
                is not touched.
            MessageError: the answer breaks the contract.
        """
        with self._db.transaction():
            now, number = self._clock.now(), None
            if build is not None:
                number = self._answer(build, now)
            self._parts.audit.append("search", act_row("search", act), now)
            self._db.execute(
                "INSERT INTO searches VALUES (?, ?, ?, ?)",
                (once.token, once.officer, once.nonce, once.until_ns),
            )
        return number

    def forget(self, now: Moment) -> None:
        """Drop the memory of searches that ended a week ago: their dates refuse them by now."""
        due = (now.utc_ns - _KEPT_NS,)
        if self._db.row("SELECT 1 FROM searches WHERE until_ns <= ? LIMIT 1", due):
            self._db.write(
                lambda: self._db.execute("DELETE FROM searches WHERE until_ns <= ?", due)
            )

    def _answer(self, build: Build, now: Moment) -> AlertId:
        sequence, revision = self._parts.number(now)
        number = AlertId(self._parts.name, self._parts.epoch, sequence)
        trusted = self._clock.trusted()
        letter = build(number, now)
        self._parts.outbox.put(sequence, revision, letter, now, trusted=trusted, kind=KIND)
        return number


_HITS: Final = """
    SELECT row, sequence, revision, body FROM outbox AS one
    WHERE kind = 'alert' AND row < ? AND NOT EXISTS (
        SELECT 1 FROM outbox AS later
        WHERE later.sequence = one.sequence AND later.revision > one.revision
    )
    ORDER BY row DESC LIMIT ?
"""
