"""Clip in, alerts out: real daemons, a real broker with TLS, and whatever may be killed."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import cv2
import pytest

from scripts.clip import Clip
from tests.brokers import Broker, Tap, until
from tests.end_to_end.daemons import Process, Unit

pytestmark = [pytest.mark.timeout(180), pytest.mark.xdist_group("end_to_end")]
PATIENCE_S = 30.0


@pytest.fixture
def stage() -> Iterator[ExitStack]:
    """End every process at the end of the test, however it ended."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def unit(tmp_path: Path, broker: Broker, street: Clip) -> Unit:
    """Return a unit that reads the street as fast as it can; both listed plates on its list."""
    plates = list(zip(street.listed, street.states, strict=True))
    return Unit(tmp_path / "unit", broker, street.video, plates, paced=False)


def started(stage: ExitStack, process: Process) -> Process:
    process.start()
    stage.callback(process.stop)
    return process


def entries(events: list[dict[str, Any]]) -> dict[int, str]:
    """Return the plate on the list by alert number, of all that was shown."""
    alerts = [event["alert"] for event in events if event["event"] == "alert"]
    return {alert["sequence"]: alert["payload"]["entry"]["plate"] for alert in alerts}


def told_by(file: Path, query: str) -> list[Any]:
    """Return the rows of *query*, asked of a database that the daemons have open."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)) as base:
        return base.execute(query).fetchall()


def waiting(unit: Unit) -> int:
    """Return how many rows of the outbox have no receipt yet."""
    query = "SELECT count(*) FROM outbox WHERE received_ns IS NULL"
    return told_by(database(unit), query)[0][0]


def newest(unit: Unit) -> dict[int, int]:
    """Return the newest revision in the outbox by alert number."""
    query = "SELECT sequence, max(revision) FROM outbox GROUP BY sequence"
    return dict(told_by(database(unit), query))


def database(unit: Unit) -> Path:
    return unit.folder / "store" / "edge.db"


def test_two_listed_cars_arrive_and_nothing_else(
    stage: ExitStack, unit: Unit, street: Clip
) -> None:
    """Five cars pass, two are listed: two alerts arrive with crops, receipts come back."""
    listen = started(stage, unit.listen())
    started(stage, unit.deliver())
    watch = started(stage, unit.watch())
    assert watch.wait(120) == 0, watch.errors()
    until(lambda: len(entries(listen.objects())) >= 2, PATIENCE_S, "the second alert")
    until(lambda: waiting(unit) == 0, PATIENCE_S, "the last receipt")
    events = [event for event in listen.objects() if event["event"] == "alert"]
    assert sorted(entries(events).values()) == sorted(street.listed)
    for event in events:
        assert cv2.imread(event["crop"]) is not None
        assert event["alert"]["payload"]["grade"] in ("alarm", "verify", "none")
    shown = [(event["alert"]["sequence"], event["alert"]["revision"]) for event in events]
    assert len(shown) == len(set(shown))


def test_watch_killed_in_mid_clip_loses_no_stored_alert(
    stage: ExitStack, unit: Unit, street: Clip
) -> None:
    """What was committed before a kill -9 arrives; after the restart no number is used again."""
    first = unit.watch().start()
    file = database(unit)
    until(lambda: file.exists() and _alerts(file) >= 1, PATIENCE_S, "the first alert")
    first.kill()
    before = _alerts(file)
    again = started(stage, unit.watch())
    assert again.wait(120) == 0, again.errors()
    listen = started(stage, unit.listen())
    started(stage, unit.deliver())
    until(lambda: file.exists() and waiting(unit) == 0, PATIENCE_S, "the last receipt")
    shown = entries(listen.objects())
    assert set(range(1, before + 1)) <= set(shown)
    assert set(shown.values()) == set(street.listed)
    assert len(shown) == _alerts(file)


def test_deliver_killed_between_commit_and_receipt(stage: ExitStack, unit: Unit) -> None:
    """What was sent, but for which no receipt came back, arrives; nothing is shown twice.

    A revision that arrives after a newer one is answered, but not shown: it says nothing new.
    """
    watch = started(stage, unit.watch())
    assert watch.wait(120) == 0, watch.errors()
    held, last = waiting(unit), newest(unit)
    tap = Tap(unit.broker)
    stage.callback(tap.close)
    first = unit.deliver().start()
    until(lambda: len(tap.payloads("/alert")) >= 1, PATIENCE_S, "the first publish")
    first.kill()
    assert waiting(unit) == held
    listen = started(stage, unit.listen())
    started(stage, unit.deliver())
    until(lambda: waiting(unit) == 0, PATIENCE_S, "the last receipt")
    events = [event for event in listen.objects() if event["event"] == "alert"]
    shown = [(event["alert"]["sequence"], event["alert"]["revision"]) for event in events]
    assert len(shown) == len(set(shown))
    assert set(last.items()) <= set(shown)


def test_broker_killed_after_puback(stage: ExitStack, tmp_path: Path, street: Clip) -> None:
    """A broker that acknowledged and then lost everything costs time, not an alert."""
    broker = Broker(tmp_path / "forgetful", durable=False).start()
    stage.callback(broker.stop)
    plates = list(zip(street.listed, street.states, strict=True))
    unit = Unit(tmp_path / "unit", broker, street.video, plates, paced=False)
    watch = started(stage, unit.watch())
    assert watch.wait(120) == 0, watch.errors()
    tap = Tap(broker)
    deliver = started(stage, unit.deliver())
    until(lambda: len(tap.payloads("/alert")) >= 2, PATIENCE_S, "both alerts at the broker")
    tap.close()
    broker.kill()
    assert waiting(unit) > 0
    broker.start()
    listen = started(stage, unit.listen())
    until(lambda: waiting(unit) == 0, PATIENCE_S, "the last receipt")
    assert sorted(entries(listen.objects()).values()) == sorted(street.listed)
    assert deliver.process.poll() is None, deliver.errors()


def _alerts(file: Path) -> int:
    try:
        rows = told_by(file, "SELECT coalesce(max(sequence), 0) FROM outbox")
    except sqlite3.OperationalError:  # the daemon has not made its tables yet
        return 0
    return rows[0][0]
