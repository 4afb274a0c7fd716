"""A batch of rows says what it says, or is refused whole."""

import struct
from collections.abc import Callable
from dataclasses import replace

import pytest

from edge.errors import KeysError, MessageError
from edge.keys.roles import Role
from edge.messages.chain import (
    CHAIN_LIMIT,
    MOST_ROWS,
    ChainMessage,
    PayloadRow,
    build_chain,
    build_words,
    open_chain_head,
    open_payloads,
    parse_chain,
)
from edge.messages.chain_receipt import (
    ChainReceipt,
    is_chain_receipt,
    open_chain_receipt,
    sign_chain_receipt,
)
from edge.messages.links import Link, verify
from edge.messages.topics import Kind, topic
from tests.fakes import START
from tests.keys.cast import ISSUED, ROSTER, keys_of, party_of
from tests.messages.chains import EPOCH, a_chain, a_head

LINKS, PAYLOADS = a_chain(MOST_ROWS)
UNIT = keys_of("bridge-2")
HEAD = a_head(LINKS, UNIT)
WHERE = topic("windsor", "bridge-2", Kind.CHAIN)


def built(
    links: list[Link] = LINKS, payloads: list[PayloadRow] = PAYLOADS, to: str = "archive"
) -> bytes:
    """Return a batch of the bridge's."""
    return build_chain(
        "windsor", "bridge-2", EPOCH, links, payloads, HEAD, [party_of(to), party_of("ada")], START
    )


def test_rows_come_as_they_were_sent() -> None:
    """Rows, head and payloads are there again, for the archive and for the auditor."""
    blob = built()
    message = parse_chain(blob, WHERE)
    assert (message.name, message.epoch, list(message.rows)) == ("bridge-2", EPOCH, LINKS)
    head = open_chain_head(message.head, ROSTER, ISSUED)
    assert verify(message.rows, EPOCH, replace(LINKS[-1], hash=head.audit_hash)) is None
    for name in ("archive", "ada"):
        assert list(open_payloads(message, keys_of(name))) == PAYLOADS
    assert len(blob) < CHAIN_LIMIT // 2


def test_a_batch_from_the_middle_continues() -> None:
    """Rows after a number bear the hash of the row before them."""
    message = parse_chain(built(LINKS[100:], PAYLOADS[150:]), WHERE)
    assert message.rows == tuple(LINKS[100:])
    assert message.rows[0].previous == LINKS[99].hash
    assert open_payloads(message, keys_of("archive"))[0].number == 151


def test_erased_payloads_leave_their_rows() -> None:
    """A batch of which every payload was erased has rows and nothing sealed."""
    message = parse_chain(built(payloads=[]), WHERE)
    assert (message.sealed, open_payloads(message, keys_of("archive"))) == (b"", ())


def test_nobody_else_opens_payloads() -> None:
    """Who may hear the topic reads kinds and times, and no content."""
    message = parse_chain(built(), WHERE)
    with pytest.raises(KeysError, match="not sealed to car-12"):
        open_payloads(message, keys_of("car-12"))
    assert b"passes" not in built()


@pytest.mark.parametrize(
    "change",
    [
        lambda blob: blob[:-1000],
        lambda blob: blob[:40],
        lambda blob: b"EDGECHN\2" + blob[8:],
        lambda blob: blob[:8] + struct.pack(">I", 2**31) + blob[12:],
        lambda blob: blob.replace(b'"first":1,', b'"first":2,'),
        lambda blob: blob.replace(LINKS[7].commitment.encode(), b"0" * 64),
        lambda blob: blob.replace(LINKS[-1].hash.encode(), b"1" * 64),
        lambda blob: blob.replace(b'"kind":"hour"', b'"kind":"shop"', 1),
        lambda blob: blob + bytes(CHAIN_LIMIT),
    ],
    ids=["cut", "stump", "version", "length", "number", "row", "hash", "kind", "large"],
)
def test_a_changed_batch_is_refused(change: Callable[[bytes], bytes]) -> None:
    """Whatever was done to it on the way, nothing of it is taken."""
    with pytest.raises((MessageError, KeysError)):
        open_payloads(parse_chain(change(built()), WHERE), keys_of("archive"))


def test_a_batch_on_anothers_topic_is_refused() -> None:
    """A unit that may write under its own name speaks for no other."""
    with pytest.raises(MessageError, match="came on"):
        parse_chain(built(), topic("windsor", "main-street", Kind.CHAIN))


@pytest.mark.parametrize(
    "payload",
    [
        replace(PAYLOADS[4], text=PAYLOADS[5].text),
        replace(PAYLOADS[4], number=6),
        replace(PAYLOADS[4], number=201),
        replace(PAYLOADS[4], salt="no hex"),
    ],
    ids=["text", "swapped", "outside", "salt"],
)
def test_a_payload_that_its_row_does_not_know_is_refused(payload: PayloadRow) -> None:
    """Only what the row committed to is believed; else a sender could tell two stories."""
    message = parse_chain(built(payloads=[payload]), WHERE)
    with pytest.raises(MessageError):
        open_payloads(message, keys_of("archive"))


def test_payloads_of_another_batch_do_not_fit() -> None:
    """Sealed payloads moved to another batch are refused."""
    early = parse_chain(built(LINKS[:10], PAYLOADS[:10]), WHERE)
    late = parse_chain(built(LINKS[10:20], PAYLOADS[10:20]), WHERE)
    mixed = ChainMessage(late.name, late.epoch, late.rows, late.head, early.sealed)
    with pytest.raises(MessageError):
        open_payloads(mixed, keys_of("archive"))


def test_only_who_keeps_a_chain_signs_its_head() -> None:
    """An officer's head is none, nor is one of another name than the signer's."""
    forged = a_head(LINKS, keys_of("dana", Role.OFFICER))
    text = parse_chain(
        build_chain("windsor", "dana", EPOCH, LINKS, [], forged, [], START),
        topic("windsor", "dana", Kind.CHAIN),
    ).head
    with pytest.raises(KeysError, match="only archive or console or unit"):
        open_chain_head(text, ROSTER, ISSUED)


def test_too_many_rows_are_no_batch() -> None:
    """A batch has at most 200 rows and at least one."""
    with pytest.raises(MessageError):
        build_words("windsor", "bridge-2", EPOCH, a_chain(MOST_ROWS + 1)[0], HEAD, START)
    with pytest.raises(MessageError, match="no rows"):
        build_words("windsor", "bridge-2", EPOCH, [], HEAD, START)


RECEIPT = ChainReceipt("archive", "bridge-2", EPOCH, 200, LINKS[-1].hash, START.iso())


def test_a_receipt_is_the_archives_word() -> None:
    """What an archive signs is read back; a unit or a console signs none."""
    blob = sign_chain_receipt(RECEIPT, keys_of("archive"))
    assert is_chain_receipt(blob)
    assert open_chain_receipt(blob, ROSTER, ISSUED) == RECEIPT
    forged = sign_chain_receipt(replace(RECEIPT, archive="car-12"), keys_of("car-12"))
    with pytest.raises(KeysError, match="only archive"):
        open_chain_receipt(forged, ROSTER, ISSUED)
    with pytest.raises(MessageError):
        sign_chain_receipt(RECEIPT, keys_of("car-12"))


def test_a_changed_receipt_is_refused() -> None:
    """Another number, another town, or a number without a hash is no receipt."""
    blob = sign_chain_receipt(RECEIPT, keys_of("archive"))
    with pytest.raises(KeysError, match="does not hold"):
        open_chain_receipt(blob.replace(b'"number":200', b'"number":100'), ROSTER, ISSUED)
    elsewhere = sign_chain_receipt(RECEIPT, keys_of("archive", Role.ARCHIVE, "dover"))
    with pytest.raises(KeysError):
        open_chain_receipt(elsewhere, ROSTER, ISSUED)
    bare = sign_chain_receipt(replace(RECEIPT, hash=""), keys_of("archive"))
    with pytest.raises(MessageError, match="without a hash"):
        open_chain_receipt(bare, ROSTER, ISSUED)
