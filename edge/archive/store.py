"""The archive's store: chains, letters, the units' words, and a chain of its own.

Nothing here talks to the broker or holds a key. What a receipt says must be true after a power cut:
so sign it only when the transaction that kept the thing has ended.
"""

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from edge.archive.acts import acts, link
from edge.archive.branches import MAIN, Branch, Branches
from edge.archive.chains import Chains
from edge.archive.database import Database, select
from edge.archive.keeping import Holds, Purges
from edge.archive.letters import Letters
from edge.archive.tables import META
from edge.archive.units import Units
from edge.clock import Clock, Moment
from edge.errors import StoreError
from edge.messages.acts import ActRow, check_act
from edge.messages.chain import ChainMessage, PayloadRow
from edge.messages.fleet import ChainState, Standing, UnitState
from edge.messages.head import Head
from edge.messages.links import Link

_TOWN: Final = "town"
_NAME: Final = "name"
_EPOCH: Final = "epoch"


class ArchiveStore:
    """One archive's database; ``open`` it, or use it in a ``with`` block.

    Attributes:
        books, letters, desk: chains, letters and what units said, for whoever does more than read.
        holds, purges: what of the letters must stay, and what must go.
        epoch: random, made with the store.
        new_epoch: it was made by this opening.
    """

    def __init__(self, database: Database, town: str, name: str, clock: Clock) -> None:
        self.db = database
        self._town = town
        self._name = name
        self._clock = clock
        self._branches = Branches(database)
        self.books = Chains(database)
        self.letters = Letters(database)
        self.desk = Units(database)
        self.holds = Holds(database, self.record)
        self.purges = Purges(database, self.letters, self.record)
        self.epoch = ""
        self.new_epoch = False

    def open(self) -> Self:
        """Open the database, or make it with a new epoch.

        Raises:
            StoreError: it cannot be opened, or belongs to another archive.
        """
        self.db.open()
        try:
            with self.db.transaction():
                self._mine()
        except BaseException:
            self.close()
            raise
        return self

    def close(self) -> None:
        """Close the database; twice does no harm."""
        self.db.close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def attempt(self) -> AbstractContextManager[None]:
        """Return a block inside a transaction that leaves nothing behind when it raises."""
        return self.db.attempt()

    def transaction(self) -> AbstractContextManager[None]:
        """Return a block whose acts are all on the disk afterwards, or none is."""
        return self.db.transaction()

    def check(self) -> None:
        """Read the whole database and every chain.

        Raises:
            StoreError: it is damaged, or a chain that is held does not hold together.
        """
        self.db.check()
        for one in self._branches.all():
            broken = self.books.verify(one.name, one.epoch)
            if broken is not None and one.broken is None:
                raise StoreError(
                    f"{self.db.where}: the chain of {one.name} was changed in the database: "
                    f"{broken.reason}"
                )

    def take_chain(
        self, message: ChainMessage, head: Head, payloads: Sequence[PayloadRow], at: Moment
    ) -> Standing:
        """Keep rows of a chain; see :meth:`edge.archive.chains.Chains.take`."""
        return self.books.take(message, head, payloads, at)

    def take_head(self, head: Head, signed: str, at: Moment) -> Standing:
        """Hold a signed head against what is held."""
        return self.books.take_head(head, signed, at)

    def record(self, kind: str, payload: Mapping[str, Any]) -> Link:
        """Add a row to the archive's own chain and return it; in a transaction, a part of that.

        Raises:
            MessageError: it is no act that chains know.
            StoreError: it cannot be written; the act must not happen.
        """
        check_act(kind, payload)
        now = self._clock.now()
        with self.db.transaction():
            own = self._own(now)
            row, told = link(own, kind, payload, now)
            self._branches.add(own, [row])
            own.proven = own.number
            self._branches.tell(own, told)
            self._branches.save(own, now)
        return row

    def keep_head(self, head: Head, signed: str) -> None:
        """Keep a head of the archive's own chain, as it signed it."""
        with self.db.transaction():
            self._branches.note(head, signed)
            self._branches.thin(self._own(self._clock.now()))

    def own(self) -> ChainState | None:
        """Return how the archive's own chain stands; None before its first row."""
        return self.books.state(self._name, self.epoch)

    def chains(self) -> tuple[ChainState, ...]:
        """Return all chains, the archive's own as well, by name and age."""
        return self.books.states()

    def newest(self) -> dict[str, ChainState]:
        """Return each sender's chain of its newest store, by name."""
        return {one.name: one for one in sorted(self.chains(), key=lambda one: one.changed_ns)}

    def units(self) -> tuple[UnitState, ...]:
        """Return what each party last said of itself, with its newest chain, by name."""
        return self.desk.states(self.newest())

    def histories(self) -> tuple[ChainState, ...]:
        """Return every history that was proven, those as well that their sender has replaced."""
        return self.books.histories()

    def history(self, state: ChainState) -> Iterator[tuple[Link, PayloadRow | None]]:
        """Return the proven rows of one history in order, each with what it commits to."""
        one = self.books.find(state)
        payloads = self._branches.payloads(one)
        waiting = next(payloads, None)
        for row in self._branches.links(one, 0, state.proven):
            mine = waiting is not None and waiting.number == row.number
            yield row, waiting if mine else None
            waiting = next(payloads, None) if mine else waiting

    def rows(
        self, name: str | None = None, epoch: str | None = None, after: int = 0
    ) -> Iterator[Link]:
        """Return rows of the chains that count, in order; only what signed heads have proven."""
        for one in self._wanted(name, epoch):
            yield from self._branches.links(one, after, one.proven)

    def payloads(
        self, name: str, epoch: str, first: int = 1, last: int | None = None
    ) -> Iterator[PayloadRow]:
        """Return what the rows of one chain commit to, without what was erased."""
        for one in self._wanted(name, epoch):
            yield from self._branches.payloads(one, first, last)

    def signed(self, name: str, epoch: str) -> int:
        """Return the newest row of a chain that its owner has signed a head of; 0 for none."""
        return self._branches.head(name, epoch)

    def heads(self, name: str, epoch: str) -> Iterator[str]:
        """Return one chain's heads as they were signed, the oldest first."""
        return self._branches.signed_heads(name, epoch)

    def acts(
        self, kinds: Collection[str] = (), since: str = "", until: str = ""
    ) -> Iterator[ActRow]:
        """Return what stands on all chains that count, by chain and number.

        Args:
            kinds: only these; empty for all.
            since, until: RFC 3339, of the rows; *until* excluded; empty for no limit.
        """
        return acts(self.db, kinds, since, until)

    def erase_payload(self, name: str, epoch: str, number: int) -> bool:
        """Erase what a row commits to, in every history; the row stays. Say whether it was there.

        Inside the caller's transaction, beside the act that it records.
        """
        found = [self._branches.erase(one, number) for one in self._branches.of(name, epoch)]
        return any(found)

    def _wanted(self, name: str | None, epoch: str | None) -> list[Branch]:
        return [
            one
            for one in self._branches.all()
            if one.state == MAIN and name in {None, one.name} and epoch in {None, one.epoch}
        ]

    def _own(self, now: Moment) -> Branch:
        found = self.books.main(self._name, self.epoch)
        return found or self._branches.begin(self._name, self.epoch, 0, MAIN, now)

    def _mine(self) -> None:
        """Take the store for our own, or refuse another's."""
        rows = self.db.rows(select(META.c.key, META.c.value))
        known: dict[str, str] = {str(key): str(value) for key, value in rows}
        self.new_epoch = _EPOCH not in known
        if self.new_epoch:
            known |= {_TOWN: self._town, _NAME: self._name, _EPOCH: secrets.token_hex(16)}
            for key in (_TOWN, _NAME, _EPOCH):
                self.db.insert(META, key=key, value=known[key])
        if (known[_TOWN], known[_NAME]) != (self._town, self._name):
            raise StoreError(
                f"{self.db.where}: is the archive {known[_NAME]} of {known[_TOWN]}, and not"
                f" {self._name} of {self._town}; name another folder or database in [archive]"
            )
        self.epoch = known[_EPOCH]


def open_database(folder: str, server: str, password: str) -> Database:
    """Return the database that the settings name, not yet open."""
    return Database(Path(folder), server, password)
