"""The delivering daemon as a process: outbox to receiver, whatever is killed in between."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.messages.health import WATCH_FILE, HealthPayload, parse_health, watch_bytes
from edge.messages.status import parse_status
from tests.brokers import Broker, Tap, until
from tests.delivery.test_status import well
from tests.fakes import FakeClock
from tests.services.delivering import ALERT, CLOCK, RECEIPT, Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    broker = Broker(tmp_path / "broker").start()
    made = Site(tmp_path, broker)
    yield made
    made.close()
    broker.stop()


def test_alert_out_and_receipt_back(site: Site):
    """Alerts reach the receiver over TLS, and its receipts empty the outbox; no plate is logged."""
    site.alert(2)
    deliver, listen = site.deliver(), site.listen("--jsonl")
    until(lambda: listen.said('"alert"'))
    site.alert()
    site.settled(3)
    assert deliver.stop() == 0
    assert "AB12345" not in deliver.err.read_text() + deliver.out.read_text()


def test_old_protocol_delivers(tmp_path: Path):
    """With MQTT 3.1.1 by config the same holds."""
    broker = Broker(tmp_path / "broker").start()
    site = Site(tmp_path, broker, protocol="3.1.1")
    site.alert(2)
    site.deliver()
    site.listen("--jsonl")
    site.settled(2)
    site.close()
    broker.stop()


def test_broker_killed_after_puback(tmp_path: Path):
    """The broker took the alert, acknowledged it and died with it: it still arrives, once."""
    broker = Broker(tmp_path / "broker", durable=False).start()
    site = Site(tmp_path, broker)
    site.listen("--jsonl", "--until-idle", "0.3").child.wait(30)  # leaves a session behind
    site.deliver()
    site.alert()
    until(lambda: site.attempts() == [1], what="PUBACK")
    broker.kill()
    broker.start()
    site.listen("--jsonl")
    site.settled(1)
    site.close()
    broker.stop()


def test_broker_restarts_under_way(site: Site):
    """Killed and started again while all run: before, meanwhile and after, all arrive once."""
    deliver, _ = site.deliver(), site.listen("--jsonl")
    site.alert(2)
    until(lambda: len(site.shown()) == 2)
    site.broker.kill()
    site.alert(2)
    until(lambda: deliver.said("nobody listens there"))
    site.broker.start()
    site.alert(2)
    site.settled(6)


def test_deliver_killed_between_publish_and_receipt(site: Site):
    """The receiver is away, deliver is killed after PUBACK: after both return it is shown once."""
    site.listen("--jsonl", "--until-idle", "0.3").child.wait(30)
    deliver = site.deliver()
    site.alert(3)
    until(lambda: site.attempts() != [] and min(site.attempts()) >= 1)
    deliver.kill()
    site.deliver()
    until(lambda: max(site.attempts()) >= 2, what="sending again")
    site.listen("--jsonl")
    site.settled(3)


def test_deliver_killed_again_and_again(site: Site):
    """Killed at six moments while alerts come in: none lost, none shown twice."""
    site.listen("--jsonl")
    for wait_s in (0.2, 0.5, 0.6, 0.7, 0.8, 1.0):
        deliver = site.deliver()
        site.alert(4)
        CLOCK.sleep(wait_s)
        deliver.kill()
    site.deliver()
    site.settled(24)


def test_nobody_listens(site: Site):
    """Without any subscriber the row stays, health says so, and the first receiver gets it."""
    tap = Tap(site.broker, pattern="edge/v1/+/+/health")
    site.deliver()
    site.alert()
    until(lambda: any("nobody is subscribed" in str(one) for one in _problems(tap)))
    tap.close()
    assert site.depth() == 1
    site.listen("--jsonl")
    site.settled(1)


def test_hostile_receipts_empty_nothing(site: Site):
    """Strangers, garbage and floods on the receipt topic change a count in health, nothing else."""
    tap = Tap(site.broker)
    site.deliver()
    site.alert()
    until(lambda: len(tap.payloads("/alert")) > 0)
    for body in (b"", b"{}", b"\xff", b"x" * 20_000, b"[" * 10_000):
        tap.publish(RECEIPT, body)
    listen = site.listen("--jsonl", name="car-13")
    until(lambda: len(site.shown()) == 1)
    until(lambda: any("receipts were refused" in str(one) for one in _problems(tap)))
    assert site.depth() == 1
    listen.stop()
    tap.close()


def test_health_follows_the_watch(site: Site):
    """No watch: a problem; a fresh word: ok; the same word grown old: a problem again."""
    site.configure(watch_silent_s=1.0)
    tap = Tap(site.broker)
    site.deliver()
    until(lambda: any("does not report" in str(one) for one in _problems(tap)))
    word = watch_bytes(well(FakeClock(CLOCK.now())))
    part = site.run / "part"
    part.write_bytes(word)
    part.replace(site.run / WATCH_FILE)
    until(lambda: any(one.ok for one in _healths(tap)), what="health ok")
    until(lambda: "has not reported for" in str(_problems(tap)[-1]), what="a stale watch")
    tap.close()


def test_kill_and_stop_are_told_apart(site: Site):
    """Online, offline by the will after kill -9, offline by a clean stop within seconds."""
    tap = Tap(site.broker)
    deliver = site.deliver()
    until(lambda: len(tap.payloads("/status")) == 1)
    deliver.kill()
    until(lambda: len(tap.payloads("/status")) == 2)
    again = site.deliver()
    until(lambda: len(tap.payloads("/status")) == 3)
    begun = CLOCK.now()
    assert again.stop() == 0
    assert CLOCK.now().since(begun) < 10
    until(lambda: len(tap.payloads("/status")) == 4)
    said = [parse_status(body).payload for body in tap.payloads("/status")]
    assert [(one.state, one.reason) for one in said] == [
        ("online", ""),
        ("offline", "connection lost"),
        ("online", ""),
        ("offline", "stopped"),
    ]
    tap.close()


def test_stop_without_broker_is_quick(site: Site):
    """A broker that is away holds up no shutdown, and its absence is one clear line."""
    site.broker.kill()
    deliver = site.deliver()
    until(lambda: deliver.said("nobody listens there"))
    begun = CLOCK.now()
    assert deliver.stop() == 0
    assert CLOCK.now().since(begun) < 10
    assert deliver.err.read_text().count("nobody listens there") == 1


def test_wrong_settings_end_the_start(site: Site):
    """A missing certificate ends the daemon with status 2 and a sentence with the file's name."""
    site.configure(certificate_file="/nowhere/unit.pem")
    deliver = site.deliver()
    assert deliver.child.wait(30) == 2
    assert "/nowhere/unit.pem" in deliver.err.read_text()
    with site.store() as store:
        assert store.audit.numbers("started") == [], "a row for each try would fill the chain"


def test_alerts_are_not_kept_by_the_broker(site: Site):
    """Status is retained; an alert is not: nobody gets yesterday's alert by subscribing."""
    site.deliver()
    site.listen("--jsonl")
    site.alert()
    site.settled(1)
    tap = Tap(site.broker, "late")
    until(lambda: len(tap.messages) >= 1)
    CLOCK.sleep(0.3)
    assert ALERT not in [topic for topic, _, retained in tap.messages if retained]
    tap.close()


def _healths(tap: Tap) -> list[HealthPayload]:
    return [parse_health(body).payload for body in tap.payloads("/health")]


def _problems(tap: Tap) -> list[tuple[str, ...]]:
    return [one.problems for one in _healths(tap)]
