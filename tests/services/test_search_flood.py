"""A thousand searches a second: refused, counted, and alerts go out as before."""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.keys.signed import digest
from edge.messages import Kind, parse_health, topic
from edge.messages.answer import open_answer, parse_answer_cover
from edge.messages.search import Bundle, recipients, seal_bundle
from tests.alerts import UNIT
from tests.brokers import Broker, Tap, until
from tests.keys.cast import ROSTER, keys_folder, keys_of
from tests.services.delivering import Process, Site
from tests.services.searching import a_query, acts_of, signed

pytestmark = [pytest.mark.machine, pytest.mark.timeout(600)]

SEARCH = topic("windsor", UNIT.name, Kind.SEARCH)
FLOOD = 6_000  # searches at least; a unit that took them before an alert would need minutes
ALERTS = 40
MOST_MB = 200
PROMPT = 10.0  # times the calm median, and two seconds on top: two cores have all the town


class Ear:
    """Hears alerts, answers and health, and none of the flood."""

    def __init__(self, broker: Broker) -> None:
        kinds = (Kind.ALERT, Kind.ANSWER, Kind.HEALTH)
        self._taps = {
            kind: Tap(broker, f"tap-{kind}", topic("windsor", UNIT.name, kind)) for kind in kinds
        }

    def payloads(self, kind: Kind) -> list[bytes]:
        return self._taps[kind].payloads(kind)

    def publish(self, payload: bytes) -> None:
        self._taps[Kind.ANSWER].publish(SEARCH, payload)

    def close(self) -> None:
        for tap in self._taps.values():
            tap.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Return a unit whose three processes run, with a receiver."""
    broker = Broker(tmp_path / "broker", login="open").start()
    made = Site(tmp_path, broker, health_every_s=1.0)
    keys_folder(made.keys, UNIT.name)
    with made.config.open("a") as more:
        more.write(f'[search]\nfolder = "{tmp_path}/search"\n[clock]\ntrust = "always"\n')
    yield made
    made.close()
    broker.stop()


def median_ms(site: Site, tap: Ear) -> float:
    """Return how long alerts take from the store's disk to a subscriber, one after the other."""
    taken = []
    for _ in range(ALERTS):
        before = len(tap.payloads(Kind.ALERT))
        site.alert()
        begun = time.monotonic()
        until(lambda before=before: len(tap.payloads(Kind.ALERT)) > before, what="an alert")
        taken.append((time.monotonic() - begun) * 1000.0)
        time.sleep(0.1)
    return statistics.median(taken)


def asked(nonce: str) -> tuple[Bundle, bytes]:
    at = datetime.now(UTC).replace(microsecond=0)
    bundle = Bundle(signed(a_query(at, nonce=nonce)))
    return bundle, seal_bundle(bundle, recipients(ROSTER, [UNIT.name], at))


def rss_mb(process: Process) -> float:
    lines = Path(f"/proc/{process.child.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def answered(tap: Ear, bundle: Bundle) -> bool:
    """Say whether dana has an answer to her search that is no refusal."""
    where, at = topic("windsor", UNIT.name, Kind.ANSWER), datetime.now(UTC)
    for payload in tap.payloads(Kind.ANSWER):
        cover = parse_answer_cover(where, payload, ROSTER, at)
        if cover.message.payload.query == digest(bundle.query):
            return not open_answer(cover.body, keys_of("dana"), ROSTER, at).payload.refused
    return False


def test_a_flood_of_searches_delays_no_alert(site: Site) -> None:
    """Two medians of one run beside each other; drops on the chain; a good search before and after.

    The bucket is full of the flood for a minute: a search in that time is dropped as well, and
    counted.
    """
    deliver, listen = site.deliver(), site.listen()
    words = ("run", "--config", str(site.config), "search")
    search = site._keep(Process(site.folder / "searching", *words))
    tap = Ear(site.broker)
    first, blob = asked("1" * 32)
    until(lambda: tap.payloads(Kind.HEALTH), what="the unit's health")
    tap.publish(blob)
    until(lambda: answered(tap, first), what="the answer before the flood")
    calm = median_ms(site, tap)
    flood = subprocess.Popen(
        [sys.executable, "-m", "tests.services.flooding",
         str(site.broker.port), SEARCH, str(FLOOD)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    until(lambda: _dropped(tap) > 0, what="the first search that is dropped")
    stormy = median_ms(site, tap)
    grown = rss_mb(deliver), rss_mb(search)
    out, _ = flood.communicate(timeout=180)  # its input ends here
    sent, took_s = int(out.split()[0]), float(out.split()[1])
    told = (
        f"alert to subscriber: {calm:.1f} ms calm, {stormy:.1f} ms under {sent / took_s:.0f}/s;"
        f" deliver {grown[0]:.0f} MB, search {grown[1]:.0f} MB\n"
    )
    sys.stdout.write(told)
    assert stormy < PROMPT * calm + 2000.0, told
    assert max(grown) < MOST_MB
    # not all that were sent: the broker itself drops what a slow receiver does not take
    until(lambda: _stands(tap), 120, "an end of the drops")
    assert _dropped(tap) > 100
    with site.store() as store:
        assert acts_of(store, "search-drops")
        assert {one["refused"] for one in acts_of(store, "search")} <= {"", "unreadable"}
        assert len(acts_of(store, "search")) < 40
    until(lambda: site.depth() <= len(tap.payloads(Kind.ANSWER)), 60, "receipts for all alerts")
    assert listen.child.poll() is None
    time.sleep(10.0)  # two searches a bucket later
    last, blob = asked("2" * 32)
    tap.publish(blob)
    until(lambda: answered(tap, last), what="the answer after the flood")
    tap.close()


def _dropped(tap: Ear) -> int:
    health = parse_health(tap.payloads(Kind.HEALTH)[-1]).payload.deliver.searches
    assert health is not None
    return health.dropped


def _stands(tap: Ear) -> bool:
    """Say whether the count in health is that of five seconds ago."""
    before = _dropped(tap)
    time.sleep(5.0)
    return _dropped(tap) == before
