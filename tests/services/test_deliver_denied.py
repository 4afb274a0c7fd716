"""A connected deliver whose unit the broker's rules lack: a real mosquitto, before and after."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.clock import SystemClock
from edge.config import load
from edge.services.check_broker import check_broker
from edge.services.finding import Finding
from tests.alerts import UNIT
from tests.brokers import Broker, Tap, until
from tests.services.checking import Board
from tests.services.delivering import Site

OTHERS = "user archive\ntopic readwrite #\nuser tap\ntopic read #\n"
OURS = f"user {UNIT.name}\ntopic readwrite edge/v1/{UNIT.town}/{UNIT.name}/#\n"


class Told:
    """Stands for systemd: takes a daemon's status, and tells `edge check` of it."""

    def __init__(self, folder: Path, site: Site) -> None:
        self.name = str(folder / "notify")
        self._site = site
        self._board = Board(folder / "board")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.name)
        self._socket.settimeout(0)
        self.statuses: list[str] = []

    def check(self) -> Finding:
        """Return what `edge check` finds by the newest status."""
        while True:
            try:
                lines = self._socket.recv(65_536).decode().splitlines()
            except BlockingIOError:
                break
            self.statuses += [one[7:] for one in lines if one.startswith("STATUS=")]
        self._board.deliver = self.statuses[-1] if self.statuses else ""
        settings = load([self._site.config]).settings
        return check_broker(settings, SystemClock("always"), self._board.machine)

    def says(self, words: str) -> bool:
        self.check()
        return bool(self.statuses) and words in self.statuses[-1]

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A unit that the broker's rules lack, and others that they know."""
    rules = tmp_path / "acl"
    rules.write_text(OTHERS)
    rules.chmod(0o644)
    broker = Broker(tmp_path / "broker", extra=f"acl_file {rules}").start()
    site = Site(tmp_path, broker, health_every_s=1.0)
    yield site
    site.close()
    broker.stop()


def test_rules_that_lack_the_unit_are_told_and_their_mending_too(
    tmp_path: Path, site: Site
) -> None:
    """Connected is not let speak: deliver names the topics, and the check fails until they open."""
    told, tap = Told(tmp_path, site), Tap(site.broker)
    deliver = site.deliver(NOTIFY_SOCKET=told.name)
    topics = f"edge/v1/{UNIT.town}/{UNIT.name}"
    until(lambda: told.says(f"does not let us publish on {topics}/health"), what="the refusal")
    assert deliver.said("the broker does not let us publish on")
    since = len(told.statuses)
    found = told.check()
    assert found.passed is False
    assert "reason code 0x87" in found.sentence
    assert "edge broker acl" in found.mend
    site.alert()
    until(lambda: told.says(f"publish on {topics}/alert, {topics}/health"), what="the alert's")
    assert [one for one in told.statuses[since:] if "does not let us" not in one] == []

    (tmp_path / "acl").write_text(OTHERS + OURS)
    assert site.broker.process is not None
    site.broker.process.send_signal(signal.SIGHUP)
    site.listen()
    until(lambda: told.check().passed is True, what="a check that passes")
    until(lambda: site.depth() == 0, what="the receipt")
    tap.close()
    told.close()
