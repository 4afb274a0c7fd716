"""The listening command as a process: each alert once, whatever dies, whatever comes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.messages.letter import pack
from edge.records import AlertId
from tests.alerts import UNIT, an_alert, sealed
from tests.brokers import Broker, Tap, until
from tests.keys.cast import keys_folder
from tests.services.delivering import ALERT, CLOCK, RECEIVER, Process, Site


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    started = Broker(tmp_path / "broker").start()
    yield started
    started.stop()


@pytest.fixture
def site(tmp_path: Path, broker: Broker) -> Iterator[Site]:
    made = Site(tmp_path, broker)
    yield made
    made.close()


def body(sequence: int, **changes: object) -> bytes:
    """Return an alert of a unit whose store we do not have, as it comes from the broker."""
    now = CLOCK.now()
    number = AlertId(UNIT.name, "ab" * 16, sequence)
    return pack(sealed(an_alert(at=now, **changes), number, 0, now))


def test_words_crop_and_count(site: Site):
    """In words, with the crop on the disk, and an end after the count with status 0."""
    site.alert(2)
    site.deliver()
    listen = site.listen("--count", "2")
    assert listen.child.wait(30) == 0
    text = listen.out.read_text()
    assert text.count("VERIFY") == 2
    assert "AB12345 (us-ct), stolen vehicle" in text
    assert "bridge-2 is online" in text
    crops = sorted((site.folder / "state" / "crops").iterdir())
    assert len(crops) == 2
    assert all(f"crop: {crop}" in text for crop in crops)
    until(lambda: site.depth() == 0, what="receipts before the end")


def test_receiver_killed_before_its_receipt(site: Site):
    """Killed as soon as it has shown: sent again, receipted, and shown once over all lives."""
    site.deliver()
    for count in range(1, 4):
        listen = site.listen("--jsonl")
        site.alert()
        until(lambda count=count: len(site.shown()) == count)
        listen.kill()
    site.listen("--jsonl")
    site.settled(3)


def test_receiver_away_for_a_while(site: Site):
    """What came while it was away is shown at its return, and an idle end is a clean one."""
    site.deliver()
    assert site.listen("--jsonl", "--until-idle", "0.5").child.wait(30) == 0
    site.alert(5)
    until(lambda: len(site.attempts()) == 5 and min(site.attempts()) >= 1)
    assert site.listen("--jsonl", "--count", "5").child.wait(30) == 0
    site.settled(5)


def test_bad_messages_are_one_line_each(site: Site, broker: Broker):
    """Garbage, a stranger's topic, a forged number: a reason on stderr, and on it goes."""
    tap = Tap(broker)
    listen = site.listen("--jsonl")
    until(lambda: listen.child.poll() is None and _subscribed(broker, RECEIVER))
    tap.publish(ALERT, b"garbage")
    tap.publish(ALERT, body(1)[:-20])
    tap.publish(ALERT.replace("bridge-2", "bridge-3"), body(1))
    tap.publish(ALERT.replace("alert", "status"), b"{}")
    tap.publish(ALERT, body(1))
    tap.publish(ALERT, body(1, text="ZZ99999"))
    tap.publish(ALERT, body(2, text="CD67890"))
    until(lambda: len(site.shown()) == 2)
    errors = listen.err.read_text().splitlines()
    assert len(errors) == 5
    assert all(line.startswith("edge: a message is refused") for line in errors)
    assert "forging" in errors[-1]
    assert "AB12345" not in "".join(errors)
    until(lambda: len(tap.payloads("/receipt")) == 2)
    tap.close()


def test_jsonl_has_latency_and_no_picture(site: Site):
    """A line for a program: latency, late or not, the crop's path, the alert without the JPEG."""
    site.alert()
    site.deliver()
    listen = site.listen("--jsonl", "--count", "1", "--late", "0.001")
    assert listen.child.wait(30) == 0
    events = [json.loads(line) for line in listen.out.read_text().splitlines()]
    (event,) = [event for event in events if event["event"] == "alert"]
    assert event["late"] is True
    assert 0 < event["latency_s"] < 60
    assert Path(event["crop"]).read_bytes()[:2] == b"\xff\xd8"
    assert "crop" not in event["alert"]["payload"]


def test_all_by_flags(tmp_path: Path):
    """Without a settings file: host, CA, user and password by flags."""
    broker = Broker(tmp_path / "broker", login="password")
    broker.add_user(RECEIVER, f"secret of {RECEIVER}")
    broker.add_user("tap", "secret of tap")
    broker.start()
    chosen = broker.settings(RECEIVER)
    words = ["listen", "--host", "localhost", "--port", str(broker.port), "--count", "1"]
    words += ["--ca", chosen["ca_file"], "--user", RECEIVER]
    words += ["--keys", str(keys_folder(tmp_path / "keys", RECEIVER))]
    words += ["--password-file", chosen["password_file"], "--state", str(tmp_path / "state")]
    listen = Process(tmp_path / "listen", *words)
    tap = Tap(broker)
    until(lambda: listen.child.poll() is None and _subscribed(broker, RECEIVER))
    tap.publish(ALERT, body(1))
    assert listen.child.wait(30) == 0
    assert "AB12345" in listen.out.read_text()
    tap.close()
    broker.stop()


def test_flags_are_checked(tmp_path: Path):
    """Plain MQTT to another machine is refused with a sentence and status 2."""
    listen = Process(tmp_path / "listen", "listen", "--no-tls", "--host", "broker.example")
    assert listen.child.wait(30) == 2
    assert "plain MQTT is refused" in listen.err.read_text()


def _subscribed(broker: Broker, client: str) -> bool:
    log = (broker.folder / "broker.log").read_text()
    return f"Sending SUBACK to {client}" in log
