"""Who may open an alert: the owner's own by default; a partner by a grant of two keys alone."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from edge.errors import GrantError, KeysError
from edge.keys import canonical
from edge.keys.identity import Identity
from edge.keys.parties import Revocation, to_time
from edge.keys.roles import OPENS, Role
from edge.keys.roster import Roster
from edge.keys.signed import sign
from edge.messages.letter import open_letter, open_own, seal_letter
from edge.policy.grants import (
    GRANT,
    Grant,
    Standing,
    Use,
    read_standing,
    sign_approval,
    sign_end,
    sign_grant,
)
from edge.policy.sharing import may_search, recipients
from edge.records import Category
from tests.keys.cast import ISSUED, ROSTER, keys_of, party_of, roster_of

AT = ISSUED + timedelta(days=30)
STOLEN, WANTED = Category.STOLEN_VEHICLE, Category.WANTED_PERSON
ROLES = ("console", "officer", "supervisor", "archive")
UNIT = party_of("main-street")
SUE, ADA, PARTNER = keys_of("sue"), keys_of("ada"), "bristol-pd"


def a_grant(days: int = 90, since: datetime = ISSUED, **changes: object) -> Grant:
    """Return a grant of alerts on stolen vehicles to the partner."""
    fields = {
        "v": 1,
        "town": "windsor",
        "who": PARTNER,
        "categories": [STOLEN],
        "why": "agreement 17",
        "since": to_time(since),
        "until": to_time(since + timedelta(days=days)),
    }
    return Grant.model_validate({**fields, **changes})


def standing(
    grant: Grant, roster: Roster = ROSTER, at: datetime = AT, auditor: Identity = ADA
) -> Standing:
    """Return what *grant* is once both have signed it."""
    signed = sign_grant(grant, SUE)
    return read_standing(signed, sign_approval(signed, auditor, roster, at), roster, at)


def names(grants: list[Standing], category: str = STOLEN, at: datetime = AT) -> set[str]:
    """Return who may open an alert of *category*."""
    return {one.name for one in recipients(ROSTER, grants, ROLES, category, at, UNIT)}


def test_without_a_grant_only_the_owners_own() -> None:
    """Consoles, officers, supervisors and the archive of the town, and the unit itself."""
    assert names([]) == {
        *("main-street", "archive", "listen", "car-12", "car-13", "dispatch"),
        *("dana", "erin", "sue"),
    }


def test_roles_are_the_categorys() -> None:
    """A test goes to technicians; a role nobody has goes to the unit alone."""
    test = recipients(ROSTER, [], ("technician",), Category.TEST, AT, UNIT)
    assert [one.name for one in test] == ["main-street", "tess"]
    assert recipients(ROSTER, [], ("nobody",), STOLEN, AT, UNIT) == (UNIT,)
    assert recipients(ROSTER, [], ("partner", "unit"), STOLEN, AT, UNIT) == (UNIT,)


def test_a_grant_of_two_keys_opens_its_categories_until_its_end() -> None:
    """The partner is among the recipients for that category, from the first day to the last."""
    grants = [standing(a_grant())]
    assert PARTNER in names(grants)
    assert PARTNER not in names(grants, WANTED)
    assert PARTNER not in names(grants, at=ISSUED - timedelta(seconds=1))
    assert PARTNER in names(grants, at=ISSUED + timedelta(days=90, seconds=-1))
    assert PARTNER not in names(grants, at=ISSUED + timedelta(days=90))


def test_a_partner_without_a_grant_finds_noise() -> None:
    """The bytes reach it by a wrong access rule, and tell it nothing; with a grant they open."""
    signer, own = keys_of("main-street"), keys_of(PARTNER)
    parties = recipients(ROSTER, [], ROLES, STOLEN, AT, UNIT)
    letter = seal_letter("alert", b"{}", b"jpeg", signer, parties)
    with pytest.raises(KeysError, match="not sealed to bristol-pd"):
        open_letter("alert", letter, own, ROSTER, signer.role, AT)
    parties = recipients(ROSTER, [standing(a_grant())], ROLES, STOLEN, AT, UNIT)
    letter = seal_letter("alert", b"{}", b"jpeg", signer, parties)
    assert open_letter("alert", letter, own, ROSTER, signer.role, AT).picture == b"jpeg"


def test_one_key_is_not_enough() -> None:
    """An officer's grant, a supervisor's approval and a bare claim of one: each opens nothing."""
    signed = sign_grant(a_grant(), SUE)
    with pytest.raises(KeysError, match="dana is officer; only supervisor"):
        sign_approval(sign_grant(a_grant(), keys_of("dana")), ADA, ROSTER, AT)
    row = sign_approval(signed, ADA, ROSTER, AT)
    with pytest.raises(KeysError, match="sue is supervisor; only auditor"):
        read_standing(signed, sign(row.kind, row.payload, SUE), ROSTER, AT)
    with pytest.raises(KeysError, match="does not hold"):
        read_standing(signed, replace(row, signature=signed.signature), ROSTER, AT)


def test_the_same_person_is_no_second_one() -> None:
    """A supervisor who is an auditor elsewhere can't approve an own grant."""
    twin = replace(ADA, name=SUE.name)
    with pytest.raises(GrantError, match="a second person"):
        sign_approval(sign_grant(a_grant(), SUE), twin, ROSTER, AT)


@pytest.mark.parametrize("who", ["sue", "ada"])
def test_a_revoked_key_takes_its_grants_along(who: str) -> None:
    """From the revocation of either signer on the grant opens nothing."""
    signed = sign_grant(a_grant(), SUE)
    approval = sign_approval(signed, ADA, ROSTER, AT)
    gone = Revocation(who, keys_of(who).signing.public, AT, "left the service")
    roster = replace(roster_of(), revoked=(gone,), issued=AT, sequence=2)
    with pytest.raises(KeysError, match="revoked"):
        read_standing(signed, approval, roster, AT)


def test_a_revoked_partner_is_sealed_nothing() -> None:
    """The grant stands, and there is no key that counts to seal to."""
    gone = Revocation(PARTNER, keys_of(PARTNER).signing.public, ISSUED, "lost")
    roster = replace(roster_of(), revoked=(gone,))
    found = recipients(roster, [standing(a_grant())], ROLES, STOLEN, AT, UNIT)
    assert PARTNER not in {one.name for one in found}


def test_no_grant_is_longer_than_a_year_or_for_ever() -> None:
    """An end is required; it lies within 366 days, and after the beginning."""
    with pytest.raises(GrantError, match="366 days are most"):
        sign_grant(a_grant(days=367), SUE)
    with pytest.raises(GrantError, match="before it begins"):
        sign_grant(a_grant(days=0), SUE)
    with pytest.raises(GrantError, match="the grant ended"):
        standing(a_grant(days=10))


def test_an_approval_is_of_one_grant() -> None:
    """Another grant's approval approves nothing, however true it is."""
    first, second = sign_grant(a_grant(), SUE), sign_grant(a_grant(days=91), SUE)
    with pytest.raises(GrantError, match="of another grant"):
        read_standing(second, sign_approval(first, ADA, ROSTER, AT), ROSTER, AT)


def test_only_supervisors_and_auditors_end_a_grant() -> None:
    """Either of the two roles, and no other."""
    signed = sign_grant(a_grant(), SUE)
    assert sign_end(signed, SUE, "over", AT).kind == sign_end(signed, ADA, "over", AT).kind
    with pytest.raises(GrantError, match="dana is officer"):
        sign_end(signed, keys_of("dana"), "over", AT)


def test_a_search_grant_lets_search_and_opens_no_alert() -> None:
    """It finds hits of its categories until its end; without it nobody outside the town may."""
    grant = standing(a_grant(uses=["search"]))
    assert PARTNER not in names([grant])
    assert may_search([grant], PARTNER, AT) is grant
    assert may_search([grant], PARTNER, AT, STOLEN) is grant
    assert may_search([grant], PARTNER, AT, WANTED) is None
    assert may_search([grant], "hartford-pd", AT) is None
    assert may_search([grant], PARTNER, ISSUED + timedelta(days=90)) is None
    assert may_search([standing(a_grant())], PARTNER, AT) is None, "alerts are not searches"


def test_a_grant_of_before_searches_is_for_alerts() -> None:
    """A file without the field stands as it did, and lets nobody search."""
    fields = a_grant().model_dump(mode="json")
    del fields["uses"]
    signed = sign(GRANT, canonical.encode(fields), SUE)
    found = read_standing(signed, sign_approval(signed, ADA, ROSTER, AT), ROSTER, AT)
    assert found.uses == {Use.ALERTS}
    assert PARTNER in names([found])


@pytest.mark.parametrize("who", ["*", "+", "#", "everybody!", "bristol-*", "", "Bristol-PD", "a b"])
def test_no_grant_names_more_than_one_party(who: str) -> None:
    """A grant is for one name; what could stand for several is refused, signed or not."""
    with pytest.raises(ValidationError, match="who"):
        a_grant(who=who)


@pytest.mark.parametrize("category", ["*", "all", "everything", "test*", ""])
def test_no_grant_names_more_than_the_categories_that_there_are(category: str) -> None:
    """Each category stands there by its name."""
    with pytest.raises(ValidationError, match="categories"):
        a_grant(categories=[category])
    with pytest.raises(ValidationError, match="categories"):
        a_grant(categories=[])


@pytest.mark.parametrize("name", ["everybody", "nationwide", "all", "partners", "partner"])
def test_a_word_for_many_is_a_name_like_any_other(name: str) -> None:
    """A grant to "everybody" is one for a party of that name: no other partner gains by it."""
    assert names([standing(a_grant(who=name))]) == names([])
    assert may_search([standing(a_grant(who=name, uses=["search"]))], PARTNER, AT) is None


@given(
    roles=st.sets(st.sampled_from([*(one.value for one in Role), "everybody", "*", "#", "all"])),
    grants=st.lists(
        st.builds(
            lambda since, days, uses: standing(
                a_grant(days, ISSUED + timedelta(days=since), uses=sorted(uses)),
                at=ISSUED + timedelta(days=since),
            ),
            st.integers(0, 60),
            st.integers(1, 90),
            st.sets(st.sampled_from(["alerts", "search"]), min_size=1),
        ),
        max_size=3,
    ),
    day=st.integers(0, 200),
    category=st.sampled_from([STOLEN, WANTED]),
)
@settings(max_examples=60, deadline=None)
def test_an_alert_opens_for_the_granted_and_nobody_else(
    roles: set[str], grants: list[Standing], day: int, category: Category
) -> None:
    """Whatever roles a setting names: each party of the town tries its key on the sealed words."""
    at, signer = ISSUED + timedelta(days=day), keys_of("main-street")
    parties = recipients(ROSTER, grants, roles, category, at, UNIT)
    letter = seal_letter("alert", b"{}", b"", signer, parties)
    for party in ROSTER.parties:
        if party.role not in OPENS:
            continue
        by_role = party.role.value in roles and party.role not in {Role.PARTNER, Role.UNIT}
        by_grant = party.name == PARTNER and any(one.covers(category, at) for one in grants)
        try:
            opened = bool(open_own("alert", letter, keys_of(party.name))[0])
        except KeysError:
            opened = False
        assert opened is (by_role or by_grant or party.name == UNIT.name), party.name
