"""Orders, where they arrive: opened, checked by what stands, installed, and told in a sentence.

A unit's watch and a console use the same desk. It believes no order, only the signatures of the
documents in it: the root's of a roster, two people's of a correction or a grant.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from edge.clock import Clock
from edge.errors import CorrectionError, CorrectionListed, EdgeError, KeysError
from edge.keys import canonical
from edge.keys.files import make_folder, write
from edge.keys.identity import load_identity
from edge.keys.roster import KIND as ROSTER
from edge.keys.roster import Roster
from edge.keys.signed import from_bytes
from edge.keys.trust import install_roster, open_roster
from edge.log import Log
from edge.messages.order import Order, kind_of, open_order, sign_answer
from edge.messages.topics import Kind, topic
from edge.policy import grants, ledger
from edge.services.grants import FOLDER, GrantFolder

KINDS: Final = (
    ROSTER,
    ledger.CLAIM,
    ledger.CONFIRMATION,
    grants.GRANT,
    grants.APPROVAL,
    grants.END,
)
"""What an order may carry everywhere; takers know more."""

_Found = dict[str, bytes]


class Taker(Protocol):
    """Takes one more kind of thing that an order may bring, as documents.

    Attributes:
        kinds: of the documents.
    """

    kinds: tuple[str, ...]

    def take(self, found: Mapping[str, bytes], roster: Roster, at: datetime) -> str:
        """Install what is there of its kinds, and say what, naming no plate.

        Args:
            found: the order's documents by kind; at least one is of this taker's.

        Raises:
            EdgeError: a signature does not hold, or it is not one to be taken here.
            OSError: a folder cannot be written; the order may be tried again.
        """


_REFUSED: Final = "refused: the correction does not hold here; the unit's journal says why"
_LISTED: Final = (
    "refused: the correction would silence a listed plate: its text is on the list in force here"
)
_log = Log("edge.orders")


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an order.

    Attributes:
        number: of the order; empty where it could not even be opened.
        sender: who says to have sent it; empty as *number* is.
        taken: all of it holds here.
        sentence: ``taken: ...``, or why not; names no plate.
        kinds: of the documents in it, as far as they are known here.
    """

    number: str
    sender: str
    taken: bool
    sentence: str
    kinds: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the sentence."""
        return self.sentence


class OrderDesk:
    """Takes the orders that are sealed to one party.

    Args:
        keys: its folder: identity, root, roster, and ``grants`` in it.
        corrections: folder of corrections; None takes none.
        days: a correction that would hold for longer is refused (``policy.correction_days``).
        listed: says whether a plate is on the list in force; a console has none.
        takers: of further kinds.
    """

    def __init__(
        self,
        keys: Path,
        corrections: Path | None,
        days: float,
        clock: Clock,
        listed: Callable[[str], bool] = lambda _: False,
        takers: Sequence[Taker] = (),
    ) -> None:
        self._keys = keys
        self._corrections = corrections
        self._days = days
        self._clock = clock
        self._listed = listed
        self._takers = tuple(takers)

    def take(self, blob: bytes) -> Taken:
        """Install what an order carries, and say what became of it; never raises for a bad one.

        Raises:
            OSError: a folder cannot be made or written; the order may be tried again.
        """
        try:
            order = open_order(blob, load_identity(self._keys))
        except KeysError as error:
            _log.warning("an order is refused", why=error)
            return Taken("", "", taken=False, sentence=f"refused: {error}")
        return self.install(order)

    def install(self, order: Order) -> Taken:
        """Install what an opened order carries; else as :meth:`take`.

        Raises:
            OSError: a folder cannot be made or written; the order may be tried again.
        """
        kinds = self._kinds(order.documents)
        try:
            done = self._install(order.documents)
        except CorrectionError as error:
            _log.warning("a correction is refused", order=order.number[:12], why=error)
            # an answer is read by whoever reads health: the journal alone has the plate
            sentence = _LISTED if isinstance(error, CorrectionListed) else _REFUSED
            return Taken(order.number, order.sender, taken=False, sentence=sentence, kinds=kinds)
        except EdgeError as error:
            _log.warning("an order is refused", order=order.number[:12], why=error)
            refused = f"refused: {error}"
            return Taken(order.number, order.sender, taken=False, sentence=refused, kinds=kinds)
        _log.info("an order is taken", order=order.number[:12], what=done)
        told = f"taken: {done}"
        return Taken(order.number, order.sender, taken=True, sentence=told, kinds=kinds)

    def answer(self, taken: Taken) -> tuple[str, bytes]:
        """Return topic and bytes of a console's answer; a unit's stands in its health.

        Raises:
            KeysError: this party has no sound keys.
            MessageError: the order's sender has no name that can stand in a topic.
        """
        own = load_identity(self._keys)
        where = topic(own.town, taken.sender, Kind.RECEIPT)
        return where, sign_answer(taken.number, taken.sentence, own, taken=taken.taken)

    def _install(self, documents: tuple[bytes, ...]) -> str:
        found = _by_kind(documents, self._known())
        done = []
        if ROSTER in found:  # first: it says whose signatures count
            roster = install_roster(found[ROSTER], "the roster in the order", self._keys)
            done.append(f"roster {roster.sequence}")
        if ledger.CLAIM in found or ledger.CONFIRMATION in found:
            done.append(self._correction(found))
        if grants.GRANT in found or grants.APPROVAL in found:
            done.append(self._grant(found))
        if grants.END in found:
            done.append(self._end(found[grants.END]))
        done += [
            taker.take(found, *self._roster())
            for taker in self._takers
            if not found.keys().isdisjoint(taker.kinds)
        ]
        return ", ".join(done)

    def _known(self) -> tuple[str, ...]:
        return (*KINDS, *(kind for one in self._takers for kind in one.kinds))

    def _kinds(self, documents: tuple[bytes, ...]) -> tuple[str, ...]:
        """Return what an order brings, also where it is refused."""
        return tuple(sorted({kind_of(one, self._known()) for one in documents} - {""}))

    def _correction(self, found: _Found) -> str:
        if self._corrections is None:
            raise KeysError("corrections are not taken here: policy.corrections names no folder")
        claim = from_bytes(_needed(found, ledger.CLAIM), "the claim", ledger.CLAIM)
        confirmation = from_bytes(
            _needed(found, ledger.CONFIRMATION), "the confirmation", ledger.CONFIRMATION
        )
        roster, at = self._roster()
        one = ledger.read_correction(claim, confirmation, roster, at, self._days)
        ledger.check_unlisted(one.text, self._listed)
        make_folder(self._corrections, private=False)
        write(self._corrections / f"{one.number}.claim", found[ledger.CLAIM])
        write(self._corrections / f"{one.number}.confirmed", found[ledger.CONFIRMATION])
        return f"correction {one.number[:12]}"

    def _grant(self, found: _Found) -> str:
        grant = from_bytes(_needed(found, grants.GRANT), "the grant", grants.GRANT)
        approval = from_bytes(_needed(found, grants.APPROVAL), "the approval", grants.APPROVAL)
        roster, at = self._roster()
        one = grants.read_standing(grant, approval, roster, at)
        folder = self._folder_of_grants()
        GrantFolder(folder).check_open(one.number)
        # the approval first: where the disk is full after it, no grant lies here half
        write(folder / f"{one.number}.approved", found[grants.APPROVAL])
        write(folder / f"{one.number}.grant", found[grants.GRANT])
        return f"grant {one.number[:12]}"

    def _end(self, document: bytes) -> str:
        signed = from_bytes(document, "the end of a grant", grants.END)
        roster, at = self._roster()
        roster.check(signed, grants.ENDERS, at)
        row = canonical.read(grants.End, signed.payload, "the end of a grant")
        GrantFolder(self._folder_of_grants()).put_end(row.grant, document)
        return f"end of grant {row.grant[:12]}"

    def _folder_of_grants(self) -> Path:
        folder = self._keys / FOLDER
        make_folder(folder, private=False)
        return folder

    def _roster(self) -> tuple[Roster, datetime]:
        """Return the roster in force, and the present by it."""
        roster = open_roster(self._keys)
        now = datetime.fromtimestamp(self._clock.now().utc_ns // 1_000_000_000, UTC)
        return roster, roster.no_earlier(now)


def _by_kind(documents: tuple[bytes, ...], known: Sequence[str]) -> _Found:
    found: _Found = {}
    for document in documents:
        kind = kind_of(document, known)
        if not kind:
            raise KeysError("the order carries something that this version of edge does not know")
        if found.setdefault(kind, document) != document:
            raise KeysError(f"the order carries two documents of the kind {kind}; send two orders")
    return found


def _needed(found: _Found, kind: str) -> bytes:
    if kind not in found:
        raise KeysError(
            f"the order lacks the {kind} that belongs to it: one key alone does nothing"
        )
    return found[kind]
