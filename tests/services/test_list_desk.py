"""Lists over a real broker: a desk that serves, a unit that asks, and who stands between."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.delivery.events import Received
from edge.hotlist.manifest import to_be_signed, write
from edge.keys.identity import make_identity
from edge.keys.roles import Role
from edge.messages.listing import (
    MOST_PIECES,
    PIECE,
    PiecesPart,
    build_ask,
    build_list,
    parse_list,
)
from edge.messages.topics import Kind, topic
from tests.brokers import Broker, Tap, until
from tests.fakes import START
from tests.hotlist.bundles import DAY, LIST, NOW, TOWN, row, rows
from tests.services.desk import Round

# hashes do not compress: some 80 KB as a bundle, which are three pieces
MANY = [hashlib.sha256(bytes([n % 256, n // 256])).hexdigest()[:7].upper() for n in range(11_000)]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    made = Broker(tmp_path_factory.mktemp("broker")).start()
    yield made
    made.stop()


@pytest.fixture
def town(tmp_path: Path, broker: Broker) -> Iterator[Round]:
    made = Round(tmp_path, broker)
    yield made
    made.close()


def in_force(town: Round, *plates: str) -> bytes:
    full = town.town.full(10, *plates)
    town.served.publish(100, [full])
    town.load()
    assert town.stage.plates() == sorted(plates)
    return full


def sent(name: str, content: bytes, digest: str | None = None, offset: int = 0) -> Received:
    """Return what a broker may hand to the unit, whoever wrote it."""
    where = topic(TOWN, name, Kind.LIST)
    body = build_list(TOWN, name, LIST, content, START, digest, offset)
    return Received(where, body, 0, retained=False)


def test_a_whole_list_a_change_and_an_urgent_entry_come(town: Round):
    """A list of several pieces, then a change, then two keys' entry: each is pushed and taken."""
    full = in_force(town, *MANY)
    assert len(full) > 2 * PIECE
    more = [*MANY, "BBB2222"]
    delta = town.town.delta(11, rows(*MANY), rows(*more))
    town.served.publish(101, [full, delta])
    town.load()
    assert "BBB2222" in town.stage.plates()
    urgent = town.town.urgent(12, rows(*more), row("U-1", "URG1234", expires=NOW + DAY / 4))
    town.served.publish(102, [full, delta, urgent])
    town.load()
    assert "URG1234" in town.stage.plates()
    assert town.unit.take.problem == ""
    assert town.unit.parts() == []


def test_a_restart_of_the_unit_goes_on_where_it_was(town: Round):
    """Cut in the middle of a file, the unit asks for the rest and for nothing that it has."""
    pieces: list[int] = []

    def deaf(event: Received) -> bool:
        message, _ = parse_list(event.payload)
        if message.payload.digest is not None:
            pieces.append(message.payload.offset)
        return message.payload.digest is not None and message.payload.offset > 0

    town.deaf = deaf
    town.served.publish(100, [town.town.full(10, *MANY)])
    town.until(lambda: len(pieces) >= 3, "pieces of which one is taken")
    town.unit.take.stop()
    assert town.unit.parts() == [PIECE]
    pieces.clear()
    town.deaf = lambda event: deaf(event) and False
    town.unit.restart()
    town.unit.take.connected(town.unit_link)
    town.load()
    assert len(town.stage.plates()) == len(MANY)
    assert min(pieces) == PIECE


def test_pieces_that_are_lost_are_asked_for_again(town: Round):
    """A broker that drops pieces only costs time."""
    count = 0

    def deaf(_: Received) -> bool:
        nonlocal count
        count += 1
        return count in {2, 4}

    town.deaf = deaf
    town.served.publish(100, [town.town.full(10, *MANY)])
    town.load()
    assert len(town.stage.plates()) == len(MANY)


def test_wrong_pieces_never_become_a_list(town: Round):
    """Wrong bytes are found by the digest, huge offsets and sizes ignored; the true file comes."""
    full = town.town.full(10, *MANY)
    town.deaf = lambda event: parse_list(event.payload)[0].payload.digest is not None
    manifest = town.served.publish(100, [full])
    name = town.town.unit.name
    town.until(lambda: town.unit.parts() == [0], "the beginning of a file")
    digest = next(town.unit.inbox.glob(".*.pieces")).name[1:65]
    for offset in (2**53 - 1, 10 * len(full), 1):
        town.unit.take.take(sent(name, b"x" * PIECE, digest, offset))
    town.unit.take.take(sent(name, b"x" * PIECE, "0" * 64, 0))
    assert town.unit.parts() == [0]
    for offset in range(0, len(full), PIECE):
        wrong = bytes(min(PIECE, len(full) - offset))
        town.unit.take.take(sent(name, wrong, digest, offset))
    assert "another file than the manifest names" in town.unit.take.problem
    assert (town.unit.parts(), town.unit.arrived()) == ([], [])
    town.deaf = lambda _: False
    town.stage.clock.advance(3600)  # it holds off from a file that was wrong
    assert manifest
    town.load()
    assert len(town.stage.plates()) == len(MANY)


def test_a_file_longer_than_signed_for_is_dropped(town: Round):
    """Bytes beyond the size in the manifest end the try before the disk fills."""
    full = town.town.full(10, "ABC1234")
    town.deaf = lambda event: parse_list(event.payload)[0].payload.digest is not None
    town.served.publish(100, [full])
    town.until(lambda: town.unit.parts() == [0], "the beginning of a file")
    digest = next(town.unit.inbox.glob(".*.pieces")).name[1:65]
    town.unit.take.take(sent(town.town.unit.name, full + b"more", digest))
    assert "sends more than" in town.unit.take.problem
    assert town.unit.parts() == []


def test_a_manifest_that_is_not_the_newest_of_this_town_is_refused(town: Round):
    """Played back, of another town or signed by none who may: refused in a sentence, list holds."""
    old = town.served.publish(99, [town.town.full(9, "OLD1111")])
    town.load()
    in_force(town, "ABC1234")
    abroad = make_identity("desk", Role.LIST_ISSUER, "elsewhere")
    empty = to_be_signed(TOWN, LIST, 500, NOW, [])
    forged = {
        "plays an old manifest back": old,
        "not on the roster": write(empty, town.town.stranger),
        "does not hold": write(empty, town.town.issuer).replace(b'"sequence":5', b'"sequence":6'),
        "of the town": write(empty.model_copy(update={"town": "elsewhere"}), abroad),
        "not a signed document": bytes(1000),
    }
    for why, blob in forged.items():
        town.stage.clock.advance(1)
        town.unit.take.take(sent(town.town.unit.name, blob))
        assert "refused" in town.unit.take.problem, why
        assert town.unit.take._inbox.newest == 100
    assert town.stage.plates() == ["ABC1234"]
    town.served.publish(101, [town.town.full(11, "NEW1111")])
    town.load()
    assert (town.stage.plates(), town.unit.take.problem) == (["NEW1111"], "")


def test_answers_for_others_and_noise_are_refused(town: Round):
    """What is not for this unit, this list or this version is said and dropped."""
    for event in (
        sent("oak-street", b"x"),
        Received(topic(TOWN, "elm-street", Kind.LIST), b"noise", 0, retained=False),
        Received(topic(TOWN, "elm-street", Kind.LIST), b"E" * 400_000, 0, retained=False),
    ):
        assert town.unit.take.take(event)
        assert "refused" in town.unit.take.problem


def test_the_desk_answers_only_units_of_the_roster(town: Round, broker: Broker):
    """A stranger's ask, one in another's name and one that nobody understands get nothing."""
    in_force(town, "ABC1234")
    tap = Tap(broker, name="stranger", pattern="edge/v1/+/+/list")
    pushed = town.desk.pushed
    for sender, named in (("stranger", "stranger"), ("oak-street", "elm-street")):
        body = build_ask(TOWN, named, LIST, 0, None, START)
        tap.publish(topic(TOWN, sender, Kind.ASK), body)
    tap.publish(topic(TOWN, "oak-street", Kind.ASK), b"noise")
    town.until(lambda: town.desk.refused >= 3, "three refusals")
    assert town.desk.pushed == pushed
    tap.publish(
        topic(TOWN, "oak-street", Kind.ASK), build_ask(TOWN, "oak-street", LIST, 0, None, START)
    )
    town.until(lambda: town.desk.pushed > pushed, "an answer to a unit of the roster")
    until(lambda: bool(tap.payloads("oak-street/list")), what="the answer at the broker")
    tap.close()


def test_one_unit_that_asks_without_end_gets_its_share_alone(town: Round):
    """However often it asks, one answer's pieces are due to a unit, and others have their turn."""
    in_force(town, *MANY)
    digest = next(iter(town.desk._offers))
    want = PiecesPart(digest=digest, start=0, pieces=MOST_PIECES)
    before = town.desk.pieces
    greedy = build_ask(TOWN, "oak-street", LIST, 0, want, START)
    for _ in range(200):
        town.desk._take(Received(topic(TOWN, "oak-street", Kind.ASK), greedy, 0, retained=False))
    assert len(town.desk._turns) == 1
    town.served.publish(101, [town.town.full(11, "NEW1111")])
    town.load()
    assert town.stage.plates() == ["NEW1111"]
    assert town.desk.pieces - before <= 2 * MOST_PIECES


def test_a_broken_folder_leaves_the_last_good_manifest(town: Round):
    """What does not hold is not served: a manifest nobody signed, or without its files."""
    in_force(town, "ABC1234")
    (town.served.folder / "manifest").write_bytes(b"noise")
    town.until(lambda: bool(town.desk.problem), "a problem at the desk")
    town.served.publish(101, [town.town.full(11, "NEW1111")])
    town.load()
    assert (town.stage.plates(), town.desk.problem) == (["NEW1111"], "")


def test_a_withheld_roster_is_told(town: Round):
    """The issuer knows a newer roster than this unit: the list is taken, and health says so."""
    full = in_force(town, "ABC1234")
    assert town.unit.take.problem == ""
    town.served.publish(101, [full], roster=4)
    town.until(
        lambda: "knows roster 4, and this unit has 1" in town.unit.take.problem, "word of it"
    )
    town.served.publish(102, [full, town.town.full(12, "NEW1111")], roster=1)
    town.load()
    assert (town.stage.plates(), town.unit.take.problem) == (["NEW1111"], "")


def test_a_desk_that_says_nothing_is_told(town: Round):
    """Without any answer for some polls health names the desk; an answer ends that."""
    in_force(town, "ABC1234")
    town.deaf = lambda _: True
    town.until(lambda: "has not answered" in town.unit.take.problem, "word of silence")
    town.deaf = lambda _: False
    town.until(lambda: town.unit.take.problem == "", "an answer")


def test_a_broker_that_dies_in_the_middle_costs_no_byte(tmp_path: Path):
    """Killed while pieces fly and started again: both come back, and the file goes on."""
    broker = Broker(tmp_path / "broker").start()
    town = Round(tmp_path, broker)
    town.deaf = lambda event: parse_list(event.payload)[0].payload.offset > 0
    town.served.publish(100, [town.town.full(10, *MANY)])
    town.until(lambda: town.unit.parts() == [PIECE], "a first piece")
    broker.kill()
    broker.start()
    town.deaf = lambda _: False
    town.load()
    assert len(town.stage.plates()) == len(MANY)
    town.close()
    broker.stop()
