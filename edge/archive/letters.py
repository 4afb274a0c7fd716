"""Letters as they came: sealed, each revision once, until its days are over.

What is in the clear beside them is a number, a kind, a category and whom an outcome speaks of: no
plate. After its days a letter's bytes are gone; its number stays, so that it cannot come again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from edge.archive.database import Database, and_, func, or_, select, update
from edge.archive.tables import LETTERS
from edge.clock import Moment
from edge.messages.letter import Letter
from edge.records import AlertId

_DAY_NS: Final = 86_400 * 1_000_000_000
_AT_ONCE: Final = 200


class Novelty(Enum):
    """What a letter is to the archive."""

    NEW = "new"
    KNOWN = "known"
    CONTRADICTS = "contradicts"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a letter without a plate.

    Attributes:
        kind: ``alert``, ``verdict`` or ``answer``.
        number: its sender's; *revision* of it.
        mark: SHA-256 of what was signed, which says whether it came with other words before; of
            the sealed bytes where we cannot open them.
        digest: SHA-256 of the sealed words as they came.
        category: of an alert's entry, by which it is kept; empty for others.
        about: the alert that an outcome speaks of, as text; empty for others.
    """

    kind: str
    number: AlertId
    revision: int
    mark: str
    digest: str
    category: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class HeldLetter:
    """A letter that is held.

    Attributes:
        letter: None when its days were over.
        taken_ns: when it came, by our clock.
    """

    id: int
    kind: str
    number: AlertId
    revision: int
    category: str
    about: str
    digest: str
    taken_ns: int
    letter: Letter | None


class Letters:
    """The part of the archive that holds letters."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def take(self, facts: Facts, letter: Letter, now: Moment, *, trusted: bool) -> Novelty:
        """Keep one, inside the caller's transaction; say what it was.

        A letter that is held and was sealed anew with its picture, which had been left out,
        replaces the one without.

        Args:
            trusted: our clock is; if not, its days count from the first moment when it is.
        """
        found = self._db.row(select(LETTERS).where(_of(facts.number, facts.revision)))
        if found is not None:
            return self._known(found, facts, letter)
        self._db.insert(
            LETTERS,
            kind=facts.kind,
            unit=facts.number.unit,
            epoch=facts.number.epoch,
            sequence=facts.number.sequence,
            revision=facts.revision,
            category=facts.category,
            mark=facts.mark,
            digest=facts.digest,
            about=facts.about,
            taken_ns=now.utc_ns,
            kept_from_ns=now.utc_ns if trusted else None,
            body=letter.body,
            picture=letter.picture or None,
        )
        return Novelty.NEW

    def of(self, number: AlertId) -> list[HeldLetter]:
        """Return all revisions of one number."""
        mine = and_(
            LETTERS.c.unit == number.unit,
            LETTERS.c.epoch == number.epoch,
            LETTERS.c.sequence == number.sequence,
        )
        return [_held(row) for row in self._db.rows(select(LETTERS).where(mine))]

    def about(self, alert: AlertId) -> list[HeldLetter]:
        """Return the outcomes that speak of an alert."""
        found = select(LETTERS).where(LETTERS.c.about == str(alert)).order_by(LETTERS.c.id)
        return [_held(row) for row in self._db.rows(found)]

    def all(
        self, kinds: Sequence[str] = (), since_ns: int = 0, until_ns: int | None = None
    ) -> Iterator[HeldLetter]:
        """Return letters in the order in which they came, one by one, erased ones too.

        Args:
            since_ns, until_ns: when they came, by our clock, *until_ns* excluded.
        """
        found = select(LETTERS).where(LETTERS.c.taken_ns >= since_ns).order_by(LETTERS.c.id)
        if until_ns is not None:
            found = found.where(LETTERS.c.taken_ns < until_ns)
        if kinds:
            found = found.where(LETTERS.c.kind.in_(kinds))
        return (_held(row) for row in self._db.stream(found, 50))

    def count(self, since_ns: int = 0, until_ns: int | None = None) -> int:
        """Return how many came in a time, erased ones too."""
        found = select(func.count()).select_from(LETTERS).where(LETTERS.c.taken_ns >= since_ns)
        if until_ns is not None:
            found = found.where(LETTERS.c.taken_ns < until_ns)
        return int(self._db.rows(found)[0][0])

    def erase(self, number: AlertId) -> int:
        """Erase words and pictures of all revisions of a number; return how many were there.

        Inside the caller's transaction, beside the act that it records.
        """
        return self._erase(
            and_(
                LETTERS.c.unit == number.unit,
                LETTERS.c.epoch == number.epoch,
                LETTERS.c.sequence == number.sequence,
            )
        )

    def due(
        self, days: Mapping[str, float], now: Moment, held: Callable[[AlertId], bool]
    ) -> list[int]:
        """Return ids of some letters whose days are over and that no case holds.

        Args:
            days: by category for alerts, by kind for others.
            held: says whether a case holds an alert; what speaks of it is held as well.
        """
        due: list[int] = []
        for name, keep in days.items():
            column = LETTERS.c.category if name not in _KINDS else LETTERS.c.kind
            where = and_(
                column == name,
                LETTERS.c.body.is_not(None),
                LETTERS.c.kept_from_ns <= now.utc_ns - round(keep * _DAY_NS),
            )
            columns = ("id", "kind", "unit", "epoch", "sequence", "about")
            found = select(*(LETTERS.c[one] for one in columns)).where(where)
            for number, kind, unit, epoch, sequence, about in self._db.stream(found):
                alert = AlertId(unit, epoch, sequence) if kind == "alert" else read_id(about)
                if alert is None or not held(alert):
                    due.append(number)
                if len(due) >= _AT_ONCE:
                    return due
        return due

    def erase_ids(self, ids: Sequence[int]) -> int:
        """Erase letters by their ids, inside the caller's transaction; return how many."""
        return self._erase(LETTERS.c.id.in_(ids))

    def settle_ages(self, now: Moment) -> None:
        """Let letters that came under an untrusted clock, or from the future, count from now."""
        unsettled = or_(LETTERS.c.kept_from_ns.is_(None), LETTERS.c.kept_from_ns > now.utc_ns)
        where = and_(unsettled, LETTERS.c.body.is_not(None))
        if self._db.row(select(LETTERS.c.id).where(where).limit(1)) is not None:
            self._db.execute(update(LETTERS).where(where).values(kept_from_ns=now.utc_ns))

    def _known(self, row: Sequence[Any], facts: Facts, letter: Letter) -> Novelty:
        held = _held(row)
        mark = row[LETTERS.c.keys().index("mark")]
        if held.kind != facts.kind or (mark is not None and mark != facts.mark):
            return Novelty.CONTRADICTS
        if held.letter is not None and letter.picture and not held.letter.picture:
            values = {"body": letter.body, "picture": letter.picture, "digest": facts.digest}
            self._db.execute(update(LETTERS).where(LETTERS.c.id == held.id).values(**values))
        return Novelty.KNOWN

    def _erase(self, where: Any) -> int:
        gone = update(LETTERS).where(where, LETTERS.c.body.is_not(None))
        # the mark is a digest of clear words: from it a plate could be guessed
        return self._db.execute(gone.values(body=None, picture=None, mark=None))


_KINDS: Final = frozenset({"verdict", "answer"})


def read_id(text: str) -> AlertId | None:
    """Return the alert's id that ``str`` of it wrote; None for an empty text."""
    unit, _, rest = text.partition("/")
    epoch, _, sequence = rest.partition("/")
    return AlertId(unit, epoch, int(sequence)) if sequence.isdigit() else None


def _of(number: AlertId, revision: int) -> Any:
    return and_(
        LETTERS.c.unit == number.unit,
        LETTERS.c.epoch == number.epoch,
        LETTERS.c.sequence == number.sequence,
        LETTERS.c.revision == revision,
    )


def _held(row: Sequence[Any]) -> HeldLetter:
    one = dict(zip(LETTERS.c.keys(), row, strict=True))
    letter = None
    if one["body"] is not None:
        letter = Letter(bytes(one["body"]), bytes(one["picture"] or b""))
    return HeldLetter(
        id=one["id"],
        kind=one["kind"],
        number=AlertId(one["unit"], one["epoch"], one["sequence"]),
        revision=one["revision"],
        category=one["category"],
        about=one["about"],
        digest=one["digest"],
        taken_ns=one["taken_ns"],
        letter=letter,
    )
