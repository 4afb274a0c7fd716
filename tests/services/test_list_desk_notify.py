"""What systemd hears of the list desk."""

import socket
import threading
from pathlib import Path

import pytest

from edge.config import load
from edge.services.list_desk import run_list_desk
from tests.brokers import Broker
from tests.hotlist.bundles import TOWN, Town
from tests.services.desk import Served


def test_it_is_ready_feeds_the_watchdog_by_steps_and_says_that_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """READY, WATCHDOG after a finished step, what is wrong with the folder, STOPPING."""
    served = Served(tmp_path, Town())
    broker = Broker(tmp_path / "broker").start()
    site = tmp_path / "site.toml"
    site.write_text(f'[unit]\ntown = "{TOWN}"\n' + broker.site("list-desk"))
    stop, heard = threading.Event(), []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(f"{tmp_path}/ear")
        ear.settimeout(20)
        monkeypatch.setenv("NOTIFY_SOCKET", f"{tmp_path}/ear")
        monkeypatch.setenv("WATCHDOG_USEC", "1000000")
        words = (load([site]).settings, served.folder, served.keys, "desk", stop)
        thread = threading.Thread(target=run_list_desk, args=words)
        thread.start()
        try:
            while not any("manifest: cannot be read" in one for one in heard):
                heard.append(ear.recv(4096).decode())
        finally:
            stop.set()
            thread.join()
            broker.stop()
        while heard[-1] != "STOPPING=1":
            heard.append(ear.recv(4096).decode())
    assert heard[0] == "READY=1"
    assert "WATCHDOG=1" in heard
