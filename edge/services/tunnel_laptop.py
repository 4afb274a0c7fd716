"""``edge tune remote``: a unit's tuning page at an address of the technician's own laptop.

Listens on loopback alone. What connects there is carried through the town's broker to the unit,
where the page asks for the technician's password as it does at the pole.
"""

import selectors
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from edge.clock import Clock, Moment
from edge.config.delivery import DeliverySection
from edge.delivery.events import Connected, Event, Lost, Received
from edge.delivery.mqtt import Link
from edge.delivery.visitor import tunnel
from edge.errors import KeysError, TunnelError
from edge.keys.crypto import OpeningKey
from edge.keys.signed import Signed, to_bytes
from edge.keys.tunnel import MAGIC, Pair
from edge.messages.topics import Kind, topic
from edge.messages.tunnel import RECORD_LIMIT, Answer, key_of, new_ask, new_session, read_answer
from edge.services.keyring import Keyring
from edge.services.tunnel_post import Post
from edge.services.tunnel_streams import Carrier

LOOPBACK: Final = "127.0.0.1"
_TURN_S: Final = 0.25
_AGAIN_S: Final = 10.0  # without an answer it is asked anew
_SOON_S: Final = 2.0  # after an end that another try may mend
_LARGEST: Final = RECORD_LIMIT + 1024


@dataclass(frozen=True, slots=True)
class Wish:
    """What a technician wants.

    Attributes:
        broker_port: the broker's port for tunnels; 0 for that of *delivery*.
        port: on this machine's loopback; 0 takes a free one.
        over: put out the technician's other laptop, if one is there.
    """

    unit: str
    delivery: DeliverySection
    keyring: Keyring
    broker_port: int = 0
    port: int = 0
    over: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """How much of a tunnel is used.

    Attributes:
        used, budget: bytes, both ways together.
        until: when it ends, as the unit said.
    """

    used: int
    budget: int
    until: str


class RemotePage:
    """One technician's way to one unit's page; asked for anew whenever that may help.

    Args:
        tell: shows a sentence to the technician.
        opened: called with the page's address here, each time that the way is open.

    Attributes:
        use: how much is used; None while it is not open.
        carrier: the tunnel that there is.
    """

    def __init__(
        self,
        wish: Wish,
        clock: Clock,
        tell: Callable[[str], None],
        opened: Callable[[str], None] = lambda _url: None,
    ) -> None:
        own = wish.keyring.identity
        section, client_id = tunnel(wish.delivery, own.town, own.name, wish.broker_port)
        outward = topic(own.town, wish.unit, Kind.OUTWARD)
        self._inward = topic(own.town, wish.unit, Kind.INWARD)
        self._post = Post(Link(section, client_id, [outward], clock, largest=_LARGEST))
        self._wish = wish
        self._clock = clock
        self._tell = tell
        self._opened = opened
        self._selector = selectors.DefaultSelector()
        self._listening: socket.socket | None = None
        self._accepting = False
        self._asked: tuple[Signed, OpeningKey] | None = None
        self._answer: Answer | None = None
        self._laptop = new_session()
        self._over = wish.over
        self._online = False
        self._due: Moment = clock.now()
        self._shown = ""
        self.carrier: Carrier | None = None
        self.port = 0

    @property
    def use(self) -> Use | None:
        """How much is used; None while the way is not open."""
        if self.carrier is None or self._answer is None:
            return None
        used = self.carrier.sent + self.carrier.received
        return Use(used, self._answer.budget, self._answer.until)

    def start(self) -> int:
        """Listen on loopback and begin to connect; return the port here.

        Raises:
            TunnelError: the port is taken.
            ConfigError: a certificate or key for the broker is missing or wrong.
        """
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((LOOPBACK, self._wish.port))
            listening.listen(16)
        except OSError as error:
            listening.close()
            raise TunnelError(
                f"{LOOPBACK}:{self._wish.port} cannot be listened on ({error.strerror}): name "
                "another --port"
            ) from None
        listening.settimeout(0.0)
        self._listening = listening
        self.port = int(listening.getsockname()[1])
        self._selector.register(self._post.start(), selectors.EVENT_READ, self._hear)
        return self.port

    def stop(self) -> None:
        """Leave; the unit is told."""
        if self.carrier is not None:
            self.carrier.bye("the technician left", again=False)
        self._close()
        self._post.stop()
        if self._listening is not None:
            self._listening.close()
        self._selector.close()

    def run(self, stop: threading.Event) -> None:
        """Carry connections until *stop* is set.

        Raises:
            TunnelError: the unit refuses, or has ended it, and asking anew is no use.
        """
        while not stop.is_set():
            self.step()

    def step(self) -> None:
        """Wait a moment for any side, and do what is due.

        Raises:
            TunnelError: the unit refuses, or has ended it, and asking anew is no use.
        """
        try:
            for key, mask in self._selector.select(_TURN_S):
                key.data(mask)
            self._wish.keyring.rosters.refresh()
            self._tend()
        except TunnelError as error:
            if not error.again:
                self._close()
                raise
            if self.carrier is not None:
                self.carrier.bye(str(error), again=True)
            self._close()
            self._due = self._clock.now().later(_SOON_S)
            self._show(f"{error}; asking again")

    def _tend(self) -> None:
        if self.carrier is None:
            if self._online and self._clock.now().since(self._due) >= 0:
                self._ask()
            return
        self._accept_while(not self.carrier.full)
        self.carrier.step()
        if self.carrier.problem:
            self._show(self.carrier.problem)
            self.carrier.problem = ""

    def _accept_while(self, room: bool) -> None:
        """Take connections while there is room; the others wait in the kernel's queue."""
        assert self._listening is not None
        if room and not self._accepting:
            self._selector.register(self._listening, selectors.EVENT_READ, self._accept)
        elif self._accepting and not room:
            self._selector.unregister(self._listening)
        self._accepting = room

    def _accept(self, _mask: int) -> None:
        assert self._listening is not None
        if self.carrier is None or self.carrier.full:
            return
        try:
            door, _ = self._listening.accept()
        except (BlockingIOError, ConnectionError):
            return  # they left before their turn came
        self.carrier.add(door)

    # the broker

    def _hear(self, _mask: int) -> None:
        for event in self._post.take():
            self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case Connected():
                self._connected(event)
            case Lost():
                self._online = False
                self._show(event.sentence)
                if self.carrier is not None:
                    raise TunnelError("the connection to the broker was lost", again=True)
            case Received() if event.payload.startswith(MAGIC):
                if self.carrier is not None:
                    self.carrier.receive(event.payload)
            case Received():
                self._answered(event.payload)

    def _connected(self, event: Connected) -> None:
        if event.refused:
            raise TunnelError(
                f"the broker does not let us hear {event.refused[0]}: its access rules must be "
                "made anew (edge broker acl)"
            )
        self._online, self._due = True, self._clock.now()

    def _ask(self) -> None:
        keyring, key = self._wish.keyring, OpeningKey.make()
        at = keyring.rosters.at()
        signed = new_ask(self._wish.unit, key, keyring.identity, at, self._laptop, over=self._over)
        if self._asked is not None:
            self._show(
                f"{self._wish.unit} does not answer: is it on the network, does edge-tunnel run "
                "there (tuning.remote = true), and does its roster know your key?"
            )
        self._asked, self._due = (signed, key), self._clock.now().later(_AGAIN_S)
        self._post.publish(self._inward, to_bytes(signed))

    def _answered(self, blob: bytes) -> None:
        """Open the tunnel, if this is the unit's own answer to our newest request.

        Raises:
            TunnelError: the unit refuses.
        """
        if self._asked is None or self.carrier is not None:
            return
        signed, own = self._asked
        rosters = self._wish.keyring.rosters
        try:
            answer = read_answer(blob, signed, rosters.roster, self._wish.unit, rosters.at())
        except KeysError as error:
            self._show(f"an answer is not believed: {error}")
            return
        except TunnelError as error:
            if error.again:  # to another's request, or an older one of ours
                return
            raise
        session = bytes.fromhex(answer.session)
        pair = Pair(own, key_of(answer.key), session, (to_bytes(signed), blob), inward=True)
        self._asked, self._answer = None, answer
        self._over = False  # once: two that both took over would put each other out for ever
        self.carrier = Carrier(
            pair,
            lambda record: self._post.publish(self._inward, record),
            self._selector,
            self._clock,
        )
        scheme = "https" if answer.secure else "http"
        self._shown = ""
        self._opened(f"{scheme}://{LOOPBACK}:{self.port}/")

    def _close(self) -> None:
        if self._accepting:
            self._accept_while(room=False)
        if self.carrier is not None:
            self.carrier.close()
            self.carrier = None

    def _show(self, sentence: str) -> None:
        if sentence != self._shown:
            self._shown = sentence
            self._tell(sentence)
