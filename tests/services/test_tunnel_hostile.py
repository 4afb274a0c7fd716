"""A broker that lies in between: it changes, repeats, reorders, withholds, and gains nothing."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.keys import tunnel as keys_tunnel
from edge.messages.topics import Kind
from edge.services import tunnel, tunnel_laptop, tunnel_streams
from tests.brokers import Broker, until
from tests.services.tunnelling import WAIT_S, Between, Laptop, Pole, pattern

IN, OUT = Kind.INWARD, Kind.OUTWARD
Rule = Callable[[Kind, bytes], list[bytes]]
machine = pytest.mark.machine  # seconds each: scripts/test-machine


@pytest.fixture(scope="module")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Broker, Broker]]:
    """Return the unit's broker and the laptop's: two, so that something can stand in between."""
    folder = tmp_path_factory.mktemp("brokers")
    both = Broker(folder / "units", login="open"), Broker(folder / "laptops", login="open")
    for one in both:
        one.start()
    yield both
    for one in both:
        one.stop()


@pytest.fixture
def pole(
    brokers: tuple[Broker, Broker], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Pole]:
    """Return a unit whose ends say often that they are there."""
    monkeypatch.setattr(tunnel_streams, "PING_S", 0.1)
    monkeypatch.setattr(tunnel_laptop, "_SOON_S", 0.1)
    monkeypatch.setattr(tunnel, "_ASK_S", 0.1)
    one = Pole(tmp_path / "pole", brokers[0], remote_kbit_s=50_000).start()
    yield one
    one.stop()


@pytest.fixture
def between(brokers: tuple[Broker, Broker]) -> Iterator[Between]:
    """Return whoever stands in between; honest until told otherwise."""
    one = Between(*brokers)
    yield one
    one.close()


@pytest.fixture
def laptop(
    pole: Pole,  # noqa: ARG001 - answers
    between: Between,  # noqa: ARG001 - carries
    brokers: tuple[Broker, Broker],
    tmp_path: Path,
) -> Iterator[Laptop]:
    """Return a technician who has reached the page."""
    one = Laptop(tmp_path / "laptop", brokers[1]).open()
    yield one
    one.stop()


def test_an_honest_broker_carries_and_reads_nothing(between: Between, laptop: Laptop) -> None:
    """The control of all below: the same way, unspoilt, brings the page; no word of it is seen."""
    assert laptop.get("/large?size=100000").content == pattern(100_000)
    seen = b"".join(body for _, body in between.passed)
    assert len(seen) > 100_000
    for word in (b"0000001", b"HTTP/1.1", b"large", b"size="):
        assert word not in seen


def flipped(place: int) -> Rule:
    def rule(_way: Kind, body: bytes) -> list[bytes]:
        changed = bytearray(body)
        changed[place] ^= 1
        return [bytes(changed)]

    return rule


def lost(_way: Kind, _body: bytes) -> list[bytes]:
    return []


def held_back() -> Rule:
    kept: list[bytes] = []

    def rule(_way: Kind, body: bytes) -> list[bytes]:
        kept.append(body)
        return [] if len(kept) % 2 else [kept[-1], kept[-2]]

    return rule


@pytest.mark.parametrize(
    ("way", "rule"),
    [
        pytest.param(OUT, flipped(-1), id="outward tag flipped", marks=machine),
        pytest.param(IN, held_back(), id="inward reordered"),
        pytest.param(IN, flipped(-1), id="inward tag flipped", marks=machine),
        pytest.param(IN, flipped(40), id="inward content flipped", marks=machine),
        pytest.param(OUT, flipped(31), id="outward number flipped", marks=machine),
        pytest.param(IN, flipped(9), id="inward session flipped", marks=machine),
        pytest.param(OUT, held_back(), id="outward reordered", marks=machine),
        pytest.param(IN, lost, id="inward lost", marks=machine),
        pytest.param(OUT, lost, id="outward lost", marks=machine),
    ],
)
def test_one_spoilt_record_ends_the_tunnel_and_nothing_of_it_is_believed(
    pole: Pole, between: Between, laptop: Laptop, way: Kind, rule: Rule
) -> None:
    """Whatever is done to records one way, the page's bytes are never wrong; the end says why.

    The laptop then asks anew; where the broker is honest again it gets the page.
    """
    before = between.records(way)[-1:]
    spoil = iter(range(2 if rule.__qualname__.startswith("held_back") else 1))

    def spoilt(where: Kind, body: bytes) -> list[bytes]:
        due = where is way and body.startswith(keys_tunnel.MAGIC)
        return rule(where, body) if due and next(spoil, None) is not None else [body]

    between.rule = spoilt
    until(lambda: pole.did("closed"), WAIT_S, "the end")
    assert pole.did("closed")[0].why.startswith("record ")
    until(lambda: len(laptop.urls) > 1, WAIT_S, "the way back")
    assert laptop.get("/large?size=50000").content == pattern(50_000)
    assert before != between.records(way)[-1:]


@machine
def test_repeats_change_nothing_and_are_counted(
    pole: Pole, between: Between, laptop: Laptop
) -> None:
    """Each message ten times, and old ones again: the page is whole, the row says how many."""
    between.rule = lambda _way, body: [body] * 10
    assert laptop.get("/large?size=50000").content == pattern(50_000)
    between.rule = lambda _way, body: [body]
    for body in between.records(IN):
        between.say(IN, body)
    assert laptop.get("/large?size=50000").content == pattern(50_000)
    laptop.stop()
    until(lambda: pole.did("closed"), WAIT_S, "the end")
    assert pole.did("closed")[0].why == "the technician left"
    assert pole.did("closed")[0].foreign > 10


@machine
def test_what_others_throw_in_ends_nothing(pole: Pole, between: Between, laptop: Laptop) -> None:
    """Noise, forged records and one's own words sent back are dropped; the page goes on."""
    for way in (IN, OUT):
        other = between.records(OUT if way is IN else IN) or [b"?"]
        for body in (b"", b"\0" * 5000, keys_tunnel.MAGIC + bytes(60), other[-1]):
            between.say(way, body)
    assert laptop.get("/large?size=50000").content == pattern(50_000)
    assert pole.did("closed") == []


@machine
def test_an_old_request_played_back_opens_nothing(
    pole: Pole, between: Between, laptop: Laptop
) -> None:
    """The very request of before is refused and recorded, and the tunnel that it opened stands."""
    request = next(body for way, body in between.passed if way is IN)

    def again() -> bool:
        between.say(IN, request)
        return bool(pole.did("refused"))

    until(again, WAIT_S, "the refusal")
    assert "somebody plays it back" in pole.did("refused")[0].why
    assert len(pole.did("opened")) == 1
    assert laptop.get("/large?size=8").text == "0000000\n"


@machine
def test_an_answer_of_before_or_of_another_unit_is_not_believed(
    between: Between,
    laptop: Laptop,
    brokers: tuple[Broker, Broker],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A broker that answers a request with an old answer keeps a laptop waiting, and no more.

    Control: with the unit's own answer it opens.
    """
    monkeypatch.setattr(tunnel_laptop, "_AGAIN_S", 1.0)
    old = next(body for way, body in between.passed if way is OUT)
    laptop.vanish()
    between.rule = lambda way, body: [old] if way is OUT else [body]
    second = Laptop(tmp_path / "second", brokers[1], over=True).start()  # the first holds on yet
    asked = len(between.passed)
    until(lambda: len(between.passed) > asked + 1, WAIT_S, "an answer")
    assert second.urls == []
    between.rule = lambda _way, body: [body]
    until(lambda: second.urls, WAIT_S, "the way")
    second.stop()


@machine
def test_a_broker_that_falls_silent_is_noticed_at_both_ends(
    pole: Pole, between: Between, laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Withheld words end the tunnel at the unit as well: no way stays open unseen."""
    monkeypatch.setattr(tunnel_streams, "SILENT_S", 2.0)
    between.rule = lambda _way, _body: []
    until(lambda: pole.did("closed"), WAIT_S, "the unit's end")
    assert "has said nothing" in pole.did("closed")[0].why
    until(lambda: any("has said nothing" in one for one in laptop.told), WAIT_S, "a word")
    monkeypatch.setattr(tunnel_streams, "SILENT_S", 20.0)
    between.rule = lambda _way, body: [body]
    until(lambda: len(laptop.urls) == 2, WAIT_S, "the way back")
