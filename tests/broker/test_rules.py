"""Access rules made from a roster, in each broker's form, and files held against them."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from edge.cli import main
from edge.delivery.brokers.access import Access, Granted, differences, make_access
from edge.delivery.brokers.mosquitto import read_acl
from edge.errors import DeliveryError
from edge.keys.roles import Role
from edge.keys.trust import Root, save_root
from edge.services.broker import FORMATS
from tests.keys.town import DAY, NOW, Town

GRANTED = {"next-town": Granted(NOW + 30 * DAY)}


def a_town() -> Town:
    """Return a town with a party of each role, one ended, one revoked, one yet to come."""
    town = Town()
    for role, name in (
        (Role.UNIT, "main-street"),
        (Role.CONSOLE, "car-1"),
        (Role.ARCHIVE, "archive"),
        (Role.PARTNER, "next-town"),
        (Role.PARTNER, "far-town"),
        (Role.OFFICER, "jones"),
    ):
        town.add(role, name)
    town.add(Role.UNIT, "gone", NOW - 9 * DAY, NOW - DAY)
    town.add(Role.UNIT, "coming", NOW + DAY)
    town.revoke(town.add(Role.UNIT, "stolen"))
    return town


def access() -> Access:
    return make_access(a_town().roster(), GRANTED, NOW)


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_gives_what_it_was_made_to_give(form: str) -> None:
    """Each form, read back, says exactly the rules that it was written from."""
    text = FORMATS[form].write(access())
    assert differences(access().rules(), FORMATS[form].read(text, form)) == []


@pytest.mark.parametrize("form", FORMATS)
def test_nobody_gets_more_than_one_level_of_the_own_town(form: str) -> None:
    """No rule names everything, another town, or more than one open level."""
    rules = FORMATS[form].read(FORMATS[form].write(access()), form)
    for right in frozenset[str]().union(*rules.values()):
        _, topic = right.split(" ", 1)
        assert topic.startswith("edge/v1/windsor/")
        assert "#" not in topic
        assert topic.count("+") <= 1


@pytest.mark.parametrize("form", FORMATS)
def test_ended_revoked_and_ungranted_parties_get_nothing(form: str) -> None:
    """Only those have a right whose key counts now, and partners while a grant is in force."""
    rules = FORMATS[form].read(FORMATS[form].write(access()), form)
    assert set(rules) == {"main-street", "car-1", "archive", "next-town"}


def test_an_import_takes_rights_away_from_those_that_rabbitmq_still_knows() -> None:
    """RabbitMQ's import deletes nobody, so the revoked and ended stand there with no right."""
    made = json.loads(FORMATS["rabbitmq"].write(access()))
    rows = {row["user"]: row for row in made["permissions"]}
    assert rows["stolen"]["write"] == rows["gone"]["read"] == rows["far-town"]["configure"] == "^$"
    assert rows["main-street"]["write"] != "^$"


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_roster_gives_the_same_bytes(form: str) -> None:
    """Made twice, at two moments between which nobody begins or ends, the files are equal."""
    roster = a_town().roster()
    early, late = (make_access(roster, GRANTED, NOW + timedelta(hours=h)) for h in (0, 23))
    assert FORMATS[form].write(early) == FORMATS[form].write(late)
    assert f"roster {roster.sequence}" in FORMATS[form].write(early)


def test_rules_say_when_they_must_be_made_anew() -> None:
    """The next beginning or end of a key or grant stands on top, earlier than all the others."""
    assert any("coming begins" in line for line in access().header)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("user main-street\ntopic read #", "main-street may read #, and must not"),
        ("pattern write edge/%u/x", "everybody may write edge/%u/x, and must not"),
        ("user spy\ntopic readwrite a/b", "spy may write a/b, and must not"),
        ("user spy\ntopic a/b c", "spy may read a/b c, and must not"),
    ],
)
def test_a_right_too_many_is_told(line: str, told: str) -> None:
    """What was added to a broker's file by hand is found, and the file without it is clean."""
    text = FORMATS["mosquitto"].write(access())
    assert told in differences(access().rules(), read_acl(text + line, "a file"))
    assert differences(access().rules(), read_acl(text, "a file")) == []


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("text", ["}", '{"users": 3}', "topic"])
def test_a_file_of_another_form_is_refused(form: str, text: str) -> None:
    """Rubbish is an error that names the file, never an empty set of rights."""
    if form == "dynsec" and text == '{"users": 3}':
        text = '{"clients": 3}'
    with pytest.raises(DeliveryError, match="some file"):
        FORMATS[form].read(text, "some file")


def test_a_wide_permission_without_topic_rules_is_told() -> None:
    """A RabbitMQ user with rights on all queues and no topic permission may hear everything."""
    made = json.loads(FORMATS["rabbitmq"].write(access()))
    made["users"].append({"name": "guest", "tags": ["administrator"]})
    row = {"user": "guest", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}
    made["permissions"].append(row)
    found = FORMATS["rabbitmq"].read(json.dumps(made), "export")
    told = differences(access().rules(), found)
    assert "guest may read anything, and must not" in told
    assert "guest may act as administrator, and must not" in told


def test_the_command_prints_rules_and_finds_a_changed_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`edge broker acl` writes what `edge broker check` then agrees with, until it is changed."""
    town = a_town()
    save_root(Root(town.name, town.root.public), tmp_path / "town.json")
    town.write(tmp_path / "roster")
    keys = ["--keys", str(tmp_path)]
    assert main(["broker", "acl", *keys]) == 0
    file = tmp_path / "edge.acl"
    file.write_text(capsys.readouterr().out)
    assert main(["broker", "check", str(file), *keys]) == 0
    file.write_text(file.read_text() + "topic read #\n")
    assert main(["broker", "check", str(file), *keys]) == 1
    assert "may read #, and must not" in capsys.readouterr().out
    assert main(["broker", "check", str(tmp_path / "none"), *keys]) == 2


@pytest.mark.parametrize("form", FORMATS)
def test_a_partner_has_what_its_grants_give_and_its_neighbour_no_more(form: str) -> None:
    """One may open alerts, one search, one both, one has no grant: each right is its own."""
    town = a_town()
    for name in ("east", "west"):
        town.add(Role.PARTNER, name)
    until = NOW + 30 * DAY
    granted = {
        "next-town": Granted(until),
        "east": Granted(until, alerts=False, search=True),
        "west": Granted(until, search=True),
    }
    made = make_access(town.roster(), granted, NOW)
    rules = FORMATS[form].read(FORMATS[form].write(made), form)
    assert differences(made.rules(), rules) == []
    alerts, answers = "read edge/v1/windsor/+/alert", "read edge/v1/windsor/+/answer"
    search = "write edge/v1/windsor/+/search"
    has = {name: {alerts, answers, search} & rules.get(name, set()) for name in granted}
    assert has == {
        "next-town": {alerts},
        "east": {answers, search},
        "west": {alerts, answers, search},
    }
    assert "far-town" not in rules


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        (r"^amq\.topic$", "guest may read anything, and must not"),
        ("amq", "guest may read anything, and must not"),
        ("^mqtt-", "guest may read anything, and must not"),
        ("(?<broken", "guest may read anything, and must not"),
        ("^mqtt-subscription-car-1qos1$", "guest may read the queue of car-1, and must not"),
        ("^mqtt-(subscription|will)-car-1(qos[01])?$", "guest may read the queue of car-1, and"),
        (
            "windsor-main-street.*mqtt|mqtt.*windsor-m",
            "guest may read the queue of whoever matches",
        ),
        ("^$", ""),
        ("", ""),
        ("^mqtt-(subscription|will)-guest(qos[01])?$", ""),
    ],
)
def test_a_permission_on_the_exchange_or_on_anothers_session_is_told(
    pattern: str, told: str
) -> None:
    """However it is written: by a wide pattern, or by the very name of somebody's queue."""
    made = json.loads(FORMATS["rabbitmq"].write(access()))
    made["users"].append({"name": "guest", "tags": []})
    row = {"user": "guest", "vhost": "/", "configure": "^$", "write": "^$", "read": pattern}
    made["permissions"].append(row)
    found = FORMATS["rabbitmq"].read(json.dumps(made), "export")
    lines = differences(access().rules(), found)
    assert any(one.startswith(told) for one in lines) if told else lines == []
