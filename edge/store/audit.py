"""The audit chain: what was done, provable, and without a plate in it.

Each row commits to its payload by a salted hash and to the row before by that row's hash. Payload
and salt stand apart: erase them, and nothing can be guessed from the row, while the chain still
verifies. The chain belongs to the transaction of the act that it records: an act that cannot be
recorded does not happen.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from edge.clock import Moment
from edge.errors import StoreError
from edge.messages.envelope import canonical
from edge.store.db import Database


@dataclass(frozen=True, slots=True)
class Link:
    """One row of the chain, as exported and published; hashes are SHA-256, hex."""

    number: int
    at: str
    kind: str
    commitment: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the chain does not hold, and why, as a sentence."""

    number: int
    reason: str


def first_link(epoch: str) -> str:
    """Return what the first row names as the one before it: a hash of the store's epoch."""
    return hashlib.sha256(b"edge-plates audit chain " + epoch.encode("ascii")).hexdigest()


def link_hash(number: int, at: str, kind: str, commitment: str, previous: str) -> str:
    """Return the hash of a row: SHA-256 of the canonical JSON of its other fields."""
    fields = {
        "number": number,
        "at": at,
        "kind": kind,
        "commitment": commitment,
        "previous": previous,
    }
    return hashlib.sha256(canonical(fields)).hexdigest()


def commitment(salt: str, payload: str) -> str:
    """Return the salted commitment to a payload: HMAC-SHA-256 with the salt as the key, hex."""
    return hmac.new(bytes.fromhex(salt), payload.encode("utf-8"), "sha256").hexdigest()


def verify(links: Iterable[Link], epoch: str, head: Link | None = None) -> Break | None:
    """Return the first break of a chain that begins at row 1; None when it holds.

    Args:
        head: a row published or kept elsewhere; a chain that lacks it, or has another one in its
            place, was cut or rewritten.
    """
    previous, number, at_head = first_link(epoch), 0, ""
    for number, link in enumerate(links, start=1):
        if link.number != number:
            return Break(number, f"row {number} is missing; row {link.number} stands in its place")
        if link.previous != previous:
            return Break(number, f"row {number} does not continue the row before it")
        if link.hash != link_hash(number, link.at, link.kind, link.commitment, previous):
            return Break(number, f"row {number} was changed")
        previous = link.hash
        if head is not None and number == head.number:
            at_head = link.hash
    if head is not None and at_head != head.hash:
        found = "another row stands there" if at_head else f"the chain ends at row {number}"
        return Break(head.number, f"row {head.number}, known elsewhere, is not here: {found}")
    return None


class Audit:
    """The chain in a store.

    Args:
        epoch: of the store; the chain begins with it.
    """

    def __init__(self, db: Database, epoch: str) -> None:
        self._db = db
        self._epoch = epoch

    def append(self, kind: str, payload: Mapping[str, Any], at: Moment) -> Link:
        """Add a row inside the caller's transaction and return it.

        Args:
            payload: JSON; what the row commits to. Put nothing here that need not be kept.
        """
        head = self.head()
        number = head.number + 1 if head else 1
        previous = head.hash if head else first_link(self._epoch)
        text, salt = canonical(dict(payload)).decode("utf-8"), secrets.token_hex(16)
        sealed = commitment(salt, text)
        row_hash = link_hash(number, at.iso(), kind, sealed, previous)
        link = Link(number, at.iso(), kind, sealed, previous, row_hash)
        self._db.execute(
            "INSERT INTO audit (number, at, kind, commitment, previous, hash)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (number, link.at, kind, sealed, previous, row_hash),
        )
        self._db.execute(
            "INSERT INTO audit_payloads (number, salt, payload) VALUES (?, ?, ?)",
            (number, salt, text),
        )
        return link

    def head(self) -> Link | None:
        """Return the newest row; None of an empty chain."""
        row = self._db.row(f"{_SELECT} ORDER BY number DESC LIMIT 1")
        return Link(*row) if row else None

    def links(self, after: int = 0, limit: int = 1_000_000) -> list[Link]:
        """Return up to *limit* rows after number *after*, in order."""
        rows = self._db.rows(f"{_SELECT} WHERE number > ? ORDER BY number LIMIT ?", (after, limit))
        return [Link(*row) for row in rows]

    def payload(self, number: int) -> dict[str, Any] | None:
        """Return the payload of a row; None when it has been erased.

        Raises:
            StoreError: it is not the one that the row commits to.
        """
        row = self._db.row(
            "SELECT salt, payload, commitment FROM audit_payloads JOIN audit USING (number)"
            " WHERE number = ?",
            (number,),
        )
        if row is None:
            return None
        salt, text, committed = row
        if not hmac.compare_digest(commitment(salt, text), committed):
            raise StoreError(f"{self._db.file}: the payload of audit row {number} was changed")
        found: dict[str, Any] = json.loads(text)
        return found

    def count(self, kind: str, since: Moment | None = None) -> int:
        """Return how many rows of *kind* there are, of those not older than *since*."""
        start = since.iso() if since else ""
        row = self._db.row("SELECT count(*) FROM audit WHERE kind = ? AND at >= ?", (kind, start))
        return int(row[0]) if row else 0

    def erase_payload(self, number: int) -> None:
        """Erase what a row commits to, inside the caller's transaction; the row stays."""
        self._db.execute("DELETE FROM audit_payloads WHERE number = ?", (number,))

    def verify(self, head: Link | None = None) -> Break | None:
        """Return the first break of the chain or of a payload; None when all hold."""
        broken = verify(self.links(), self._epoch, head)
        if broken is not None:
            return broken
        for (number,) in self._db.rows("SELECT number FROM audit_payloads ORDER BY number"):
            try:
                self.payload(number)
            except StoreError as error:
                return Break(number, str(error))
        return None


_SELECT = "SELECT number, at, kind, commitment, previous, hash FROM audit"
