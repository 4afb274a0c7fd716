"""gpsd: what it says is taken, checked, or refused by a sentence; nothing is ever raised."""

import json
import threading
from collections.abc import Iterator

import pytest

from edge.clock import SystemClock
from edge.records import Fix
from edge.sources.gps import Gps
from tests.sources.gpsd_stage import FakeGpsd, fake_gpsd, gps_section, threads, tpv
from tests.sources.stage import wait_until

CLOCK = SystemClock("always")


@pytest.fixture
def gpsd() -> Iterator[FakeGpsd]:
    with fake_gpsd() as stage:
        yield stage


@pytest.fixture
def gps(gpsd: FakeGpsd) -> Iterator[Gps]:
    receiver = Gps(gps_section(gpsd.port, camera_offset_deg=180.0), CLOCK)
    receiver.start()
    yield receiver
    receiver.stop()
    assert threads() == 0


def told(gps: Gps, latitude: float) -> bool:
    newest = gps.newest()
    return newest is not None and newest.latitude == latitude


def test_a_place_comes_from_the_report(gps: Gps, gpsd: FakeGpsd) -> None:
    """Everything is asked for, and a TPV becomes a fix stamped when it came; others are passed."""
    assert gps.problem == "gpsd has not answered yet"
    assert gps.camera_at(CLOCK.now()) == "gpsd has not answered yet"
    asked = gpsd.accept()
    assert asked.startswith(b"?WATCH=")
    assert json.loads(asked[7:]) == {"enable": True, "json": True}
    before = CLOCK.now()
    gpsd.say({"class": "SKY", "satellites": [{"PRN": 3}]}, tpv(41.85))
    assert wait_until(lambda: told(gps, 41.85))
    fix = gps.newest()
    assert isinstance(fix, Fix)
    assert (fix.longitude, fix.heading_deg, fix.speed_mps, fix.error_m) == (-72.64, 90, 15, 4.5)
    assert 0.0 <= fix.at.since(before) < 20.0
    assert gps.problem == ""
    camera = gps.camera_at(fix.at)
    assert isinstance(camera, Fix)
    assert camera.heading_deg == 270.0, "a camera that looks back"


def test_a_place_needs_a_fix(gps: Gps, gpsd: FakeGpsd) -> None:
    """Mode 1 gives no place, whatever stands beside it, and says so until there is a fix."""
    gpsd.accept()
    gpsd.say(tpv(mode=1))
    assert wait_until(lambda: "no fix" in gps.problem)
    assert gps.newest() is None
    gpsd.say({"class": "TPV", "mode": 2, "lat": 41.5, "lon": -72.5, "epx": 3.0, "epy": 4.0})
    assert wait_until(lambda: told(gps, 41.5))
    fix = gps.newest()
    assert fix is not None
    assert (fix.heading_deg, fix.speed_mps, fix.error_m) == (None, None, 5.0)
    assert gps.problem == ""
    camera = gps.camera_at(fix.at)
    assert isinstance(camera, Fix)
    assert camera.heading_deg is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"lat": 91.0},
        {"lon": -181.0},
        {"lat": "41.85"},
        {"lat": True},
        {"lat": 1e999},
        {"mode": 7},
        {"mode": 3.5},
        {"track": -1.0},
        {"speed": 1e6},
        {"eph": -1.0},
        {"time": "x" * 1000},
    ],
)
def test_a_report_that_cannot_be_is_refused(gps: Gps, gpsd: FakeGpsd, wrong: dict) -> None:
    """One wrong field refuses the whole report and is named; the next good one is taken."""
    gpsd.accept()
    gpsd.say(tpv(41.0, **wrong))
    assert wait_until(lambda: gps.problem.startswith(f"gpsd: {next(iter(wrong))}: "))
    assert gps.newest() is None
    gpsd.say(tpv(42.0))
    assert wait_until(lambda: told(gps, 42.0) and not gps.problem)


@pytest.mark.parametrize(
    "noise",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\xff\xfe\x00\n",
        b"[]\n",
        b'{"class": 3}\n',
        b'{"class": "TPV"\n',
        b"[" * 20_000 + b"\n",
        b'{"class":"TPV","mode":NaN,' + b'"a":[' * 9_000 + b"\n",
        b"x" * 200_000,
    ],
    ids=lambda noise: repr(noise[:12]),
)
def test_what_is_not_gpsd_is_left_and_tried_again(gps: Gps, gpsd: FakeGpsd, noise: bytes) -> None:
    """Foreign words and endless lines end the connection with a sentence; the next one serves."""
    gpsd.accept()
    try:
        gpsd.send(noise)
    except ConnectionError:
        assert len(noise) > 100_000, "only of the endless line may a part be left unsent"
    assert wait_until(lambda: "speak as gpsd" in gps.problem or "without an end" in gps.problem)
    gpsd.accept()
    gpsd.say(tpv(42.0))
    assert wait_until(lambda: told(gps, 42.0) and not gps.problem)


def test_gpsd_goes_and_comes_back(gps: Gps, gpsd: FakeGpsd) -> None:
    """A connection that ends is told, the last place stays, and a new connection is made."""
    gpsd.accept()
    gpsd.say(tpv(41.0))
    assert wait_until(lambda: told(gps, 41.0))
    gpsd.hang_up()
    assert wait_until(lambda: "closed the connection" in gps.problem)
    assert told(gps, 41.0)
    gpsd.accept()
    gpsd.say(tpv(42.0))
    assert wait_until(lambda: told(gps, 42.0) and not gps.problem)


def test_no_gpsd_at_all() -> None:
    """Without a gpsd, or with a host that is no name, it says so, goes on trying, and stops."""
    with fake_gpsd() as gone:
        port = gone.port
    for section in (gps_section(port), gps_section(port, host="a..b")):
        gps = Gps(section, CLOCK)
        gps.start()
        assert wait_until(lambda gps=gps: "does it run?" in gps.problem)
        assert threads() == 1
        gps.stop()
        assert threads() == 0
        assert gps.at(CLOCK.now()) is None


def test_an_instant_told_twice_is_one_fix(gps: Gps, gpsd: FakeGpsd) -> None:
    """A receiver that repeats its last report for ever tells no new place: it grows old."""
    gpsd.accept()
    stamp = {"time": "2026-01-01T10:00:00.000Z"}
    gpsd.say(tpv(41.0, **stamp))
    assert wait_until(lambda: told(gps, 41.0))
    first = gps.newest()
    assert first is not None
    threading.Event().wait(0.05)
    gpsd.say(tpv(42.0, **stamp))
    assert wait_until(lambda: told(gps, 42.0))
    again = gps.newest()
    assert again is not None
    assert again.at == first.at


def test_a_place_that_grows_old_is_told_as_such(gpsd: FakeGpsd) -> None:
    """Five seconds after the last place there is a problem; after max_age_s there is no place."""

    class Ahead(SystemClock):
        ahead_s = 0.0

        def now(self):
            return super().now().later(self.ahead_s)

    clock = Ahead("always")
    gps = Gps(gps_section(gpsd.port, max_age_s=8.0), clock)
    gps.start()
    gpsd.accept()
    gpsd.say(tpv(41.0, speed=0.0))
    assert wait_until(lambda: told(gps, 41.0) and not gps.problem)
    clock.ahead_s = 6.0
    assert gps.problem == "the receiver has told no place for 6 s"
    assert gps.at(clock.now()) is not None
    clock.ahead_s = 9.0
    assert gps.camera_at(clock.now()) == "the receiver has told no place for 9 s"
    gps.stop()
