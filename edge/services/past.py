"""Looks through the rows that an earlier process left, a few at a time: is the past whole?

A broken past stops nothing: new rows continue the last one. But it is told, in health and on the
chain itself, and ``edge audit verify`` names it to everybody.
"""

from typing import Final

from edge.errors import KeysError
from edge.log import Log
from edge.messages.acts_unit import Chain
from edge.messages.head import own_head
from edge.messages.links import Break, broken_at, first_link
from edge.services.recorder import Recorder
from edge.store.audit import Audit
from edge.store.proofs import Proofs

_ROWS: Final = 50  # a step: a part of a millisecond each
_log: Final = Log("edge.record")


class Past:
    """Checks the chain from its first row to the one that was newest at the start.

    Attributes:
        problem: the first row that does not hold, as a sentence; empty while none is known.
        done: all rows have been looked at.
    """

    def __init__(self, audit: Audit, proofs: Proofs, epoch: str, recorder: Recorder) -> None:
        self.problem = ""
        self.done = False
        self._audit = audit
        self._recorder = recorder
        self._previous = first_link(epoch)
        self._number = 0
        head = audit.head()
        self._end = head.number if head else 0
        self._known = {
            int(row.get("number", 0)): str(row.get("sentence", ""))
            for row in recorder.recent("chain")
            if not row.get("name")
        }
        self._proofs = proofs

    def step(self) -> None:
        """Look at the next rows."""
        if self.done:
            return
        rows = self._audit.links(self._number, _ROWS)
        signed = self._signed(rows[0].number, rows[-1].number) if rows else {}
        for link in rows:
            number = self._number + 1
            broken = broken_at(link, number, self._previous)
            if broken is None and signed.get(number, link.hash) != link.hash:
                broken = Break(number, f"row {number} is not the one that was signed")
            if broken is not None:
                self._tell(broken)
            self._number, self._previous = link.number, link.hash
        if rows:
            self._payloads(rows[0].number, rows[-1].number)
        if not rows or self._number >= self._end:
            self._finish()

    def _payloads(self, first: int, last: int) -> None:
        for number in self._audit.changed(first, last):
            self._tell(Break(number, f"the payload of row {number} was changed"))

    def _finish(self) -> None:
        self.done = True
        newest = self._proofs.newest_head()[0]
        if newest > self._number:
            at, proof = self._number + 1, f"row {newest} was signed"
            known = any(proof in sentence for sentence in self._known.values())
            self._tell(Break(at, f"rows from {at} on are gone: {proof}"), known=known)

    def _tell(self, broken: Break, *, known: bool = False) -> None:
        sentence = f"the record of acts is broken: {broken.reason}; new acts continue its last row"
        if not self.problem:
            self.problem = sentence
        if known or broken.number in self._known:
            return
        self._known[broken.number] = broken.reason
        _log.error(sentence)
        self._recorder.tell("chain", Chain(number=broken.number, sentence=broken.reason))

    def _signed(self, first: int, last: int) -> dict[int, str]:
        """Return number and hash of the heads that were signed here of these rows."""
        found = {}
        for blob in self._proofs.heads(first, last):
            try:
                head = own_head(blob)
            except KeysError as error:
                _log.warning("a kept head is damaged", why=error)
                continue
            found[head.audit_number] = head.audit_hash
        return found
