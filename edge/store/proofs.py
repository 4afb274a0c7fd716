"""What proves a store's chain to others: heads that were signed, and what archives hold of it."""

from dataclasses import dataclass
from typing import Final

from edge.messages.chain import MOST_ROWS, PayloadRow
from edge.messages.chain_receipt import ChainReceipt
from edge.messages.links import Link
from edge.store.audit import Audit
from edge.store.db import Database

_MOST_BYTES: Final = 40_000  # of payloads in a batch; with rows, seal and head under 64 kB


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows to be sent next, and those of their payloads that are still there."""

    rows: tuple[Link, ...]
    payloads: tuple[PayloadRow, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an archive holds the chain, by its newest receipt that counted.

    Attributes:
        at: of the receipt, by the archive's clock.
    """

    number: int
    at: str


class Proofs:
    """The tables beside the chain; watch, deliver and the exporter share them."""

    def __init__(self, db: Database, audit: Audit) -> None:
        self._db = db
        self._audit = audit

    def keep_head(self, number: int, head: bytes) -> None:
        """Keep a signed head of row *number*; a power cut may take it back, another follows."""
        with self._db.soon():
            self._db.execute("INSERT OR REPLACE INTO signed_heads VALUES (?, ?)", (number, head))

    def newest_head(self) -> tuple[int, bytes]:
        """Return number and bytes of the newest head that was kept; 0 and nothing for none."""
        row = self._db.row("SELECT number, head FROM signed_heads ORDER BY number DESC LIMIT 1")
        return (int(row[0]), bytes(row[1])) if row else (0, b"")

    def heads(self, first: int = 0, last: int = 2**53) -> list[bytes]:
        """Return the heads that were kept of the rows *first* to *last*, in their order."""
        rows = self._db.rows(
            "SELECT head FROM signed_heads WHERE number BETWEEN ? AND ? ORDER BY number",
            (first, last),
        )
        return [row[0] for row in rows]

    def receipts(self) -> list[bytes]:
        """Return each archive's newest signed receipt."""
        rows = self._db.rows("SELECT receipt FROM chain_receipts ORDER BY archive")
        return [row[0] for row in rows]

    def standings(self) -> dict[str, Standing]:
        """Return how far each archive holds the chain, by its name."""
        rows = self._db.rows("SELECT archive, number, at FROM chain_receipts")
        return {archive: Standing(number, at) for archive, number, at in rows}

    def note(self, receipt: ChainReceipt, blob: bytes) -> None:
        """Keep a receipt that counts; a power cut may take it back, the archive says it again."""
        with self._db.soon():
            self._db.execute(
                "INSERT OR REPLACE INTO chain_receipts VALUES (?, ?, ?, ?)",
                (receipt.archive, receipt.number, receipt.at, blob),
            )

    def row(self, number: int) -> Link | None:
        """Return one row of the chain."""
        found = self._audit.links(number - 1, 1)
        return found[0] if found and found[0].number == number else None

    def batch(self, after: int, head: int) -> Batch:
        """Return what follows row *after*, as much as one message holds, up to row *head*.

        It ends at a signed head where it can: such rows prove themselves on arrival.
        """
        last = min(after + MOST_ROWS, head)
        if last < head:
            row = self._db.row(
                "SELECT max(number) FROM signed_heads WHERE number > ? AND number <= ?",
                (after, last),
            )
            last = int(row[0]) if row and row[0] is not None else last
        rows = self._audit.links(after, last - after)
        payloads = self._audit.payload_rows(after + 1, last)
        total, end = 0, last
        for one in payloads:
            total += len(one.text)
            if total > _MOST_BYTES and one.number > after + 1:
                end = one.number - 1
                break
        return Batch(
            tuple(one for one in rows if one.number <= end),
            tuple(one for one in payloads if one.number <= end),
        )
