"""Pauses: who may order one and lift it, and when one is in force."""

from datetime import timedelta

import pytest

from edge.errors import KeysError, PauseError
from edge.keys.identity import Identity
from edge.keys.parties import to_time
from edge.keys.roles import Role
from edge.keys.signed import Signed, digest
from edge.policy.pauses import (
    Ordered,
    Pause,
    read_lifted,
    read_pause,
    read_standing,
    sign_approval,
    sign_lift,
    sign_pause,
)
from tests.keys.town import DAY, NOW, Town, elsewhere

HOUR = timedelta(hours=1)


class Council:
    """A town with two of each who may have a say, and an order of each kind."""

    def __init__(self) -> None:
        self.town = Town()
        self.sue = self.town.add(Role.SUPERVISOR, "sue")
        self.sam = self.town.add(Role.SUPERVISOR, "sam")
        self.ada = self.town.add(Role.AUDITOR, "ada")
        self.dana = self.town.add(Role.OFFICER, "dana")

    def order(self, signer: Identity, **changes: object) -> Signed:
        fields: dict[str, object] = {
            "v": 1,
            "town": "windsor",
            "units": [],
            "since": to_time(NOW),
            "until": to_time(NOW + 30 * DAY),
            "reason": "vote of 12 May",
            "made": to_time(NOW),
        }
        return sign_pause(Pause.model_validate(fields | changes), signer)

    def standing(self) -> Ordered:
        return read_pause(self.order(self.sue), self.town.roster(), NOW)


@pytest.fixture
def council() -> Council:
    return Council()


@pytest.mark.parametrize("name", ["sue", "ada"])
def test_one_key_stops_reading(council: Council, name: str) -> None:
    """A supervisor alone or an auditor alone orders a pause."""
    order = council.order(getattr(council, name))
    one = read_pause(order, council.town.roster(), NOW)
    assert (one.number, one.signer, one.scope) == (digest(order), name, "town")


def test_an_officer_stops_nothing(council: Council) -> None:
    """An officer's order is neither made nor, made by other means, believed."""
    with pytest.raises(PauseError, match="dana is officer"):
        council.order(council.dana)
    forged = council.order(council.sue)
    claimed = Signed(forged.kind, forged.payload, "dana", forged.signature)
    with pytest.raises(KeysError, match="does not hold"):
        read_pause(claimed, council.town.roster(), NOW)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"until": to_time(NOW)}, "before it begins"),
        ({"until": to_time(NOW + 367 * DAY)}, "366 days are most"),
    ],
    ids=["turned-round", "too-long"],
)
def test_an_order_that_cannot_be(council: Council, changes: dict[str, object], why: str) -> None:
    """A pause has an end after its beginning, within a year."""
    with pytest.raises(PauseError, match=why):
        council.order(council.sue, **changes)


def test_an_order_of_another_town(council: Council) -> None:
    """A supervisor's key of ours under another town's name pauses nothing here."""
    order = council.order(elsewhere(council.sue, "bristol"), town="bristol")
    with pytest.raises(KeysError, match="another town"):
        read_pause(order, council.town.roster(), NOW)


def test_it_names_units(council: Council) -> None:
    """A pause is for the units that it names; one that names none is for all."""
    order = council.order(council.sue, units=["bridge-2"])
    one = read_pause(order, council.town.roster(), NOW)
    assert (one.names("bridge-2"), one.names("main-street")) == (True, False)
    assert council.standing().names("main-street")


def test_a_pause_outlives_its_signers_key(council: Council) -> None:
    """A revoked or ended key orders no new pause, but the one that stands stays."""
    order = council.order(council.sue)
    council.town.revoke(council.sue, NOW + HOUR)
    roster = council.town.roster(NOW + HOUR)
    with pytest.raises(KeysError, match="revoked"):
        read_pause(order, roster, NOW + HOUR)
    assert read_standing(order, roster).number == digest(order)


@pytest.mark.parametrize(
    ("first", "second"), [("sue", "ada"), ("ada", "sue")], ids=["sue-ada", "ada-sue"]
)
def test_two_people_lift(council: Council, first: str, second: str) -> None:
    """Either proposes, the other approves."""
    roster, number = council.town.roster(), council.standing().number
    lift = sign_lift(number, "the vote was taken back", getattr(council, first), NOW)
    approval = sign_approval(lift, getattr(council, second), roster, NOW)
    lifted = read_lifted(lift, approval, roster, NOW)
    assert (lifted.number, lifted.signers) == (number, (first, second))


@pytest.mark.parametrize("second", ["sue", "sam"], ids=["herself", "another-supervisor"])
def test_one_role_does_not_lift(council: Council, second: str) -> None:
    """Two supervisors, or one twice, lift nothing: neither made nor believed."""
    roster, number = council.town.roster(), council.standing().number
    lift = sign_lift(number, "why not", council.sue, NOW)
    with pytest.raises(PauseError, match="the other of supervisor and auditor"):
        sign_approval(lift, getattr(council, second), roster, NOW)
    with pytest.raises(KeysError, match="pause-lift-approval is wanted"):
        read_lifted(lift, lift, roster, NOW)


def test_an_approval_is_of_one_lift(council: Council) -> None:
    """The approval of one pause's lift lifts no other."""
    roster, number = council.town.roster(), council.standing().number
    lift = sign_lift(number, "this", council.sue, NOW)
    other = sign_lift("0" * 64, "that", council.sue, NOW)
    approval = sign_approval(other, council.ada, roster, NOW)
    with pytest.raises(PauseError, match="another lift"):
        read_lifted(lift, approval, roster, NOW)


@pytest.mark.parametrize(
    ("after", "trusted", "begun", "lapsed", "holds"),
    [
        (-HOUR, True, False, False, False),
        (timedelta(), True, False, False, True),
        (30 * DAY, True, True, False, False),
        (-365 * DAY, True, True, False, True),
        (-365 * DAY, True, True, True, True),
        (-365 * DAY, False, False, False, True),
        (40 * DAY, False, True, False, True),
        (-365 * DAY, False, True, True, False),
    ],
    ids=[
        "before-it",
        "at-its-beginning",
        "at-its-end",
        "clock-set-back",
        "clock-set-back-after-its-end",
        "not-begun-and-no-clock",
        "over-and-no-clock",
        "lapsed-and-no-clock",
    ],
)
def test_when_it_is_in_force(
    council: Council, after: timedelta, trusted: bool, begun: bool, lapsed: bool, holds: bool
) -> None:
    """Only a trusted clock ends a pause or puts it off, and no clock takes back a begun one."""
    one = council.standing()
    assert one.holds(NOW + after, trusted=trusted, begun=begun, lapsed=lapsed) is holds
