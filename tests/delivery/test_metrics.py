"""What the town's monitoring is told: counts and ages, and nothing that it need not know."""

import math
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from edge.config.metrics import MetricsSection
from edge.delivery.metrics import Metrics, figures
from edge.delivery.status import WatchWord
from edge.errors import ConfigError
from edge.messages.health import QualityHealth, SearchHealth
from tests.brokers import free_port
from tests.delivery.test_status import DELIVER, well
from tests.fakes import FakeClock

PROXYLESS = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def metrics(clock: FakeClock) -> Iterator[Metrics]:
    made = Metrics(MetricsSection(port=free_port()), clock)
    made.start()
    yield made
    made.stop()


def scrape(metrics: Metrics) -> dict[str, float]:
    """Return what a real GET finds."""
    with PROXYLESS.open(f"http://127.0.0.1:{metrics._port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return {line.split()[0]: float(line.split()[1]) for line in lines if not line.startswith("#")}


def test_figures_travel(metrics: Metrics, clock: FakeClock):
    """A GET returns the figures last told, and how old they are."""
    busy = DELIVER.model_copy(update={"outbox_depth": 7, "published": 3})
    told = figures(busy, WatchWord(well(clock)), 9, 2, clock.now())
    metrics.tell(told, clock.now())
    clock.advance(4)
    found = scrape(metrics)
    assert found["edge_outbox_depth"] == 7
    assert found["edge_published_total"] == 3
    assert found["edge_pictures_dropped_total"] == 2
    assert found["edge_clock_trusted"] == 1
    assert found["edge_measured_age_seconds"] == 4


def test_what_is_not_known_is_no_zero(metrics: Metrics, clock: FakeClock):
    """Before the first word, and without a watch, ages are NaN; a silent watch grows older."""
    assert math.isnan(scrape(metrics)["edge_outbox_depth"])
    metrics.tell(figures(DELIVER, WatchWord(None), 0, 0, clock.now()), clock.now())
    found = scrape(metrics)
    assert found["edge_watch_up"] == 0
    assert math.isnan(found["edge_last_frame_age_seconds"])
    word = WatchWord(well(clock))
    clock.advance(60)
    metrics.tell(figures(DELIVER, word, 0, 0, clock.now()), clock.now())
    assert scrape(metrics)["edge_last_frame_age_seconds"] > 59


def test_nothing_but_names_and_numbers(metrics: Metrics, clock: FakeClock):
    """No labels at all: no plate, no category, no place can be in them."""
    metrics.tell(figures(DELIVER, WatchWord(well(clock)), 0, 0, clock.now()), clock.now())
    assert all(name.startswith("edge_") and "{" not in name for name in scrape(metrics))


def test_what_an_operator_graphs(clock: FakeClock):
    """Pause, sight, quality, searches and the chain travel; what is not there is no zero."""
    hour = QualityHealth(
        since=clock.now().iso(),
        passes=40,
        lanes=(10, 20, 10),
        reads=400,
        agreement=0.9,
        doubt_bits=0.5,
        well_formed=0.8,
    )
    blind = well(clock).model_copy(update={"quality": hour, "sight_problem": "may be blind"})
    moved = figures(
        DELIVER, WatchWord(blind.model_copy(update={"view_problem": "moved"})), 9, 2, clock.now()
    )
    searches = SearchHealth(asked=7, dropped=2, waiting=1, answered=4, refused=0)
    busy = DELIVER.model_copy(update={"searches": searches})
    told = figures(busy, WatchWord(blind), 9, 2, clock.now(), confirmed=812)
    assert (told["sight_problem"], told["paused"], told["camera_up"]) == (1.0, 0.0, 1.0)
    assert (told["view_problem"], moved["view_problem"]) == (0.0, 1.0)
    assert (told["hour_agreement_ratio"], told["hour_passes"]) == (0.9, 40.0)
    lanes = [told[f"hour_passes_{lane}"] for lane in ("left", "middle", "right")]
    assert lanes == [10.0, 20.0, 10.0]
    assert (told["searches"], told["searches_dropped"]) == (7.0, 2.0)
    assert told["chain_confirmed_row"] == 812.0
    bare = figures(DELIVER, WatchWord(well(clock)), 9, 2, clock.now())
    assert math.isnan(bare["chain_confirmed_row"])
    assert not {"searches", "hour_passes"} & set(bare), "not told, and so NaN where it is served"


def test_every_figure_is_declared(metrics: Metrics, clock: FakeClock):
    """What is made is served: no figure is forgotten on the way."""
    told = figures(DELIVER, WatchWord(well(clock)), 9, 2, clock.now())
    metrics.tell(told, clock.now())
    served = scrape(metrics)
    for name in told:
        assert f"edge_{name}" in served or f"edge_{name}_total" in served, name


def test_only_this_machine_is_answered(metrics: Metrics):
    """The port is open on 127.0.0.1 alone: another loopback address already finds nobody."""
    with pytest.raises(urllib.error.URLError):
        PROXYLESS.open(f"http://127.0.0.2:{metrics._port}/metrics", timeout=10)


def test_off_by_default_and_a_taken_port_is_a_sentence(metrics: Metrics, clock: FakeClock):
    """Port 0 opens nothing; a port that somebody has is told with the setting's name."""
    silent = Metrics(MetricsSection(port=0), clock)
    silent.start()
    assert silent._server is None
    silent.stop()
    with pytest.raises(ConfigError, match=r"metrics\.port: 127.0.0.1:\d+ cannot be had"):
        Metrics(MetricsSection(port=metrics._port), clock).start()
    metrics.stop()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", metrics._port)) != 0
