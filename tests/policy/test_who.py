"""What reaches whom by which rule, and what the broker's own words make of it."""

import json
from pathlib import Path

import pytest

from edge.config import load
from edge.delivery.brokers.access import make_access
from edge.delivery.brokers.rabbitmq import write_definitions
from edge.keys.parties import Revocation, to_time
from edge.messages.acts import ActRow
from edge.messages.topics import Kind
from edge.policy.grants import Standing
from edge.policy.who import Drift, Live, Possible, Word, find_drift, reaches, who_can_see
from edge.policy.who_units import sealing_beyond
from edge.services.broker import granted
from edge.services.who_ask import ask_broker
from tests.fakes import FakeClock
from tests.keys.cast import ISSUED, ROSTER, keys_of, roster_of
from tests.policy.test_sharing import AT, a_grant, standing

ROLES = {"stolen_vehicle": ("console", "archive"), "test": ("technician",)}


def possible(grants: list[Standing] | None = None, **more: object) -> Possible:
    """Return a broker that does what roster and grants say, and *more*."""
    rules = dict(make_access(ROSTER, granted(grants or [], AT), AT).rules())
    for user, rights in more.pop("extra", {}).items():  # type: ignore[attr-defined]
        rules[user] = rules.get(user, frozenset()) | frozenset(rights)
    return Possible(rules, **more)  # type: ignore[arg-type]


def drift(broker: Possible, grants: list[Standing] | None = None, **how: object) -> list[Drift]:
    given = make_access(ROSTER, granted(grants or [], AT), AT).rules()
    return list(find_drift(ROSTER, grants or [], given, broker, AT, **how))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "hears"),
    [
        ("read #", True),
        ("read edge/v1/windsor/+/alert", True),
        ("read edge/v1/+/+/alert", True),
        ("read edge/#", True),
        ("read +/+/+/+/+", True),
        ("read edge/v1/windsor/bridge-2/alert", True),
        ("read edge/v1/windsor/%u/alert", True),
        ("read anything", True),
        ("read what matches ^(.*)$", True),
        ("act as administrator", True),
        ("subscribe by default", True),
        ("read edge/v1/windsor/+/health", False),
        ("read edge/v1/hartford/+/alert", False),
        ("read edge/v1/windsor/+", False),
        ("read edge/v1/windsor/+/alert/more", False),
        ("write edge/v1/windsor/+/alert", False),
        ("write anything", False),
        ("read $SYS/broker/version", False),
        ("publishClientSend by default", False),
    ],
)
def test_a_rule_reaches_alerts_or_not(rule: str, *, hears: bool) -> None:
    """Each form of a broker's rule, held against the topic of some unit's alert."""
    assert reaches(rule, "windsor", Kind.ALERT) is hears


def test_what_follows_from_roster_and_grants_is_no_drift() -> None:
    """Rules as they are made, with and without a grant: nothing; the watcher's own are its own."""
    assert drift(possible()) == []
    grants = [standing(a_grant(uses=["alerts", "search"]))]
    watcher = {"eye": {"write $CONTROL/x", "act as administrator"}}
    assert drift(possible(grants, extra=watcher), grants, watcher="eye") == []
    assert drift(possible(grants, extra=watcher), grants)[0].who == "eye"


def test_a_watcher_that_reads_alerts_is_drift() -> None:
    """What is made to look at rules may look at nothing else."""
    broker = possible(extra={"eye": {"read edge/v1/windsor/+/alert"}})
    assert [one.word for one in drift(broker, watcher="eye")] == [Word.STRANGER]


def test_a_grant_gives_what_it_is_for_and_no_more() -> None:
    """A partner with a search grant and a rule for alerts: named, with what its grant is for."""
    grants = [standing(a_grant(uses=["search"]))]
    broker = possible(grants, extra={"bristol-pd": {"read edge/v1/windsor/+/alert"}})
    (found,) = drift(broker, grants)
    assert (found.word, found.who) == (Word.UNGRANTED, "bristol-pd")
    assert "for search alone" in found.sentence


def test_who_is_connected_is_held_against_the_roster() -> None:
    """A stranger, somebody revoked, a nameless one; a known party under its own name is none."""
    gone = Revocation("car-13", keys_of("car-13").signing.public, ISSUED, "stolen")
    base = roster_of()
    roster = type(base)(base.town, 2, base.issued, base.parties, (gone,), base.authority)
    given = make_access(roster, {}, AT).rules()
    live = (Live("car-12"), Live("spy", "x", "10.0.0.9"), Live("car-13"), Live("", "y"))
    found = find_drift(roster, [], given, Possible(given, live=live), AT)
    assert [(one.word, one.who) for one in found] == [
        (Word.STRANGER, ""),
        (Word.STRANGER, "spy"),
        (Word.REVOKED, "car-13"),
    ]
    assert "spy is connected as 'x' from 10.0.0.9" in found[1].sentence


def test_a_bridge_is_told_unless_it_is_known() -> None:
    """What it passes on is in another broker's hands."""
    broker = possible(bridges=("to-the-state",))
    assert [one.word for one in drift(broker)] == [Word.BRIDGE]
    assert drift(broker, bridges=("to-the-state",)) == []


def test_each_kind_of_thing_says_who_opens_it() -> None:
    """Alerts by category and grant, searches and answers, verdicts, the chain, kept reads."""
    grant = standing(a_grant(uses=["search"]))
    sight = who_can_see(ROSTER, [grant], ROLES, AT, None)
    opens = {one.what: {each.name: each.by for each in one.openers or ()} for one in sight.things}
    assert opens["alerts and pictures: stolen_vehicle"]["main-street"] == "own"
    assert "bristol-pd" not in opens["alerts and pictures: stolen_vehicle"]
    assert set(opens["alerts and pictures: test"]) == {"tess", "main-street", "bridge-2"}
    assert opens["search answers"]["bristol-pd"] == f"grant {grant.number}"
    assert set(opens["chain payloads"]) == {"archive", "ada"}
    assert set(opens["searches"]) == {"ada", "main-street", "bridge-2"}
    assert sight.untold == ("no broker was asked: who may receive the sealed bytes is not known",)
    assert {one.receivers for one in sight.things} == {None}


def test_an_export_of_rabbitmq_is_read_and_a_rogue_user_named(tmp_path: Path) -> None:
    """Definitions as they are made: clean; a guest with all rights, and a shovel: both named."""
    made = json.loads(write_definitions(make_access(ROSTER, {}, AT)))
    file = tmp_path / "definitions.json"
    site = tmp_path / "site.toml"
    site.write_text(f'[sharing]\nbroker = "rabbitmq"\nfile = "{file}"\n')

    def look() -> list[Drift]:
        file.write_text(json.dumps(made))
        broker = ask_broker(load([site]).settings, FakeClock())
        assert broker is not None
        return drift(broker)

    assert look() == []
    made["users"].append({"name": "guest", "tags": ["administrator"]})
    row = {"user": "guest", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}
    made["permissions"].append(row)
    made["parameters"] = [{"component": "shovel", "name": "to-the-state", "value": {}}]
    assert [(one.word, one.who) for one in look()] == [
        (Word.WIDE, "guest"),
        (Word.BRIDGE, "to-the-state"),
    ]


def test_a_unit_that_seals_by_an_ended_grant_is_named() -> None:
    """Its chain says in force, and it does not stand here; with its row of the end it is none."""
    grant = standing(a_grant())
    fields = {"number": grant.number, "who": grant.who, "what": ["stolen_vehicle", "alerts"]}
    fields["until"] = to_time(grant.until)

    def row(number: int, act: str, unit: str = "main-street", epoch: str = "ab") -> ActRow:
        at = f"2026-02-0{number}T00:00:00.000Z"
        return ActRow(unit, epoch * 16, number, at, "grant", {**fields, "act": act})

    begun = row(1, "in-force")
    assert sealing_beyond([begun], [grant], AT) == ()
    (found,) = sealing_beyond(
        [begun, row(2, "in-force", "bridge-2"), row(3, "ended", "bridge-2")], [], AT
    )
    assert (found.word, found.who) == (Word.UNGRANTED, "bristol-pd")
    assert found.sentence.startswith(
        f"main-street seals to bristol-pd by grant {grant.number[:12]}"
    )
    assert sealing_beyond([begun, row(2, "ended")], [], AT) == ()
    assert sealing_beyond([begun, row(2, "ended", epoch="cd")], [], AT) == ()
    assert sealing_beyond([begun], [], grant.until) == ()
    assert sealing_beyond([ActRow("x", "ab", 1, "", "grant", None)], [], AT) == ()
