"""A day's backlog drains, and what happens now does not wait behind it."""

import re
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.messages.health import parse_health
from tests.brokers import Broker, Tap, free_port, until
from tests.services.delivering import Process, Site
from tests.store.conftest import shim
from tests.store.power import needs_compiler

__all__ = ["shim"]

BACKLOG = 500
AHEAD = 3 * 20  # windows that may be under way, as the sender has it
HASTY = (
    "import sys; import edge.delivery.sender as sender; sender._AHEAD = 1000;"
    "from edge.cli import main; sys.exit(main())"
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    broker = Broker(tmp_path / "broker", durable=False, extra="max_queued_messages 0").start()
    made = Site(tmp_path, broker, receipt_wait_s=30.0)
    yield made
    made.close()
    broker.stop()


def overtaken(site: Site, deliver: Process, listen: Process) -> int:
    """Return how many old alerts are shown after a fresh one came up and before it is shown."""
    until(lambda: _heard(listen) >= 30, 60, "the first of the backlog")
    assert deliver.child.poll() is None
    (fresh,) = site.alert()
    before = _heard(listen)
    until(lambda: f'"sequence": {fresh.sequence},' in listen.out.read_text(), 100, "the fresh one")
    return site.shown().index(fresh.sequence) - before


def _heard(listen: Process) -> int:
    return listen.out.read_bytes().count(b"\n")


def test_a_fresh_alert_overtakes_the_backlog(site: Site):
    """500 old alerts wait, and a fresh one goes before all but the few that are under way."""
    site.alert(BACKLOG)
    listen = site.listen("--jsonl")
    assert overtaken(site, site.deliver(), listen) < 2 * AHEAD


@needs_compiler
@pytest.mark.machine
@pytest.mark.timeout(200)
@pytest.mark.parametrize("hasty", [False, True], ids=["paced", "control"])
def test_a_slow_receiver_holds_up_no_fresh_alert(site: Site, shim: str, hasty: bool):
    """With a receiver on a slow disk too; the control fills the broker's queue, and it does."""
    site.alert(BACKLOG)
    listen = site.listen("--jsonl", LD_PRELOAD=shim, POWER_SYNC_MS="10")
    words = ("run", "--config", str(site.config), "deliver")
    program = (sys.executable, "-c", HASTY) if hasty else (sys.executable, "-m", "edge")
    deliver = site._keep(Process(site.folder / "deliver", *words, program=program))
    passed = overtaken(site, deliver, listen)
    assert (passed > 4 * AHEAD) if hasty else (passed < 2 * AHEAD)


def test_metrics_of_a_running_deliver(tmp_path: Path):
    """A GET on loopback finds what waits, then that it was received; there is no plate in it."""
    broker = Broker(tmp_path / "broker").start()
    site, port = Site(tmp_path, broker), free_port()
    with site.config.open("a") as config:
        config.write(f"[metrics]\nport = {port}\n")
    site.alert(2)
    site.deliver()
    until(lambda: "edge_outbox_depth 2.0" in _scrape(port), what="what waits")
    site.listen("--jsonl")
    until(lambda: "edge_received_total 2.0" in _scrape(port), what="what was received")
    text = _scrape(port)
    assert {"edge_broker_up 1.0", "edge_outbox_depth 0.0", "edge_watch_up 0.0"} <= set(
        text.splitlines()
    )
    assert not re.search(r"[{}]|AB12345|stolen|bridge", text)
    site.close()
    broker.stop()


def test_health_tells_of_dropped_pictures(tmp_path: Path):
    """A store over its budget is a sentence in health while alerts wait without their picture."""
    broker = Broker(tmp_path / "broker").start()
    site = Site(tmp_path, broker)
    site.config.write_text(
        site.config.read_text().replace("reserve_mb = 1\n", "reserve_mb = 1\nbudget_mb = 1\n")
    )
    site.alert(200)
    tap = Tap(broker, pattern="edge/v1/+/+/health")
    site.deliver()

    def told() -> str:
        return " ".join(str(parse_health(one).payload.problems) for one in tap.payloads("/health"))

    until(lambda: "budget of 1 MB" in told(), what="the sentence")
    assert site.depth() == 200
    tap.close()
    site.close()
    broker.stop()


def _scrape(port: int) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""  # not listening yet
