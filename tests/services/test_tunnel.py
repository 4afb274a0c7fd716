"""A technician's way to the tuning page through a real broker: what it carries, and its ends."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from edge.keys.parties import Revocation
from tests.brokers import Broker, until
from tests.keys.cast import ISSUED, ROSTER, party_of
from tests.services.tunnelling import WAIT_S, Laptop, Pole, pattern


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """Return a running mosquitto with TLS that asks for client certificates."""
    one = Broker(tmp_path_factory.mktemp("broker"), durable=False).start()
    yield one
    one.stop()


@pytest.fixture
def pole(broker: Broker, tmp_path: Path) -> Iterator[Pole]:
    """Return a unit whose door is open to technicians."""
    one = Pole(tmp_path / "pole", broker, remote_kbit_s=50_000).start()
    yield one
    one.stop()


@pytest.fixture
def laptop(pole: Pole, broker: Broker, tmp_path: Path) -> Iterator[Laptop]:
    """Return a technician's laptop that has reached the page."""
    one = Laptop(tmp_path / "laptop", broker).open()
    yield one
    one.stop()


def test_the_page_is_used_as_at_the_pole(pole: Pole, laptop: Laptop) -> None:
    """Large answers, streams and forms come through whole; who came and how much is recorded."""
    assert laptop.get("/large?size=700000").content == pattern(700_000)
    assert laptop.get("/stream").text.count("data:") == 3
    answer = httpx.post(f"{laptop.address}/form", content=bytes(300_000), timeout=WAIT_S)
    assert answer.json() == {"size": 300_000, "host": f"127.0.0.1:{laptop.remote.port}"}
    with httpx.Client(base_url=laptop.address, timeout=WAIT_S) as client:
        assert [client.get("/large?size=9").text for _ in range(20)] == ["0000000\n0"] * 20
    use = laptop.remote.use
    assert use is not None
    assert 1_000_000 < use.used < use.budget
    laptop.stop()
    until(lambda: pole.did("closed"), WAIT_S, "the end on the chain")
    (opened,), (closed,) = pole.did("opened"), pole.did("closed")
    assert (opened.who, closed.who, closed.why) == ("tess", "tess", "the technician left")
    assert opened.session == closed.session
    assert closed.outward > 700_000
    assert closed.inward > 300_000
    assert closed.foreign == 0
