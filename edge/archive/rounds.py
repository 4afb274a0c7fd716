"""The archive's own rounds: every chain that it holds is read anew, a little at a time."""

from typing import Final

from edge.archive.branches import Branches
from edge.archive.database import Database
from edge.archive.store import ArchiveStore
from edge.messages.links import Break, broken_at

_AT_ONCE: Final = 500  # rows; some ten milliseconds


class Rounds:
    """Finds what was changed in the database itself since it came.

    Attributes:
        found: whose chain, and the first row that does not hold, with why.
        whole: how often all chains were read to their end.
    """

    def __init__(self, store: ArchiveStore) -> None:
        self._store = store
        self._todo: list[tuple[str, str]] = []
        self._after = 0
        self._previous = ""
        self.found: dict[tuple[str, str], Break] = {}
        self.whole = 0

    def step(self) -> tuple[str, str] | None:
        """Read some rows; return whose chain was just found changed."""
        if not self._todo:
            self._todo = [(one.name, one.epoch) for one in self._store.chains()]
            self._after = 0
            return None
        name, epoch = self._todo[0]
        broken = self._read(name, epoch)
        if broken is None:
            return None
        known = self.found.get((name, epoch))
        self.found[name, epoch] = broken
        self._next()
        return None if known == broken else (name, epoch)

    def _read(self, name: str, epoch: str) -> Break | None:
        main = self._store.books.main(name, epoch)
        if main is None:
            self._next()
            return None
        previous = self._previous if self._after else main.first
        last = min(self._after + _AT_ONCE, main.number)
        branches, begun = Branches(self._db), self._after
        for link in branches.links(main, begun, last):
            self._after += 1
            broken = broken_at(link, self._after, previous)
            if broken is not None:
                return broken
            previous = link.hash
        if self._after < last:
            return Break(self._after + 1, f"row {self._after + 1} is missing in the database")
        reworded = branches.reworded(main, begun, last)
        if reworded is not None:
            return reworded
        self._previous = previous
        if self._after >= main.number:
            self._next()
        return None

    def _next(self) -> None:
        self._todo.pop(0)
        self._after, self._previous = 0, ""
        self.whole += not self._todo

    @property
    def _db(self) -> Database:
        return self._store.db
