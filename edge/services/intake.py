"""What comes to a console off the broker: opened, checked, kept, and only then answered.

Each kind of message has one method; whoever writes on our topics reaches no further than these.
"""

from collections.abc import Callable, Sequence
from typing import Final

from edge.clock import Clock
from edge.delivery.events import Received
from edge.errors import CorrectionError, KeysError, MessageError, StoreContradicted
from edge.keys.sealed import sealed_to
from edge.log import Log
from edge.messages.answer import parse_answer_cover
from edge.messages.envelope import canonical
from edge.messages.head import open_head
from edge.messages.health import HealthMessage, parse_health
from edge.messages.letter import unpack
from edge.messages.opening import LETTER_LIMIT, OpenedAlert, open_alert, open_outcome
from edge.messages.outcome import Outcome, OutcomeMessage
from edge.messages.receipt import sign_receipt
from edge.messages.status import parse_status
from edge.messages.topics import Kind, Topic, topic
from edge.records import AlertId, Grade
from edge.services.keyring import Keyring
from edge.store.console import ConsoleStore
from edge.store.kept import Rules
from edge.web.console.acts import claim_of, kept_claim
from edge.web.console.claims import ClaimDesk
from edge.web.console.desk import ConsoleDesk

_LOG: Final = Log("console")
Reply = tuple[str, bytes]
"""Topic and bytes of what is to be answered."""


class Intake:
    """Takes messages one by one; bad ones are refused and counted, and never come again.

    Args:
        healths: told of each unit's health, where its word on orders stands.
        answered: told of each answer that is kept, by the search's number.
    """

    def __init__(
        self,
        keyring: Keyring,
        store: ConsoleStore,
        desk: ConsoleDesk,
        claims: ClaimDesk,
        healths: Sequence[Callable[[HealthMessage], None]],
        clock: Clock,
        answered: Callable[[str], None] = lambda _number: None,
    ) -> None:
        self._answered = answered
        self._keyring = keyring
        self._own = keyring.identity
        self._store = store
        self._desk = desk
        self._claims = claims
        self._healths = tuple(healths)
        self._clock = clock
        self._heads: dict[tuple[str, str], int] = {}

    def take(self, where: Topic, event: Received) -> Reply | None:
        """Take a message of a unit or another console; return the receipt that is due.

        Raises:
            StoreError: it cannot be kept; it must not be confirmed to the broker.
        """
        try:
            if where.kind is Kind.ALERT:
                return self._alert(where, event)
            if where.kind is Kind.VERDICT:
                return self._outcome(where, event)
            if where.kind is Kind.ANSWER:
                return self._answer(event)
            if where.kind is Kind.STATUS:
                self._status(where, event)
            elif where.kind is Kind.HEALTH:
                self._health(where, event)
        except (KeysError, MessageError, StoreContradicted) as error:
            self.refuse(str(error))
        return None

    def refuse(self, why: str) -> None:
        """Count a message that is not to be believed; a flood must not fill the journal."""
        if self._desk.look(lambda around: _telling(around.refuse(why))):
            _LOG.warning("a message is refused, the 1st, 2nd, 4th, 8th ... is told", reason=why)

    def _alert(self, where: Topic, event: Received) -> Reply | None:
        if self._for_others(where, event):
            self._desk.look(lambda around: around.foreign(where.unit))
            return None
        rosters, now = self._keyring.rosters, self._clock.now()
        found = open_alert(event.topic, event.payload, self._own, rosters.roster, rosters.at())
        message = found.message
        alert_id = AlertId(message.unit, message.epoch, message.sequence)
        self._keep(alert_id, found)
        self._desk.look(lambda around: around.heard(message.unit, now))
        self._desk.refresh(alert_id)
        receipt = sign_receipt(message, found.digest, self._own, now)
        return topic(message.town, message.unit, Kind.RECEIPT), receipt

    def _keep(self, alert_id: AlertId, found: OpenedAlert) -> None:
        payload = found.message.payload
        alarm = payload.grade is Grade.ALARM and not payload.retracts
        rules = Rules(payload.handling.keep_days, stands=alarm)
        words = canonical(found.message.model_dump(mode="json"))
        self._store.alerts.keep(
            alert_id, found.message.revision, found.mark, words, found.crop, rules
        )

    def _for_others(self, where: Topic, event: Received) -> bool:
        """Say whether a letter is sealed, as its head says, to others alone."""
        if where.town != self._own.town:
            return False
        letter = unpack(event.payload, f"a message on {event.topic}", LETTER_LIMIT)
        keys = {key.public.id for key in (self._own.opening, *self._own.earlier) if key}
        return keys.isdisjoint(sealed_to(Kind.ALERT, letter.body))

    def _outcome(self, where: Topic, event: Received) -> Reply | None:
        if where.unit == self._own.name:
            return None  # our own, as the broker hands it to every console
        rosters, now = self._keyring.rosters, self._clock.now()
        found = open_outcome(event.topic, event.payload, self._own, rosters.roster, rosters.at())
        message = found.message
        ref = message.payload.alert
        about = AlertId(ref.unit, ref.epoch, ref.sequence)
        number = AlertId(message.unit, message.epoch, message.sequence)
        words = canonical(message.model_dump(mode="json"))
        self._store.words.hear(number, message.revision, found.mark, words, about, now)
        self._claim(message)
        if message.payload.outcome is Outcome.MISREAD:
            self._store.misreads.take(number, about, message.payload.officer, found.signed, now)
        self._desk.refresh(about)
        receipt = sign_receipt(message, found.digest, self._own, now)
        return topic(message.town, message.unit, Kind.RECEIPT), receipt

    def _answer(self, event: Received) -> Reply:
        """Keep an answer to a search, unopened, for whoever asked."""
        rosters, now = self._keyring.rosters, self._clock.now()
        cover = parse_answer_cover(event.topic, event.payload, rosters.roster, rosters.at())
        self._store.answers.keep(cover, now)
        message = cover.message
        self._answered(message.payload.query)
        receipt = sign_receipt(message, cover.digest, self._own, now)
        return topic(message.town, message.unit, Kind.RECEIPT), receipt

    def _claim(self, message: OutcomeMessage) -> None:
        """Keep the correction that came with an outcome; a bad one does not touch the outcome."""
        if message.payload.claim is None:
            return
        try:
            signed = claim_of(message.payload.claim)
            claim = self._claims.check(signed, message.payload.officer)
        except (CorrectionError, KeysError) as error:
            _LOG.warning("a claim is refused", console=message.unit, why=error)
            return
        self._store.claims.take(*kept_claim(signed, claim))

    def _status(self, where: Topic, event: Received) -> None:
        message = parse_status(event.payload)
        _same(where, message.town, message.unit)
        said = message.payload
        self._desk.look(lambda around: around.status(message.unit, said.state, said.since))

    def _health(self, where: Topic, event: Received) -> None:
        message = parse_health(event.payload)
        _same(where, message.town, message.unit)
        self._head(message)
        for hear in self._healths:
            hear(message)
        told = message.payload
        paused = told.watch.paused if told.watch else None
        words = f"until {paused.until[:10]}: {paused.reason}" if paused else ""
        remote = told.watch.remote if told.watch else None
        visitor = remote.sentence if remote and remote.who else ""
        self._desk.look(lambda around: around.health(message.unit, told.problems, words, visitor))

    def _head(self, message: HealthMessage) -> None:
        """Take the unit's own, signed word on how far its alerts have come."""
        if message.payload.head is None:
            return
        rosters = self._keyring.rosters
        head = open_head(message.payload.head, rosters.roster, rosters.at())
        if head.unit != message.unit:
            raise MessageError(f"the head of {head.unit} came in a health of {message.unit}")
        key = (head.unit, head.epoch)
        if head.last_sequence > self._heads.get(key, 0):
            self._store.alerts.note_head(*key, head.last_sequence)
            self._heads[key] = head.last_sequence


def _telling(count: int) -> bool:
    return count & (count - 1) == 0


def _same(where: Topic, town: str, unit: str) -> None:
    if (where.town, where.unit) != (town, unit):
        raise MessageError(f"a message of {town}/{unit} came on {where}")
