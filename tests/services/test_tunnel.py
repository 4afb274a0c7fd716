"""A technician's way to the tuning page through a real broker: what it carries, and its ends."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from edge.clock import Moment, SystemClock
from edge.config import load
from edge.errors import ConfigError
from edge.keys.parties import Revocation
from edge.keys.roles import Role
from edge.services import tunnel, tunnel_gate, tunnel_laptop
from tests.brokers import Broker, until
from tests.keys.cast import ISSUED, ROSTER, party_of, roster_of
from tests.services.tunnelling import WAIT_S, Laptop, Pole, pattern, settings_of

EVERYWHERE = "0.0.0.0"  # noqa: S104 - loopback is among it


class Shifted(SystemClock):
    """A laptop's clock that is so many seconds off."""

    def __init__(self, seconds: float) -> None:
        super().__init__("always")
        self._seconds = seconds

    def now(self) -> Moment:
        return super().now().later(self._seconds)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """Return a running mosquitto with TLS that asks for client certificates."""
    one = Broker(tmp_path_factory.mktemp("broker"), durable=False).start()
    yield one
    one.stop()


@pytest.fixture
def pole(broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pole]:
    """Return a unit whose door is open to technicians."""
    monkeypatch.setattr(tunnel, "_ASK_S", 0.1)
    monkeypatch.setattr(tunnel_laptop, "_SOON_S", 0.1)
    one = Pole(tmp_path / "pole", broker, remote_kbit_s=50_000).start()
    yield one
    one.stop()


@pytest.fixture
def laptop(
    pole: Pole,  # noqa: ARG001 - answers
    broker: Broker,
    tmp_path: Path,
) -> Iterator[Laptop]:
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


def test_a_revoked_key_is_put_out_while_it_looks(pole: Pole, laptop: Laptop) -> None:
    """Within seconds of the roster the tunnel ends for good, with the reason on the chain.

    Control: until then the page answers.
    """
    assert laptop.get("/large?size=8").text == "0000000\n"
    gone = Revocation("tess", party_of("tess").verify_key, ISSUED, "laptop stolen")
    pole.rosters.roster = replace(ROSTER, revoked=(gone,))
    assert "laptop stolen" in laptop.ended()
    until(lambda: pole.did("closed"), WAIT_S, "the end on the chain")
    assert "laptop stolen" in pole.did("closed")[0].why


@pytest.mark.machine
def test_one_technician_at_a_time(
    pole: Pole, laptop: Laptop, broker: Broker, tmp_path: Path
) -> None:
    """Another technician is told who is there, and the first goes on; the refusal is recorded."""
    pole.rosters.roster = roster_of(extra=[party_of("theo", Role.TECHNICIAN)])
    second = Laptop(tmp_path / "second", broker, "theo").start()
    assert "tess is here: one technician at a time" in second.ended()
    second.stop()
    assert laptop.get("/large?size=8").text == "0000000\n"
    until(lambda: pole.did("refused"), WAIT_S, "the refusal on the chain")
    assert pole.did("refused")[0].who == "theo"


@pytest.mark.machine
def test_a_technician_whose_laptop_vanished_is_let_in_anew(
    pole: Pole, laptop: Laptop, broker: Broker, tmp_path: Path
) -> None:
    """From another laptop, knowingly: that ends the tunnel before, and both are on the chain."""
    laptop.vanish()
    again = Laptop(tmp_path / "again", broker, over=True).open()
    assert again.get("/large?size=8").text == "0000000\n"
    assert "tess went on from another laptop at" in pole.did("closed")[0].why
    assert len(pole.did("opened")) == 2
    again.stop()


@pytest.mark.machine
def test_two_laptops_of_one_technician_do_not_push_each_other_out(
    pole: Pole, laptop: Laptop, broker: Broker, tmp_path: Path
) -> None:
    """The second is told since when the first is there; taking over, it stays and that is told."""
    second = Laptop(tmp_path / "second", broker).start()
    assert "tess is here since" in second.ended()
    assert "from another laptop" in second.error
    second.stop()
    until(lambda: laptop.remote.use, WAIT_S, "the first's way, if the broker interrupted it")
    assert laptop.get("/large?size=8").text == "0000000\n"
    third = Laptop(tmp_path / "third", broker, over=True).open()
    assert "another laptop" in laptop.ended()
    until(lambda: third.remote.use, WAIT_S, "the third's way")
    assert third.get("/large?size=8").text == "0000000\n"
    assert third.error == ""
    assert any("from another laptop" in one.why for one in pole.did("refused"))
    third.stop()


@pytest.mark.machine
def test_strangers_get_no_word_and_are_recorded(
    pole: Pole, broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An officer's key and one that the roster does not have: silence, and a row each.

    Control: a technician is let in by the same door.
    """
    monkeypatch.setattr(tunnel_gate, "_REFUSED_S", 0.0)
    for count, (name, role) in enumerate([("dana", Role.OFFICER), ("mallory", Role.TECHNICIAN)]):
        stranger = Laptop(tmp_path / name, broker, name, role=role).start()
        until(lambda count=count: len(pole.did("refused")) > count, WAIT_S, "the refusal")
        stranger.stop()
        assert (stranger.urls, stranger.error) == ([], "")
    assert [one.who for one in pole.did("refused")] == ["dana", "mallory"]
    assert pole.did("opened") == []
    Laptop(tmp_path / "laptop", broker).open().stop()


@pytest.mark.machine
def test_a_request_for_another_time_is_refused(pole: Pole, broker: Broker, tmp_path: Path) -> None:
    """A clock that is ten minutes off is told by the unit, in a sentence that says which."""
    late = Laptop(tmp_path / "late", broker, clock=Shifted(-600.0)).start()
    assert "the unit's clock says" in late.ended()
    late.stop()
    assert "the unit's clock says" in pole.did("refused")[0].why


@pytest.mark.machine
def test_a_page_that_does_not_run_is_told(pole: Pole, laptop: Laptop) -> None:
    """The connection is closed, and the technician reads what to start."""
    pole.stop_page()
    with pytest.raises(httpx.HTTPError):
        laptop.get("/large?size=8")
    until(lambda: any("is edge-tuning running" in one for one in laptop.told), WAIT_S, "a word")


@pytest.mark.machine
def test_watch_that_ends_closes_the_tunnel_and_the_next_watch_opens_it(
    pole: Pole, laptop: Laptop
) -> None:
    """No way stays open that nobody watches over; the laptop comes back by itself."""
    pole.stop_gate()
    until(lambda: any("watch ended" in one for one in laptop.told), WAIT_S, "a word")
    assert pole.did("closed")[0].why == "the unit's watch ended"
    pole.start_gate()
    until(lambda: len(laptop.urls) == 2, WAIT_S, "the way back")
    assert laptop.get("/large?size=8").text == "0000000\n"


@pytest.mark.machine
def test_a_budget_that_is_used_ends_the_tunnel(broker: Broker, tmp_path: Path) -> None:
    """After so many million bytes both ways the unit ends it, and says so to all."""
    one = Pole(tmp_path / "pole", broker, remote_kbit_s=50_000, remote_mb=1).start()
    technician = Laptop(tmp_path / "laptop", broker).open()
    with pytest.raises(httpx.HTTPError):
        technician.get("/large?size=3000000")
    assert "the 1 MB of one tunnel are used" in technician.ended()
    technician.stop()
    until(lambda: one.did("closed"), WAIT_S, "the end on the chain")
    closed = one.did("closed")[0]
    assert 1_000_000 <= closed.inward + closed.outward < 1_300_000
    one.stop()


@pytest.mark.machine
def test_who_leaves_the_page_alone_is_put_out(
    pole: Pole, laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tunnel that nobody uses is not left open: it costs, and it is a door."""
    monkeypatch.setattr(tunnel, "IDLE_S", 1.0)
    assert "nothing was asked of the page" in laptop.ended()
    until(lambda: pole.did("closed"), WAIT_S, "the end on the chain")


def test_a_door_that_the_settings_close_is_not_opened(broker: Broker, tmp_path: Path) -> None:
    """With tuning.remote false the daemon ends with the mend, before it says a word to a broker."""
    settings = settings_of(tmp_path, broker, "main-street")
    with pytest.raises(ConfigError, match="remote is false"):
        tunnel.run_tunnel(settings, threading.Event())


def test_the_tunnel_ends_at_this_machines_own_page() -> None:
    """A page on every address is reached on loopback, and nothing else is dialled."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        for address in ("127.0.0.1", EVERYWHERE, "localhost"):
            section = load([]).settings.tuning.model_copy(update={"address": address, "port": port})
            with tunnel.dial(section) as door:
                assert door.getpeername() == ("127.0.0.1", port)
