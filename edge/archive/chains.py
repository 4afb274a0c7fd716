"""Chains as they come: verified, never overwritten, and told of where they contradict themselves.

Rows count once they lead to a head that their sender has signed; behind the last such head they
are kept, and asked for again if they do not lead to the next. What a signed head has proven stays
for ever. When the sender's signed words contradict it, the chain is broken, and the other history
is gathered beside it from row 1, so that the first row that was changed can be named; then it is
the one that goes on. A batch that proves nothing can do no harm but to make us ask once more.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Final

from edge.archive.branches import MAIN, OLD, SUSPECT, Branch, Branches
from edge.archive.database import Database
from edge.clock import Moment
from edge.errors import MessageError
from edge.log import Log
from edge.messages.chain import ChainMessage, PayloadRow
from edge.messages.fleet import ChainState, Standing
from edge.messages.head import Head
from edge.messages.links import Break, Link, first_link, verify
from edge.messages.wire import rfc3339

MOST_BRANCHES: Final = 8
_DOUBT_NS: Final = 3_600 * 1_000_000_000  # unproven contradictions make us ask so often at most
_TRIES: Final = 3  # rows that do not lead to the same head so often are no accident
_NOT_LED: Final = "the rows that come do not lead"
_LOG: Final = Log("archive")


class _Fit(Enum):
    """How rows go with a history."""

    HELD = "they continue it, or are known"
    GAP = "rows before them are missing"
    OTHER = "they contradict what is proven"


class Chains:
    """The part of the archive that holds chains."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._branches = Branches(db)
        self._doubted: dict[tuple[str, str], int] = {}
        self._astray: dict[tuple[str, str, int], int] = {}

    def take(
        self, message: ChainMessage, head: Head, payloads: Sequence[PayloadRow], now: Moment
    ) -> Standing:
        """Keep what *message* adds; return how the chain stands then.

        Args:
            head: the message's own, its signature checked against the roster.
            payloads: those of the message that we could open, checked against its rows.

        Raises:
            MessageError: the rows contradict what is proven, and nothing that is signed says so.
            StoreError: nothing of it is kept.
        """
        _belongs(message, head)
        rows = message.rows
        with self._db.transaction():
            main, suspect = self._of(message.name, message.epoch, now)
            before = (main.number, main.proven, main.broken, suspect is None)
            suspect = self._head(main, suspect, head, message.head, now)
            fit = self._extend(main, rows)
            if fit is _Fit.OTHER and suspect is None:
                suspect = self._doubt(main, rows, head, now)
            for one in filter(None, (main, suspect)):
                if one is suspect and self._extend(one, rows) is _Fit.OTHER:
                    self._branches.cut(one, 0)
                self._branches.pay(one, rows, payloads)
            main, suspect = self._judge(main, suspect, now)
            changed = (main.number, main.proven, main.broken, suspect is None) != before
            return self._standing(main, suspect, changed=changed)

    def take_head(self, head: Head, signed: str, now: Moment) -> Standing:
        """Hold a signed head against the rows that are held; return how the chain stands.

        Raises:
            StoreError: it cannot be kept.
        """
        with self._db.transaction():
            main, suspect = self._of(head.unit, head.epoch, now)
            before = (main.proven, main.broken, suspect is None)
            suspect = self._head(main, suspect, head, signed, now)
            main, suspect = self._judge(main, suspect, now)
            changed = (main.proven, main.broken, suspect is None) != before
            return self._standing(main, suspect, changed=changed)

    def retreat(self, name: str, epoch: str, now: Moment) -> Standing:
        """Forget the rows that no head has proven: their sender does not go on from them."""
        with self._db.transaction():
            main, suspect = self._of(name, epoch, now)
            self._branches.cut(main, main.proven)
            self._branches.save(main, now)
            return self._standing(main, suspect, changed=True)

    def states(self) -> tuple[ChainState, ...]:
        """Return every chain as it stands; without suspicions and older branches."""
        return tuple(self._state(one) for one in self._branches.all() if one.state == MAIN)

    def histories(self) -> tuple[ChainState, ...]:
        """Return the chains that count and the older branches of those that were rewritten."""
        return tuple(self._state(one) for one in self._branches.all() if one.state != SUSPECT)

    def state(self, name: str, epoch: str) -> ChainState | None:
        """Return one chain as it stands; None where no row has come."""
        main = self.main(name, epoch)
        return self._state(main) if main else None

    def find(self, state: ChainState) -> Branch:
        """Return the history that *state* tells of."""
        found = self._branches.of(state.name, state.epoch)
        return next(one for one in found if one.branch == state.branch)

    def verify(self, name: str, epoch: str) -> Break | None:
        """Read a chain anew from row 1, rows and what they say; return its first break."""
        main = self.main(name, epoch)
        if main is None:
            return None
        links = self._branches.links(main)
        broken = verify(links, epoch)
        if broken is None and main.number and self._last(main) != main.hash:
            return Break(main.number, f"row {main.number} is not the one that was noted")
        return broken or self._branches.reworded(main) or main.broken

    def main(self, name: str, epoch: str) -> Branch | None:
        """Return the history that counts; None where no row has come."""
        found = [one for one in self._branches.of(name, epoch) if one.state == MAIN]
        return found[-1] if found else None

    def _last(self, one: Branch) -> str:
        return self._branches.hashes(one, [one.number]).get(one.number, "")

    def _of(self, name: str, epoch: str, now: Moment) -> tuple[Branch, Branch | None]:
        found = self._branches.of(name, epoch)
        main = next((one for one in reversed(found) if one.state == MAIN), None)
        suspect = next((one for one in found if one.state == SUSPECT), None)
        return main or self._branches.begin(name, epoch, 0, MAIN, now), suspect

    def _head(
        self, main: Branch, suspect: Branch | None, head: Head, signed: str, now: Moment
    ) -> Branch | None:
        """Note a head; if it contradicts what is proven, the chain is broken, and doubted."""
        number = head.audit_number
        if not number or self._implied(main, head):
            return suspect
        if not self._branches.note(head, signed) or number > main.proven:
            return suspect
        why = (
            f"row {number} is another than the one that was received: the head of {head.made_at}"
            f" signs it, and so did an earlier one"
        )
        if main.broken is None:
            self._break(main, Break(number, why), now)
        return suspect or self._suspect(main, now)

    def _implied(self, main: Branch, head: Head) -> bool:
        """Say whether a head says no more than what a newer one has proven."""
        number = head.audit_number
        if number > main.proven:
            return False
        return self._branches.hashes(main, [number]).get(number) == head.audit_hash

    def _extend(self, one: Branch, rows: Sequence[Link]) -> _Fit:
        """Add those *rows* that continue a history."""
        if rows[0].number > one.number + 1:
            return _Fit.GAP
        known = [row for row in rows if row.number <= one.number]
        held = self._branches.hashes(one, [row.number for row in known])
        other = next((row.number for row in known if held.get(row.number) != row.hash), None)
        if other is not None and other <= one.proven:
            return _Fit.OTHER
        if other is not None:  # neither is proven: what came last may be the better
            self._branches.cut(one, other - 1)
        fresh = [row for row in rows if row.number > one.number]
        if not fresh:
            return _Fit.HELD
        if fresh[0].previous == one.tip:
            self._branches.add(one, fresh)
            return _Fit.HELD
        if one.number == one.proven:
            return _Fit.OTHER
        self._branches.cut(one, one.proven)
        return _Fit.GAP

    def _doubt(self, main: Branch, rows: Sequence[Link], head: Head, now: Moment) -> Branch:
        """Begin to gather another history, where a newer head may stand behind it."""
        key = (main.name, main.epoch)
        waited = now.utc_ns - self._doubted.get(key, 0) >= _DOUBT_NS
        if head.audit_number <= main.proven or not waited:
            raise MessageError(
                f"rows {rows[0].number} to {rows[-1].number} of {main.name} contradict what it has"
                " signed, and nothing signed vouches for them: refused"
            )
        self._doubted[key] = now.utc_ns
        return self._suspect(main, now)

    def _suspect(self, main: Branch, now: Moment) -> Branch:
        count = len(self._branches.of(main.name, main.epoch))
        if count >= MOST_BRANCHES:
            _LOG.error("a chain was rewritten too often; no more is kept", name=main.name)
            raise MessageError(f"the chain of {main.name} was rewritten {count} times: refused")
        return self._branches.begin(main.name, main.epoch, count, SUSPECT, now)

    def _judge(
        self, main: Branch, suspect: Branch | None, now: Moment
    ) -> tuple[Branch, Branch | None]:
        """Hold both histories against the signed heads, and one against the other."""
        self._settle(main, now)
        if suspect is not None:
            self._settle(suspect, now)
            main, suspect = self._compare(main, suspect, now)
        for one in filter(None, (main, suspect)):
            if one.dirty:
                self._branches.save(one, now)
        return main, suspect

    def _settle(self, one: Branch, now: Moment) -> None:
        """Find the newest signed head that the rows lead to; forget rows that lead to none."""
        heads = self._branches.heads(one.name, one.epoch, one.proven, one.number)
        held = self._branches.hashes(one, [number for number, _ in heads])
        for number, digest in heads:
            if held[number] == digest:
                one.proven, one.dirty = number, True
                self._branches.thin(one)
                _mended(one)
                break
        newest = self._branches.head(one.name, one.epoch)
        if one.state == SUSPECT or not one.proven < newest <= one.number:
            return  # a head of an earlier history may stand between; the newest one decides
        self._branches.cut(one, one.proven)
        key = (one.name, one.epoch, newest)
        self._astray[key] = self._astray.get(key, 0) + 1
        if self._astray[key] >= _TRIES and one.broken is None:
            why = (
                f"{_NOT_LED} to row {newest} as its head signs it, {_TRIES} times now: they are"
                " changed at their sender, or on the way"
            )
            self._break(one, Break(newest, why), now)

    def _compare(self, main: Branch, suspect: Branch, now: Moment) -> tuple[Branch, Branch | None]:
        """Let the other history take over once it is proven; drop it when it is none."""
        differs = self._branches.first_difference(suspect, main)
        if differs and suspect.proven >= differs:
            why = f"row {differs} was changed after it had been received and signed for"
            broken = Break(differs, why)
            main.state, suspect.state = OLD, MAIN
            self._break(main, broken, now)
            self._break(suspect, broken, now)
            self._branches.save(main, now)
            return suspect, None
        unfounded = main.broken is None and main.proven >= self._branches.head(
            main.name, main.epoch
        )
        if not differs and (unfounded or suspect.number >= main.number):
            self._branches.drop(suspect)
            return main, None
        return main, suspect

    def _break(self, one: Branch, broken: Break, now: Moment) -> None:
        one.broken, one.dirty = broken, True
        one.broken_at = rfc3339(datetime.fromtimestamp(now.utc_ns / 1e9, UTC))

    def _standing(self, main: Branch, suspect: Branch | None, *, changed: bool) -> Standing:
        shown = suspect or main
        head = self._branches.head(main.name, main.epoch)
        gap = (shown.number + 1, head) if head > shown.number else None
        return Standing(
            name=main.name,
            epoch=main.epoch,
            number=shown.number,
            hash=shown.hash,
            proven=shown.proven,
            gap=gap,
            broken=main.broken,
            changed=changed,
        )

    def _state(self, one: Branch) -> ChainState:
        return ChainState(
            name=one.name,
            epoch=one.epoch,
            branch=one.branch,
            number=one.number,
            hash=one.hash,
            proven=one.proven,
            head=max(one.number, self._branches.head(one.name, one.epoch)),
            at=one.at,
            broken=one.broken,
            broken_at=one.broken_at,
            changed_ns=one.changed_ns,
        )


def _mended(one: Branch) -> None:
    """Take back that rows led nowhere, now that they do; signed words are never taken back."""
    broken = one.broken
    if broken and broken.number <= one.proven and broken.reason.startswith(_NOT_LED):
        one.broken, one.broken_at = None, ""


def _belongs(message: ChainMessage, head: Head) -> None:
    """Raise MessageError unless the rows are of the chain whose head came with them."""
    if (head.unit, head.epoch) != (message.name, message.epoch):
        raise MessageError(f"rows of {message.name}, under a head of {head.unit}: refused")
    if message.rows[-1].number > head.audit_number:
        raise MessageError(
            f"row {message.rows[-1].number} of {message.name} is beyond what it has signed"
            f" ({head.audit_number}): refused"
        )
    first = message.rows[0]
    if first.number == 1 and first.previous != first_link(message.epoch):
        raise MessageError(f"row 1 of {message.name} does not begin its store's chain: refused")
