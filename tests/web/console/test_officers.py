"""Log-in, time-out, lock, and what ends a session."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.keys.holder import ROOT
from edge.keys.identity import Identity
from edge.keys.keeper import RosterKeeper
from edge.keys.officers import OfficerFolder
from edge.keys.password import Cost
from edge.keys.roles import Role
from edge.keys.trust import ROSTER_FILE, Root, save_root
from edge.store.console import ConsoleStore
from edge.store.tries import FREE
from edge.web.console.contract import Officers
from edge.web.console.officers import ConsoleOfficers
from tests.fakes import START, FakeClock
from tests.keys.town import Town

PASSWORD = "three dry words"
NOW = datetime.fromtimestamp(START.utc_ns / 1e9, UTC)


@dataclass
class Desk:
    """A console with one officer and one supervisor on the roster."""

    town: Town
    keys: Path
    folder: OfficerFolder
    store: ConsoleStore
    clock: FakeClock
    rosters: RosterKeeper
    officers: ConsoleOfficers
    officer: Identity

    def issue(self) -> None:
        """Put the town's roster in force, as it is now."""
        self.town.write(self.keys / ROSTER_FILE, NOW)
        self.clock.advance(3.0)
        self.rosters.refresh()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    town, clock, keys = Town(), FakeClock(), tmp_path / "keys"
    keys.mkdir(mode=0o700)
    folder = OfficerFolder(tmp_path / "officers", Cost(passes=1, lanes=1, memory_kb=128))
    for name, role in (("officer-1", Role.OFFICER), ("chief", Role.SUPERVISOR)):
        identity, _ = folder.add(name, role, town.name, PASSWORD)
        town.parties.append(identity.party(NOW - timedelta(days=1), NOW + timedelta(days=300)))
    save_root(Root(town.name, town.root.public), keys / ROOT)
    town.write(keys / ROSTER_FILE, NOW)
    rosters = RosterKeeper(keys, clock)
    rosters.open()
    officer = folder.open("officer-1", PASSWORD)
    assert officer is not None
    with ConsoleStore(tmp_path / "console", "car-1", clock) as store:
        officers = ConsoleOfficers(folder, store, rosters, clock, timeout_s=900.0)
        yield Desk(town, keys, folder, store, clock, rosters, officers, officer)


def test_the_password_opens_a_session_with_the_officers_keys(desk: Desk) -> None:
    """A session knows who it is by the roster, and holds the keys to sign with."""
    kept: Officers = desk.officers
    token = kept.log_in("officer-1", PASSWORD).token
    session = kept.session(token)
    assert session is not None
    assert (session.officer, session.role) == ("officer-1", Role.OFFICER)
    assert session.identity == desk.officer
    assert len(token) >= 43
    assert token not in repr(session)
    assert desk.store.audit.count("log-in") == 1


def test_no_other_token_opens_it(desk: Desk) -> None:
    """An unknown, a cut and an empty token are nobody."""
    token = desk.officers.log_in("officer-1", PASSWORD).token
    for other in ("", token[:-1], token + "x", "\udcff"):
        assert desk.officers.session(other) is None


def test_a_wrong_password_and_a_wrong_name_are_told_alike(desk: Desk) -> None:
    """Neither says whether there is such an officer; both are on the record."""
    wrong = desk.officers.log_in("officer-1", "another password")
    nobody = desk.officers.log_in("officer-9", PASSWORD)
    assert (wrong.token, wrong.refused) == ("", nobody.refused)
    assert desk.store.audit.count("log-in-refused") == 2


def test_wrong_passwords_are_slowed_by_name(desk: Desk) -> None:
    """After some, even the right one waits; another officer does not."""
    for _ in range(FREE):
        desk.officers.log_in("officer-1", "another password")
    refused = desk.officers.log_in("officer-1", PASSWORD)
    assert (refused.token, refused.wait_s) == ("", 5.0)
    assert "wait 5 s" in refused.refused
    assert desk.officers.log_in("chief", PASSWORD).token
    desk.clock.advance(5.0)
    assert desk.officers.log_in("officer-1", PASSWORD).token


def test_a_revoked_officer_cannot_log_in(desk: Desk) -> None:
    """The right password is not enough once the root has revoked the key."""
    desk.town.revoke(desk.officer, NOW)
    desk.issue()
    refused = desk.officers.log_in("officer-1", PASSWORD)
    assert (refused.token, "revoked" in refused.refused) == ("", True)


def test_a_revocation_ends_a_session(desk: Desk) -> None:
    """A session that is open when the newer roster comes is over with the next look at it."""
    token = desk.officers.log_in("officer-1", PASSWORD).token
    desk.town.revoke(desk.officer, NOW)
    desk.issue()
    assert desk.officers.session(token) is None


def test_an_officer_who_is_not_on_the_roster_is_refused(desk: Desk) -> None:
    """Keys made here mean nothing before the root has signed them; nor another role than its."""
    desk.folder.add("officer-2", Role.OFFICER, "windsor", PASSWORD)
    assert "not on the town's roster" in desk.officers.log_in("officer-2", PASSWORD).refused


def test_a_session_times_out_by_what_the_officer_does(desk: Desk) -> None:
    """What a page asks by itself keeps no session open; an act does."""
    token = desk.officers.log_in("officer-1", PASSWORD).token
    desk.clock.advance(899.0)
    assert desk.officers.session(token) is not None
    desk.clock.advance(899.0)
    assert desk.officers.session(token, active=False) is not None
    desk.clock.advance(1.0)
    assert desk.officers.session(token) is None
    assert desk.store.audit.count("log-out") == 1


def test_a_sweep_ends_what_nobody_asks_for(desk: Desk) -> None:
    """Keys leave memory when the time is up, though no page asks any more."""
    desk.officers.log_in("officer-1", PASSWORD)
    assert not desk.officers.sweep()
    desk.clock.advance(900.0)
    assert desk.officers.sweep()
    assert not desk.officers.sweep()


def test_a_lock_ends_the_session(desk: Desk) -> None:
    """After a lock the token is nothing; a second lock does no harm."""
    token = desk.officers.log_in("officer-1", PASSWORD).token
    desk.officers.lock(token)
    desk.officers.lock(token)
    assert desk.officers.session(token) is None
    assert desk.store.audit.count("log-out") == 1


def test_nobody_has_two_sessions(desk: Desk) -> None:
    """A second log-in of the same officer ends the first."""
    first = desk.officers.log_in("officer-1", PASSWORD).token
    second = desk.officers.log_in("officer-1", PASSWORD).token
    assert desk.officers.session(first) is None
    assert desk.officers.session(second) is not None


def test_a_barred_officer_is_out_at_once(desk: Desk) -> None:
    """``edge officers lock`` ends the session that is open."""
    token = desk.officers.log_in("officer-1", PASSWORD).token
    desk.folder.bar("officer-1")
    assert desk.officers.session(token) is None
    assert "chief" in desk.officers.names()
    assert "officer-1" not in desk.officers.names()
