"""From camera counters to moments."""

import logging

from hypothesis import given
from hypothesis import strategies as st

from edge.sources.stamps import SensorStamps, StreamStamps
from tests.fakes import FakeClock

MS = 1_000_000
HOUR_S = 3600


def test_sensor_stamp_on_the_monotonic_clock():
    """A frame stamped 40 ms ago was captured 40 ms ago, on both clocks."""
    clock = FakeClock()
    now = clock.now()
    captured = SensorStamps(clock, lambda: 0).moment(now.monotonic_ns - 40 * MS)
    assert now.monotonic_ns - captured.monotonic_ns == 40 * MS
    assert now.utc_ns - captured.utc_ns == 40 * MS


def test_sensor_stamp_on_the_boot_clock():
    """A machine that slept an hour stamps by another clock; the frame is young all the same."""
    clock = FakeClock()
    stamps = SensorStamps(clock, lambda: HOUR_S * 1000 * MS)
    boot_ns = clock.now().monotonic_ns + HOUR_S * 1000 * MS
    assert clock.now().since(stamps.moment(boot_ns - 25 * MS)) == 0.025


def test_sensor_stamp_without_sense(caplog):
    """Stamps of another world are replaced by the arrival, and one warning says so."""
    clock = FakeClock()
    stamps = SensorStamps(clock, lambda: 0)
    with caplog.at_level(logging.WARNING):
        for stamp in (12, None, 10**18):
            assert stamps.moment(stamp) == clock.now()
    assert len(caplog.records) == 1


@given(st.lists(st.integers(0, 400), min_size=2, max_size=60), st.integers(0, 10**12))
def test_stream_stamps_rise_and_undo_delays(delays_ms, begin_ns):
    """Stamps rise, none lies before the frame was sent or after it came, whatever the delays."""
    clock = FakeClock()
    origin = clock.now()
    stamps, last, arrived_s = StreamStamps(clock), None, 0.0
    for index, delay_ms in enumerate(delays_ms):
        sent_s = index / 15
        arrived_s = max(arrived_s, sent_s + delay_ms / 1000)
        clock.moment = origin.later(arrived_s)
        captured = stamps.moment(begin_ns + round(sent_s * 1e9))
        lateness_s = captured.since(origin.later(sent_s))
        assert lateness_s >= -0.01
        assert captured.since(clock.now()) <= 0.001 * len(delays_ms)
        assert last is None or captured.monotonic_ns > last.monotonic_ns
        last = captured


def test_stream_stamps_hold_the_age_of_a_late_burst():
    """After a calm second, frames that were held up by 300 ms keep the times they were sent at."""
    clock = FakeClock()
    stamps, origin = StreamStamps(clock), clock.now()
    for index in range(15):
        clock.moment = origin.later(index / 15)
        stamps.moment(round(index / 15 * 1e9))
    clock.moment = origin.later(1.3)
    captured = stamps.moment(10**9)
    assert abs(captured.since(origin.later(1.0))) < 0.001


def test_stream_stamps_follow_a_camera_that_sets_its_clock():
    """A jump of the stream's clock, forward or back, does not age the frames that follow."""
    clock = FakeClock()
    stamps = StreamStamps(clock)
    for pts_s in (100, 101, 5000, 5001, 3, 4):
        clock.advance(1.0)
        assert clock.now().since(stamps.moment(pts_s * 10**9)) < 0.01


def test_stream_stamps_without_times():
    """A stream without presentation times is stamped on arrival."""
    clock = FakeClock()
    assert StreamStamps(clock).moment(None) == clock.now()
