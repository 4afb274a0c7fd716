"""No library of ours phones anybody: a unit at work, with a way to everywhere, and every packet."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from scripts.clip import Clip
from tests.brokers import until
from tests.end_to_end.daemons import Process, Unit
from tests.end_to_end.quiet_net import QuietNet, TownBroker

pytestmark = [pytest.mark.machine, pytest.mark.timeout(400)]
# what a library would do that reports: look a name up, and send
CALL = """
import socket
for act in (
    lambda: socket.create_connection(("192.0.2.1", 443), 1),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"?", ("192.0.2.53", 53)),
):
    try:
        act()
    except OSError:
        pass
"""


@pytest.fixture
def net(tmp_path: Path) -> Iterator[QuietNet]:
    """Return a network that ends here."""
    one = QuietNet(tmp_path)
    try:
        yield one.start()
    finally:
        one.stop()


def test_no_packet_but_to_the_broker(tmp_path: Path, net: QuietNet, street: Clip) -> None:
    """Cars read, alerts sent and signed for: no packet and no look-up goes elsewhere."""
    broker = TownBroker(tmp_path / "broker")
    plates = list(zip(street.listed, street.states, strict=True))
    with ExitStack() as stage:
        broker.start()
        stage.callback(broker.stop)
        unit = Unit(tmp_path / "unit", broker, street.video, plates, paced=False)
        daemons = [unit.watch(), unit.deliver()]
        for one in daemons:
            one.program = (*net.enter, *one.program)
        stage.callback(started(unit.listen()).stop)
        stage.callback(started(daemons[1]).stop)
        watch = started(daemons[0])
        assert watch.wait(240) == 0, watch.errors()
        shown = tmp_path / "unit" / "archive.out"
        until(lambda: shown.read_text().count('"event": "alert"') >= 2, 60, "both alerts")
    sent = net.packets()
    assert len(sent) > 20, "the ear heard nothing"
    assert net.strange(broker) == []
    assert not list((tmp_path / "unit/home").rglob("*.db")), "a library keeps a file of its own"
    assert not (tmp_path / "unit/home/.cache").exists()


def test_by_default_nothing_is_fetched(tmp_path: Path, net: QuietNet) -> None:
    """The process that loads releases looks up and asks nobody, where no server is named."""
    site = tmp_path / "site.toml"
    site.write_text(f'[update]\nfolder = "{tmp_path}"\n')
    words = [*net.enter, sys.executable, "-m", "edge", "run", "--config", str(site), "fetch"]
    subprocess.run([*words, "--now"], check=True)
    assert net.packets() == []
    site.write_text(f'[update]\nfolder = "{tmp_path}"\nfetch_url = "https://192.0.2.1/"\n')
    with subprocess.Popen([*words, "--now"], stderr=subprocess.PIPE) as named:
        until(lambda: any(one["to"] == "192.0.2.1" for one in net.packets()), 60, "the control")
        named.kill()


def test_a_call_would_be_heard(tmp_path: Path, net: QuietNet) -> None:
    """The control: a connection and a look-up from the same place are both found."""
    broker = TownBroker(tmp_path / "broker")
    subprocess.run([*net.enter, sys.executable, "-c", CALL], check=True)
    found = {(one["to"], one["port"]) for one in net.strange(broker)}
    assert {("192.0.2.1", 443), ("192.0.2.53", 53)} <= found


def started(process: Process) -> Process:
    return process.start()
