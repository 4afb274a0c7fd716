"""Chains that a report can be counted from: the archive's, or exported files with public keys."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from edge.archive.report.count import Held
from edge.archive.store import ArchiveStore
from edge.errors import MessageError, ReportError
from edge.keys.trust import Root
from edge.messages.acts import ActRow
from edge.messages.chain import PayloadRow, commits
from edge.messages.envelope import loads
from edge.messages.export import Row, read_line
from edge.messages.fleet import ChainState
from edge.messages.links import Break, Link, broken_at, first_link
from edge.services.audit_evidence import read_lines
from edge.services.audit_verify import Found, verify_exports

_LONGEST: Final = 1_000_000


class StoredChains:
    """What the archive holds: rows that signed heads vouch for, each held against its hash.

    Whoever can write into the archive's database can change what stands there: rows and payloads
    from the first one on that does not hold do not count, and the report says so.
    """

    def __init__(self, store: ArchiveStore) -> None:
        self._store = store
        self._chains: list[Held] = []

    def open(self) -> "StoredChains":
        """Read every chain once, and find where it ceases to hold.

        Raises:
            StoreError: the database cannot be read.
        """
        self._chains = [self._judged(one) for one in self._store.chains()]
        return self

    def acts(self) -> Iterator[ActRow]:
        """Yield every row that holds."""
        until = {(one.name, one.epoch): one.number for one in self._chains}
        for row in self._store.acts():
            if row.number <= until.get((row.name, row.epoch), 0):
                yield row

    def held(self) -> Iterator[Held]:
        """Yield how far each chain holds."""
        return iter(self._chains)

    def hash_at(self, name: str, epoch: str, number: int) -> str:
        """Return the hash of a row; empty where none that holds is here."""
        known = next((one for one in self._chains if (one.name, one.epoch) == (name, epoch)), None)
        if known is None or not 0 < number <= known.number:
            return ""
        row = next(self._store.rows(name, epoch, number - 1), None)
        return row.hash if row is not None and row.number == number else ""

    def _judged(self, one: ChainState) -> Held:
        number, head, broken = 0, first_link(one.epoch), _broken(one)
        for link, payload in self._rows(one):
            fault = broken_at(link, number + 1, head)
            if fault is None and payload is not None and not commits(link, payload):
                fault = Break(link.number, f"the words of row {link.number} were changed")
            if fault is not None:
                broken = f"in the archive's own database, {fault.reason}"
                break
            number, head = link.number, link.hash
        return Held(one.name, one.epoch, number, head if number else "", one.head, broken)

    def _rows(self, one: ChainState) -> Iterator[tuple[Link, PayloadRow | None]]:
        """Yield the rows of a chain, each with what it commits to; None where that was erased."""
        payloads = self._store.payloads(one.name, one.epoch)
        beside = next(payloads, None)
        for link in self._store.rows(one.name, one.epoch):
            while beside is not None and beside.number < link.number:
                beside = next(payloads, None)
            own = beside is not None and beside.number == link.number
            yield link, beside if own else None


class ExportedChains:
    """Files of ``edge audit export``, or of an archive's export, verified first.

    Rows behind a file's first fault, or behind the last that anybody has signed, do not count.
    """

    def __init__(self, paths: list[Path], root: Root) -> None:
        self._paths = paths
        self._root = root
        self._files: list[Found] = []

    def open(self) -> "ExportedChains":
        """Verify the files; of two copies of one chain the one that is proven farther counts.

        Raises:
            ConfigError: a file cannot be read, or there is none.
        """
        best: dict[tuple[str, str], Found] = {}
        for one in verify_exports(self._paths, self._root, []):
            if not one.name:
                raise ReportError(f"{one.file}: is no export of a chain: {one.sentence}")
            if one.chain not in best or best[one.chain].proven < one.proven:
                best[one.chain] = one
        self._files = list(best.values())
        return self

    def acts(self) -> Iterator[ActRow]:
        """Yield every proven row."""
        for one in self._files:
            for row in _rows(one):
                yield _act(one, row)

    def held(self) -> Iterator[Held]:
        """Yield how far each chain is proven."""
        for one in self._files:
            head = self.hash_at(one.name, one.epoch, one.proven)
            broken = one.sentence if not one.good else ""
            yield Held(one.name, one.epoch, one.proven, head, one.rows, broken)

    def hash_at(self, name: str, epoch: str, number: int) -> str:
        """Return the hash of a row; empty where it is not proven."""
        found = (one for one in self._files if one.chain == (name, epoch))
        rows = (row.link for one in found for row in _rows(one))
        return next((link.hash for link in rows if link.number == number), "")


def _rows(found: Found) -> Iterator[Row]:
    for _, line in read_lines(found.file):
        row = read_line(line)
        if isinstance(row, Row):
            if row.link.number > found.proven:
                return
            yield row


def _act(found: Found, row: Row) -> ActRow:
    link = row.link
    payload = _opened(row.payload) if row.payload is not None else None
    return ActRow(found.name, found.epoch, link.number, link.at, link.kind, payload)


def _opened(payload: PayloadRow) -> dict[str, Any] | None:
    """Return what the row's sender wrote; None where that is no object: the report says so."""
    try:
        return loads(payload.text.encode("utf-8"), "a payload", _LONGEST)
    except MessageError:
        return None


def _broken(one: ChainState) -> str:
    return f"row {one.broken.number}: {one.broken.reason}" if one.broken else ""
