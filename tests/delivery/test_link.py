"""The connection against a real mosquitto with TLS."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from edge.clock import SystemClock
from edge.delivery.backoff import Backoff
from edge.delivery.events import NO_SUBSCRIBER, Acknowledged, Connected, Lost, Received
from edge.delivery.mqtt import Link
from tests.brokers import Broker, Tap, free_port, until
from tests.delivery.fixtures import RECEIPT, STATUS, Links, section, wait_for

ALERT = "edge/v1/town/unit-1/alert"

CHILD = """
import sys, json
from edge.clock import SystemClock
from edge.config.delivery import DeliverySection
from edge.delivery.mqtt import Link, Presence
presence = Presence(sys.argv[2], lambda: b"online", lambda: b"offline", lambda: b"vanished")
chosen = DeliverySection.model_validate_json(sys.argv[1])
link = Link(chosen, "unit-1", [], SystemClock(), presence=presence)
link.start()
print(link.take(10), flush=True)
link.take(100)
"""


def test_publish_is_acknowledged_and_nobody_subscribed_is_told(broker: Broker, links: Links):
    """PUBACK comes with its reason: 0x10 while nobody listens, 0 once somebody does."""
    link = links.open(section(**broker.settings("unit-1")))
    wait_for(link, Connected)
    token = link.publish(ALERT, b"nobody")
    while (told := wait_for(link, Acknowledged)).token != token:
        pass
    assert told.reason == NO_SUBSCRIBER
    tap = Tap(broker)
    token = link.publish(ALERT, b"somebody")
    while (told := wait_for(link, Acknowledged)).token != token:
        pass
    assert told.reason == 0
    until(lambda: tap.payloads("/alert") == [b"somebody"])
    tap.close()


def test_presence_is_retained_and_a_clean_end_says_offline(broker: Broker, links: Links):
    """Online while connected; offline, retained, after stop()."""
    link = links.open(section(**broker.settings("unit-1")))
    wait_for(link, Connected)
    tap = Tap(broker)
    until(lambda: tap.messages == [(STATUS, b"online", True)])
    link.stop()
    until(lambda: tap.payloads("/status")[-1] == b"offline")
    tap.close()
    late = Tap(broker, "late")
    until(lambda: late.messages == [(STATUS, b"offline", True)])
    late.close()


def test_kill_is_told_by_the_delayed_will(broker: Broker):
    """After kill -9 the broker itself says offline, not before the delay."""
    chosen = section(**broker.settings("unit-1"))
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, chosen.model_dump_json(), STATUS], stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert b"Connected" in child.stdout.readline()
        tap = Tap(broker)
        until(lambda: tap.payloads("/status") == [b"online"])
        os.kill(child.pid, signal.SIGKILL)
    until(lambda: tap.payloads("/status") == [b"online", b"vanished"])
    tap.close()


def test_session_survives_a_broker_killed(broker: Broker, links: Links):
    """A receipt that was sent while we were away waits for us, over kill -9 of the broker."""
    chosen = section(**broker.settings("unit-1"))
    link = links.open(chosen)
    assert not wait_for(link, Connected).resumed
    link.stop()
    tap = Tap(broker)
    tap.publish(RECEIPT, b"while you were away")
    tap.close()
    broker.save()
    broker.kill()
    broker.start()
    again = links.open(chosen)
    received = wait_for(again, Received)  # comes even before we have subscribed again
    assert received.payload == b"while you were away"
    again.done(received)
    assert wait_for(again, Connected).resumed


def test_unconfirmed_message_comes_again(broker: Broker, links: Links):
    """What was taken but not done() comes again at the next connection; what was done does not."""
    chosen = section(**broker.settings("unit-1"))
    link = links.open(chosen)
    wait_for(link, Connected)
    tap = Tap(broker)
    tap.publish(RECEIPT, b"kept")
    tap.publish(RECEIPT, b"lost")
    link.done(wait_for(link, Received))
    assert wait_for(link, Received).payload == b"lost"
    link.stop()
    again = links.open(chosen)
    assert wait_for(again, Received).payload == b"lost"
    assert not any(isinstance(again.take(0.1), Received) for _ in range(4))
    tap.close()


def test_link_mends_itself(broker: Broker, links: Links):
    """A killed broker is told as lost, publishing then returns None, and we come back."""
    link = links.open(section(**broker.settings("unit-1")))
    wait_for(link, Connected)
    broker.kill()
    assert "is gone" in wait_for(link, Lost).sentence
    assert link.publish(ALERT, b"x") is None
    assert "nobody listens there" in wait_for(link, Lost).sentence
    broker.start()
    assert wait_for(link, Connected).resumed


def test_old_protocol_works(broker: Broker, links: Links):
    """MQTT 3.1.1 by config: session kept, PUBACK, offline at the end."""
    chosen = section(**broker.settings("unit-1"), protocol="3.1.1")
    link = links.open(chosen)
    wait_for(link, Connected)
    token = link.publish(ALERT, b"x", expiry_s=5)
    while (told := wait_for(link, Acknowledged)).token != token:
        pass
    assert told.reason == 0
    link.stop()
    assert wait_for(links.open(chosen), Connected).resumed


def test_password_lets_us_in(tmp_path: Path, links: Links):
    """User and password over TLS, without a client certificate."""
    broker = Broker(tmp_path / "broker", login="password")
    broker.add_user("unit-1", "secret of unit-1")
    broker.start()
    wait_for(links.open(section(**broker.settings("unit-1"))), Connected)
    broker.stop()


def test_same_name_twice_is_told(broker: Broker, links: Links):
    """Another client under our name is a sentence, not a silent fight."""
    chosen = section(**broker.settings("unit-1"))
    link, _ = links.open(chosen), links.open(chosen)
    until(lambda: "another client" in wait_for(link, Lost).sentence)


def test_broken_thread_is_not_silent(monkeypatch: pytest.MonkeyPatch):
    """An error that nobody expected in the broker thread comes out of take(), not nowhere."""

    def break_down(_self: Backoff) -> float:
        raise RuntimeError("a bug")

    monkeypatch.setattr(Backoff, "next", break_down)
    link = Link(section(host="localhost", port=free_port()), "unit-1", [], SystemClock())
    link.start()
    with pytest.raises(RuntimeError, match="a bug"):
        link.take(5)
    link.stop()


def test_garbage_from_the_broker_is_survived(links: Links):
    """A server that does not speak MQTT is told as such, and tried again."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        chosen = section(
            host="127.0.0.1", port=server.getsockname()[1], tls=False, retry_first_s=0.01
        )
        link = links.open(chosen)
        for garbage in (b"\x20\xff\xff\xff\xff\xff", b"HTTP/1.1 400 Bad Request\r\n\r\n"):
            peer, _ = server.accept()
            with peer:
                peer.sendall(garbage)
            assert wait_for(link, Lost).sentence.startswith("the broker")
        link.stop()
