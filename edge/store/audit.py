"""The audit chain: what was done, provable, and without a plate in it.

Each row commits to its payload by a salted hash and to the row before by that row's hash. Payload
and salt stand apart: erase them, and nothing can be guessed from the row, while the chain still
verifies. The chain belongs to the transaction of the act that it records: an act that cannot be
recorded does not happen.
"""

import hmac
import json
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from edge.clock import Moment
from edge.errors import StoreError
from edge.messages.chain import PayloadRow
from edge.messages.envelope import canonical
from edge.messages.links import Break, Link, commitment, first_link, link_hash, verify
from edge.store.db import Database

__all__ = ["Audit", "Break", "Link", "commitment", "first_link", "link_hash", "verify"]


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
            # where a row was cut off and its payload left behind, alerts must go on
            "INSERT OR REPLACE INTO audit_payloads (number, salt, payload) VALUES (?, ?, ?)",
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
        if not _same(salt, text, committed):
            raise StoreError(f"{self._db.file}: the payload of audit row {number} was changed")
        found: dict[str, Any] = json.loads(text)
        return found

    def numbers(self, kind: str) -> list[int]:
        """Return the numbers of all rows of *kind*, in order."""
        rows = self._db.rows("SELECT number FROM audit WHERE kind = ? ORDER BY number", (kind,))
        return [int(number) for (number,) in rows]

    def walk(self, after: int = 0) -> Iterator[Link]:
        """Yield the rows after number *after* in order, a page at a time: a chain may be long."""
        while page := self.links(after, _PAGE):
            yield from page
            after = page[-1].number

    def exported(self, after: int = 0) -> Iterator[tuple[Link, PayloadRow | None]]:
        """Yield the rows after *after* with what they commit to, as it lies there, unjudged."""
        while page := self.links(after, _PAGE):
            first, last = page[0].number, page[-1].number
            payloads = {row.number: row for row, _ in self._payloads(first, last)}
            yield from ((link, payloads.get(link.number)) for link in page)
            after = last

    def told(self, after: int = 0) -> Iterator[tuple[Link, dict[str, Any] | None]]:
        """Yield the rows after *after* with what they say; None where it was erased or changed."""
        for link, row in self.exported(after):
            intact = row is not None and _same(row.salt, row.text, link.commitment)
            yield link, json.loads(row.text) if row is not None and intact else None

    def payload_rows(self, first: int, last: int) -> list[PayloadRow]:
        """Return what the rows *first* to *last* commit to, without what was erased or changed."""
        return [row for row, intact in self._payloads(first, last) if intact]

    def changed(self, first: int, last: int) -> list[int]:
        """Return which of the rows *first* to *last* have a payload that is not theirs."""
        return [row.number for row, intact in self._payloads(first, last) if not intact]

    def intact(self, number: int) -> dict[str, Any] | None:
        """Return the payload of a row; None when it was erased, or is not the row's any more."""
        found = self.payload_rows(number, number)
        return json.loads(found[0].text) if found else None

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
        broken = verify(self.walk(), self._epoch, head)
        if broken is not None:
            return broken
        last = self.head()
        for first in range(1, (last.number if last else 0) + 1, _PAGE):
            for row, intact in self._payloads(first, first + _PAGE - 1):
                if not intact:
                    return Break(row.number, f"the payload of audit row {row.number} was changed")
        return None

    def _payloads(self, first: int, last: int) -> Iterator[tuple[PayloadRow, bool]]:
        rows = self._db.rows(
            "SELECT number, salt, payload, commitment FROM audit_payloads JOIN audit USING (number)"
            " WHERE number BETWEEN ? AND ? ORDER BY number",
            (first, last),
        )
        for number, salt, text, committed in rows:
            yield PayloadRow(number, salt, text), _same(salt, text, committed)


def _same(salt: str, text: str, committed: str) -> bool:
    try:
        return hmac.compare_digest(commitment(salt, text), committed)
    except ValueError:  # the salt is not hex any more
        return False


_PAGE = 1000
_SELECT = "SELECT number, at, kind, commitment, previous, hash FROM audit"
