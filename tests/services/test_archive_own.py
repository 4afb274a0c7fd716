"""The archive's own chain lies with another archive too, and auditors can open it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.archive.asking import Asking
from edge.archive.store import ArchiveStore
from edge.delivery.events import Received
from edge.errors import KeysError, MessageError
from edge.keys.roles import Role
from edge.messages.chain import open_payloads, parse_chain
from edge.messages.links import verify
from edge.messages.topics import Kind, parse_topic, topic
from edge.services.archive_intake import Intake, Reply
from edge.services.archive_own import EVERY_S, OwnChain
from edge.services.keyring import Keyring
from tests.archive.places import Place
from tests.fakes import FakeClock
from tests.keys.cast import TOWN, keys_of, party_of, roster_of, rosters_of

OTHER = "county"
ROSTER = roster_of(extra=[party_of(OTHER, Role.ARCHIVE)])


class Pair:
    """Two archives of one town, and what goes between them."""

    def __init__(self, own: ArchiveStore, other: ArchiveStore, clock: FakeClock) -> None:
        self.own, self.other, self.clock = own, other, clock
        self.sender = OwnChain(own, Keyring(keys_of("archive"), rosters_of(ROSTER)))
        theirs = Keyring(keys_of(OTHER, Role.ARCHIVE), rosters_of(ROSTER))
        self.intake = Intake(theirs, other, Asking(), clock)

    def work(self, acts: int) -> None:
        for _ in range(acts):
            self.own.record("ended", {"process": "archive", "why": "a reason " * 20})

    def turn(self, *, lost: bool = False) -> int:
        """Let a second pass; return how many batches went, which the way may have lost."""
        self.clock.advance(1.0)
        said = list(self.sender.step(self.clock.now()))
        for where, blob in [] if lost else said:
            with self.other.transaction():
                replies = self.intake.take(
                    parse_topic(where), Received(where, blob, 1, retained=False)
                )
            self._answer(replies)
        return len(said)

    def _answer(self, replies: list[Reply]) -> None:
        for where, blob in replies:
            assert where in self.sender.topics
            self.sender.take(Received(where, blob, 1, retained=False))

    def held(self) -> int:
        state = self.other.newest().get("archive")
        return state.proven if state else 0


@pytest.fixture
def pair(tmp_path: Path, clock: FakeClock) -> Iterator[Pair]:
    own, other = Place(tmp_path / "own"), Place(tmp_path / "other")
    with own.store(clock) as one, other.store(clock, OTHER) as two:
        yield Pair(one, two, clock)


def test_another_archive_holds_it_whole(pair: Pair) -> None:
    """A backlog goes batch by batch; then only what is new, a minute later."""
    pair.work(450)
    batches = [pair.turn() for _ in range(8)]
    assert sum(batches) >= 3
    assert batches[-1] == 0
    assert pair.held() == 450
    assert verify(pair.other.rows("archive"), pair.own.epoch) is None
    assert all(row.payload for row in pair.other.acts(["ended"]))
    pair.work(1)
    assert pair.turn() == 0
    pair.clock.advance(EVERY_S)
    assert pair.turn() == 1
    assert pair.held() == 451


def test_what_the_way_lost_is_asked_for(pair: Pair) -> None:
    """A batch that never came is a gap at the other archive, whose word brings it again."""
    pair.work(5)
    assert pair.turn(lost=True) == 1
    pair.work(5)
    pair.clock.advance(EVERY_S)
    for _ in range(3):
        pair.turn()
    assert pair.held() == 10


def test_a_start_goes_on_where_it_ended(pair: Pair) -> None:
    """After a restart nothing is published that was signed before, and what was not is."""
    pair.work(5)
    pair.turn()
    again = Pair(pair.own, pair.other, pair.clock)
    assert again.turn() == 0
    again.work(1)
    assert again.turn() == 1
    assert again.held() == 6


def test_an_auditor_can_open_it(pair: Pair) -> None:
    """What is published is sealed to the town's auditors as well."""
    pair.work(2)
    pair.clock.advance(1.0)
    ((where, blob),) = pair.sender.step(pair.clock.now())
    message = parse_chain(blob, where)
    assert len(open_payloads(message, keys_of("ada"))) == 2
    with pytest.raises(KeysError):
        open_payloads(message, keys_of("car-12"))


def test_what_is_no_receipt_of_an_archive_is_refused(pair: Pair) -> None:
    """Nobody but an archive makes it say its chain again, and only its own."""
    where = topic(TOWN, "archive", Kind.RECEIPT)
    for blob in (b"noise", b'EDGESIG\1"kind":"chain-receipt"'):
        with pytest.raises((KeysError, MessageError)):
            pair.sender.take(Received(where, blob, 1, retained=False))
