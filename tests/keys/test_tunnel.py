"""A stream between two: what a broker in between can do to it, and what comes of that."""

import pytest

from edge.errors import KeysError, TunnelError
from edge.keys.crypto import OpeningKey, SealingKey
from edge.keys.tunnel import OVERHEAD, Opening, Pair

SESSION = bytes(range(16))
SAID = (b"request", b"answer")


def ends(said: tuple[bytes, bytes] = SAID, other: tuple[bytes, bytes] = SAID) -> tuple[Pair, Pair]:
    """Return a technician's and a unit's end, each by the documents that it has seen."""
    asks, answers = OpeningKey.make(), OpeningKey.make()
    return (
        Pair(asks, answers.public, SESSION, said, inward=True),
        Pair(answers, asks.public, SESSION, other, inward=False),
    )


def test_each_way_reads_what_the_other_end_said() -> None:
    """Records come out as they went in, both ways, and say nothing of their content."""
    laptop, unit = ends()
    for number in range(3):
        record = laptop.sealing.seal(b"secret word %d" % number)
        assert len(record) == OVERHEAD + 13
        assert b"secret" not in record
        assert unit.opening.open(record) == b"secret word %d" % number
        assert laptop.opening.open(unit.sealing.seal(b"back")) == b"back"


@pytest.mark.parametrize(
    "where", [0, 9, 31, 32, -1], ids=["magic", "session", "number", "box", "tag"]
)
def test_a_flipped_bit_anywhere_is_dropped_and_then_seen_as_a_gap(where: int) -> None:
    """The changed record says nothing, and the next true one ends the stream with a word.

    Control: unchanged, both are read.
    """
    laptop, unit = ends()
    first, second = laptop.sealing.seal(b"first"), laptop.sealing.seal(b"second")
    changed = bytearray(first)
    changed[where] ^= 1
    assert unit.opening.open(bytes(changed)) is None
    assert unit.opening.foreign == 1
    with pytest.raises(TunnelError, match="record 0 was lost"):
        unit.opening.open(second)
    assert [unit.opening.open(one) for one in (first, second)] == [b"first", b"second"]


def test_nothing_is_read_twice_out_of_order_or_on_the_way_back() -> None:
    """A repeat is dropped, a later one first ends it, and one's own record is nobody's."""
    laptop, unit = ends()
    records = [laptop.sealing.seal(bytes([number])) for number in range(3)]
    assert unit.opening.open(records[0]) == b"\0"
    assert unit.opening.open(records[0]) is None
    assert unit.opening.repeated == 1
    assert laptop.opening.open(records[1]) is None
    with pytest.raises(TunnelError) as told:
        unit.opening.open(records[2])
    assert told.value.again


@pytest.mark.parametrize("record", [b"", b"EDGETUN\1", bytes(OVERHEAD - 1)], ids=len)
def test_what_is_no_record_is_dropped(record: bytes) -> None:
    """Short and empty messages end nothing."""
    unit = ends()[1]
    assert unit.opening.open(record) is None
    assert unit.opening.foreign == 1


@pytest.mark.parametrize(
    "said", [(b"request", b"other"), (b"requesta", b"nswer")], ids=["other", "cut"]
)
def test_ends_that_saw_other_documents_share_no_key(said: tuple[bytes, bytes]) -> None:
    """Whoever swaps a signed document in between leaves two ends that cannot read each other."""
    laptop, unit = ends(other=said)
    assert unit.opening.open(laptop.sealing.seal(b"word")) is None


def test_a_session_and_a_direction_have_keys_of_their_own() -> None:
    """The same two keys under another session read nothing of the first."""
    asks, answers = OpeningKey.make(), OpeningKey.make()
    laptop = Pair(asks, answers.public, SESSION, SAID, inward=True)
    unit = Pair(answers, asks.public, bytes(16), SAID, inward=False)
    assert unit.opening.open(laptop.sealing.seal(b"word")) is None
    assert Opening(bytes(32), SESSION).open(laptop.sealing.seal(b"word")) is None


def test_a_point_that_everybody_shares_a_secret_with_is_refused() -> None:
    """A key of small order would make the secret known to whoever put it there."""
    with pytest.raises(KeysError, match="no sound key"):
        Pair(OpeningKey.make(), SealingKey(bytes(32)), SESSION, SAID, inward=True)
