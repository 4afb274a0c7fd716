"""The console's one thread that talks to the broker and keeps time; pages run in others."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.clock import Clock, Moment
from edge.delivery.chain import ChainSender
from edge.delivery.events import Acknowledged, Connected, Event, Lost, Received
from edge.delivery.mqtt import Link
from edge.delivery.receipts import Receipts
from edge.delivery.sender import Sender
from edge.errors import KeysError, MessageError, StoreFull
from edge.keys.files import make_folder, read_public, write
from edge.log import Log
from edge.messages.chain_receipt import is_chain_receipt
from edge.messages.order import ANSWER, kind_of, read_answer
from edge.messages.topics import Kind, Topic, parse_topic
from edge.services.console_record import ConsoleRecord
from edge.services.console_search import ConsoleSearches
from edge.services.intake import Intake
from edge.services.keyring import Keyring
from edge.services.misreads import MisreadDesk
from edge.services.orders import OrderDesk
from edge.services.spreading import Spreading
from edge.store.claims import KeptClaim
from edge.store.console import ConsoleStore
from edge.web.console.desk import ConsoleDesk
from edge.web.console.officers import ConsoleOfficers

_POLL_S: Final = 0.05  # how long an officer's outcome may lie in the store before it goes
_TICK_S: Final = 1.0
_ERASE_S: Final = 60.0
_COUNT_S: Final = 5.0  # how often gaps are looked for
_BURST: Final = 100
_NO_RECEIVER: Final = (
    "no receiver is named in delivery.receivers: nobody confirms this console's outcomes; name the "
    "archive, or dispatch's console"
)
_LOG: Final = Log("console")


@dataclass(frozen=True, slots=True)
class Post:
    """What takes and sends the console's messages, each its kind."""

    intake: Intake
    sender: Sender
    receipts: Receipts
    orders: OrderDesk
    spreading: Spreading
    misreads: MisreadDesk
    chain: ChainSender
    record: ConsoleRecord
    searches: ConsoleSearches


class ConsoleLoop:
    """Events from the broker in, outcomes out, and what has become due.

    Attributes:
        sentence: how it goes, for ``systemctl status``.
    """

    def __init__(
        self,
        *,
        keyring: Keyring,
        store: ConsoleStore,
        desk: ConsoleDesk,
        officers: ConsoleOfficers,
        link: Link,
        post: Post,
        corrections: Path,
        receivers: int,
        clock: Clock,
    ) -> None:
        self._keyring = keyring
        self._store = store
        self._desk = desk
        self._officers = officers
        self._link = link
        self._post = post
        self._corrections = corrections
        self._receivers = receivers
        self._clock = clock
        self._ticked: Moment | None = None
        self._erased: Moment | None = None
        self._counted: Moment | None = None
        self._changes: int | None = None
        self._notices: set[str] = set()
        self.sentence = "connecting to the broker"

    def step(self) -> None:
        """Wait a moment for the broker, then do what has become due.

        Raises:
            StoreError: the store failed; what was not confirmed comes again after a restart.
        """
        event = self._link.take(_POLL_S)
        for _ in range(_BURST):
            if event is None:
                break
            self._take(event)
            event = self._link.take(0)
        now = self._clock.now()
        self._post.sender.drain(now)
        self._post.chain.step(now)
        self._post.searches.step()
        if _over(self._ticked, now, _TICK_S):
            self._ticked = now
            self._tick(now)
        if _over(self._erased, now, _ERASE_S):
            self._erased = now
            self._erase(now)

    def _take(self, event: Event) -> None:
        now = self._clock.now()
        match event:
            case Connected():
                self._connected(event, now)
            case Lost():
                self._lost(event)
            case Acknowledged():
                self._post.sender.acknowledged([event], now)
                self._post.searches.acknowledged(event)
            case Received():
                self._received(event, now)

    def _connected(self, event: Connected, now: Moment) -> None:
        self._post.sender.connected(event)
        self._post.chain.connected()
        self._post.searches.connected()
        self._post.spreading.hurry()
        self._post.misreads.hurry()
        refused = ""
        if event.refused:
            refused = f"the broker does not let us hear {' and '.join(event.refused)}"
        self._desk.change(lambda around: around.connected(now))
        self._problem("broker", refused)
        self.sentence = "connected to the broker"
        _LOG.info("connected to the broker", resumed=event.resumed)

    def _lost(self, event: Lost) -> None:
        self._post.sender.lost()
        self._post.chain.lost()
        self._post.searches.lost()
        if event.sentence != self.sentence:
            _LOG.warning(event.sentence, next_try_s=round(event.wait_s, 1))
        self.sentence = event.sentence
        self._desk.change(lambda around: around.lost(event.sentence))

    def _received(self, event: Received, now: Moment) -> None:
        try:
            self._sort(event, now)
        except (KeysError, MessageError) as error:
            self._post.intake.refuse(str(error))
        except StoreFull as error:
            # not confirmed: the broker keeps it, and it comes again
            self._problem("disk", str(error))
            return
        self._link.done(event)

    def _sort(self, event: Received, now: Moment) -> None:
        where = parse_topic(event.topic)
        if where.kind is Kind.RECEIPT:
            self._receipt(event, now)
        elif where.kind is Kind.COMMAND:
            self._order(where, event)
        else:
            reply = self._post.intake.take(where, event)
            if reply is not None:
                self._link.publish(*reply)
            self._problem("disk", "")

    def _receipt(self, event: Received, now: Moment) -> None:
        """Take a receipt for an outcome, or another console's answer to an order."""
        if kind_of(event.payload, (ANSWER,)):
            try:
                rosters = self._keyring.rosters
                answer = read_answer(event.payload, rosters.roster, rosters.at())
            except (KeysError, MessageError) as error:
                return self._post.intake.refuse(str(error))
            self._post.misreads.answered(answer)
            return self._post.spreading.answered(answer)
        if is_chain_receipt(event.payload):
            return self._post.chain.receipt(event.payload)
        settled = self._post.receipts.take([event], now)
        self._post.sender.answered(settled, now)
        for receipt in settled:
            about = self._store.words.spoken_of(receipt.sequence)
            if about is not None:
                self._desk.refresh(about)
        return None

    def _order(self, where: Topic, event: Received) -> None:
        """Install what the town's supervisors and root have signed, and say so."""
        if (where.town, where.unit) != (self._keyring.identity.town, self._keyring.identity.name):
            raise MessageError(f"an order came on {where}, which is not ours")
        try:
            taken = self._post.orders.take(event.payload)
        except OSError as error:
            self._problem("orders", f"an order cannot be kept: {error}")
            return None
        self._problem("orders", "")
        if not taken.number:
            return self._post.intake.refuse(taken.sentence)
        self._settle_claims()
        self._post.record.order(taken)
        self._link.publish(*self._post.orders.answer(taken))
        return None

    def _settle_claims(self) -> None:
        """Take waiting claims off that a supervisor has confirmed elsewhere."""
        for kept in self._store.claims.waiting():
            file = self._corrections / f"{kept.number}.confirmed"
            if file.exists():
                self._store.claims.settle(kept.number, read_public(file))
        self._desk.bump()

    def _tick(self, now: Moment) -> None:
        rosters = self._keyring.rosters
        if rosters.refresh():
            self._desk.bump()
        if self._officers.sweep():
            self._desk.bump()
        self._problem("keys", self._keyring.problem)
        self._problem("receivers", "" if self._receivers else _NO_RECEIVER)
        self._problem("sender", self._post.sender.problem)
        self._post.record.step()
        self._problem("record", self._post.chain.problem)
        self._problem("past", self._post.record.problem)
        self._gaps(now)
        self._post.spreading.step()
        self._reload()
        self._misreads()
        self._problem("corrections", self._post.spreading.problem)
        self._lay_notices()
        self._desk.tick()

    def _reload(self) -> None:
        """Show what another process has changed in the store: what was erased by hand."""
        changes, before = self._store.changes(), self._changes
        self._changes = changes
        if before is not None and changes != before:
            self._desk.load()

    def _misreads(self) -> None:
        try:
            self._post.misreads.step()
        except StoreFull as error:
            self._problem("disk", str(error))

    def _gaps(self, now: Moment) -> None:
        """Judge what never came, once what the broker kept has come."""
        if not _over(self._counted, now, _COUNT_S):
            return
        self._counted = now
        alerts = self._store.alerts
        self._desk.look(lambda around: around.settled(now) and around.missing(alerts.missing()))

    def _lay_notices(self) -> None:
        """Put the notices to the lists' owners into the folder, for whoever sends them."""
        for kept in self._store.claims.unspread():
            if kept.number not in self._notices and kept.notice is not None:
                self._lay(kept)
                self._notices.add(kept.number)

    def _lay(self, kept: KeptClaim) -> None:
        folder = self._corrections / "notices"
        make_folder(folder, private=False)
        write(folder / f"{kept.number}.notice", kept.notice or b"")

    def _erase(self, now: Moment) -> None:
        self._post.searches.prune()
        try:
            gone = self._store.erase(now)
        except StoreFull as error:
            self._problem("disk", str(error))
            return
        if gone:
            _LOG.info("erased after their days", alerts=len(gone))
            self._desk.load()

    def _problem(self, what: str, sentence: str) -> None:
        if self._desk.look(lambda around: around.problem(what, sentence)) and sentence:
            _LOG.warning(sentence)


def _over(since: Moment | None, now: Moment, seconds: float) -> bool:
    return since is None or now.since(since) >= seconds
