"""What the archive believes of what comes off the broker, and what it answers."""

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.archive.asking import ASK_S, OPEN_S, Asking
from edge.archive.store import ArchiveStore
from edge.delivery.events import Received
from edge.errors import KeysError, MessageError
from edge.keys.canonical import from_text
from edge.keys.parties import Revocation
from edge.messages import pack
from edge.messages.answer import seal_answer
from edge.messages.chain import PayloadRow, build_chain
from edge.messages.chain_receipt import open_chain_receipt
from edge.messages.head import head_text
from edge.messages.health import build_health
from edge.messages.links import Link
from edge.messages.receipt import open_receipt
from edge.messages.status import build_status
from edge.messages.topics import Kind, parse_topic, topic
from edge.records import AlertId
from edge.services.archive_intake import Intake, Reply
from edge.services.keyring import Keyring
from tests.alerts import UNIT, an_alert, sealed
from tests.archive.batches import rewritten
from tests.archive.places import Place
from tests.delivery.hostile import EPOCH as SPOKEN_OF
from tests.delivery.hostile import an_outcome, forgeries
from tests.fakes import START, FakeClock
from tests.keys.cast import ISSUED, ROSTER, TOWN, keys_of, party_of, rosters_of
from tests.messages.chains import EPOCH, a_chain, a_head
from tests.messages.samples import ANSWER, DELIVER, VISITED, WATCH

CHAIN = a_chain(40)
ALERT = AlertId(UNIT.name, EPOCH, 7)


class Stand:
    """An archive's intake without a broker: messages in, replies out, each in its transaction."""

    def __init__(
        self, store: ArchiveStore, clock: FakeClock, revoked: tuple[Revocation, ...] = ()
    ) -> None:
        self.store = store
        self.asking = Asking()
        keyring = Keyring(keys_of("archive"), rosters_of(replace(ROSTER, revoked=revoked)))
        self.intake = Intake(keyring, store, self.asking, clock)

    def give(self, unit: str, kind: Kind, payload: bytes, *, retained: bool = False) -> list[Reply]:
        where = topic(TOWN, unit, kind)
        with self.store.transaction(), self.store.attempt():
            event = Received(where, payload, 1, retained)
            return self.intake.take(parse_topic(where), event)


@pytest.fixture
def stand(tmp_path: Path, clock: FakeClock) -> Iterator[Stand]:
    with Place(tmp_path / "archive").store(clock) as store:
        yield Stand(store, clock)


def batch(
    links: list[Link], payloads: list[PayloadRow], head: bytes, name: str = UNIT.name
) -> bytes:
    readers = [party_of("archive"), party_of("ada")]
    return build_chain(TOWN, name, EPOCH, links, payloads, head, readers, START)


def health(head: bytes, unit: str = UNIT.name) -> bytes:
    section = UNIT.model_copy(update={"name": unit})
    return build_health(WATCH, DELIVER, ("a sentence",), section, START, "1.2", head_text(head))


def test_a_letter_is_kept_recorded_and_signed_for(stand: Stand) -> None:
    """Alerts, outcomes and answers are kept as they came, each once on record, each signed for."""
    alert = pack(sealed(an_alert(), ALERT, 0, START))
    number = AlertId(UNIT.name, EPOCH, 8)
    answer = pack(seal_answer(number, ANSWER, START.iso(), keys_of(UNIT.name), party_of("dana")))
    given = [
        (UNIT.name, Kind.ALERT, alert),
        ("car-12", Kind.VERDICT, an_outcome()),
        (UNIT.name, Kind.ANSWER, answer),
    ]
    for name, kind, blob in given:
        for _ in range(2):
            ((where, receipt),) = stand.give(name, kind, blob)
            assert where == topic(TOWN, name, Kind.RECEIPT)
            assert open_receipt(receipt, ROSTER, ISSUED).payload.receiver == "archive"
    held = list(stand.store.letters.all())
    assert [pack(one.letter) for one in held if one.letter] == [blob for *_, blob in given]
    assert [(one.kind, one.category) for one in held] == [
        ("alert", "stolen_vehicle"),
        ("verdict", ""),
        ("answer", ""),
    ]
    assert held[1].about == f"{UNIT.name}/{SPOKEN_OF}/7"
    took = [row.payload["kind"] for row in stand.store.acts(["took"]) if row.payload]
    assert took == ["alert", "verdict", "answer"]


@pytest.mark.parametrize("name", sorted(forgeries(START)))
def test_a_forged_alert_leaves_nothing_and_gets_no_receipt(stand: Stand, name: str) -> None:
    """Whatever is wrong with an alert, it is neither kept nor signed for."""
    key = keys_of("main-street").signing.public
    gone = Revocation("main-street", key, ISSUED, "stolen")
    strict = Stand(stand.store, FakeClock(), (gone,))
    unit, blob = forgeries(START)[name]
    with suppress(KeysError, MessageError):  # not sealed to us is no error, and no receipt either
        assert strict.give(unit, Kind.ALERT, blob) == []
    assert list(stand.store.letters.all()) == []
    assert stand.store.own() is None


def test_other_words_under_a_number_are_told(stand: Stand) -> None:
    """A second alert under one number is recorded once, not kept, and gets no receipt."""
    stand.give(UNIT.name, Kind.ALERT, pack(sealed(an_alert(), ALERT, 0, START)))
    other = pack(sealed(an_alert("XY98765"), ALERT, 0, START))
    assert [stand.give(UNIT.name, Kind.ALERT, other) for _ in range(3)] == [[], [], []]
    assert len(list(stand.store.letters.all())) == 1
    assert len(list(stand.store.acts(["contradicted"]))) == 1
    assert stand.intake.contradicted == 1


def test_rows_are_answered_up_to_where_they_are_held(stand: Stand) -> None:
    """The archive's signed word names the last row without a gap, and its hash."""
    links, payloads = CHAIN
    blob = batch(links[:20], payloads[:20], a_head(links[:20], keys_of(UNIT.name)))
    ((where, reply),) = stand.give(UNIT.name, Kind.CHAIN, blob)
    receipt = open_chain_receipt(reply, ROSTER, datetime.fromtimestamp(START.utc_ns / 1e9, UTC))
    assert where == topic(TOWN, UNIT.name, Kind.RECEIPT)
    assert (receipt.number, receipt.hash, receipt.epoch) == (20, links[19].hash, EPOCH)
    assert stand.give(UNIT.name, Kind.CHAIN, blob) == [], "repeats are answered once a second"
    assert len([row for row in stand.store.acts(["hour"]) if row.payload]) == 20


def test_rows_that_nobody_signed_for_are_refused(stand: Stand) -> None:
    """A head of another unit, of a stranger, or none: nothing of the batch is kept."""
    links, payloads = CHAIN
    stranger = keys_of("nobody", keys_of(UNIT.name).role)
    heads = [a_head(links, keys_of("main-street")), a_head(links, stranger), b"no head"]
    heads.append(a_head(links[:10], keys_of(UNIT.name)))
    for head in heads:
        with pytest.raises((KeysError, MessageError)):
            stand.give(UNIT.name, Kind.CHAIN, batch(links, payloads, head))
    good = batch(links, payloads, a_head(links, keys_of(UNIT.name)))
    with pytest.raises(MessageError):
        stand.give("main-street", Kind.CHAIN, good)
    assert stand.store.chains() == ()


def test_payloads_of_other_rows_are_not_kept(stand: Stand) -> None:
    """Rows count by their head; what does not belong to them is left out and counted."""
    links, payloads = CHAIN
    head = a_head(links, keys_of(UNIT.name))
    swapped = [PayloadRow(1, payloads[1].salt, payloads[1].text), *payloads[1:]]
    stand.give(UNIT.name, Kind.CHAIN, batch(links, swapped, head))
    assert stand.store.newest()[UNIT.name].proven == 40
    assert not any(row.payload for row in stand.store.acts(["hour"]))
    assert stand.intake.refused == 1


def test_a_head_in_health_breaks_a_rewritten_chain(stand: Stand) -> None:
    """A unit whose signed head contradicts its rows is told of at once, on record once."""
    links, payloads = CHAIN
    stand.give(UNIT.name, Kind.CHAIN, batch(links, payloads, a_head(links, keys_of(UNIT.name))))
    other = a_head(rewritten(CHAIN, 5)[0][:30], keys_of(UNIT.name))
    for _ in range(2):
        stand.give(UNIT.name, Kind.HEALTH, health(other))
    assert "row 30 is another" in stand.intake.broken[0]
    (row,) = stand.store.acts(["chain"])
    assert row.payload is not None
    assert (row.payload["name"], row.payload["number"]) == (UNIT.name, 30)
    again = Stand(stand.store, FakeClock())
    again.intake.load()
    assert again.intake.broken == stand.intake.broken


def test_a_head_under_anothers_name_is_refused(stand: Stand) -> None:
    """Health is a word of the broker's; the head in it must be the very unit's."""
    head = a_head(CHAIN[0], keys_of("main-street"))
    with pytest.raises(MessageError, match="main-street"):
        stand.give(UNIT.name, Kind.HEALTH, health(head))
    with pytest.raises(MessageError, match="not on the roster"):
        stand.give("nobody", Kind.HEALTH, health(b"", "nobody"))
    assert stand.store.units() == ()


def test_what_units_say_is_known(stand: Stand) -> None:
    """The page learns of frames, list, version and problems; what the broker kept is dated so."""
    section = UNIT.model_copy(update={"name": UNIT.name})
    stand.give(UNIT.name, Kind.STATUS, build_status("online", section, START, "1.2"))
    early = START.later(-86_400)
    old = build_health(WATCH, DELIVER, ("old",), section, early, "1.1", "")
    stand.give(UNIT.name, Kind.HEALTH, old, retained=True)
    (unit,) = stand.store.units()
    assert (unit.online, unit.problems, unit.heard_ns) == (True, ("old",), START.utc_ns)
    stand.give(UNIT.name, Kind.HEALTH, health(a_head(CHAIN[0], keys_of(UNIT.name))))
    (unit,) = stand.store.units()
    assert (unit.software, unit.problems, unit.list_age_s) == ("1.2", ("a sentence",), 60.0)
    assert unit.remote is None, "a unit of before says nothing of it"
    visited = build_health(VISITED, DELIVER, (), UNIT, START, "1.3", "")
    stand.give(UNIT.name, Kind.HEALTH, visited)
    (unit,) = stand.store.units()
    assert unit.remote is not None
    assert (unit.remote.who, unit.remote.since) == ("tess", START.later(-600).iso())
    assert unit.last_frame_ns == START.later(-0.05).utc_ns
    assert unit.chain is not None
    assert unit.chain.gap == (1, 40)


def test_a_gap_is_asked_for_and_recorded(stand: Stand, clock: FakeClock) -> None:
    """An archive that lost its disk asks for all rows again; a gap that stands is told of."""
    head = a_head(CHAIN[0], keys_of(UNIT.name))
    stand.give(UNIT.name, Kind.HEALTH, health(head))
    assert stand.asking.due(clock.now()) == [], "rows may be on their way"
    clock.advance(ASK_S)
    ((standing, vain),) = stand.asking.due(clock.now())
    assert (standing.number, standing.gap, vain) == (0, (1, 40), False)
    where, blob = stand.intake.receipt(standing, clock.now())
    asked = open_chain_receipt(blob, ROSTER, datetime.fromtimestamp(START.utc_ns / 1e9, UTC))
    assert (asked.number, asked.hash) == (0, "")
    assert where == topic(TOWN, UNIT.name, Kind.RECEIPT)
    assert stand.asking.due(clock.now()) == []
    clock.advance(OPEN_S)
    (change,) = stand.asking.changes(clock.now())
    assert (change.act, change.first, change.last) == ("open", 1, 40)
    assert "rows 1 to 40" in stand.asking.gaps[0]
    stand.give(UNIT.name, Kind.CHAIN, batch(*CHAIN, head))
    assert [one.act for one in stand.asking.changes(clock.now())] == ["closed"]
    assert stand.asking.gaps == ()


def test_forged_rows_that_block_a_chain_are_dropped(stand: Stand, clock: FakeClock) -> None:
    """Rows that no head has proven, and that the unit does not go on from, are asked for anew."""
    head = a_head(CHAIN[0], keys_of(UNIT.name))
    forged = rewritten(CHAIN, 3)[0][:10]
    stand.give(UNIT.name, Kind.CHAIN, batch(forged, [], head))
    vain = []
    for _ in range(5):
        clock.advance(ASK_S)
        stand.give(UNIT.name, Kind.HEALTH, health(head))
        vain += [one[1] for one in stand.asking.due(clock.now())]
    assert vain == [False, False, False, True, True]
    told = stand.store.books.retreat(UNIT.name, EPOCH, clock.now())
    assert (told.number, told.proven) == (0, 0)


def test_garbage_on_every_topic_changes_nothing(stand: Stand) -> None:
    """A thousand random and half-right messages are refused, each with a sentence."""
    chance = random.Random(7)
    links, payloads = CHAIN
    true = {
        Kind.CHAIN: batch(links, payloads, a_head(links, keys_of(UNIT.name))),
        Kind.ALERT: pack(sealed(an_alert(), ALERT, 0, START)),
        Kind.VERDICT: an_outcome(),
        Kind.HEALTH: health(b"x"),
        Kind.STATUS: build_status("online", UNIT, START, "1.2"),
        Kind.ANSWER: b"EDGEANS\1",
    }
    for number in range(1000):
        kind = chance.choice(list(true))
        blob = bytearray(true[kind] if number % 2 else chance.randbytes(chance.randrange(400)))
        for _ in range(3):
            if blob:
                blob[chance.randrange(min(len(blob), 200))] ^= chance.randrange(1, 256)
        with pytest.raises((KeysError, MessageError)):
            stand.give(UNIT.name, kind, bytes(blob))
    assert stand.store.chains() == ()
    assert list(stand.store.letters.all()) == []


def test_heads_are_kept_as_they_were_signed(stand: Stand) -> None:
    """What a unit signed can be shown to anybody later, byte for byte."""
    head = a_head(CHAIN[0], keys_of(UNIT.name))
    stand.give(UNIT.name, Kind.CHAIN, batch(*CHAIN, head))
    assert [from_text(one, "it") for one in stand.store.heads(UNIT.name, EPOCH)] == [head]
