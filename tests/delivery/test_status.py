"""Presence and health: a silent watch is never "ok"."""

from pathlib import Path

import pytest

from edge.delivery.status import health_message, presence, read_watch
from edge.messages.health import (
    WATCH_FILE,
    DeliverHealth,
    ListHealth,
    WatchHealth,
    parse_health,
    watch_bytes,
)
from edge.messages.status import parse_status
from edge.messages.verdict import Limits
from tests.alerts import UNIT
from tests.fakes import FakeClock

DELIVER = DeliverHealth(
    broker="connected",
    broker_problem="",
    epoch="0" * 32,
    last_sequence=0,
    outbox_depth=0,
    oldest_unreceived_s=None,
    given_up=0,
    refused_receipts=0,
    published=0,
    received=0,
    receivers=1,
)


def well(clock: FakeClock) -> WatchHealth:
    """Return what a watch without problems says."""
    now = clock.now()
    return WatchHealth(
        made_at=now.iso(),
        made_monotonic_ns=now.monotonic_ns,
        uptime_s=60.0,
        frames_seen=900,
        frames_per_s=15.0,
        frames_dropped=0,
        last_frame_age_s=0.05,
        source_state="delivering",
        source_problem="",
        gate_shares={"moving": 1.0},
        tracks=0,
        sightings=3,
        alerts=0,
        stage_ms={"detector": 12.0},
        list=ListHealth(version="town abc", issued=now.iso(), entries=10, age_s=60.0),
        list_problem="",
        silent_reason="",
        models={"detector": "1"},
        store_free_mb=5000,
        store_pictures=True,
        store_problem="",
        keys_problem="",
        place_problem="",
        clock_trusted=True,
        temperature_c=50.0,
        memory_mb=200,
        roster=3,
        orders=(),
        stopped_by="",
    )


def told(folder: Path, clock: FakeClock, *more: str) -> tuple[bool, str]:
    """Return the verdict and all problems of the health message."""
    word = read_watch(folder, clock.now())
    limits = Limits(watch_silent_s=10.0)
    body, found = health_message(word, DELIVER, more, UNIT, clock.now(), limits)
    payload = parse_health(body).payload
    assert payload.problems == found
    return payload.ok, "; ".join(found)


def test_fresh_watch_is_ok(tmp_path: Path):
    """With a fresh word that all is well, health is ok and carries the word."""
    clock = FakeClock()
    (tmp_path / WATCH_FILE).write_bytes(watch_bytes(well(clock)))
    assert told(tmp_path, clock) == (True, "")


def test_stale_watch_is_a_problem(tmp_path: Path):
    """A word that grows old is a problem with its age."""
    clock = FakeClock()
    (tmp_path / WATCH_FILE).write_bytes(watch_bytes(well(clock)))
    clock.advance(11)
    ok, problems = told(tmp_path, clock)
    assert not ok
    assert "has not reported for 11 s" in problems


def test_missing_watch_is_a_problem(tmp_path: Path):
    """No file at all is a problem, not "ok"."""
    ok, problems = told(tmp_path, FakeClock())
    assert not ok
    assert "does not report" in problems


@pytest.mark.parametrize("garbage", [b"", b"{}", b"\xff\xfe", b'{"frames_seen": NaN}', b"[1]"])
def test_garbage_from_watch_is_a_problem(tmp_path: Path, garbage: bytes):
    """A half or foreign file is a problem that names the file."""
    (tmp_path / WATCH_FILE).write_bytes(garbage)
    ok, problems = told(tmp_path, FakeClock())
    assert not ok
    assert "watch health file" in problems


def test_word_from_another_boot_is_a_problem(tmp_path: Path):
    """A file that survived a reboot looks newer than now; it must not pass for fresh."""
    clock = FakeClock()
    (tmp_path / WATCH_FILE).write_bytes(watch_bytes(well(clock)))
    clock.advance(-500)
    ok, problems = told(tmp_path, clock)
    assert not ok
    assert "before the machine's last start" in problems


def test_unreadable_watch_is_a_problem(tmp_path: Path):
    """What cannot be read is said with the reason."""
    (tmp_path / WATCH_FILE).mkdir()
    ok, problems = told(tmp_path, FakeClock())
    assert not ok
    assert "cannot be read" in problems


def test_more_problems_are_told(tmp_path: Path):
    """What the figures do not show stands beside them."""
    clock = FakeClock()
    (tmp_path / WATCH_FILE).write_bytes(watch_bytes(well(clock)))
    assert told(tmp_path, clock, "nobody is subscribed") == (False, "nobody is subscribed")


def test_presence_tells_stopped_from_lost():
    """Online, a clean end and a lost connection are three different words."""
    said = presence(UNIT, FakeClock())
    assert said.topic == "edge/v1/windsor/bridge-2/status"
    words = [parse_status(make()).payload for make in (said.online, said.offline, said.will)]
    assert [(word.state, word.reason) for word in words] == [
        ("online", ""),
        ("offline", "stopped"),
        ("offline", "connection lost"),
    ]
