"""The table of rights: what each role may write and read, and nothing beside it."""

import pytest

from edge.keys.roles import Role
from edge.messages.access import RIGHTS, readers, topics_of, writers
from edge.messages.topics import Kind


def test_a_unit_speaks_for_itself_alone() -> None:
    """It writes and reads under its own name and nowhere else."""
    topics = topics_of(Role.UNIT, "windsor", "bridge-2")
    for one in (*topics.write, *topics.read):
        assert one.startswith("edge/v1/windsor/bridge-2/")
    assert {one.rsplit("/", 1)[1] for one in topics.read} == {
        "receipt",
        "command",
        "list",
        "search",
        "inward",
    }


def test_no_filter_is_wider_than_one_level_of_one_town() -> None:
    """Whatever the role, a right names its town and its kind."""
    for role in Role:
        topics = topics_of(role, "windsor", "some-one")
        for one in (*topics.write, *topics.read):
            root, version, town, name, kind = one.split("/")
            assert (root, version, town) == ("edge", "v1", "windsor")
            assert name in {"+", "some-one"}
            assert kind in {member.value for member in Kind}


@pytest.mark.parametrize("role", [Role.OFFICER, Role.SUPERVISOR, Role.UPDATER])
def test_some_roles_are_no_clients_of_the_broker(role: Role) -> None:
    """Their words travel through a console."""
    assert topics_of(role, "windsor", "dana") == topics_of(role, "windsor", "erin")
    assert role not in RIGHTS


def test_only_units_write_alerts_and_only_consoles_verdicts() -> None:
    """The writers of what may wake a shift are as few as can be."""
    assert writers(Kind.ALERT) == (Role.UNIT,)
    assert writers(Kind.VERDICT) == (Role.CONSOLE,)
    assert set(writers(Kind.LIST)) == {Role.LIST_ISSUER, Role.ARCHIVE}
    assert Role.PARTNER not in readers(Kind.VERDICT)


def test_a_tunnel_is_between_a_unit_and_technicians_alone() -> None:
    """Nobody else of the town writes or hears a word of it, the archive and auditors included."""
    assert (writers(Kind.INWARD), readers(Kind.INWARD)) == ((Role.TECHNICIAN,), (Role.UNIT,))
    assert (writers(Kind.OUTWARD), readers(Kind.OUTWARD)) == ((Role.UNIT,), (Role.TECHNICIAN,))


def test_every_kind_has_a_writer_and_a_reader() -> None:
    """A topic that nobody may use would be a mistake in the table."""
    for kind in Kind:
        assert writers(kind), kind
        assert readers(kind), kind
