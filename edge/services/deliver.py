"""The delivering daemon: store to broker. It alone talks to the network, and sees no camera."""

import re
import threading
from pathlib import Path

from edge.clock import Clock, Moment, SystemClock
from edge.config.settings import Settings
from edge.delivery.denied import DENIES, Denied
from edge.delivery.events import Acknowledged, Connected, Event, Lost, Received
from edge.delivery.metrics import Metrics, figures
from edge.delivery.mqtt import Link
from edge.delivery.receipts import Receipts
from edge.delivery.sender import Sender
from edge.delivery.status import health_message, presence, read_head, read_watch
from edge.delivery.tls import open_tls
from edge.errors import StoreError, StoreFull
from edge.keys.keeper import RosterKeeper
from edge.keys.roles import Role
from edge.log import Log
from edge.messages.chain_receipt import is_chain_receipt
from edge.messages.health import DeliverHealth
from edge.messages.order import ORDER_LIMIT
from edge.messages.topics import Kind, topic
from edge.messages.verdict import Limits, deliver_problems
from edge.services.chains import unit_chain
from edge.services.check_daemons import ELSEWHERE, WELL
from edge.services.guests import Guests, open_guests
from edge.services.keyring import open_rosters
from edge.services.law import check_law
from edge.services.lifetime import on_record
from edge.services.notify import open_notifier
from edge.services.poll import ListPoll
from edge.store.store import Store, open_store

PROCESS = "deliver"
_LOG = Log("deliver")
_POLL_S = 0.025  # how long a new alert may lie in the store before it is seen
_LOOK_S = 0.5  # how often rows are looked for that have become due again
_ERASE_S = 60.0  # how often retention runs
_MEASURE_S = 1.0  # how old a figure of /metrics may be
_SAME_S = 2.0  # how often it is looked whether the store is still the one in its place
_BURST = 100  # events taken before the outbox has its turn
_LARGEST = ORDER_LIMIT + 1024  # an order with a town's roster: anything larger is not for us
_WEEK_S = 7 * 86_400.0
_FIGURES = re.compile(r"\d+(\.\d+)?")


def run_deliver(settings: Settings, stop: threading.Event, clock: Clock | None = None) -> None:
    """Deliver until *stop* is set; then say offline and return within a few seconds.

    Raises:
        ConfigError: a certificate, key or password file is missing or wrong, or the roster is.
        StoreError: the store cannot be opened or written.
    """
    check_law(settings)
    clock = clock or SystemClock(settings.clock.trust)
    notifier = open_notifier(clock)
    unit = settings.unit
    receipt_topic = topic(unit.town, unit.name, Kind.RECEIPT)
    rosters = open_rosters(Path(settings.keys.folder), clock, Role.UNIT, unit.town)
    open_tls(settings.delivery)  # who waits for a certificate starts often: no rows for that
    with (
        open_store(settings.store, unit.name, clock) as store,
        on_record(PROCESS, settings, store, rosters, clock) as recorder,
    ):
        guests = open_guests(settings, clock, store.record)
        link = Link(
            settings.delivery,
            f"{unit.town}-{unit.name}",
            [receipt_topic, *guests.topics],
            clock,
            presence=presence(unit, clock),
            largest=_LARGEST,
        )
        poll = ListPoll(settings, clock) if settings.hotlist.manifest_url else None
        metrics = Metrics(settings.metrics, clock)
        loop = DeliverLoop(
            settings, store, link, receipt_topic, clock, rosters, poll, guests, metrics
        )
        metrics.start()
        link.start()
        if poll is not None:
            poll.start()
        try:
            notifier.ready()
            while not stop.is_set():
                loop.step()
                recorder.settle()
                notifier.watchdog()
                notifier.status(loop.sentence)
        finally:
            notifier.stopping()
            link.stop()
            if poll is not None:
                poll.stop()
            guests.stop()
            metrics.stop()
    _LOG.info("stopped")


class DeliverLoop:
    """The one thread that owns the store: events from the broker in, due alerts out.

    Attributes:
        sentence: how it goes, for ``systemctl status``.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        link: Link,
        receipt_topic: str,
        clock: Clock,
        rosters: RosterKeeper,
        poll: ListPoll | None = None,
        guests: Guests | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self._settings = settings
        self._guests = guests or Guests()
        self._metrics = metrics or Metrics(settings.metrics, clock)
        self._poll = poll
        self._store = store
        self._link = link
        self._mouth = Denied(link)
        self._clock = clock
        self._sender = Sender(settings.delivery, settings.unit, store.outbox, self._mouth)
        self._rosters = rosters
        self._chain = unit_chain(settings, store, self._mouth, rosters, clock)
        self._receipts = Receipts(settings.delivery, receipt_topic, store.outbox, rosters)
        self._limits = Limits(
            watch_silent_s=settings.delivery.watch_silent_s,
            frame_age_s=2 * settings.source.stall_s,
            list_age_s=settings.policy.verify_list_age_s,
            unreceived_s=4 * settings.delivery.receipt_wait_s,
        )
        self._health_topic = topic(settings.unit.town, settings.unit.name, Kind.HEALTH)
        self._changes = -1
        self._looked: Moment | None = None
        self._told: Moment | None = None
        self._erased: Moment | None = None
        self._measured: Moment | None = None
        self._compared: Moment | None = None
        self._online = False
        self._problem = "not connected yet"
        self._found: tuple[str, ...] = ()
        self._refused: tuple[str, ...] = ()
        self._stuck = ""
        self.sentence = "connecting to the broker"

    def step(self) -> None:
        """Wait a moment for the broker, then do what has become due.

        Raises:
            StoreError: the store failed; what was not confirmed comes again after a restart.
        """
        self._take(self._burst())
        now = self._clock.now()
        self._guests.step(now)
        self._chain.step(now)
        self._same(now)
        self._rosters.refresh()
        if self._due(now):
            self._looked = now
            self._sender.drain(now)
        if self._online and _over(self._told, now, self._settings.delivery.health_every_s):
            self._told = now
            self._tell(now)
        if self._metrics.on and _over(self._measured, now, _MEASURE_S):
            self._measured = now
            self._measure(now)
        if _over(self._erased, now, _ERASE_S):
            self._erased = now
            self._erase(now)

    def _same(self, now: Moment) -> None:
        """End when watch has begun a new store: systemd starts this process on it.

        Raises:
            StoreError: the store that is open here was moved aside.
        """
        if not _over(self._compared, now, _SAME_S):
            return
        self._compared = now
        if self._store.replaced():
            raise StoreError("watch has begun a new store: this process starts anew on it")

    def _burst(self) -> list[Event]:
        """Wait a moment for the broker and return all that has come by then."""
        event = self._link.take(_POLL_S)
        burst: list[Event] = []
        while event is not None:
            burst.append(event)
            event = self._link.take(0) if len(burst) < _BURST else None
        return burst

    def _take(self, burst: list[Event]) -> None:
        """Take what came; what may share a transaction costs the disk one sync together."""
        if burst:
            self._looked = None  # each event may make room in the window
        acknowledged: list[Acknowledged] = []
        received: list[Received] = []
        for event in burst:
            match event:
                case Acknowledged():
                    acknowledged.append(event)
                case Received():
                    received.append(event)
                case Connected() | Lost():
                    self._settle(acknowledged, received)
                    acknowledged, received = [], []
                    self._turned(event)
        self._settle(acknowledged, received)

    def _settle(self, acknowledged: list[Acknowledged], received: list[Received]) -> None:
        now = self._clock.now()
        if acknowledged:
            self._sender.acknowledged(acknowledged, now)
            if self._mouth.acknowledged(acknowledged):
                self._told = None  # it is told now, not with the next health
        receipts = [event for event in received if event.topic not in self._guests.topics]
        for event in received:
            if event.topic in self._guests.topics and self._guests.take(event):
                self._link.done(event)
        if receipts:
            self._received(receipts, now)

    def _turned(self, event: Connected | Lost) -> None:
        if isinstance(event, Connected):
            self._connected(event)
        else:
            self._lost(event)

    def _connected(self, event: Connected) -> None:
        self._online, self._problem, self._told = True, "", None
        self._refused = event.refused
        self._sender.connected(event)
        self._guests.connected(self._mouth)
        self._chain.connected()
        self.sentence = "connected to the broker"
        _LOG.info("connected to the broker", resumed=event.resumed)
        if event.refused:
            _LOG.warning("the broker does not let us hear our receipts", topic=event.refused[0])

    def _lost(self, event: Lost) -> None:
        self._online = False
        self._sender.lost()
        self._mouth.lost()
        self._guests.lost()
        self._chain.lost()
        if event.sentence != self._problem:
            _LOG.warning(event.sentence, next_try_s=round(event.wait_s, 1))
        self._problem = self.sentence = event.sentence

    def _received(self, came: list[Received], now: Moment) -> None:
        receipts = []
        for one in came:
            if is_chain_receipt(one.payload):
                self._chain.receipt(one.payload)
                self._link.done(one)
            else:
                receipts.append(one)
        try:
            self._sender.answered(self._receipts.take(receipts, now), now)
        except StoreFull as error:
            # not confirmed: the alerts are sent again, and their receipts come again
            self._stuck = str(error)
            return
        self._stuck = ""
        for one in receipts:
            self._link.done(one)

    def _due(self, now: Moment) -> bool:
        changes = self._store.changes()
        fresh, self._changes = changes != self._changes, changes
        return fresh or _over(self._looked, now, _LOOK_S)

    def _health(self, now: Moment) -> DeliverHealth:
        outbox = self._store.outbox
        return DeliverHealth(
            broker="connected" if self._online else "connecting",
            broker_problem=self._problem[:400],
            epoch=self._store.epoch,
            last_sequence=self._store.last_sequence(),
            outbox_depth=outbox.depth(),
            oldest_unreceived_s=outbox.oldest_age(now),
            given_up=outbox.given_up(now.later(-_WEEK_S)),
            refused_receipts=self._receipts.refused,
            published=self._sender.published,
            received=self._receipts.received,
            receivers=len(self._settings.delivery.receivers),
            searches=self._guests.searches,
        )

    def _measure(self, now: Moment) -> None:
        word = read_watch(Path(self._settings.runtime.folder), now)
        budget = self._store.budget
        told = figures(
            self._health(now), word, budget.used(), budget.total(), now, self._chain.confirmed
        )
        self._metrics.tell(told, now)

    def _tell(self, now: Moment) -> None:
        folder = Path(self._settings.runtime.folder)
        word, head = read_watch(folder, now), read_head(folder)
        health = self._health(now)
        body, found = health_message(
            word, health, self._more(), self._settings.unit, now, self._limits, head
        )
        self._log_problems(found)
        now_wrong = health.model_copy(update={"given_up": 0, "refused_receipts": 0})
        wrong = (*self._broker(), *deliver_problems(now_wrong, self._limits))
        self.sentence = _status(wrong, found)
        every_s = self._settings.delivery.health_every_s
        # kept by the broker only while it can also forget it: an old "ok" must not be read as new
        keep = self._settings.delivery.protocol == "5"
        self._mouth.publish(self._health_topic, body, retain=keep, expiry_s=int(3 * every_s) + 1)

    def _more(self) -> tuple[str, ...]:
        lists = self._poll.problem if self._poll else ""
        budget = self._store.budget.problem()
        mine = (self._stuck, budget, self._rosters.problem, self._chain.problem, lists)
        found = (*self._broker(), *mine, *self._guests.problems)
        return tuple(one for one in found if one)

    def _broker(self) -> tuple[str, ...]:
        """Return what the broker has against us."""
        refused = (f"{DENIES} hear {one}" for one in self._refused)
        denied = self._mouth.problems
        mine = (self._sender.problem,) if self._sender.problem and not denied else ()
        return (*denied, *refused, *mine)

    def _log_problems(self, found: tuple[str, ...]) -> None:
        """Write each problem when it comes up; its figures may change without another line."""
        known = {_FIGURES.sub("#", one) for one in self._found}
        for one in found:
            if _FIGURES.sub("#", one) not in known:
                _LOG.warning("problem", what=one)
        if self._found and not found:
            _LOG.info("no problem any more")
        self._found = found

    def _erase(self, now: Moment) -> None:
        try:
            erased = self._store.erase(now)
        except StoreFull as error:
            self._stuck = str(error)
            return
        self._stuck = ""
        if erased.received or erased.given_up:
            _LOG.info("erased", received=erased.received, given_up=erased.given_up)


def _status(broker: tuple[str, ...], found: tuple[str, ...]) -> str:
    """Return what systemd shows; `edge check` goes by its first words, and by what follows them."""
    if broker:
        return f"connected to the broker; {broker[0]}"
    return f"connected to the broker; {ELSEWHERE}{found[0]}" if found else WELL


def _over(since: Moment | None, now: Moment, seconds: float) -> bool:
    return since is None or now.since(since) >= seconds
