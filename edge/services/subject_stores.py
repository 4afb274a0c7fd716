"""The stores of a unit and of a console, as a person's request sees them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from edge.clock import Moment
from edge.errors import KeysError, MessageError
from edge.keys.files import read_public
from edge.keys.identity import Identity
from edge.keys.signed import from_bytes
from edge.log import Log
from edge.messages.acts_town import Subject
from edge.messages.alert import parse_alert
from edge.messages.alert_parts import AlertMessage
from edge.messages.letter import Letter, open_own
from edge.messages.topics import Kind
from edge.plates.alphabet import normalise
from edge.policy.ledger import CLAIM, Claim, number_of
from edge.services.holds import read_id
from edge.services.numbered import LIMIT
from edge.services.subject import Item, Seen
from edge.store import Store
from edge.store.audit import Audit
from edge.store.console import ConsoleStore
from edge.store.kept import KeptRevision

_log: Final = Log("edge.subject")
_Read = Callable[[str, Mapping[str, Any]], Seen]


class UnitKeeper:
    """What a unit still holds: its own letters, opened with its own key.

    Args:
        store: opened.
        corrections: the unit's folder of them; None where it has none.
    """

    def __init__(self, store: Store, own: Identity, corrections: Path | None) -> None:
        self.name = own.name
        self._corrections = corrections
        self._store = store
        self._own = own
        self._seen: dict[str, list[Seen]] | None = None

    def items(self, plate: str) -> Iterator[Item]:
        """Yield letters; one that cannot be opened is told of in the journal."""
        for row in self._store.outbox.walk("alert"):
            found = open_if(plate, Letter(row.body, row.picture), self._own, str(row.alert_id))
            if found is not None:
                yield Item(str(row.alert_id), found[0], _iso(row.stored_ns), found[1])

    def revisions(self, alert: str) -> Sequence[Item]:
        """Return all revisions of an alert."""
        found = []
        for row in self._store.outbox.of(read_id(alert).sequence):
            opened = open_if("", Letter(row.body, row.picture), self._own, alert)
            if opened is not None:
                found.append(Item(alert, opened[0], _iso(row.stored_ns), opened[1]))
        return found

    def seen(self, alert: str) -> Sequence[Seen]:
        """Return who has sent a receipt for an alert."""
        if self._seen is None:
            prefix = f"{self.name}/{self._store.epoch}/"
            self._seen = _by_alert(
                self._store.audit,
                {"receipt": lambda at, row: Seen(row["receiver"], "received", at)},
                lambda row: f"{prefix}{row['sequence']}",
            )
        return self._seen.get(alert, ())

    def held_until(self, alert: str) -> str:
        """Return until when a case holds an alert."""
        hold = self._store.holds.on(alert)
        return hold.until if hold else ""

    def other(self, plate: str) -> Sequence[str]:
        """Return the corrections on a plate, which protect its driver until their own end."""
        if self._corrections is None:
            return ()
        files = sorted(self._corrections.glob("*.claim"))
        return _corrections(plate, (read_public(file, LIMIT) for file in files))

    def settle(self, alerts: Collection[str], act: Subject, now: Moment) -> None:
        """Erase and record."""
        self._store.purges.settle(alerts, act, now)


class ConsoleKeeper:
    """What a console holds: alerts as they came, opened, and corrections.

    Args:
        store: opened.
    """

    def __init__(self, store: ConsoleStore, name: str) -> None:
        self.name = name
        self._store = store
        self._seen: dict[str, list[Seen]] | None = None

    def items(self, plate: str) -> Iterator[Item]:
        """Yield revisions."""
        for alert_id in self._store.alerts.held(2**31):
            for one in self._store.alerts.of(alert_id):
                if plate.encode("ascii") in one.words:
                    yield self._item(one)

    def revisions(self, alert: str) -> Sequence[Item]:
        """Return all revisions of an alert."""
        return [self._item(one) for one in self._store.alerts.of(read_id(alert))]

    def _item(self, one: KeptRevision) -> Item:
        picture = self._store.alerts.picture(one.alert_id) or b"" if one.picture else b""
        return Item(str(one.alert_id), parse_alert(one.words), _iso(one.received_ns), picture)

    def seen(self, alert: str) -> Sequence[Seen]:
        """Return who has looked at an alert here, and who said something of it."""
        if self._seen is None:
            told: dict[str, _Read] = {
                "view": lambda at, row: Seen(row["officer"], "viewed", at),
                "outcome": lambda at, row: Seen(row["officer"], row["outcome"], at),
            }
            self._seen = _by_alert(self._store.audit, told, lambda row: str(row["alert"]))
        return self._seen.get(alert, ())

    def held_until(self, alert: str) -> str:
        """Return until when a case holds an alert."""
        hold = self._store.holds.on(alert)
        return hold.until if hold else ""

    def other(self, plate: str) -> Sequence[str]:
        """Return the corrections on a plate, which protect its driver until their own end."""
        return _corrections(plate, (kept.claim for kept in self._store.claims.all()))

    def settle(self, alerts: Collection[str], act: Subject, now: Moment) -> None:
        """Erase and record."""
        self._store.purges.settle(alerts, act, now)


def open_if(
    plate: str, letter: Letter, own: Identity, alert: str
) -> tuple[AlertMessage, bytes] | None:
    """Return words and picture of an alert that is held, if *plate* stands anywhere in the words.

    Most have not: their words are opened, and nothing more. One that cannot be opened is told of.
    """
    try:
        words, _ = open_own(Kind.ALERT, Letter(letter.body), own)
        if plate.encode("ascii") not in words:
            return None
        words, picture = open_own(Kind.ALERT, letter, own)
        return parse_alert(words), picture
    except (KeysError, MessageError) as error:
        _log.warning("an alert that is held cannot be opened", alert=alert, why=error)
        return None


def _corrections(plate: str, claims: Iterable[bytes]) -> list[str]:
    found = []
    for blob in claims:
        signed = from_bytes(blob, "a claim", CLAIM)
        claim = Claim.model_validate_json(signed.payload)
        if plate in {normalise(claim.text), normalise(claim.plate)}:
            found.append(
                f"correction {number_of(signed)[:12]} until {claim.until}: so that this car is not"
                " taken for the listed one again; it is not erased before"
            )
    return found


def _by_alert(
    audit: Audit,
    kinds: Mapping[str, _Read],
    number: Callable[[Mapping[str, Any]], str],
) -> dict[str, list[Seen]]:
    """Return what the chain's rows of *kinds* tell, by alert."""
    found: dict[str, list[Seen]] = {}
    for link in audit.walk():
        if link.kind not in kinds:
            continue
        row = audit.payload(link.number)
        if row is not None:
            found.setdefault(number(row), []).append(kinds[link.kind](link.at, row))
    return found


def _iso(ns: int) -> str:
    return datetime.fromtimestamp(ns // 1_000_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
