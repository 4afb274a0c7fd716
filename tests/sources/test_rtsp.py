"""Network cameras, against a real RTSP server where the system has one."""

import logging
import os
import select
import socket
import subprocess
import threading
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.clock import SystemClock
from edge.config.redact import redact
from edge.errors import PictureError, SourceLost
from edge.sources.grabber import Grabber
from edge.sources.live import LiveSource
from edge.sources.mailbox import Mailbox
from edge.sources.rtsp import RtspCamera
from tests.fakes import FakeClock
from tests.sources.stage import section, wait_until

SERVER = Path(__file__).with_name("rtsp_server.py")
PACKAGES = (
    "python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good "
    "gstreamer1.0-plugins-ugly"
)


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


class Server:
    """The camera; it can be killed, and started again at the same port."""

    def __init__(self, port, *arguments):
        self.command = ["/usr/bin/python3", str(SERVER), str(port), *arguments]
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        ready, _, _ = select.select([self.process.stdout], [], [], 30)
        if not ready or self.process.stdout.readline().strip() != "ready":
            _unavailable(self.kill())

    def kill(self):
        self.process.kill()
        _, complaints = self.process.communicate()
        return complaints


def _unavailable(complaints):
    reason = f"no RTSP server here, apt-get install {PACKAGES}: {complaints.strip()[-200:]}"
    if os.environ.get("EDGE_REQUIRE_RTSP") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def served(port, *arguments):
    server = Server(port, *arguments)
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def grabbed(address, **changes):
    """A source at *address* with its grabber running, and the mailbox."""
    clock = SystemClock()
    settings = section(kind="rtsp", address=address, **changes)
    source = LiveSource(RtspCamera(settings, clock), settings, clock)
    mailbox = Mailbox(lossless=False)
    grabber = Grabber(source, mailbox)
    grabber.start()
    try:
        yield source, mailbox
    finally:
        grabber.stop()


def test_frames_arrive_with_rising_stamps(port):
    """A real stream gives BGR frames with rising stamps, as far apart as they were shown."""
    address = f"rtsp://127.0.0.1:{port}/live"
    with served(port), grabbed(address, stall_s=10.0) as (source, mailbox):
        frames = [mailbox.take(20.0) for _ in range(20)]
        assert all(one is not None for one in frames)
        assert {one.image.shape for one in frames} == {(240, 320, 3)}
        assert frames[0].image.dtype == np.uint8
        assert frames[0].image.flags.c_contiguous
        stamps = [one.captured.monotonic_ns for one in frames]
        assert all(later > earlier for earlier, later in pairwise(stamps))
        # ten steps of 1/15 s each; numbers tell how many the mailbox dropped between them
        late = frames[-10:]
        steps = late[-1].number - late[0].number
        assert late[-1].captured.since(late[0].captured) == pytest.approx(steps / 15, abs=0.3)
        assert source.state.up
        assert source.state.reopened == 0


def test_a_rebooted_camera_comes_back(port):
    """Killed, the camera is down with a sentence; started again at its address, it is back."""
    address = f"rtsp://127.0.0.1:{port}/live"
    with served(port) as server, grabbed(address, stall_s=10.0) as (source, mailbox):
        before = mailbox.take(20.0)
        assert before is not None
        server.kill()
        assert wait_until(lambda: "connection refused" in source.state.detail)
        assert not source.state.up
        server.start()
        assert wait_until(lambda: source.state.up, 40)
        assert source.state.reopened == 1
        after = mailbox.take(20.0)
        assert after.number > before.number
        assert after.captured.monotonic_ns > before.captured.monotonic_ns


def test_a_camera_that_says_nothing_is_given_up_and_tried_again(port):
    """A server that accepts and is silent counts as lost after the stall time, again and again."""
    with (
        socket.create_server(("127.0.0.1", port)) as silent,
        grabbed(f"rtsp://admin:geheim@127.0.0.1:{port}/live", stall_s=0.3) as (source, _),
    ):
        connections = []
        silent.settimeout(20)
        for _ in range(3):
            connection, _ = silent.accept()
            connections.append(connection)
        assert wait_until(lambda: "does not answer" in source.state.detail)
        for connection in connections:
            connection.close()


def test_a_stream_that_stops_is_noticed(port):
    """A camera that freezes in mid-stream, connection open, is down after the stall time."""
    with served(port) as server, grabbed(f"rtsp://127.0.0.1:{port}/live") as (source, mailbox):
        assert mailbox.take(20.0) is not None
        server.process.send_signal(19)  # SIGSTOP: the kernel keeps the connection open
        assert wait_until(lambda: not source.state.up)
        assert "fell silent" in source.state.detail or "does not answer" in source.state.detail
        server.process.send_signal(18)  # SIGCONT
        assert wait_until(lambda: source.state.reopened == 1, 40)


def test_a_wrong_path_is_named(port):
    """A path that the camera does not have is told as such, and tried again."""
    with served(port), grabbed(f"rtsp://127.0.0.1:{port}/nothing") as (source, _):
        assert wait_until(lambda: "no such stream (404)" in source.state.detail)
        assert not source.state.up


def test_a_wrong_password_is_named_and_never_shown(port, caplog):
    """A refused log-in is told as such; neither state nor journal carries user or password."""
    with caplog.at_level(logging.DEBUG), served(port, "--user", "u", "--password", "right"):
        with grabbed(f"rtsp://marvin:geheim@127.0.0.1:{port}/live") as (source, _):
            assert wait_until(lambda: "refuses user or password" in source.state.detail)
            told = source.state.detail + caplog.text
        with grabbed(f"rtsp://u:right@127.0.0.1:{port}/live") as (source, mailbox):
            assert mailbox.take(20.0) is not None
        assert "geheim" not in told
        assert "marvin" not in told
        assert "***@127.0.0.1" in told


def test_stop_during_a_silent_connection_is_quick(port):
    """A stop while the camera keeps us waiting does not wait for the end of its patience."""
    with socket.create_server(("127.0.0.1", port)) as silent:
        clock = SystemClock()
        settings = section(kind="rtsp", address=f"rtsp://127.0.0.1:{port}/live", stall_s=50.0)
        source = LiveSource(RtspCamera(settings, clock), settings, clock)
        stop = threading.Event()
        thread = threading.Thread(target=lambda: list(source.frames(stop)))
        thread.start()
        connection, _ = silent.accept()
        stop.set()
        thread.join(25.0)
        assert not thread.is_alive()
        connection.close()
        assert wait_until(lambda: not _camera_threads())


def test_data_without_pictures_is_a_loss(monkeypatch):
    """A camera whose data never becomes a picture is lost, and the damage has been counted."""
    clock = FakeClock()

    class Undecodable:
        def __init__(self, *_, **__):
            self.closed = False

        def open(self):
            self.closed = False

        def close(self):
            self.closed = True

        def pictures(self):
            while not self.closed:
                clock.advance(1.0)
                yield PictureError("damaged")
                yield None

    monkeypatch.setattr("edge.sources.rtsp.Video", Undecodable)
    camera = RtspCamera(section(kind="rtsp", address="rtsp://camera/live"), clock)
    camera.open()
    with pytest.raises(SourceLost, match="no picture that can be decoded"):
        camera.read()
    assert camera.damaged == 21
    camera.close()


def test_exposure_belongs_to_the_camera_s_own_page(caplog):
    """A shutter configured for a network camera is told to be without effect, once."""
    settings = section(kind="rtsp", address="rtsp://127.0.0.1:9/live", shutter_us=1000)
    camera = RtspCamera(settings, SystemClock())
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            with pytest.raises(SourceLost):
                camera.open()
    assert len(caplog.records) == 1
    assert "own page" in caplog.text


def _camera_threads():
    return [one for one in threading.enumerate() if one.name.startswith("camera ")]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://admin:secret@10.0.0.5:554/ch1", "rtsp://***@10.0.0.5:554/ch1"),
        ("rtsp://admin:p@ss/w0rd@cam/ch1", "rtsp://***@cam/ch1"),
        ("rtsp://cam/user=a&password=secret&channel=1", "rtsp://cam/user=a&password=***&channel=1"),
        ("rtsp://cam/ch1?token=secret", "rtsp://cam/ch1?token=***"),
        ("rtsp://cam/ch1", "rtsp://cam/ch1"),
    ],
)
def test_addresses_are_shown_without_secrets(address, shown):
    """User, password and tokens are blanked, and the rest stays recognisable."""
    assert redact(address) == shown


@given(st.text(min_size=1))
def test_no_password_survives(password):
    """Whatever the password is made of, the shown address is the one without it."""
    assert redact(f"rtsp://admin:{password}@cam/ch1") == "rtsp://***@cam/ch1"
