"""What systemd hears."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.services.notify import Notifier, open_notifier
from tests.fakes import FakeClock


class Ear:
    """The end of the socket that systemd holds."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self._socket.settimeout(0)

    def heard(self) -> list[str]:
        lines = []
        while True:
            try:
                lines.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return lines

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def ear(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ear]:
    address = f"@edge-test-{os.getpid()}" if request.param == "abstract" else f"{tmp_path}/ear"
    made = Ear(address)
    yield made
    made.close()


def test_life_of_a_daemon_is_told(ear: Ear):
    """Ready, status once per change, stopping; over a path and an abstract socket."""
    notifier = open_notifier(FakeClock(), {"NOTIFY_SOCKET": ear.address})
    notifier.ready()
    notifier.status("connected")
    notifier.status("connected")
    notifier.status("two\nREADY=1 lines")
    notifier.watchdog()
    notifier.stopping()
    assert ear.heard() == [
        "READY=1",
        "STATUS=connected",
        "STATUS=two READY=1 lines",
        "STOPPING=1",
    ]


def test_watchdog_is_fed_by_steps_and_not_too_often(ear: Ear):
    """Fed at once and then by the first step after a quarter of the time; never without a step."""
    clock = FakeClock()
    environment = {
        "NOTIFY_SOCKET": ear.address,
        "WATCHDOG_USEC": "8000000",
        "WATCHDOG_PID": str(os.getpid()),
    }
    notifier = open_notifier(clock, environment)
    for _ in range(50):
        notifier.watchdog()
        clock.advance(0.1)
    assert ear.heard() == ["WATCHDOG=1"] * 3
    clock.advance(100)
    assert ear.heard() == []


def test_watchdog_of_another_process_is_not_fed(ear: Ear):
    """A child that inherits the environment must not feed for its parent."""
    environment = {
        "NOTIFY_SOCKET": ear.address,
        "WATCHDOG_USEC": "8000000",
        "WATCHDOG_PID": "1",
    }
    open_notifier(FakeClock(), environment).watchdog()
    assert ear.heard() == []


def test_without_systemd_nothing_happens():
    """No socket: every call is a quiet no-op."""
    notifier = open_notifier(FakeClock(), {})
    notifier.ready()
    notifier.status("x")
    notifier.watchdog()
    notifier.stopping()


def test_deaf_systemd_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    """A socket that is gone costs one line in the journal, not the daemon."""
    notifier = Notifier(FakeClock(), f"{tmp_path}/gone")
    notifier.ready()
    notifier.stopping()
    assert [record.getMessage() for record in caplog.records] == ["systemd does not hear us"]
