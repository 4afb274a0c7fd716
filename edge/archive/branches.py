"""Histories of chains in the database: rows in order, what they commit to, and heads as signed."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from edge.archive.database import Database, and_, delete, insert, or_, select, update
from edge.archive.tables import CHAINS, HEADS, PAYLOADS, ROWS
from edge.clock import Moment
from edge.messages.chain import PayloadRow
from edge.messages.head import Head
from edge.messages.links import Break, Link, commitment, first_link

MAIN: Final = "main"
SUSPECT: Final = "suspect"
OLD: Final = "old"
_KEPT_EVERY: Final = 100


@dataclass(slots=True)
class Branch:
    """One history of one sender's store.

    Attributes:
        branch: 0 for the first that came.
        state: ``main`` counts; ``suspect`` is gathered because something contradicts the main one;
            ``old`` was the main one before its sender signed another.
        number, hash: of the last row; 0 and empty for none.
        proven: up to here signed heads vouch for the rows.
        at: what the last row says of its time.
    """

    id: int
    name: str
    epoch: str
    branch: int
    state: str
    number: int = 0
    hash: str = ""
    proven: int = 0
    at: str = ""
    broken: Break | None = None
    broken_at: str = ""
    changed_ns: int = 0
    dirty: bool = field(default=False, compare=False)

    @property
    def first(self) -> str:
        """What row 1 must name as the one before it."""
        return first_link(self.epoch)

    @property
    def tip(self) -> str:
        """What the next row must name as the one before it."""
        return self.hash or self.first


class Branches:
    """Reads and writes them; all writing inside the caller's transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def all(self) -> list[Branch]:
        """Return all histories, by name, epoch and branch."""
        ordered = select(CHAINS).order_by(CHAINS.c.name, CHAINS.c.id)
        return [_branch(row) for row in self._db.rows(ordered)]

    def of(self, name: str, epoch: str) -> list[Branch]:
        """Return the histories of one store, the oldest first."""
        where = and_(CHAINS.c.name == name, CHAINS.c.epoch == epoch)
        found = self._db.rows(select(CHAINS).where(where).order_by(CHAINS.c.branch))
        return [_branch(row) for row in found]

    def begin(self, name: str, epoch: str, branch: int, state: str, now: Moment) -> Branch:
        """Return a new, empty history."""
        fields = {"name": name, "epoch": epoch, "branch": branch, "state": state}
        empty = {"number": 0, "hash": "", "proven": 0, "at": "", "changed_ns": now.utc_ns}
        number = self._db.insert(CHAINS, **fields, **empty)
        return Branch(number, name, epoch, branch, state, changed_ns=now.utc_ns)

    def save(self, one: Branch, now: Moment) -> None:
        """Write what is known of a history."""
        values = {
            "state": one.state,
            "number": one.number,
            "hash": one.hash,
            "proven": one.proven,
            "at": one.at,
            "broken_number": one.broken.number if one.broken else None,
            "broken_reason": one.broken.reason if one.broken else None,
            "broken_at": one.broken_at or None,
            "changed_ns": now.utc_ns,
        }
        self._db.execute(update(CHAINS).where(CHAINS.c.id == one.id).values(**values))
        one.dirty = False

    def add(self, one: Branch, links: Sequence[Link]) -> None:
        """Add rows that continue the last one."""
        rows = [
            {
                "chain": one.id,
                "number": link.number,
                "at": link.at,
                "kind": link.kind,
                "commitment": link.commitment,
                "previous": link.previous,
                "hash": link.hash,
            }
            for link in links
        ]
        self._db.execute(insert(ROWS), rows)
        one.number, one.hash, one.at = links[-1].number, links[-1].hash, links[-1].at
        one.dirty = True

    def cut(self, one: Branch, number: int) -> None:
        """Forget all rows after *number*."""
        for table in (PAYLOADS, ROWS):
            mine = and_(table.c.chain == one.id, table.c.number > number)
            self._db.execute(delete(table).where(mine))
        last = self._db.row(
            select(ROWS.c.hash, ROWS.c.at).where(ROWS.c.chain == one.id, ROWS.c.number == number)
        )
        one.number, one.dirty = number, True
        one.hash, one.at = last or ("", "")

    def drop(self, one: Branch) -> None:
        """Forget a whole history: it was a suspicion without a reason."""
        self.cut(one, 0)
        self._db.execute(delete(CHAINS).where(CHAINS.c.id == one.id))

    def hashes(self, one: Branch, numbers: Collection[int]) -> dict[int, str]:
        """Return the hashes of those rows that are held."""
        mine = and_(ROWS.c.chain == one.id, ROWS.c.number.in_(numbers))
        found = self._db.rows(select(ROWS.c.number, ROWS.c.hash).where(mine))
        return {int(number): str(digest) for number, digest in found}

    def first_difference(self, one: Branch, other: Branch) -> int:
        """Return the first row that two histories do not share; 0 when one begins the other."""
        mine, theirs = ROWS.alias(), ROWS.alias()
        both = and_(mine.c.number == theirs.c.number, theirs.c.chain == other.id)
        found = self._db.row(
            select(mine.c.number)
            .select_from(mine.join(theirs, both))
            .where(mine.c.chain == one.id, mine.c.hash != theirs.c.hash)
            .order_by(mine.c.number)
            .limit(1)
        )
        return int(found[0]) if found else 0

    def links(self, one: Branch, after: int = 0, last: int | None = None) -> Iterator[Link]:
        """Return rows in order, one by one."""
        columns = (ROWS.c[name] for name in ("number", "at", "kind", "commitment", "previous"))
        found = (
            select(*columns, ROWS.c.hash)
            .where(ROWS.c.chain == one.id, ROWS.c.number > after)
            .where(ROWS.c.number <= (one.number if last is None else last))
            .order_by(ROWS.c.number)
        )
        return (Link(*row) for row in self._db.stream(found))

    def pay(self, one: Branch, links: Sequence[Link], payloads: Sequence[PayloadRow]) -> None:
        """Keep what held rows commit to; one that was erased here does not come back."""
        if not payloads:
            return
        told = {link.number: link.hash for link in links}
        wanted = [row.number for row in payloads]
        held = self.hashes(one, wanted)
        mine = and_(PAYLOADS.c.chain == one.id, PAYLOADS.c.number.in_(wanted))
        there = {row[0] for row in self._db.rows(select(PAYLOADS.c.number).where(mine))}
        rows = [
            {"chain": one.id, "number": row.number, "salt": row.salt, "payload": row.text}
            for row in payloads
            if row.number not in there and held.get(row.number) == told[row.number]
        ]
        if rows:
            self._db.execute(insert(PAYLOADS), rows)

    def tell(self, one: Branch, row: PayloadRow) -> None:
        """Keep what a row that has just been added commits to."""
        self._db.insert(PAYLOADS, chain=one.id, number=row.number, salt=row.salt, payload=row.text)

    def erase(self, one: Branch, number: int) -> bool:
        """Erase what a row commits to; the row stays. Say whether it was there."""
        mine = and_(PAYLOADS.c.chain == one.id, PAYLOADS.c.number == number)
        gone = update(PAYLOADS).where(mine, PAYLOADS.c.salt != "").values(salt="", payload="")
        return self._db.execute(gone) > 0

    def payloads(
        self, one: Branch, first: int = 1, last: int | None = None
    ) -> Iterator[PayloadRow]:
        """Return what rows commit to, in order, one by one; without what was erased."""
        columns = select(PAYLOADS.c.number, PAYLOADS.c.salt, PAYLOADS.c.payload)
        mine = columns.where(PAYLOADS.c.chain == one.id, PAYLOADS.c.salt != "")
        mine = mine.where(PAYLOADS.c.number >= first)
        if last is not None:
            mine = mine.where(PAYLOADS.c.number <= last)
        return (PayloadRow(*row) for row in self._db.stream(mine.order_by(PAYLOADS.c.number)))

    def reworded(self, one: Branch, after: int = 0, last: int | None = None) -> Break | None:
        """Return the first row whose words are not those that it commits to; erased ones are none.

        Rows themselves are not looked at: see :func:`edge.messages.links.broken_at`.
        """
        beside = and_(PAYLOADS.c.chain == ROWS.c.chain, PAYLOADS.c.number == ROWS.c.number)
        found = (
            select(ROWS.c.number, ROWS.c.commitment, PAYLOADS.c.salt, PAYLOADS.c.payload)
            .select_from(ROWS.join(PAYLOADS, beside))
            .where(ROWS.c.chain == one.id, ROWS.c.number > after)
            .where(ROWS.c.number <= (one.number if last is None else last))
            .where(or_(PAYLOADS.c.salt != "", PAYLOADS.c.payload != ""))
            .order_by(ROWS.c.number)
        )
        for number, committed, salt, text in self._db.stream(found):
            if not _holds(committed, salt, text):
                why = f"what row {number} says was changed: it commits to other words"
                return Break(number, why)
        return None

    def note(self, head: Head, signed: str) -> bool:
        """Keep a head as it was signed; say whether it is new."""
        mine = and_(
            HEADS.c.name == head.unit,
            HEADS.c.epoch == head.epoch,
            HEADS.c.number == head.audit_number,
            HEADS.c.hash == head.audit_hash,
        )
        if self._db.row(select(HEADS.c.number).where(mine)) is not None:
            return False
        fields = {"name": head.unit, "epoch": head.epoch, "number": head.audit_number}
        more = {"hash": head.audit_hash, "made_at": head.made_at, "signed": signed}
        self._db.insert(HEADS, **fields, **more)
        return True

    def thin(self, one: Branch) -> None:
        """Forget heads that the newest one implies, but for one of each hundred rows."""
        begun = one.proven - one.proven % _KEPT_EVERY
        older = dict(self.heads(one.name, one.epoch, begun - 1, one.proven - 1))
        held = self.hashes(one, older)
        implied = [number for number, digest in older.items() if held.get(number) == digest]
        mine = and_(HEADS.c.name == one.name, HEADS.c.epoch == one.epoch)
        for number in implied:
            same = and_(HEADS.c.number == number, HEADS.c.hash == older[number])
            self._db.execute(delete(HEADS).where(mine, same))

    def heads(
        self, name: str, epoch: str, after: int, last: int | None = None
    ) -> list[tuple[int, str]]:
        """Return number and hash of signed heads, the newest first."""
        mine = and_(HEADS.c.name == name, HEADS.c.epoch == epoch, HEADS.c.number > after)
        found = select(HEADS.c.number, HEADS.c.hash).where(mine).order_by(HEADS.c.number.desc())
        if last is not None:
            found = found.where(HEADS.c.number <= last)
        return [(int(number), str(digest)) for number, digest in self._db.rows(found)]

    def head(self, name: str, epoch: str) -> int:
        """Return the newest row that the sender has signed; 0 for none."""
        mine = and_(HEADS.c.name == name, HEADS.c.epoch == epoch)
        newest = select(HEADS.c.number).where(mine).order_by(HEADS.c.number.desc()).limit(1)
        found = self._db.row(newest)
        return int(found[0]) if found else 0

    def signed_heads(self, name: str, epoch: str) -> Iterator[str]:
        """Return the heads as they were signed, the oldest first."""
        mine = and_(HEADS.c.name == name, HEADS.c.epoch == epoch)
        ordered = select(HEADS.c.signed).where(mine).order_by(HEADS.c.number, HEADS.c.made_at)
        return (str(row[0]) for row in self._db.stream(ordered))


def _holds(committed: str, salt: str, text: str) -> bool:
    try:
        return commitment(salt, text) == committed
    except ValueError:  # a salt that is no hex was changed as well
        return False


def _branch(row: Sequence[object]) -> Branch:
    (number, name, epoch, branch, state, last, digest, proven, at, *rest) = row
    broken_number, broken_reason, broken_at, changed_ns = rest
    broken = None
    if isinstance(broken_number, int):
        broken = Break(broken_number, str(broken_reason))
    whole = (int(str(one)) for one in (number, branch, last, proven, changed_ns))
    own, index, held, sure, changed = whole
    return Branch(
        id=own,
        name=str(name),
        epoch=str(epoch),
        branch=index,
        state=str(state),
        number=held,
        hash=str(digest),
        proven=sure,
        at=str(at),
        broken=broken,
        broken_at=str(broken_at or ""),
        changed_ns=changed,
    )
