"""``edge run tunnel``: a technician reaches this unit's tuning page through the town's broker.

For a pole behind a carrier's NAT, which can only dial out. This process has the network, the
broker's certificate and no keys of the unit: watch judges, records and signs
(:mod:`edge.services.tunnel_gate`). It connects to the tuning page on loopback and to nothing else,
and knows nothing of what is in the bytes: the page's own log-in stays in force.
"""

import base64
import selectors
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.clock import Clock, Moment, SystemClock
from edge.config.address import is_loopback
from edge.config.settings import Settings
from edge.config.tuning import TuningSection
from edge.delivery.events import Connected, Event, Lost, Received
from edge.delivery.mqtt import Link
from edge.delivery.visitor import tunnel
from edge.errors import ConfigError, KeysError, TunnelError
from edge.keys.crypto import OpeningKey
from edge.keys.tunnel import MAGIC, Pair
from edge.log import Log
from edge.messages.topics import Kind, topic
from edge.messages.tunnel import DOCUMENT_LIMIT, RECORD_LIMIT, key_of, read_ask
from edge.services.notify import open_notifier
from edge.services.tunnel_post import Post
from edge.services.tunnel_rate import Bucket
from edge.services.tunnel_streams import Carrier
from edge.services.tunnel_wire import SOCKET, Reply, Word, send, take

IDLE_S: Final = 300.0
_TURN_S: Final = 0.25
_TELL_S: Final = 2.0
_ASK_S: Final = 1.0  # between two requests that watch is asked about
_WATCH_S: Final = 15.0
_LARGEST: Final = RECORD_LIMIT + 1024
_log: Final = Log("edge.remote")


def run_tunnel(
    settings: Settings,
    stop: threading.Event,
    clock: Clock | None = None,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Carry technicians' connections until *stop* is set.

    Args:
        ready: called once the broker lets us hear requests.

    Raises:
        ConfigError: the settings let nobody in this way, or a certificate is missing or wrong.
    """
    if not settings.tuning.remote:
        raise ConfigError(
            "tuning.remote is false: no technician is let in through the broker; set it to true in "
            "site.toml, or disable edge-tunnel"
        )
    clock = clock or SystemClock(settings.clock.trust)
    unit = settings.unit
    section, client_id = tunnel(
        settings.delivery, unit.town, unit.name, settings.tuning.remote_port
    )
    inward = topic(unit.town, unit.name, Kind.INWARD)
    link = Link(section, client_id, [inward], clock, largest=_LARGEST)
    notifier = open_notifier(clock)
    tunnels = Tunnels(settings, Post(link), clock, ready)
    tunnels.start()
    try:
        notifier.ready()
        while not stop.is_set():
            tunnels.step()
            notifier.watchdog()
            notifier.status(tunnels.sentence)
    finally:
        notifier.stopping()
        tunnels.stop()
    _log.info("stopped")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that watch is asked about."""

    blob: bytes
    own: OpeningKey
    at: Moment


class Tunnels:
    """The loop: broker, watch, and the page's sockets, in one thread.

    Attributes:
        sentence: how it goes, for ``systemctl status``.
        carrier: the tunnel that there is.
    """

    def __init__(
        self,
        settings: Settings,
        post: Post,
        clock: Clock,
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        self._section = settings.tuning
        self._gate = Path(settings.runtime.folder) / SOCKET
        self._outward = topic(settings.unit.town, settings.unit.name, Kind.OUTWARD)
        self._post = post
        self._clock = clock
        self._ready = ready
        self._selector = selectors.DefaultSelector()
        self._rate = Bucket(settings.tuning.remote_kbit_s * 1000 / 8, clock)
        self._watch: socket.socket | None = None
        self._asked: _Asked | None = None
        self._next = b""
        self._last: Moment | None = None
        self._told = clock.now()
        self._until_s = 0.0
        self._began = clock.now()
        self._budget = 0
        self._stray = 0
        self.carrier: Carrier | None = None
        self.sentence = "connecting to the broker"

    def start(self) -> None:
        """Begin to connect to the broker.

        Raises:
            ConfigError: a file that the connection needs is missing or wrong.
        """
        self._selector.register(self._post.start(), selectors.EVENT_READ, self._hear)

    def stop(self) -> None:
        """End the tunnel that there is, with a word to both sides."""
        self._end("the unit's tunnel was stopped", again=True)
        self._post.stop()
        self._hang_up()
        self._selector.close()

    def step(self) -> None:
        """Wait a moment for any side, and do what is due."""
        wait_s = _TURN_S
        if self.carrier is not None and (pause_s := self.carrier.wait_s()) > 0:
            wait_s = min(wait_s, pause_s)
        for key, mask in self._selector.select(wait_s):
            self._safely(lambda key=key, mask=mask: key.data(mask))  # type: ignore[misc]
        self._safely(self._tend)

    def _safely(self, work: Callable[[], None]) -> None:
        """Do a piece of work; an end of the tunnel is told to both sides."""
        try:
            work()
        except TunnelError as error:
            self._end(str(error), again=error.again)

    def _tend(self) -> None:
        now = self._clock.now()
        if self._asked is not None and now.since(self._asked.at) > _WATCH_S:
            self._asked = None
            self._hang_up()
        self._ask(now)
        if self.carrier is not None:
            self._keep(self.carrier, now)

    def _keep(self, carrier: Carrier, now: Moment) -> None:
        """Go on with the tunnel that there is.

        Raises:
            TunnelError: its time or its budget is over, or nobody uses it.
        """
        if now.since(self._told) >= _TELL_S:
            self._told = now
            self._tell("used")
        if carrier.sent + carrier.received >= self._budget:
            raise TunnelError(
                f"the {self._budget // 1_000_000} MB of one tunnel are used: ask anew"
            )
        if now.since(self._began) >= self._until_s:
            raise TunnelError("the tunnel's time is over: ask anew")
        if carrier.idle_s() >= IDLE_S:
            raise TunnelError(f"nothing was asked of the page for {IDLE_S:.0f} s: ask anew")
        carrier.step()

    # the broker

    def _hear(self, _mask: int) -> None:
        for event in self._post.take():
            self._safely(lambda event=event: self._take(event))  # type: ignore[misc]

    def _take(self, event: Event) -> None:
        match event:
            case Connected():
                self._connected(event)
            case Lost():
                self.sentence = event.sentence
                _log.warning(event.sentence, next_try_s=round(event.wait_s, 1))
                if self.carrier is not None:
                    raise TunnelError("the connection to the broker was lost", again=True)
            case Received() if event.payload.startswith(MAGIC):
                self._record(event.payload)
            case Received():
                self._request(event.payload)

    def _connected(self, event: Connected) -> None:
        if event.refused:
            self.sentence = (
                f"the broker does not let us hear {event.refused[0]}: make its access rules anew "
                "(edge broker acl)"
            )
            _log.warning(self.sentence)
            return
        self.sentence = "a technician may ask"
        self._ready()

    def _record(self, payload: bytes) -> None:
        if self.carrier is None:
            self._stray += 1
            return
        self.carrier.receive(payload)

    def _request(self, blob: bytes) -> None:
        """Keep a request until watch can be asked; of a flood the newest."""
        if not 0 < len(blob) <= DOCUMENT_LIMIT:
            self._stray += 1
            return
        self._stray += bool(self._next)
        self._next = blob
        self._ask(self._clock.now())

    def _ask(self, now: Moment) -> None:
        """Hand the request that waits to watch, once none is there and the last is a while ago."""
        early = self._last is not None and now.since(self._last) < _ASK_S
        if not self._next or self._asked is not None or early:
            return
        blob, self._next = self._next, b""
        self._last = now
        own = OpeningKey.make()
        word = Word(kind="ask", ask=_text(blob), key=_text(own.public.raw))
        try:
            send(self._connect(), word)
        except OSError as error:
            self._hang_up()
            _log.warning("watch cannot be asked whether to let a technician in", why=error)
            return
        self._asked = _Asked(blob, own, now)

    # watch

    def _connect(self) -> socket.socket:
        if self._watch is not None:
            return self._watch
        door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        door.settimeout(_TELL_S)
        try:
            door.connect(str(self._gate))
        except OSError:
            door.close()
            raise
        self._selector.register(door, selectors.EVENT_READ, self._answered)
        self._watch = door
        return door

    def _hang_up(self) -> None:
        if self._watch is not None:
            self._selector.unregister(self._watch)
            self._watch.close()
            self._watch = None

    def _answered(self, _mask: int) -> None:
        assert self._watch is not None
        try:
            reply = take(self._watch, Reply)
        except (OSError, TunnelError) as error:
            self._hang_up()
            self._asked = None
            _log.warning("watch is gone", why=error)
            raise TunnelError("the unit's watch ended; try again", again=True) from None
        if reply.kind == "over":
            raise TunnelError(reply.why)
        asked, self._asked = self._asked, None
        if reply.why:
            _log.warning("watch lets nobody in", why=reply.why)
        if asked is None or not reply.answer:
            return
        blob = base64.b64decode(reply.answer)
        if reply.opened:
            self._open(asked, blob, reply)
        self._post.publish(self._outward, blob)

    def _open(self, asked: _Asked, blob: bytes, reply: Reply) -> None:
        """Begin a tunnel in place of the one that there is, which watch has closed already."""
        if self.carrier is not None:
            if reply.left:
                self.carrier.bye(reply.left, again=False)
            self.carrier.close()
            self.carrier = None
        try:
            other = key_of(read_ask(asked.blob)[1].key)
            session = bytes.fromhex(reply.session)
            pair = Pair(asked.own, other, session, (asked.blob, blob), inward=False)
        except KeysError as error:  # one of the points that everybody shares a secret with
            self._tell("ended", str(error))
            raise TunnelError(str(error)) from None
        self.carrier = Carrier(
            pair,
            lambda record: self._post.publish(self._outward, record),
            self._selector,
            self._clock,
            dial=lambda: dial(self._section),
            rate=self._rate,
        )
        self._began, self._until_s, self._budget = (
            self._clock.now(),
            reply.until_s,
            reply.budget,
        )
        self._stray = 0
        self.sentence = f"{reply.who} is here"
        _log.info("a technician is here", who=reply.who)

    def _tell(self, kind: str, why: str = "") -> None:
        """Tell watch how much was carried."""
        if self._watch is None:
            return
        one = self.carrier
        word = Word(
            kind="ended" if kind == "ended" else "used",
            inward=one.received if one else 0,
            outward=one.sent if one else 0,
            foreign=self._stray + (one.foreign if one else 0),
            why=why,
        )
        try:
            send(self._watch, word)
        except OSError as error:
            _log.warning("watch does not hear us", why=error)
            self._hang_up()

    def _end(self, why: str, *, again: bool) -> None:
        """Close the tunnel, and say why to the technician, to watch and to the journal."""
        one = self.carrier
        if one is None:
            return
        one.bye(why, again=again)
        self._tell("ended", why)
        one.close()
        self.carrier = None
        self.sentence = "a technician may ask"
        _log.info("a technician has left", why=why, sent=one.sent, received=one.received)


def dial(section: TuningSection) -> socket.socket:
    """Return a connection to the page on this machine's loopback, the one place there is.

    Raises:
        OSError: nothing answers there.
    """
    address = section.address if is_loopback(section.address) else "127.0.0.1"
    return socket.create_connection((address, section.port), timeout=_TELL_S)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
