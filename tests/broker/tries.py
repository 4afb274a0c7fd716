"""A client that tries what a broker lets it do, and says so by MQTT v5 reason codes."""

import queue
import ssl
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

_WAIT_S = 20.0


class Refused(Exception):
    """The broker did not let the client in, or ended the connection."""


class Client:
    """One connection; each method returns the broker's reason code."""

    def __init__(
        self, port: int, name: str, context: ssl.SSLContext | None, client_id: str = ""
    ) -> None:
        self._said: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.heard: list[tuple[str, bytes]] = []
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id or name,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
        )
        if context is not None:
            self._client.tls_set_context(context)
        self._client.on_connect = lambda _c, _u, _f, code, _p: self._said.put(("in", code.value))
        self._client.on_disconnect = lambda *_: self._said.put(("out", 0))
        self._client.on_subscribe = lambda _c, _u, _m, codes, _p: self._said.put(
            ("sub", codes[0].value)
        )
        self._client.on_publish = lambda _c, _u, _m, code, _p: self._said.put(("pub", code.value))
        self._client.on_message = lambda _c, _u, m: self.heard.append((m.topic, bytes(m.payload)))
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = 600
        try:
            self._client.connect("localhost", port, 30, clean_start=False, properties=properties)
        except (ssl.SSLError, ConnectionError) as error:
            raise Refused(str(error)) from error
        self._client.loop_start()
        try:
            code = self._answer("in")
        except Refused:
            self.close()
            raise
        if code:
            self.close()
            raise Refused(f"0x{code:02x}")

    def subscribe(self, pattern: str) -> int:
        self._client.subscribe(pattern, 1)
        return self._answer("sub")

    def publish(self, topic: str, payload: bytes = b"tried") -> int:
        self._client.publish(topic, payload, 1)
        return self._answer("pub")

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self._client.on_connect = self._client.on_disconnect = self._client.on_message = None
        self._client.on_subscribe = self._client.on_publish = None
        del self._client

    def _answer(self, wanted: str) -> int:
        word, code = self._said.get(timeout=_WAIT_S)
        if word != wanted:
            raise Refused(f"the broker ended the connection instead of answering {wanted}")
        return int(code)
