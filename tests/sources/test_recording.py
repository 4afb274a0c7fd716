"""Video files at their own clock."""

import gc
import logging
import threading
import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import SourceError
from edge.sources.ffmpeg import Video, VideoRefused
from edge.sources.open import open_source
from edge.sources.recording import Timeline
from tests.fakes import START, FakeClock
from tests.sources.films import TICKS, level, write_film
from tests.sources.stage import FakeStop, section

EVEN = [index * 3000 for index in range(10)]  # 30 frames a second
UNEVEN = [0, 3000, 15_000, 18_000, 90_000, 90_090]


def recording(path, clock, **changes):
    return open_source(section(kind="video", address=str(path), **changes), clock)


def offsets_ns(frames, start=START):
    return [one.captured.monotonic_ns - start.monotonic_ns for one in frames]


@pytest.mark.parametrize("ticks", [EVEN, UNEVEN], ids=["even", "uneven"])
def test_times_are_the_file_s(tmp_path, ticks):
    """Each frame is stamped start + presentation time, to the nanosecond, on both clocks."""
    path = write_film(tmp_path / "film.mp4", ticks)
    source = recording(path, FakeClock(), paced=False)
    frames = list(source.frames(threading.Event()))
    expected = [round(tick * 1_000_000_000 / TICKS) for tick in ticks]
    assert offsets_ns(frames) == expected
    assert [one.captured.utc_ns - START.utc_ns for one in frames] == expected
    assert [one.number for one in frames] == list(range(len(ticks)))
    assert source.state.frames == len(ticks)
    assert source.state.detail == "ended"
    assert not source.state.up


def test_pictures_are_bgr_and_contiguous(tmp_path):
    """A width that is no multiple of anything comes without padding, in the right brightness."""
    path = write_film(tmp_path / "film.mp4", EVEN)
    frames = list(recording(path, FakeClock(), paced=False).frames(threading.Event()))
    for index, one in enumerate(frames):
        assert one.image.shape == (90, 162, 3)
        assert one.image.dtype == np.uint8
        assert one.image.flags.c_contiguous
        assert abs(float(one.image.mean()) - level(index)) < 4


def test_paced_frames_come_when_they_are_due(tmp_path):
    """Paced, each frame is handed out at the very time that it is stamped with."""
    clock = FakeClock()
    path = write_film(tmp_path / "film.mp4", UNEVEN)
    stop = FakeStop(clock)
    for one in recording(path, clock, paced=True).frames(stop):
        assert abs(clock.now().since(one.captured)) < 1e-6
    assert sum(stop.waits) == pytest.approx(UNEVEN[-1] / TICKS, abs=1e-6)


def test_a_slow_line_does_not_shift_the_times(tmp_path):
    """Paced, a line that takes long finds the next frames due at once, with unchanged stamps."""
    clock = FakeClock()
    path = write_film(tmp_path / "film.mp4", EVEN)
    stop = FakeStop(clock)
    frames = []
    for one in recording(path, clock, paced=True).frames(stop):
        frames.append(one)
        clock.advance(1.0)
    assert offsets_ns(frames) == [round(tick * 1_000_000_000 / TICKS) for tick in EVEN]
    assert stop.waits == []


def test_as_fast_as_possible_never_waits(tmp_path):
    """Unpaced, nothing waits and the clock stands still."""
    clock = FakeClock()
    stop = FakeStop(clock)
    path = write_film(tmp_path / "film.mp4", EVEN)
    assert len(list(recording(path, clock, paced=False).frames(stop))) == len(EVEN)
    assert stop.waits == []
    assert clock.now() == START


def test_a_loop_goes_on_in_time(tmp_path):
    """In a loop numbers and times rise on, the seam as wide as an ordinary step."""
    path = write_film(tmp_path / "film.mp4", EVEN)
    stop, frames = threading.Event(), []
    for one in recording(path, FakeClock(), paced=False, loop=True).frames(stop):
        frames.append(one)
        if len(frames) == 25:
            stop.set()
    assert [one.number for one in frames] == list(range(25))
    steps = np.diff(offsets_ns(frames))
    assert np.abs(steps - 1e9 / 30).max() < 1000


def test_three_hundred_rounds_leave_nothing_open(tmp_path):
    """A recording that loops for hours holds one file at a time, and none when it ends."""
    path = write_film(tmp_path / "film.mp4", EVEN[:2], size=(32, 32))
    gc.collect()  # what earlier tests left to it is not ours to count
    stop, before, most = threading.Event(), _open_files(), 0
    for one in recording(path, FakeClock(), paced=False, loop=True).frames(stop):
        most = max(most, _open_files())
        if one.number >= 600:
            stop.set()
    gc.collect()
    assert most - before <= 2  # the file; /proc itself
    assert _open_files() <= before


def _open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_cut_file_gives_what_it_has(tmp_path, caplog):
    """A file whose end is missing plays up to there, and a warning says that it is short."""
    path = write_film(tmp_path / "film.mp4", EVEN, front=True, size=(640, 360))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with caplog.at_level(logging.WARNING):
        frames = list(recording(path, FakeClock(), paced=False).frames(threading.Event()))
    assert 0 < len(frames) < len(EVEN)
    assert "the video" in caplog.text


def test_damaged_pictures_are_counted_and_leave_gaps(tmp_path):
    """Damage in mid-file costs the pictures it hit: counted, skipped, times of the rest kept."""
    path = write_film(tmp_path / "film.mp4", EVEN, front=True, size=(640, 360))
    data = bytearray(path.read_bytes())
    at = data.index(b"mdat") + (len(data) - data.index(b"mdat")) * 45 // 100
    data[at : at + 40] = b"\xff" * 40
    path.write_bytes(data)
    source = recording(path, FakeClock(), paced=False)
    frames = list(source.frames(threading.Event()))
    assert source.state.damaged >= 1
    assert len(frames) + source.state.damaged == len(EVEN)
    missing = set(range(len(EVEN))) - {one.number for one in frames}
    assert len(missing) == source.state.damaged
    for one, offset in zip(frames, offsets_ns(frames), strict=True):
        assert offset == round(EVEN[one.number] * 1_000_000_000 / TICKS)


def cut_in_front(path):
    """Write a film and lose its second half, and with it the index."""
    whole = write_film(path, EVEN).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (Path.absolute, "no such file"),
        (lambda path: path.write_bytes(b""), "complete video file"),
        (lambda path: path.write_text("this is no video\n" * 50), "complete video file"),
        (Path.mkdir, "is a directory"),
        (cut_in_front, "complete video file"),
    ],
    ids=["missing", "empty", "text", "folder", "without index"],
)
def test_what_is_no_video_is_refused(tmp_path, make, sentence):
    """A path that gives no frame at all is an error that names it, never an empty recording."""
    path = tmp_path / "film.mp4"
    make(path)
    with pytest.raises(SourceError, match=sentence) as caught:
        list((source := recording(path, FakeClock())).frames(threading.Event()))
    assert str(path) in str(caught.value)
    assert (source.state.up, source.state.detail) == (False, str(caught.value))


def test_sound_alone_is_no_video(tmp_path):
    """A file with sound but without pictures is refused as such."""
    path = tmp_path / "sound.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16_000))
    with pytest.raises(SourceError, match="there is no video in it"):
        list(recording(path, FakeClock()).frames(threading.Event()))


def test_a_file_that_breaks_off_is_told(tmp_path, monkeypatch, caplog):
    """Where reading fails in mid-file the frames before count, and a warning gives the reason."""
    path = write_film(tmp_path / "film.mp4", EVEN)
    pictures = Video.pictures

    def failing(video):
        yield next(one for one in pictures(video) if one is not None)
        raise VideoRefused("input/output error")

    monkeypatch.setattr(Video, "pictures", failing)
    with caplog.at_level(logging.WARNING):
        frames = list(recording(path, FakeClock(), paced=False).frames(threading.Event()))
    assert len(frames) == 1
    assert caplog.records[0].fields["reason"] == "input/output error"


def test_only_the_file_itself_is_read(tmp_path):
    """A playlist in disguise cannot make the unit fetch from elsewhere."""
    path = tmp_path / "film.mp4"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n")
    with pytest.raises(SourceError, match="complete video file"):
        list(recording(path, FakeClock()).frames(threading.Event()))


def test_a_colon_in_the_name_is_no_protocol(tmp_path):
    """Files named by the time of day play like others."""
    path = write_film(tmp_path / "12:30.mp4", EVEN)
    frames = recording(path, FakeClock(), paced=False).frames(threading.Event())
    assert len(list(frames)) == len(EVEN)


def test_stop_ends_a_paced_recording(tmp_path):
    """A stop during the wait for the next frame ends the recording there."""
    clock = FakeClock()
    path = write_film(tmp_path / "film.mp4", [0, TICKS * 3600])
    stop = FakeStop(clock)
    frames = recording(path, clock, paced=True).frames(stop)
    assert next(frames).number == 0
    stop.set()
    assert list(frames) == []


@given(st.lists(st.none() | st.integers(-(10**12), 10**12), min_size=1, max_size=40))
def test_times_rise_whatever_the_file_says(stamps):
    """Missing, repeated or backward times become rising ones, the first at 0."""
    timeline = Timeline(33_000_000)
    offsets = [timeline.place(stamp) for stamp in stamps]
    assert offsets[0] == 0
    assert all(later > earlier for earlier, later in pairwise(offsets))
    assert timeline.end_ns == offsets[-1] + 33_000_000
