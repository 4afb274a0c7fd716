"""Sealed bytes open for those they were sealed to, and only as they were sealed."""

import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import KeysError
from edge.keys import canonical
from edge.keys.crypto import OpeningKey, SealingKey
from edge.keys.identity import make_identity
from edge.keys.roles import Role
from edge.keys.sealed import open_sealed, seal, sealed_to
from tests.keys.town import Town, elsewhere

TOWN = Town()
UNIT, OTHER = TOWN.add(Role.UNIT, "main-street"), TOWN.add(Role.UNIT, "elm-street")
BOTH = TOWN.parties
BLOB = seal("list", b"DEMO1 and others", BOTH)


@given(st.binary(max_size=3000), st.integers(1, 2))
def test_every_recipient_opens_it(payload: bytes, count: int) -> None:
    """What was sealed is what each recipient finds."""
    blob = seal("list", payload, BOTH[:count])
    for identity in (UNIT, OTHER)[:count]:
        assert open_sealed("list", blob, identity) == payload


def test_nothing_shows_through() -> None:
    """The bytes hold neither the payload nor the recipients' names, and never repeat."""
    assert b"DEMO1" not in BLOB
    assert b"main-street" not in BLOB
    assert seal("list", b"DEMO1 and others", BOTH)[-16:] != BLOB[-16:]
    assert sealed_to("list", BLOB) == tuple(
        sorted(one.sealing_key.id for one in BOTH if one.sealing_key)
    )


def test_who_is_not_a_recipient_opens_nothing() -> None:
    """Neither a stranger nor one who takes a recipient's name."""
    for name in ("stranger", "main-street"):
        with pytest.raises(KeysError, match="not sealed to"):
            open_sealed("list", BLOB, make_identity(name, Role.UNIT, "windsor"))


def test_another_kind_and_another_town_open_nothing() -> None:
    """What was sealed as a list is no alert, and nothing of another town."""
    with pytest.raises(
        KeysError,
        match="a sealed list for windsor, and main-street of windsor wants a sealed alert",
    ):
        open_sealed("alert", BLOB, UNIT)
    with pytest.raises(KeysError, match="main-street of bristol wants"):
        open_sealed("list", BLOB, elsewhere(UNIT, "bristol"))


@pytest.mark.parametrize("field", ["kind", "town"])
def test_kind_and_town_are_bound_and_not_only_named(field: str) -> None:
    """Rewriting the words on the envelope does not make it open as something else."""
    head, box = _split(BLOB)
    head[field] = "alert" if field == "kind" else "bristol"
    own = elsewhere(UNIT, "bristol") if field == "town" else UNIT
    with pytest.raises(KeysError, match="was changed"):
        open_sealed("alert" if field == "kind" else "list", _joined(head, box), own)


def test_recipients_cannot_be_taken_out_or_swapped() -> None:
    """A shorter list, and one with the wrapped keys swapped, are refused by those who remain."""
    head, box = _split(BLOB)
    assert open_sealed("list", _joined(head, box), UNIT)
    first, second = head["recipients"]
    own = UNIT if first["id"] == BOTH[0].sealing_key.id else OTHER
    with pytest.raises(KeysError, match="was changed"):
        open_sealed("list", _joined({**head, "recipients": [first]}, box), own)
    swapped = [{**first, "key": second["key"]}, {**second, "key": first["key"]}]
    with pytest.raises(KeysError, match="was changed"):
        open_sealed("list", _joined({**head, "recipients": swapped}, box), own)


def test_a_stranger_cannot_be_put_in() -> None:
    """A broker that adds itself to the list of recipients spoils it for all."""
    head, box = _split(BLOB)
    added = {"id": "0" * 16, "key": head["recipients"][0]["key"]}
    more = _joined({**head, "recipients": [added, *head["recipients"]]}, box)
    with pytest.raises(KeysError, match="was changed"):
        open_sealed("list", more, UNIT)


def test_a_commitment_names_the_content_key() -> None:
    """A sender who commits to another key is found out before anything is opened."""
    head, box = _split(BLOB)
    head["commitment"] = canonical.to_text(bytes(32))
    with pytest.raises(KeysError, match="open differently for others"):
        open_sealed("list", _joined(head, box), UNIT)


@given(st.integers(0, len(BLOB) * 8 - 1))
def test_no_flipped_bit_opens(bit: int) -> None:
    """Any one changed bit is refused; the untouched bytes are the control."""
    assert open_sealed("list", BLOB, UNIT) == b"DEMO1 and others"
    changed = bytearray(BLOB)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(KeysError):
        open_sealed("list", bytes(changed), UNIT)


@given(st.binary(max_size=300), st.integers(0, len(BLOB)))
def test_anything_else_is_refused_with_a_sentence(noise: bytes, cut: int) -> None:
    """Bytes from anywhere, behind the start of a true blob or alone, raise our own error."""
    for blob in (noise, BLOB[:cut] + noise):
        if blob != BLOB:
            with pytest.raises(KeysError, match="sealed list"):
                open_sealed("list", blob, UNIT)


def test_what_was_sealed_before_a_rotation_still_opens() -> None:
    """The earlier opening key is kept and tried."""
    rotated = replace(UNIT, opening=OpeningKey.make(), earlier=(UNIT.opening,))
    assert open_sealed("list", BLOB, rotated)
    with pytest.raises(KeysError, match="not sealed to"):
        open_sealed("list", BLOB, replace(rotated, earlier=()))


def test_it_is_sealed_to_somebody_who_can_open() -> None:
    """Nobody, parties of two towns, a role without a sealing key and a point of no order."""
    town = Town()
    issuer = town.party(town.add(Role.LIST_ISSUER, "state-police"))
    bristol = replace(BOTH[0], town="bristol")
    unsound = replace(BOTH[0], sealing_key=SealingKey(bytes(32)))
    for recipients, reason in (
        ([], "sealed to nobody"),
        ([BOTH[0], bristol], "several towns"),
        ([issuer], "no key that things can be sealed to"),
        ([unsound], "no sound key"),
    ):
        with pytest.raises(KeysError, match=reason):
            seal("list", b"x", recipients)


def _split(blob: bytes) -> tuple[dict, bytes]:
    (length,) = struct.unpack(">I", blob[8:12])
    return canonical.decode(blob[12 : 12 + length], "head"), blob[12 + length :]


def _joined(head: dict, box: bytes) -> bytes:
    raw = canonical.encode(head)
    return BLOB[:8] + struct.pack(">I", len(raw)) + raw + box
