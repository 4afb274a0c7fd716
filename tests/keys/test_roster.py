"""The roster refuses whom it must, each for its own reason, and nobody else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import KeysError
from edge.keys.crypto import SealingKey, SigningKey, VerifyKey
from edge.keys.identity import make_identity
from edge.keys.parties import Revocation
from edge.keys.roles import Role
from edge.keys.roster import load_roster, read_roster, sign_roster
from edge.keys.signed import Signed, sign
from tests.keys.town import DAY, NOW, Town, elsewhere

KIND = "list-manifest"


def test_a_party_in_order_is_let_through() -> None:
    """The control of all refusals below: the issuer's own document passes and names the issuer."""
    town = Town()
    issuer = town.add(Role.LIST_ISSUER, "state-police")
    party = town.roster().check(sign(KIND, b"list", issuer), Role.LIST_ISSUER, NOW)
    assert party.name == "state-police"
    assert town.roster().check(sign(KIND, b"", issuer), {Role.UNIT, Role.LIST_ISSUER}, NOW) == party


def _changed(field: str, value: object) -> Callable[[Signed], Signed]:
    return lambda signed: replace(signed, **{field: value})


@pytest.mark.parametrize(
    "change",
    [
        _changed("payload", b"lisT"),
        _changed("kind", "alert"),
        _changed("signer", "other-issuer"),
        _changed("signature", bytes(64)),
        _changed("signature", b""),
    ],
)
def test_a_changed_document_is_refused(change: Callable[[Signed], Signed]) -> None:
    """Payload, kind, signer and signature: none can be exchanged for another."""
    town = Town()
    issuer = town.add(Role.LIST_ISSUER, "state-police")
    town.add(Role.LIST_ISSUER, "other-issuer")
    with pytest.raises(KeysError, match="does not hold"):
        town.roster().check(change(sign(KIND, b"list", issuer)), Role.LIST_ISSUER, NOW)


def test_who_is_not_on_the_roster_is_refused() -> None:
    """A stranger with sound keys is nobody."""
    stranger = make_identity("stranger", Role.LIST_ISSUER, "windsor")
    with pytest.raises(KeysError, match="not on the roster of windsor"):
        Town().roster().check(sign(KIND, b"list", stranger), Role.LIST_ISSUER, NOW)


def test_another_towns_signature_is_refused() -> None:
    """The same key and name, signing as a party of another town, is not believed in this one."""
    town = Town()
    issuer = town.add(Role.LIST_ISSUER, "state-police")
    with pytest.raises(KeysError, match="another town"):
        town.roster().check(
            sign(KIND, b"list", elsewhere(issuer, "bristol")), Role.LIST_ISSUER, NOW
        )


def test_a_wrong_role_is_refused() -> None:
    """A unit's key signs no list, however sound."""
    town = Town()
    unit = town.add(Role.UNIT, "main-street")
    signed = sign(KIND, b"list", unit)
    with pytest.raises(KeysError, match="main-street is unit; only list-issuer signs it"):
        town.roster().check(signed, Role.LIST_ISSUER, NOW)
    assert town.roster().check(signed, Role.UNIT, NOW).name == "main-street"


def test_dates_are_kept() -> None:
    """A key counts from its first moment on, and at its end no more."""
    town = Town()
    unit = town.add(Role.UNIT, "main-street", since=NOW, until=NOW + DAY)
    signed = sign("alert", b"", unit)
    assert town.roster().check(signed, Role.UNIT, NOW)
    with pytest.raises(KeysError, match="counts only from 2026-06-01T12:00:00Z"):
        town.roster().check(signed, Role.UNIT, NOW - DAY)
    with pytest.raises(KeysError, match="ended at 2026-06-02T12:00:00Z"):
        town.roster().check(signed, Role.UNIT, NOW + DAY)


@pytest.mark.parametrize("at", [NOW - DAY / 2, NOW, NOW + DAY])
def test_a_revoked_key_is_refused_whatever_the_date(at: datetime) -> None:
    """A thief writes any date: revoked is revoked, before and after the revocation's own moment."""
    town = Town()
    unit = town.add(Role.UNIT, "main-street")
    signed = sign("alert", b"", unit)
    assert town.roster().check(signed, Role.UNIT, at)
    town.revoke(unit, reason="stolen from its pole")
    with pytest.raises(KeysError, match="revoked at 2026-06-01T12:00:00Z: stolen from its pole"):
        town.roster().check(signed, Role.UNIT, at)


def test_old_evidence_outlives_a_revocation() -> None:
    """What the archive held before the theft stands; what it first saw later does not."""
    town = Town()
    unit = town.add(Role.UNIT, "main-street")
    signed = sign("alert", b"", unit)
    town.revoke(unit)
    assert town.roster().check_then(signed, Role.UNIT, NOW - DAY / 2).name == "main-street"
    with pytest.raises(KeysError, match="revoked"):
        town.roster().check_then(signed, Role.UNIT, NOW)
    with pytest.raises(KeysError, match="only console"):
        town.roster().check_then(signed, Role.CONSOLE, NOW - DAY / 2)


def test_old_and_new_key_overlap() -> None:
    """During a rotation both keys of one name count, after it the new one alone."""
    town = Town()
    old = town.add(Role.UNIT, "main-street", until=NOW + DAY)
    new = town.add(Role.UNIT, "main-street", since=NOW)
    roster = town.roster()
    for identity in (old, new):
        assert roster.check(sign("alert", b"", identity), Role.UNIT, NOW + DAY / 2)
    assert len(roster.recipients(Role.UNIT, NOW + DAY / 2)) == 2
    with pytest.raises(KeysError, match="ended"):
        roster.check(sign("alert", b"", old), Role.UNIT, NOW + DAY)
    assert [one.verify_key for one in roster.recipients(Role.UNIT, NOW + DAY)] == [
        new.signing.public
    ]


def test_recipients_are_those_of_the_role_who_may_open_now() -> None:
    """No other role, no ended, no future and no revoked party is sealed to."""
    town = Town()
    good = town.add(Role.UNIT, "main-street")
    town.add(Role.CONSOLE, "car-1")
    town.add(Role.UNIT, "ended", until=NOW)
    town.add(Role.UNIT, "future", since=NOW + DAY)
    town.revoke(town.add(Role.UNIT, "stolen"))
    assert town.roster().recipients(Role.UNIT, NOW) == (town.party(good),)


def test_a_clock_that_nobody_set_is_at_least_at_the_rosters_date() -> None:
    """1970 cannot be: the roster was signed later."""
    roster = Town().roster()
    assert roster.no_earlier(datetime(1970, 1, 1, tzinfo=UTC)) == NOW
    assert roster.no_earlier(NOW + DAY) == NOW + DAY


def test_a_roster_is_read_as_it_was_signed(tmp_path: Path) -> None:
    """Writing and reading give the same roster, revocations and dates with it."""
    town = Town()
    town.add(Role.LIST_ISSUER, "state-police")
    town.revoke(town.add(Role.UNIT, "main-street"))
    read = load_roster(town.write(tmp_path / "roster"), town.root.public)
    assert set(read.parties) == set(town.parties)
    assert replace(read, parties=()) == replace(town.roster(), parties=())


def test_another_root_and_an_older_roster_are_refused(tmp_path: Path) -> None:
    """Forged and rolled back each have their sentence; the same number again is fine."""
    town = Town(sequence=7)
    file = town.write(tmp_path / "roster")
    assert load_roster(file, town.root.public, 7).sequence == 7
    with pytest.raises(KeysError, match="plays an old roster back"):
        load_roster(file, town.root.public, 8)
    with pytest.raises(KeysError, match="not signed by the root"):
        load_roster(file, SigningKey.make().public)
    with pytest.raises(KeysError, match=r"none: cannot be read: No such file"):
        load_roster(tmp_path / "none", town.root.public)


TOWN = Town()
TOWN.add(Role.LIST_ISSUER, "state-police")
TOWN.revoke(TOWN.add(Role.UNIT, "main-street"))
BLOB = sign_roster(TOWN.roster(), TOWN.root)


@given(st.integers(0, len(BLOB) * 8 - 1))
def test_no_flipped_bit_is_read(bit: int) -> None:
    """Any one changed bit refuses the file; the untouched file is the control."""
    assert read_roster(BLOB, "roster", TOWN.root.public).sequence == 2
    changed = bytearray(BLOB)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(KeysError):
        read_roster(bytes(changed), "roster", TOWN.root.public)


@given(st.integers(0, len(BLOB) - 1), st.binary(max_size=40))
def test_no_cut_and_no_tail_is_read(length: int, tail: bytes) -> None:
    """A roster cut short, with or without other bytes at its end, is refused."""
    cut = BLOB[:length] + tail
    if cut != BLOB:
        with pytest.raises(KeysError):
            read_roster(cut, "roster", TOWN.root.public)


@given(st.binary(max_size=300))
def test_anything_else_is_refused_with_a_sentence(blob: bytes) -> None:
    """Bytes from anywhere raise nothing but our own error."""
    with pytest.raises(KeysError, match="roster:"):
        read_roster(blob, "roster", TOWN.root.public)


def _same_key(town: Town) -> None:
    officer = town.add(Role.OFFICER, "smith")
    town.parties.append(replace(town.party(officer), name="jones", role=Role.SUPERVISOR))


def _two_roles(town: Town) -> None:
    town.add(Role.OFFICER, "smith")
    town.add(Role.SUPERVISOR, "smith")


def _weak_key(town: Town) -> None:
    unit = town.party(town.add(Role.UNIT, "main-street"))
    town.parties[-1] = replace(unit, verify_key=VerifyKey(bytes(32)))


def _no_sealing_key(town: Town) -> None:
    unit = town.party(town.add(Role.UNIT, "main-street"))
    town.parties[-1] = replace(unit, sealing_key=None)


def _sealed_to_issuer(town: Town) -> None:
    issuer = town.party(town.add(Role.LIST_ISSUER, "state-police"))
    town.parties[-1] = replace(issuer, sealing_key=SealingKey(b"\7" * 32))


def _revoked_later(town: Town) -> None:
    town.revoke(town.add(Role.UNIT, "main-street"), at=NOW + DAY)


def _revoked_stranger(town: Town) -> None:
    town.revoked.append(Revocation("nobody", SigningKey.make().public, NOW, "lost"))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_same_key, "smith and jones have the same key"),
        (_two_roles, "smith has two roles"),
        (_weak_key, "anybody can sign"),
        (_no_sealing_key, "unit has a sealing key"),
        (_sealed_to_issuer, "list-issuer has no sealing key"),
        (_revoked_later, "later than the roster's own"),
        (_revoked_stranger, "that nobody does not have"),
        (lambda town: town.add(Role.UNIT, "root"), "called root"),
        (lambda town: town.add(Role.UNIT, "a", since=NOW, until=NOW), "ends"),
        (lambda town: setattr(town, "name", "bristol"), "the roster of bristol"),
    ],
)
def test_the_root_signs_no_contradiction(spoil: Callable[[Town], None], reason: str) -> None:
    """One key for two parties would make one person two: such rosters are not signed."""
    town = Town()
    town.add(Role.CONSOLE, "car-1")
    assert sign_roster(town.roster(), town.root)
    spoil(town)
    with pytest.raises(KeysError, match=reason):
        sign_roster(town.roster(), town.root)
