"""Changes of a roster: what they do, and what they refuse."""

from dataclasses import replace
from datetime import timedelta

import pytest

from edge.errors import KeysError
from edge.keys import edits, locked
from edge.keys.crypto import SigningKey
from edge.keys.identity import Identity, make_identity, successor
from edge.keys.request import Request, make_request, read_request
from edge.keys.roles import Role
from edge.keys.roster import sign_roster
from edge.keys.signed import from_bytes, sign, to_bytes
from edge.keys.x509 import make_tls_key, tls_public
from tests.keys.town import DAY, NOW, Town

TLS = tls_public(make_tls_key())


def asks(identity: Identity) -> Request:
    return read_request(make_request(identity, TLS), "application")


def test_an_application_says_what_the_roster_will() -> None:
    """Name, role, keys and fingerprint pass unchanged from identity to roster."""
    identity = make_identity("main-street", Role.UNIT, "windsor")
    roster = edits.added(Town().roster(), asks(identity), NOW, NOW + DAY)
    assert roster.parties == (identity.party(NOW, NOW + DAY),)
    assert roster.parties[0].fingerprint == asks(identity).fingerprint == identity.fingerprint


def test_an_application_signed_with_another_key_is_refused() -> None:
    """Nobody applies with a key that is not theirs; the control is the application as made."""
    identity = make_identity("main-street", Role.UNIT, "windsor")
    blob = make_request(identity, TLS)
    assert read_request(blob, "application").name == "main-street"
    payload = from_bytes(blob, "application", "party-request").payload
    thief = replace(identity, signing=SigningKey.make())
    with pytest.raises(KeysError, match="not signed with its own key"):
        read_request(to_bytes(sign("party-request", payload, thief)), "application")


@pytest.mark.parametrize(
    ("stranger", "reason"),
    [
        (make_identity("main-street", Role.UNIT, "windsor"), "rotate its key, or revoke it"),
        (
            make_identity("elm-street", Role.UNIT, "bristol"),
            "was made for bristol",
        ),
    ],
)
def test_adding_refuses(stranger: Identity, reason: str) -> None:
    """A name whose key still counts, and a party of another town."""
    town = Town()
    town.add(Role.UNIT, "main-street", until=NOW + DAY)
    with pytest.raises(KeysError, match=reason):
        edits.added(town.roster(), asks(stranger), NOW, NOW + DAY)


def test_a_name_is_free_again_when_its_key_has_ended() -> None:
    """From the end of the old line on, another key may bear the name, in the same role."""
    town = Town()
    town.add(Role.UNIT, "main-street", until=NOW)
    fresh = make_identity("main-street", Role.UNIT, "windsor")
    assert len(edits.added(town.roster(), asks(fresh), NOW, NOW + DAY).parties) == 2


def test_rotating_ends_the_old_key_after_the_overlap() -> None:
    """Never later than it would have ended, and never sooner than the overlap says."""
    town = Town()
    old = town.add(Role.UNIT, "main-street", until=NOW + 9 * DAY)
    for overlap, end in ((2 * DAY, NOW + 2 * DAY), (20 * DAY, NOW + 9 * DAY)):
        roster = edits.rotated(town.roster(), asks(successor(old)), NOW, NOW + 400 * DAY, overlap)
        assert [one.until for one in roster.parties] == [end, NOW + 400 * DAY]
        assert sign_roster(roster, town.root)


@pytest.mark.parametrize(
    ("name", "role", "reason"),
    [
        ("elm-street", Role.UNIT, "no key that counts now: add it instead"),
        ("main-street", Role.CONSOLE, "is unit, and the new key is for console"),
    ],
)
def test_rotating_refuses(name: str, role: Role, reason: str) -> None:
    """A party that is not there, and a rotation that would change the role."""
    town = Town()
    town.add(Role.UNIT, "main-street")
    request = asks(make_identity(name, role, "windsor"))
    with pytest.raises(KeysError, match=reason):
        edits.rotated(town.roster(), request, NOW, NOW + DAY, DAY)


def test_revoking_takes_every_key_of_a_name_and_no_other() -> None:
    """During a rotation both keys go; the neighbour's stays."""
    town = Town()
    both = [town.add(Role.UNIT, "main-street"), town.add(Role.UNIT, "main-street")]
    town.add(Role.UNIT, "elm-street")
    roster = edits.revoked(town.roster(), "main-street", NOW, " lost ")
    assert {one.verify_key for one in roster.revoked} == {one.signing.public for one in both}
    assert {one.reason for one in roster.revoked} == {"lost"}


def test_revoking_refuses() -> None:
    """A name that is not there is told with those that are; a reason is wanted; once is enough."""
    town = Town()
    town.add(Role.UNIT, "main-street")
    roster = edits.revoked(town.roster(), "main-street", NOW, "lost")
    for before, name, why, reason in (
        (town.roster(), "elm-street", "lost", "not on the roster; it has main-street"),
        (town.roster(), "main-street", "  ", "why is main-street revoked"),
        (roster, "main-street", "lost", "revoked already"),
    ):
        with pytest.raises(KeysError, match=reason):
            edits.revoked(before, name, NOW, why)


def test_a_revoked_key_does_not_come_back() -> None:
    """The same key cannot be put on the roster a second time."""
    town = Town()
    unit = town.add(Role.UNIT, "main-street")
    roster = edits.revoked(town.roster(), "main-street", NOW, "lost")
    again = edits.added(roster, asks(unit), NOW + timedelta(hours=1), NOW + DAY)
    with pytest.raises(KeysError, match="have the same key"):
        sign_roster(again, town.root)


def test_what_is_locked_opens_in_its_own_place_alone() -> None:
    """The passphrase and the purpose both count; the control opens."""
    blob = locked.lock(b"secret", "five words of dice", "root.key of windsor", 2**10)
    what = "root.key of windsor"
    assert locked.unlock(blob, "five words of dice", what, "root.key") == b"secret"
    assert b"secret" not in blob
    with pytest.raises(KeysError, match="passphrase is wrong"):
        locked.unlock(blob, "five words of dicE", what, "root.key")
    with pytest.raises(KeysError, match="of bristol is wanted"):
        locked.unlock(blob, "five words of dice", "root.key of bristol", "root.key")
    renamed = blob.replace(b"windsor", b"bristol")
    with pytest.raises(KeysError, match="passphrase is wrong, or the file damaged"):
        locked.unlock(renamed, "five words of dice", "root.key of bristol", "root.key")
