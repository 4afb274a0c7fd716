"""Cameras that are missing, never answer or hang: watch stays and says so, the watchdog starves."""

import signal
import socket
from contextlib import ExitStack

import pytest

from tests.brokers import until
from tests.services.watching import PATIENCE_S, Post, Systemd, passing, started
from tests.sources.test_rtsp import Server

pytestmark = [pytest.mark.timeout(120), pytest.mark.xdist_group("faults")]


def hungry(systemd: Systemd) -> bool:
    """Say whether nobody has told that a step was finished, or that the start succeeded."""
    return not {"READY=1", "WATCHDOG=1"} & set(systemd.listen())


def test_a_camera_that_is_not_there(stage: ExitStack, post: Post, systemd: Systemd) -> None:
    """No camera: watch stays and tries, health and status say why; it is not ready, not alive."""
    post.configure(source={"kind": "v4l2", "address": "/dev/video-none", "retry_max_s": 0.5})
    watch = started(stage, post.process(**systemd.environment))
    said = post.await_health(watch, "the reason", source_problem="/dev/video-none")
    assert (said["source_state"], said["frames_seen"]) == ("starting", 0)
    assert said["last_frame_age_s"] is None
    assert hungry(systemd)
    assert any(line.startswith("STATUS=/dev/video-none") for line in systemd.listen())
    watch.process.send_signal(signal.SIGTERM)
    assert watch.process.wait(5) == 0, watch.errors()


def test_a_camera_that_never_answers(stage: ExitStack, post: Post, systemd: Systemd) -> None:
    """Something that takes the connection and says nothing is lost, told, and tried again."""
    silent = stage.enter_context(socket.create_server(("127.0.0.1", 0)))
    address = f"rtsp://admin:hunter2@127.0.0.1:{silent.getsockname()[1]}/live"
    post.configure(source={"kind": "rtsp", "address": address, "stall_s": 0.5})
    watch = started(stage, post.process(**systemd.environment))
    post.await_health(watch, "the reason", source_problem="rtsp://***@127.0.0.1")
    assert hungry(systemd)
    watch.process.send_signal(signal.SIGTERM)
    assert watch.process.wait(5) == 0, watch.errors()
    assert "hunter2" not in watch.errors() + str(post.health()) + str(systemd.listen())


def test_a_camera_that_hangs(stage: ExitStack, post: Post, systemd: Systemd) -> None:
    """Once frames stop, the watchdog gets nothing and health says lost; it goes on by itself."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    camera = Server(port)
    stage.callback(camera.kill)
    address = f"rtsp://127.0.0.1:{port}/live"
    source = {"kind": "rtsp", "address": address, "stall_s": 1.0, "retry_max_s": 0.5}
    post.configure(source=source)
    watch = started(stage, post.process(**systemd.environment))
    until(lambda: systemd.fed() >= 3, PATIENCE_S, "frames that feed the watchdog")
    camera.process.send_signal(signal.SIGSTOP)
    said = post.await_health(watch, "the loss", source_state="lost")
    assert said["source_problem"]
    fed = systemd.fed()
    seen = post.health()["frames_seen"]
    post.await_health(watch, "word while the camera hangs", source_state="lost", frames_per_s=0.0)
    assert (systemd.fed(), post.health()["frames_seen"]) == (fed, seen)
    camera.process.send_signal(signal.SIGCONT)
    until(lambda: systemd.fed() > fed, PATIENCE_S, "frames after the camera is back")
    post.await_health(watch, "the return", source_state="delivering")


def test_pictures_that_come_too_slowly(stage: ExitStack, post: Post, systemd: Systemd) -> None:
    """The watchdog is fed once for each finished step, never by time."""
    passing(post.folder / "street")
    post.configure(source={"fps": 0.01, "paced": True})
    watch = started(stage, post.process(**systemd.environment))
    until(lambda: "READY=1" in systemd.listen(), PATIENCE_S, "the first step")
    first = post.await_health(watch, "the first frame", frames_seen=1)["uptime_s"]
    until(lambda: post.health()["uptime_s"] > first + 1.5, PATIENCE_S, "later words")
    assert systemd.fed() == 1
