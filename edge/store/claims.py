"""Corrections that wait on a console: an officer's claim, until a supervisor's word is spread."""

from dataclasses import dataclass

from edge.clock import Moment
from edge.store.audit import Audit
from edge.store.db import Database


@dataclass(frozen=True, slots=True)
class KeptClaim:
    """One correction.

    Attributes:
        number: SHA-256 of *claim*, hex.
        claim: what the officer signed.
        confirmation, notice: what the supervisor signed; None before.
    """

    number: str
    claim: bytes
    confirmation: bytes | None
    notice: bytes | None


class Claims:
    """The part of a console's database that holds corrections."""

    def __init__(self, db: Database, audit: Audit) -> None:
        self._db = db
        self._audit = audit

    def put(self, number: str, claim: bytes, until_ns: int) -> None:
        """Keep a claim, inside the caller's transaction; a known one changes nothing.

        Args:
            until_ns: when it ends, and is erased.
        """
        self._db.execute(
            "INSERT INTO claims (number, claim, until_ns) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (number, claim, until_ns),
        )

    def take(self, number: str, claim: bytes, until_ns: int) -> None:
        """Keep a claim that came with another console's outcome."""
        with self._db.transaction():
            self.put(number, claim, until_ns)

    def settle(self, number: str, confirmation: bytes) -> None:
        """Note that a supervisor confirmed it elsewhere, who spreads it as well."""
        with self._db.transaction():
            self._db.execute(
                "UPDATE claims SET confirmation = ?, spread = 1"
                " WHERE number = ? AND confirmation IS NULL",
                (confirmation, number),
            )

    def confirm(
        self, number: str, confirmation: bytes, notice: bytes, officer: str, now: Moment
    ) -> None:
        """Keep a supervisor's word; from here on it is to be spread."""
        with self._db.transaction():
            self._db.execute(
                "UPDATE claims SET confirmation = ?, notice = ? WHERE number = ?",
                (confirmation, notice, number),
            )
            self._audit.append("confirm", {"claim": number, "officer": officer}, now)

    def waiting(self) -> list[KeptClaim]:
        """Return the claims without a supervisor's word."""
        return self._all("confirmation IS NULL")

    def all(self) -> list[KeptClaim]:
        """Return all that are held, confirmed or not."""
        return self._all("true")

    def unspread(self) -> list[KeptClaim]:
        """Return the confirmed corrections that have not been handed on."""
        return self._all("confirmation IS NOT NULL AND spread = 0")

    def spread(self, number: str) -> None:
        """Note that whoever spreads it has it safe."""
        with self._db.transaction():
            self._db.execute("UPDATE claims SET spread = 1 WHERE number = ?", (number,))

    def erase(self, now: Moment) -> int:
        """Erase those that have ended, inside the caller's transaction; return how many."""
        return self._db.execute("DELETE FROM claims WHERE until_ns <= ?", (now.utc_ns,))

    def _all(self, condition: str) -> list[KeptClaim]:
        rows = self._db.rows(
            "SELECT number, claim, confirmation, notice FROM claims"  # noqa: S608 - own words
            f" WHERE {condition} ORDER BY number"
        )
        return [KeptClaim(*row) for row in rows]
