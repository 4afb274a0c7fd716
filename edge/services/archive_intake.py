"""What comes to the archive off the broker: opened, checked, kept; receipts after the commit.

Each kind of message has one method. No topic is believed: a letter is its signer's, rows belong to
the chain that their signed head names, and health is a word of the broker's but for its head.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

from edge.archive.asking import Asking
from edge.archive.letters import Facts, Novelty
from edge.archive.store import ArchiveStore
from edge.clock import Clock, Moment
from edge.delivery.events import Received
from edge.errors import KeysError, MessageError
from edge.keys.sealed import sealed_to
from edge.log import Log
from edge.messages.acts import act_row
from edge.messages.acts_archive import Contradicted, Took
from edge.messages.acts_unit import Chain
from edge.messages.answer import ANSWER_LIMIT, parse_answer_cover
from edge.messages.chain import (
    ChainMessage,
    PayloadRow,
    open_chain_head,
    open_payloads,
    parse_chain,
)
from edge.messages.chain_receipt import ChainReceipt, sign_chain_receipt
from edge.messages.fleet import Standing
from edge.messages.head import open_head
from edge.messages.health import parse_health
from edge.messages.letter import Letter, unpack
from edge.messages.numbered import Numbered
from edge.messages.opening import LETTER_LIMIT, open_alert, open_outcome
from edge.messages.receipt import sign_receipt
from edge.messages.status import parse_status
from edge.messages.topics import Kind, Topic, topic
from edge.records import AlertId
from edge.services.keyring import Keyring

_LOG: Final = Log("archive")
_MOST_TOLD: Final = 1000
_NS: Final = 1_000_000_000
Reply = tuple[str, bytes]
"""Topic and bytes of what is to be said once the transaction has ended."""
Sort = Literal["alert", "verdict", "answer"]


class Intake:
    """Takes messages one by one, inside the caller's transaction.

    Attributes:
        taken: letters kept since the start.
        rows: batches of rows that changed something, since the start.
        refused: messages that were not to be believed, since the start.
        foreign: letters that were not sealed to us.
        broken: sentences on chains that do not hold.
        contradicted: how many letters came under the number of another one.
    """

    def __init__(self, keyring: Keyring, store: ArchiveStore, asking: Asking, clock: Clock) -> None:
        self._keyring = keyring
        self._own = keyring.identity
        self._store = store
        self._asking = asking
        self._clock = clock
        self._contradicted: set[tuple[AlertId, int, str]] = set()
        self._last_heard: dict[str, int] = {}
        self._broken: dict[tuple[str, str], str] = {}
        self._kinds: Mapping[Kind, Callable[[Topic, Received], list[Reply]]] = MappingProxyType(
            {
                Kind.ALERT: self._alert,
                Kind.VERDICT: self._outcome,
                Kind.ANSWER: self._answer,
                Kind.CHAIN: self._chain,
                Kind.HEALTH: self._health,
                Kind.STATUS: self._status,
            }
        )
        self.taken = 0
        self.rows = 0
        self.refused = 0
        self.foreign = 0

    @property
    def broken(self) -> tuple[str, ...]:
        """Return a sentence for each chain that does not hold."""
        return tuple(self._broken.values())

    @property
    def contradicted(self) -> int:
        """Return how many letters came under the number of another one, since the start."""
        return len(self._contradicted)

    def load(self) -> None:
        """Know again which chains were found broken before."""
        for one in self._store.chains():
            if one.broken is not None:
                self._broken[one.name, one.epoch] = _sentence(one.name, one.broken.reason)

    def take(self, where: Topic, event: Received) -> list[Reply]:
        """Take a message; return what is to be said of it after the commit.

        Raises:
            KeysError, MessageError: it is not to be believed; nothing of it may be kept.
            StoreError: it cannot be kept; it must not be confirmed to the broker.
        """
        if where.town != self._own.town or where.unit == self._own.name:
            return []
        act = self._kinds.get(where.kind)
        return act(where, event) if act else []

    def refuse(self, why: str) -> None:
        """Count a message that is not to be believed; a flood must not fill the journal."""
        self.refused += 1
        if self.refused & (self.refused - 1) == 0:
            _LOG.warning("a message is refused, the 1st, 2nd, 4th ... is told", reason=why)

    def _alert(self, _where: Topic, event: Received) -> list[Reply]:
        letter = unpack(event.payload, f"a message on {event.topic}", LETTER_LIMIT)
        if self._for_others(Kind.ALERT, letter):
            return []
        rosters = self._keyring.rosters
        found = open_alert(event.topic, event.payload, self._own, rosters.roster, rosters.at())
        category = str(found.message.payload.entry.category)
        facts = _facts("alert", found.message, found.mark, found.digest, category=category)
        return self._letter(found.message, facts, letter)

    def _outcome(self, _where: Topic, event: Received) -> list[Reply]:
        letter = unpack(event.payload, f"a message on {event.topic}", LETTER_LIMIT)
        if self._for_others(Kind.VERDICT, letter):
            return []
        rosters = self._keyring.rosters
        found = open_outcome(event.topic, event.payload, self._own, rosters.roster, rosters.at())
        ref = found.message.payload.alert
        about = str(AlertId(ref.unit, ref.epoch, ref.sequence))
        facts = _facts("verdict", found.message, found.mark, found.digest, about=about)
        return self._letter(found.message, facts, letter)

    def _answer(self, _where: Topic, event: Received) -> list[Reply]:
        """Keep an answer that only the officer who asked can open: by its signed cover."""
        rosters = self._keyring.rosters
        found = parse_answer_cover(event.topic, event.payload, rosters.roster, rosters.at())
        letter = unpack(event.payload, f"a message on {event.topic}", ANSWER_LIMIT)
        sealed = found.message.payload.sealed
        return self._letter(
            found.message, _facts("answer", found.message, sealed, found.digest), letter
        )

    def _letter(self, message: Numbered, facts: Facts, letter: Letter) -> list[Reply]:
        """Keep a letter, record that we did, and make out the receipt."""
        now = self._clock.now()
        novelty = self._store.letters.take(facts, letter, now, trusted=self._clock.trusted())
        if novelty is Novelty.CONTRADICTS:
            self._contradicts(facts)
            return []
        if novelty is Novelty.NEW:
            took = Took(
                kind=_sort(facts.kind),
                letter=str(facts.number),
                revision=facts.revision,
                digest=facts.digest,
            )
            self._store.record("took", act_row("took", took))
            self.taken += 1
        self._heard(message.unit, now)
        receipt = sign_receipt(message, facts.digest, self._own, now)
        return [(topic(message.town, message.unit, Kind.RECEIPT), receipt)]

    def _heard(self, name: str, now: Moment) -> None:
        """Note that a party was heard; not oftener than a page could show it."""
        last = self._last_heard.get(name)
        if last is None or abs(now.utc_ns - last) >= _NS:
            self._last_heard[name] = now.utc_ns
            self._store.desk.heard(name, now.utc_ns)

    def _contradicts(self, facts: Facts) -> None:
        key = (facts.number, facts.revision, facts.mark)
        if key not in self._contradicted and len(self._contradicted) < _MOST_TOLD:
            self._contradicted.add(key)
            told = Contradicted(
                letter=str(facts.number), revision=facts.revision, digest=facts.digest
            )
            self._store.record("contradicted", act_row("contradicted", told))
        self.refuse(f"{facts.kind} {facts.number} came a second time with other words")

    def _chain(self, _where: Topic, event: Received) -> list[Reply]:
        message = parse_chain(event.payload, event.topic)
        rosters, now = self._keyring.rosters, self._clock.now()
        head = open_chain_head(message.head, rosters.roster, rosters.at())
        payloads = self._payloads(message)
        standing = self._store.take_chain(message, head, payloads, now)
        self.rows += standing.changed
        self._told(standing)
        if not event.retained:
            self._heard(message.name, now)
        return [self.receipt(standing, now)] if self._asking.answer(standing, now) else []

    def _payloads(self, message: ChainMessage) -> tuple[PayloadRow, ...]:
        """Return what the rows commit to; rows count without it, for it may not be ours to open."""
        try:
            return open_payloads(message, self._own)
        except (KeysError, MessageError) as error:
            self.refuse(str(error))
            return ()

    def receipt(self, standing: Standing, now: Moment) -> Reply:
        """Return our signed word on how far we hold a chain."""
        told = ChainReceipt(
            self._own.name,
            standing.name,
            standing.epoch,
            standing.number,
            standing.hash,
            now.iso(),
        )
        where = topic(self._own.town, standing.name, Kind.RECEIPT)
        return where, sign_chain_receipt(told, self._own)

    def _told(self, standing: Standing) -> None:
        """Record that a chain was found broken, once for each place."""
        broken, key = standing.broken, (standing.name, standing.epoch)
        if broken is None:
            self._broken.pop(key, None)
            return
        sentence = _sentence(standing.name, broken.reason)
        if self._broken.get(key) == sentence:
            return
        self._broken[key] = sentence
        _LOG.error(sentence)
        act = Chain(
            name=standing.name,
            epoch=standing.epoch,
            number=broken.number,
            sentence=broken.reason,
        )
        self._store.record("chain", act_row("chain", act))

    def _health(self, where: Topic, event: Received) -> list[Reply]:
        message = parse_health(event.payload)
        self._same(where, message.town, message.unit)
        now = self._clock.now()
        if message.payload.head is not None:
            self._head(message.unit, message.payload.head, now)
        said_ns = _said(message.made_at, now) if event.retained else now.utc_ns
        self._store.desk.health(message.unit, event.payload, said_ns)
        return []

    def _head(self, unit: str, text: str, now: Moment) -> None:
        """Hold a unit's signed word against what is held of its chain."""
        rosters = self._keyring.rosters
        head = open_head(text, rosters.roster, rosters.at())
        if head.unit != unit:
            raise MessageError(f"the head of {head.unit} came in a health of {unit}")
        standing = self._store.take_head(head, text, now)
        self._told(standing)
        self._asking.note(standing, now)

    def _status(self, where: Topic, event: Received) -> list[Reply]:
        message = parse_status(event.payload)
        self._same(where, message.town, message.unit)
        now = self._clock.now()
        said_ns = _said(message.made_at, now) if event.retained else now.utc_ns
        self._store.desk.status(message.unit, event.payload, said_ns)
        return []

    def _same(self, where: Topic, town: str, unit: str) -> None:
        if (where.town, where.unit) != (town, unit):
            raise MessageError(f"a message of {town}/{unit} came on {where}")
        if not any(party.name == unit for party in self._keyring.rosters.roster.parties):
            raise MessageError(f"a message of {unit}, who is not on the roster")

    def _for_others(self, kind: Kind, letter: Letter) -> bool:
        """Say whether a letter is sealed, as its head says, to others alone."""
        keys = {key.public.id for key in (self._own.opening, *self._own.earlier) if key}
        foreign = keys.isdisjoint(sealed_to(kind, letter.body))
        self.foreign += foreign
        return foreign


def _facts(
    kind: str, message: Numbered, mark: str, digest: str, category: str = "", about: str = ""
) -> Facts:
    number = AlertId(message.unit, message.epoch, message.sequence)
    return Facts(kind, number, message.revision, mark, digest, category, about)


def _sort(kind: str) -> Sort:
    return "alert" if kind == "alert" else "verdict" if kind == "verdict" else "answer"


def _said(made_at: str, now: Moment) -> int:
    """Return when a message was said that the broker had in store: never later than now."""
    return min(round(datetime.fromisoformat(made_at).timestamp() * 1e9), now.utc_ns)


def _sentence(name: str, reason: str) -> str:
    return f"the chain of {name} does not hold: {reason}"
