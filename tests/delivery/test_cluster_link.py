"""A link and a cluster: the next node when one fails, and what a cluster says when it is busy."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from edge.delivery.events import Connected, Lost
from tests.brokers import Broker, free_port
from tests.delivery.fixtures import Links, section, wait_for

CONNACK = bytes([0x20, 3, 0, 0, 0])
QUOTA, UNSPECIFIED, NOT_AUTHORIZED, GRANTED = 0x97, 0x80, 0x87, 0x01


class BusyBroker(threading.Thread):
    """Speaks just enough MQTT v5: greets, and answers each SUBSCRIBE with the next of *codes*."""

    def __init__(self, codes: list[int]) -> None:
        super().__init__(daemon=True)
        self._codes = codes
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])

    def run(self) -> None:
        for code in self._codes:
            connection, _ = self._listener.accept()
            with connection, connection.makefile("rb") as stream:
                self._packet(stream)
                connection.sendall(CONNACK)
                subscribe = self._packet(stream)
                connection.sendall(bytes([0x90, 4, *subscribe[:2], 0, code]))
                while stream.read(1):
                    pass

    def close(self) -> None:
        self._listener.close()
        self.join(10)

    @staticmethod
    def _packet(stream: object) -> bytes:
        head = stream.read(2)  # type: ignore[attr-defined]
        assert head[1] < 0x80
        return stream.read(head[1])  # type: ignore[attr-defined,no-any-return]


@pytest.fixture
def busy(request: pytest.FixtureRequest) -> Iterator[BusyBroker]:
    broker = BusyBroker(request.param)
    broker.start()
    yield broker
    broker.close()


@pytest.mark.parametrize("busy", [[QUOTA, GRANTED], [UNSPECIFIED, GRANTED]], indirect=True)
def test_a_busy_cluster_is_asked_again(busy: BusyBroker, links: Links):
    """A subscription that fails for now ends the connection, and the next one is in force."""
    link = links.open(section(host="127.0.0.1", port=busy.port, tls=False), presence=None)
    assert f"127.0.0.1:{busy.port}" in wait_for(link, Lost).sentence
    assert wait_for(link, Connected).refused == ()


@pytest.mark.parametrize("busy", [[NOT_AUTHORIZED]], indirect=True)
def test_a_rule_is_told_and_not_tried_again(busy: BusyBroker, links: Links):
    """What the access rules refuse is the owner's to know at once."""
    link = links.open(section(host="127.0.0.1", port=busy.port, tls=False), presence=None)
    assert wait_for(link, Connected).refused == ("edge/v1/town/unit-1/receipt",)


def test_the_next_node_is_tried_when_one_is_dead(tmp_path: Path, links: Links):
    """Whichever node a client begins with, it comes to the one that lives."""
    broker = Broker(tmp_path / "broker").start()
    dead = f"localhost:{free_port()}"
    alive = f"localhost:{broker.port}"
    for nodes in ([dead, alive], [alive, dead]):
        host, port = nodes[0].split(":")
        chosen = {**broker.settings("unit-1"), "host": host, "port": int(port)}
        link = links.open(section(**chosen, others=[nodes[1]]), presence=None)
        assert wait_for(link, Connected).refused == ()
        link.stop()
    broker.stop()


@pytest.mark.parametrize("node", ["broker-2", "broker-2:0", "broker-2:x", ":8883"])
def test_a_node_needs_host_and_port(node: str):
    """A node without a port is refused by the settings."""
    with pytest.raises(ValidationError, match="others"):
        section(others=[node])


def test_plain_stays_on_loopback_on_every_node():
    """One node elsewhere is enough to refuse a connection without TLS."""
    with pytest.raises(ValidationError, match="plain MQTT is refused"):
        section(tls=False, host="localhost", others=["broker.example:1883"])
