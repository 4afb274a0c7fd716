"""The root's folder: makes, signs, revokes, certifies, is backed up and restored."""

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.errors import KeysError
from edge.keys import canonical, edits
from edge.keys.backup import back_up, restore
from edge.keys.holder import begin_rotation, finish_rotation, make_party
from edge.keys.identity import load_identity
from edge.keys.request import read_request
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.sealed import open_sealed, seal
from edge.keys.signed import sign
from edge.keys.town import Town, make_town
from edge.keys.trust import install_roster, open_trust
from tests.keys.town import DAY, NOW

PHRASE = "five words drawn by dice"
HOUR = timedelta(hours=1)


@dataclass
class Place:
    """A town in a folder, and what a person does with it."""

    folder: Path
    town: Town
    now: datetime = NOW

    def later(self, by: timedelta = HOUR) -> datetime:
        self.now += by
        return self.now

    def join(self, role: Role, name: str) -> Path:
        """Make a party, put it on the roster and give it what it needs; return its folder."""
        keys = self.folder / name
        _, application = make_party(keys, role, name, "windsor")
        blob = application.read_bytes()
        request = read_request(blob, name)
        self.town.change(
            edits.added(self.town.draft(), request, self.now, self.now + 400 * DAY), self.now
        )
        self.town.keep(request, blob)
        self.town.sign(PHRASE, self.later())
        (keys / "town.json").write_bytes((self.town.folder / "town.json").read_bytes())
        self.hand_roster(keys)
        return keys

    def hand_roster(self, keys: Path) -> Roster:
        return install_roster((self.town.folder / "roster").read_bytes(), "roster", keys)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, make_town(tmp_path / "root", "windsor", PHRASE, NOW, cost=2**10))


def test_a_town_begins_empty_and_in_order(place: Place) -> None:
    """Roster 1 has nobody and names the authority; private files are the owner's alone."""
    roster = place.town.roster()
    assert (roster.town, roster.sequence, roster.parties) == ("windsor", 1, ())
    assert len(roster.authority) == 64
    place.town.check_passphrase(PHRASE)
    for name in ("root.key", "authority.key"):
        assert (place.town.folder / name).stat().st_mode & 0o777 == 0o600
    with pytest.raises(KeysError, match="has a root already"):
        make_town(place.town.folder, "windsor", PHRASE, NOW, cost=2**10)


def test_a_party_joins_and_is_believed(place: Place) -> None:
    """From application to a checked signature and a sealed list, all through files."""
    trust = open_trust(place.join(Role.UNIT, "main-street"))
    signed = sign("alert", b"seen", trust.identity)
    assert trust.roster.check(signed, Role.UNIT, place.now).name == "main-street"
    blob = seal("list", b"entries", trust.roster.recipients(Role.UNIT, place.now))
    assert open_sealed("list", blob, trust.identity) == b"entries"


def test_a_draft_changes_nothing_until_it_is_signed(place: Place) -> None:
    """The roster in force has neither the new party nor a new number before the signature."""
    _, application = make_party(place.folder / "a", Role.UNIT, "a", "windsor")
    request = read_request(application.read_bytes(), "a")
    place.town.change(edits.added(place.town.draft(), request, NOW, NOW + DAY), NOW)
    assert place.town.pending()
    assert place.town.roster().parties == ()
    with pytest.raises(KeysError, match="passphrase is wrong"):
        place.town.sign("another passphrase", NOW)
    assert place.town.roster().sequence == 1
    assert place.town.sign(PHRASE, NOW).parties[0].name == "a"
    assert not place.town.pending()


def test_a_clock_behind_the_roster_is_found_out(place: Place) -> None:
    """A root's machine whose clock fell back signs nothing that would look older."""
    with pytest.raises(KeysError, match="set the clock"):
        place.town.sign(PHRASE, NOW - HOUR)


def test_a_stolen_unit_is_revoked_at_once(place: Place) -> None:
    """Its signature is refused, its certificate revoked, and no list is sealed to it any more."""
    stolen, other = place.join(Role.UNIT, "main-street"), place.join(Role.UNIT, "elm-street")
    place.town.certify("main-street", [], NOW + 90 * DAY, PHRASE, place.now)
    signed = sign("alert", b"", load_identity(stolen))
    assert place.town.roster().check(signed, Role.UNIT, place.now)
    before = (place.town.folder / "revoked.pem").read_bytes()
    place.town.revoke("main-street", "taken from its pole", PHRASE, place.later())
    roster = place.hand_roster(other)
    with pytest.raises(KeysError, match="taken from its pole"):
        roster.check(signed, Role.UNIT, place.now)
    blob = seal("list", b"entries", roster.recipients(Role.UNIT, place.now))
    assert open_sealed("list", blob, load_identity(other)) == b"entries"
    with pytest.raises(KeysError, match="not sealed to main-street"):
        open_sealed("list", blob, load_identity(stolen))
    assert [one.revoked is not None for one in place.town.ledger.all()] == [True]
    assert (place.town.folder / "revoked.pem").read_bytes() != before


def test_a_revocation_cut_short_is_finished_by_the_next_try(place: Place) -> None:
    """Roster signed, then power lost: the same command goes on with the certificate."""
    place.join(Role.UNIT, "main-street")
    place.town.certify("main-street", [], NOW + 90 * DAY, PHRASE, place.now)
    ledger = place.town.folder / "certificates.json"
    before = ledger.read_bytes()
    signed = place.town.revoke("main-street", "stolen", PHRASE, place.later())
    ledger.write_bytes(before)
    again = place.town.revoke("main-street", "stolen", PHRASE, place.later())
    assert again.sequence == signed.sequence
    assert all(one.revoked for one in place.town.ledger.all())
    with pytest.raises(KeysError, match="revoked already"):
        place.town.revoke("main-street", "stolen", PHRASE, place.later())


def test_a_revocation_leaves_others_changes_a_draft(place: Place) -> None:
    """Who waits on the draft is not let in by the way, and the draft knows of the revocation."""
    place.join(Role.UNIT, "main-street")
    _, application = make_party(place.folder / "new", Role.UNIT, "new", "windsor")
    request = read_request(application.read_bytes(), "new")
    place.town.change(
        edits.added(place.town.draft(), request, place.now, place.now + DAY), place.now
    )
    roster = place.town.revoke("main-street", "stolen", PHRASE, place.later())
    assert [party.name for party in roster.parties] == ["main-street"]
    signed = place.town.sign(PHRASE, place.later())
    assert {party.name for party in signed.parties} == {"main-street", "new"}
    assert [one.name for one in signed.revoked] == ["main-street"]


def test_a_replaced_unit_takes_the_name_again(place: Place) -> None:
    """After the revocation another machine may be main-street; the old key stays refused."""
    old = load_identity(place.join(Role.UNIT, "main-street"))
    (place.folder / "main-street").rename(place.folder / "stolen")
    with pytest.raises(KeysError, match="is on the roster"):
        place.join(Role.UNIT, "main-street")
    (place.folder / "main-street").rename(place.folder / "second-try")
    place.town.revoke("main-street", "stolen", PHRASE, place.later())
    new = load_identity(place.join(Role.UNIT, "main-street"))
    roster = place.town.roster()
    assert roster.check(sign("alert", b"", new), Role.UNIT, place.now)
    with pytest.raises(KeysError, match="revoked"):
        roster.check(sign("alert", b"", old), Role.UNIT, place.now)


def test_a_key_is_rotated_with_overlap(place: Place) -> None:
    """Old and new count together, then the new alone; what was sealed before still opens."""
    keys = place.join(Role.UNIT, "main-street")
    old = load_identity(keys)
    before = seal("list", b"old", place.town.roster().recipients(Role.UNIT, place.now))
    following, application = begin_rotation(keys)
    assert begin_rotation(keys)[0] == following
    with pytest.raises(KeysError, match="does not have its new key"):
        finish_rotation(keys, place.now)
    request = read_request(application.read_bytes(), "next")
    at, blob = place.later(), application.read_bytes()
    place.town.change(edits.rotated(place.town.draft(), request, at, at + 400 * DAY, 2 * DAY), at)
    place.town.keep(request, blob)
    place.town.sign(PHRASE, place.later())
    roster = place.hand_roster(keys)
    assert load_identity(keys) == old
    assert finish_rotation(keys, place.now) == load_identity(keys) == following
    for identity in (old, following):
        assert roster.check(sign("alert", b"", identity), Role.UNIT, at + DAY)
    with pytest.raises(KeysError, match="ended"):
        roster.check(sign("alert", b"", old), Role.UNIT, at + 2 * DAY)
    assert open_sealed("list", before, following) == b"old"
    with pytest.raises(KeysError, match="no rotation was begun"):
        finish_rotation(keys, place.now)


def test_installing_refuses_older_and_contradicting_rosters(place: Place) -> None:
    """The roster in force stays when an older one, or another of its number, comes."""
    older = (place.town.folder / "roster").read_bytes()
    keys = place.join(Role.UNIT, "main-street")
    with pytest.raises(KeysError, match="plays an old roster back"):
        install_roster(older, "stick", keys)
    place.town.folder.rename(place.folder / "elsewhere")
    (place.folder / "copy").mkdir(mode=0o700)
    for file in (place.folder / "elsewhere").glob("*.*"):
        (place.folder / "copy" / file.name).write_bytes(file.read_bytes())
        (place.folder / "copy" / file.name).chmod(0o600)
    (place.folder / "copy" / "roster").write_bytes(older)
    second = Town(place.folder / "copy")
    second.sign(PHRASE, place.later())
    with pytest.raises(KeysError, match="two copies of the root have signed"):
        install_roster((second.folder / "roster").read_bytes(), "stick", keys)
    assert open_trust(keys).roster.sequence == 2


def test_a_backup_restores_the_town(place: Place, tmp_path: Path) -> None:
    """The restored root signs on, with the number that a newer roster from a unit gives."""
    place.join(Role.UNIT, "main-street")
    back_up(place.town, tmp_path / "backup", PHRASE)
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o600
    keys = place.join(Role.UNIT, "elm-street")
    restored = restore(tmp_path / "backup", tmp_path / "again", PHRASE, keys / "roster")
    assert restored.roster() == place.town.roster()
    assert restored.sign(PHRASE, place.later()).sequence == 4
    assert restored.certify("main-street", [], NOW + 90 * DAY, PHRASE, place.now)
    assert install_roster((restored.folder / "roster").read_bytes(), "new", keys).sequence == 4


def test_a_backup_that_does_not_restore_is_refused(place: Place, tmp_path: Path) -> None:
    """A wrong passphrase, a damaged file and a full folder leave nothing behind."""
    with pytest.raises(KeysError, match="passphrase is wrong"):
        back_up(place.town, tmp_path / "backup", "not the passphrase")
    assert not (tmp_path / "backup").exists()
    back_up(place.town, tmp_path / "backup", PHRASE)
    with pytest.raises(KeysError, match="passphrase is wrong"):
        restore(tmp_path / "backup", tmp_path / "again", "not the passphrase")
    assert not (tmp_path / "again").exists()
    with pytest.raises(KeysError, match="is not empty"):
        restore(tmp_path / "backup", place.town.folder, PHRASE)
    row = canonical.decode((tmp_path / "backup").read_bytes(), "backup")
    row["files"]["../root.key"] = row["files"].pop("root.key")
    (tmp_path / "backup").write_bytes(canonical.encode(row))
    with pytest.raises(KeysError, match="no whole backup"):
        restore(tmp_path / "backup", tmp_path / "again", PHRASE)


@pytest.mark.parametrize("hosts", [[], ["unit.windsor.example", "192.0.2.7"]])
def test_a_certificate_says_name_and_role(place: Place, hosts: list[str]) -> None:
    """CN is the party, OU its role; a party with hosts serves too; openssl agrees."""
    place.now = datetime.now(UTC)
    place.town.sign(PHRASE, place.now)
    place.join(Role.ARCHIVE, "town-hall")
    files = place.town.certify("town-hall", hosts, place.now + 90 * DAY, PHRASE, place.now)
    assert [file.name for file in files] == ["town-hall.pem"]
    text = _openssl("x509", "-in", str(files[0]), "-noout", "-subject", "-ext", "extendedKeyUsage")
    assert "CN = town-hall" in text or "CN=town-hall" in text
    assert "OU = archive" in text or "OU=archive" in text
    assert ("Server Authentication" in text) is bool(hosts)
    folder = place.town.folder
    for purpose in ("sslclient", *(["sslserver"] if hosts else [])):
        _openssl(
            *("verify", "-purpose", purpose, "-crl_check", "-CRLfile", str(folder / "revoked.pem")),
            *("-CAfile", str(folder / "authority.pem"), str(files[0])),
        )


def test_certificates_go_to_those_who_may_have_them(place: Place) -> None:
    """A revoked party, a name that is none and a server without a host get none."""
    place.join(Role.UNIT, "main-street")
    place.town.revoke("main-street", "lost", PHRASE, place.later())
    for name, hosts, reason in (
        ("main-street", [], "is revoked, or not yet on the signed roster"),
        ("../broker", ["localhost"], "cannot be a party's name"),
        ("broker", [], "give --host"),
        ("broker", ["böse"], "is no host name"),
    ):
        with pytest.raises(KeysError, match=reason):
            place.town.certify(name, hosts, NOW + 90 * DAY, PHRASE, place.now)
    assert place.town.ledger.all() == ()


def test_a_brokers_lost_key_is_revoked_too(place: Place) -> None:
    """A server is on no roster: its certificate alone is revoked, and the number stays."""
    place.town.certify("broker", ["localhost"], NOW + 90 * DAY, PHRASE, NOW)
    assert place.town.revoke("broker", "lost", PHRASE, place.later()).sequence == 1
    assert [one.revoked for one in place.town.ledger.all()] == [place.now]
    with pytest.raises(KeysError, match="not on the roster"):
        place.town.revoke("broker", "lost", PHRASE, place.later())


def test_a_short_passphrase_makes_no_root(tmp_path: Path) -> None:
    """Eleven characters keep nobody out."""
    with pytest.raises(KeysError, match="at least 12"):
        make_town(tmp_path / "root", "windsor", "elevenchars", NOW, cost=2**10)
    assert not (tmp_path / "root" / "town.json").exists()


def _openssl(*words: str) -> str:
    run = subprocess.run(["openssl", *words], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout
