"""The only door to paho: one connection to the broker, and a new one whenever it is lost."""

import queue
import struct
import threading
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, LogLevel, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.exception import MQTTException
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.clock import Clock
from edge.config.delivery import DeliverySection
from edge.delivery.backoff import Backoff
from edge.delivery.events import Acknowledged, Connected, Event, Lost, Received
from edge.delivery.reasons import PASSING, broken, refusal, unreachable
from edge.delivery.sockets import at_once, only_queue
from edge.delivery.tls import open_tls, read_password
from edge.errors import ConfigError

_MALFORMED = (ValueError, IndexError, KeyError, struct.error, MQTTException)
_STEADY_S = 5.0  # a connection that stood for this long was a good one
_FIGHT = 3  # so many short connections in a row are no accident
_FAREWELL_S = 1.5  # how long the end waits for the broker to take our last word
_NO_LIMIT = 65535  # what a broker takes at a time when it does not say
_OWN = 4  # room beside the owner's window for presence and the like
_AT_ONCE = 20  # messages that the broker may send before the first of them is confirmed


@dataclass(frozen=True, slots=True)
class Presence:
    """What tells others whether we are there; retained by the broker.

    Attributes:
        topic: where it goes.
        online: makes the payload for each connection, in the broker thread.
        offline: makes the payload for a clean end.
        will: makes the payload that the broker publishes when we vanish.
    """

    topic: str
    online: Callable[[], bytes]
    offline: Callable[[], bytes]
    will: Callable[[], bytes]


class Link:
    """A connection that mends itself, with a persistent session.

    A thread of its own talks to the broker; everything comes to the owner through :meth:`take`.
    All other methods may be called from the owner's thread. Where the settings name several nodes
    of a cluster, each client begins with one by its name, and goes on to the next at each failure.

    Args:
        client_id: also the name of the session at the broker; unique there.
        topics: subscribed at QoS 1, on each connection.
        presence: online once connected, offline at a clean end and by the broker's will.
        largest: a message larger than this, in bytes, is not accepted from the broker (MQTT v5).
        turn_s: how often the thread looks up when nothing happens.
    """

    def __init__(
        self,
        section: DeliverySection,
        client_id: str,
        topics: Sequence[str],
        clock: Clock,
        *,
        presence: Presence | None = None,
        largest: int = 1_000_000,
        turn_s: float = 0.2,
    ) -> None:
        self._nodes = section.nodes()
        self._node = zlib.crc32(client_id.encode()) % len(self._nodes)
        self._client_id = client_id
        self._topics = tuple(topics)
        self._clock = clock
        self._presence = presence
        self._largest = largest
        self._turn_s = turn_s
        self._backoff = Backoff(section.retry_first_s, section.retry_max_s)
        self._events: queue.Queue[Event | BaseException] = queue.Queue(maxsize=1000)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._generation = 0
        self._client: paho.Client | None = None
        self._ready: paho.Client | None = None  # the same, once it may be published to
        self._resumed = False
        self._window = 1
        self._short = 0
        self._reason = ""  # why this connection ended, as far as known
        self._detail = ""  # paho's last complaint

    def start(self) -> None:
        """Check keys and certificates and begin to connect.

        Raises:
            ConfigError: a file that the connection needs is missing or wrong.
        """
        open_tls(self._section)
        read_password(self._section)
        self._thread = threading.Thread(target=self._run, name="broker", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 3.0) -> None:
        """Say that we are offline, end the connection, join the thread.

        A thread that still waits for the name server or a dead host is left behind; it is a daemon
        and holds nothing.
        """
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def take(self, timeout_s: float) -> Event | None:
        """Return the next thing that happened, or None when nothing did within *timeout_s*.

        Raises:
            BaseException: whatever ended the broker thread against all expectation.
        """
        try:
            event = self._events.get(timeout_s > 0, max(timeout_s, 0.0))
        except queue.Empty:
            return None
        if isinstance(event, BaseException):
            raise event
        return event

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        retain: bool = False,
        expiry_s: int | None = None,
        qos: int = 1,
    ) -> int | None:
        """Send at QoS 1 and return the token that :class:`Acknowledged` will bear.

        Args:
            qos: 0 for what nobody sends again: no word comes back of it.

        Returns:
            None when there is no connection: nothing was sent, and nothing will be.
        """
        client = self._ready
        if client is None:
            return None
        info = client.publish(topic, payload, qos, retain, self._publishing(expiry_s))
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return None
        return self._generation << 16 | info.mid

    def done(self, received: Received) -> None:
        """Confirm a message to the broker, which then forgets it; after it is durably kept."""
        client = self._client
        generation, mid = divmod(received.token, 1 << 16)
        # of an older connection: the broker sends it again, and the receiver knows it already
        if client is not None and mid and generation == self._generation:
            client.ack(mid, 1)

    # what follows runs in the broker thread

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                sentence = self._connection()
                self._ready = None
                if self._stop.is_set():
                    return
                self._node = (self._node + 1) % len(self._nodes)
                wait_s = self._backoff.next()
                self._put(Lost(sentence, wait_s))
                self._stop.wait(wait_s)
        except BaseException as error:  # noqa: BLE001 - take() raises it in the owner's thread
            self._put(error)

    def _connection(self) -> str:
        """Live through one connection and return why it ended."""
        self._generation += 1
        self._reason = self._detail = ""
        try:
            client = self._client = self._open()
        except ConfigError as error:
            return str(error)
        except OSError as error:
            return unreachable(self._section, error)
        begun = self._clock.now()
        try:
            while client.loop(self._turn_s) == MQTTErrorCode.MQTT_ERR_SUCCESS and not self._reason:
                if self._stop.is_set():
                    self._farewell(client)
                    return ""
        except _MALFORMED as error:
            return f"the broker broke the MQTT protocol: {type(error).__name__}: {error}"
        finally:
            greeted, self._ready = self._ready is not None, None
            if (connection := client.socket()) is not None:
                connection.close()  # without DISCONNECT: the broker shall still execute our will
        if greeted:
            self._judge(self._clock.now().since(begun))
        return self._reason or broken(self._section, self._detail, greeted=greeted) + self._rival()

    def _judge(self, stood_s: float) -> None:
        if stood_s >= _STEADY_S:
            self._backoff.reset()
            self._short = 0
        else:
            self._short += 1

    def _rival(self) -> str:
        """Name the usual cause of short connections, which not all brokers tell."""
        if self._short < _FIGHT:
            return ""
        # a cluster of RabbitMQ ends the connection at a message that mosquitto would only refuse
        return (
            f", {self._short} times soon after a log-in: is another client '{self._client_id}', or"
            " do its access rules forbid what we say?"
        )

    def _open(self) -> paho.Client:
        section = self._section
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            self._client_id,
            clean_session=None if self._v5 else False,
            protocol=MQTTProtocolVersion.MQTTv5 if self._v5 else MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        client.on_log = self._on_log
        client.on_socket_open = at_once
        client.on_socket_register_write = only_queue
        client.connect_timeout = 5.0
        client.max_inflight_messages_set(section.window + _OWN)
        if (context := open_tls(section)) is not None:
            client.tls_set_context(context)
        if section.user:
            client.username_pw_set(section.user, read_password(section))
        self._leave_will(client)
        if self._v5:
            # a session survives a broker's restart only if no connection ever began clean
            client.connect(
                section.host,
                section.port,
                section.keepalive_s,
                clean_start=False,
                properties=self._connecting(),
            )
        else:
            client.connect(section.host, section.port, section.keepalive_s)
        return client

    def _farewell(self, client: paho.Client) -> None:
        """Say offline and leave; the broker then forgets our will."""
        if self._ready is not None and self._presence is not None:
            payload = self._presence.offline()
            said = client.publish(self._presence.topic, payload, qos=1, retain=True)
            self._turn(client, until=said.is_published)
        client.disconnect()
        self._turn(client, until=lambda: client.socket() is None)

    def _turn(self, client: paho.Client, until: Callable[[], bool]) -> None:
        begun = self._clock.now()
        while not until() and self._clock.now().since(begun) < _FAREWELL_S:
            if client.loop(0.05) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return

    def _put(self, event: Event | BaseException) -> None:
        while True:
            try:
                return self._events.put(event, timeout=0.2)
            except queue.Full:  # the owner is slow: the broker waits with us
                if self._stop.is_set():
                    return None

    @property
    def _section(self) -> DeliverySection:
        return self._nodes[self._node]

    @property
    def _v5(self) -> bool:
        return self._section.protocol == "5"

    def _connecting(self) -> Properties:
        properties = _properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = self._section.session_expiry_s
        properties.ReceiveMaximum = _AT_ONCE
        properties.MaximumPacketSize = self._largest
        return properties

    def _publishing(self, expiry_s: int | None) -> Properties | None:
        if not self._v5:
            return None
        properties = _properties(PacketTypes.PUBLISH)
        if expiry_s is not None:
            properties.MessageExpiryInterval = expiry_s
        return properties

    def _leave_will(self, client: paho.Client) -> None:
        if self._presence is None:
            return
        properties = None
        if self._v5:
            properties = _properties(PacketTypes.WILLMESSAGE)
            properties.WillDelayInterval = self._section.will_delay_s
        payload = self._presence.will()
        client.will_set(self._presence.topic, payload, qos=1, retain=True, properties=properties)

    def _on_connect(
        self,
        client: paho.Client,
        _userdata: object,
        flags: paho.ConnectFlags,
        code: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if code.is_failure:
            self._reason = refusal(self._section, code.value, code.getName())
            return
        self._window = max(1, getattr(properties, "ReceiveMaximum", _NO_LIMIT) - _OWN)
        self._resumed = flags.session_present
        self._ready = client  # what was kept for us comes at once and wants answers
        if self._topics:
            client.subscribe([(topic, 1) for topic in self._topics])
        else:
            self._greet(client, ())

    def _on_subscribe(
        self,
        client: paho.Client,
        _userdata: object,
        _mid: int,
        codes: Sequence[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        failed = [(t, c) for t, c in zip(self._topics, codes, strict=False) if c.is_failure]
        passing = [code for _, code in failed if self._v5 and code.value in PASSING]
        if passing:  # the rules let us, and the broker could not: the next try may do
            self._reason = refusal(self._section, passing[0].value, passing[0].getName())
            return
        self._greet(client, tuple(topic for topic, _ in failed))

    def _greet(self, client: paho.Client, refused: tuple[str, ...]) -> None:
        if self._presence is not None:
            payload = self._presence.online()
            client.publish(self._presence.topic, payload, qos=1, retain=True)
        self._put(Connected(self._resumed, refused, self._window))

    def _on_disconnect(
        self,
        _client: paho.Client,
        _userdata: object,
        flags: paho.DisconnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            self._reason = refusal(self._section, code.value, code.getName())

    def _on_publish(
        self,
        _client: paho.Client,
        _userdata: object,
        mid: int,
        code: ReasonCode,
        _properties: Properties,
    ) -> None:
        self._put(Acknowledged(self._generation << 16 | mid, code.value))

    def _on_message(self, client: paho.Client, _: object, message: paho.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""  # no topic of ours: the receiver of the event refuses it
        if not message.payload:  # nothing of ours is empty: somebody tried whether he may write
            client.ack(message.mid, message.qos)
            return
        token = self._generation << 16 | message.mid if message.qos == 1 else 0
        self._put(Received(topic, bytes(message.payload), token, message.retain))

    def _on_log(self, _client: paho.Client, _userdata: object, level: int, line: str) -> None:
        if level == LogLevel.MQTT_LOG_ERR:
            self._detail = line


def _properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call]  # paho left this one untyped
