"""Holds, misreads and persons' requests at the archive: by order, and from outcomes it keeps."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from edge.archive.store import ArchiveStore
from edge.clock import Clock, Moment
from edge.delivery.events import Received
from edge.errors import KeysError, MessageError
from edge.keys.identity import Identity
from edge.log import Log
from edge.messages.acts_town import Subject
from edge.messages.letter import Letter, open_letter, open_own
from edge.messages.opening import SPEAKERS
from edge.messages.outcome import Outcome, OutcomeMessage, parse_outcome
from edge.messages.topics import Kind, topic
from edge.policy.misreads import contested, misread_of
from edge.records import AlertId
from edge.services.archive_intake import Reply
from edge.services.holds import HoldTaker, read_id
from edge.services.keyring import Keyring
from edge.services.orders import OrderDesk, Taker
from edge.services.purge import PurgeTaker, kept
from edge.services.subject import Item, Seen, SubjectTaker
from edge.services.subject_stores import open_if

_NS: Final = 1_000_000_000
_RUN_S: Final = 10.0
_LOG: Final = Log("archive")


class ArchiveKeeper:
    """What the archive holds, as a person's request sees it.

    Args:
        store: opened.
    """

    def __init__(self, store: ArchiveStore, own: Identity) -> None:
        self.name = own.name
        self._store = store
        self._own = own
        self._seen: dict[str, list[Seen]] | None = None

    def items(self, plate: str) -> Iterator[Item]:
        """Yield alerts; one that cannot be opened is told of in the journal."""
        for held in self._store.letters.all([Kind.ALERT]):
            if held.letter is None:
                continue
            found = open_if(plate, held.letter, self._own, str(held.number))
            if found is not None:
                yield Item(str(held.number), found[0], _iso(held.taken_ns), found[1])

    def revisions(self, alert: str) -> Sequence[Item]:
        """Return all revisions of an alert."""
        found = []
        for held in self._store.letters.of(read_id(alert)):
            opened = held.letter and open_if("", held.letter, self._own, alert)
            if opened:
                found.append(Item(alert, opened[0], _iso(held.taken_ns), opened[1]))
        return found

    def seen(self, alert: str) -> Sequence[Seen]:
        """Return who received an alert and who viewed it, by all chains that are held."""
        if self._seen is None:
            self._seen = self._all_seen()
        return self._seen.get(alert, ())

    def held_until(self, alert: str) -> str:
        """Return until when a case holds an alert."""
        hold = self._store.holds.on(alert)
        return hold.until if hold else ""

    def other(self, plate: str) -> Sequence[str]:  # noqa: ARG002 - the archive has no corrections
        """Return nothing: corrections are the consoles' and the units'."""
        return ()

    def settle(self, alerts: Collection[str], act: Subject, now: Moment) -> None:
        """Erase and record."""
        self._store.purges.settle(alerts, act, now)

    def _all_seen(self) -> dict[str, list[Seen]]:
        found: dict[str, list[Seen]] = {}
        for row in self._store.acts(["receipt", "view", "outcome"]):
            told = row.payload
            if told is None:
                continue
            if row.kind == "receipt":
                alert = f"{row.name}/{row.epoch}/{told['sequence']}"
                seen = Seen(told["receiver"], "received", row.at)
            else:
                alert = told["alert"]
                seen = Seen(told["officer"], told.get("outcome", "viewed"), row.at)
            found.setdefault(alert, []).append(seen)
        return found


class KeepingGuest:
    """Takes such orders in the archive's loop, and purges what outcomes call a misread.

    Args:
        grace_s: how long an officer may think again (``console.purge_after_s``).

    Attributes:
        topics: the archive's own ``command``.
        problems: none of its own.
    """

    problems: tuple[str, ...] = ()

    def __init__(
        self, store: ArchiveStore, keyring: Keyring, keys: Path, clock: Clock, grace_s: float
    ) -> None:
        own = keyring.identity
        self.topics: tuple[str, ...] = (topic(own.town, own.name, Kind.COMMAND),)
        self._store = store
        self._keyring = keyring
        self._clock = clock
        self._grace_ns = round(grace_s * _NS)
        self._desk = OrderDesk(keys, None, 0.0, clock, takers=archive_takers(store, own, clock))
        self._since_ns = 0
        self._looked: Moment | None = None

    def take(self, event: Received) -> Sequence[Reply]:
        """Take an order, and answer it."""
        try:
            taken = self._desk.take(event.payload)
        except OSError as error:
            _LOG.warning("an order cannot be kept", why=error)
            return ()
        if not taken.number:
            raise MessageError(taken.sentence)
        return [self._desk.answer(taken)]

    def step(self, now: Moment) -> Sequence[Reply]:
        """End holds, purge what has become due, and what came late."""
        if self._looked is not None and now.since(self._looked) < _RUN_S:
            return ()
        self._looked = now
        if self._clock.trusted():
            self._store.holds.expire(now)
        self._judge(now)
        self._store.purges.run(now)
        self._store.purges.clean()
        return ()

    def stop(self) -> None:
        """Do nothing: all is in the store."""

    def _judge(self, now: Moment) -> None:
        """Purge the misreads among the outcomes that have come, once their time is over."""
        until = now.utc_ns - self._grace_ns
        for held in self._store.letters.all([Kind.VERDICT], self._since_ns, until):
            said = self._opened(held.letter)
            if said is None or said.payload.outcome is not Outcome.MISREAD:
                continue
            misread = misread_of(said)
            known = self._store.purges.find(str(misread.alert))
            if known is None and not self.contested(misread.alert):
                self._store.purges.take(kept(misread), now)
                _LOG.info("a misread is purged", alert=misread.alert, outcome=misread.outcome)
        self._since_ns = max(self._since_ns, until)

    def contested(self, alert: AlertId) -> bool:
        """Say whether officers disagree on an alert, by the outcomes that are held."""
        return _contested(self._store, self._keyring.identity, alert)

    def _opened(self, letter: Letter | None) -> OutcomeMessage | None:
        """Return an outcome that an officer whose key counts has signed."""
        if letter is None:
            return None
        rosters = self._keyring.rosters
        try:
            own, roster = self._keyring.identity, rosters.roster
            found = open_letter(Kind.VERDICT, letter, own, roster, SPEAKERS, rosters.at())
            said = parse_outcome(found.words)
        except (KeysError, MessageError) as error:
            _LOG.info("an outcome that is held purges nothing", why=error)
            return None
        return said if said.payload.officer == found.sender.name else None


def archive_takers(store: ArchiveStore, own: Identity, clock: Clock) -> tuple[Taker, ...]:
    """Return what takes orders about letters at the archive."""

    def there(alert: AlertId) -> bool:
        return any(one.letter for one in store.letters.of(alert))

    return (
        HoldTaker(store.holds, clock, there),
        PurgeTaker(store.purges, clock, contested=lambda one: _contested(store, own, one)),
        SubjectTaker(ArchiveKeeper(store, own), clock),
    )


def _contested(store: ArchiveStore, own: Identity, alert: AlertId) -> bool:
    said = [
        parse_outcome(open_own(Kind.VERDICT, held.letter, own)[0]).payload
        for held in store.letters.about(alert)
        if held.letter is not None
    ]
    return bool(said) and contested(sorted(said, key=lambda one: one.at))


def _iso(ns: int) -> str:
    return datetime.fromtimestamp(ns // _NS, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
