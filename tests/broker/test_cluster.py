"""Three nodes of RabbitMQ 4 with the shipped files: rights, sessions, revocation."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.delivery.brokers.access import differences
from edge.delivery.brokers.rabbitmq import read_definitions, write_definitions
from edge.keys.roles import Role
from edge.messages.access import topics_of
from edge.messages.topics import Kind, every_unit, topic
from tests.broker.town import PARTIES, PHRASE, PaperTown
from tests.broker.tries import Client, Refused
from tests.brokers import until
from tests.house.tree import ROOT

pytestmark = [
    pytest.mark.machine,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("rabbitmq"),  # its ports
]
FIRST, SECOND, THIRD = 18881, 18882, 18883


def cluster(action: str, folder: Path, *more: str) -> None:
    subprocess.run([str(ROOT / "scripts/cluster"), action, str(folder), *more], check=True)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> PaperTown:
    """Return a town of which one unit is revoked."""
    made = PaperTown(tmp_path_factory.mktemp("town"), {**PARTIES, "stolen": Role.UNIT})
    made.town.revoke("stolen", "from a car", PHRASE, made.town.roster().issued)
    return made


@pytest.fixture(scope="module")
def nodes(town: PaperTown, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the folder of a running cluster of *town*."""
    folder, papers = tmp_path_factory.mktemp("cluster"), town.town.folder
    shutil.copy(papers / "authority.pem", folder / "ca.pem")
    shutil.copy(papers / "revoked.pem", folder / "revoked.pem")
    for ending in ("pem", "key"):
        shutil.copy(papers / f"certificates/broker.{ending}", folder / f"broker.{ending}")
    (folder / "definitions.json").write_text(write_definitions(town.access()))
    try:
        cluster("start", folder)
        yield folder
    finally:
        cluster("stop", folder)


def client(town: PaperTown, name: str, port: int = FIRST, client_id: str = "") -> Client:
    own = f"windsor-{name}" if PARTIES.get(name) is Role.UNIT else name
    return Client(port, name, town.context(name), client_id or own)


@pytest.mark.usefixtures("nodes")
@pytest.mark.parametrize("name", PARTIES)
def test_each_party_may_do_what_the_table_says(town: PaperTown, name: str) -> None:
    """Under its own name and a neighbour's: allowed, or the broker ends the connection."""
    may = topics_of(PARTIES[name], "windsor", name)
    other = "elm-street" if name != "elm-street" else "main-street"
    for kind in Kind:
        for whose in (name, other):
            where, wide = topic("windsor", whose, kind), every_unit("windsor", kind)
            allowed = where in may.write or wide in may.write
            assert _let(town, name, lambda one, x=where: one.publish(x)) is allowed, where
        for pattern in (topic("windsor", name, kind), every_unit("windsor", kind)):
            allowed = pattern in may.read
            assert _let(town, name, lambda one, x=pattern: one.subscribe(x)) is allowed, pattern
    for pattern in ("#", "edge/v1/+/+/alert", "edge/v1/windsor/#", "edge/v1/hartford/+/alert"):
        assert not _let(town, name, lambda one, x=pattern: one.subscribe(x)), pattern


@pytest.mark.usefixtures("nodes")
def test_nobody_takes_anothers_session(town: PaperTown) -> None:
    """A unit that calls itself "archive" is not let subscribe; under its own id it is."""
    thief = topic("windsor", "elm-street", Kind.RECEIPT)
    assert not _let(town, "elm-street", lambda one: one.subscribe(thief), client_id="archive")
    assert _let(town, "elm-street", lambda one: one.subscribe(thief))


@pytest.mark.usefixtures("nodes")
def test_a_revoked_certificate_is_refused(town: PaperTown) -> None:
    """The town's list of revoked ones is asked at the handshake, on each node."""
    for port in (FIRST, SECOND, THIRD):
        with pytest.raises(Refused):
            client(town, "stolen", port)
        client(town, "main-street", port).close()


def test_what_waits_for_a_console_outlives_its_node(nodes: Path, town: PaperTown) -> None:
    """Alerts that wait for an absent console are there at another node when its own is killed."""
    console = client(town, "car-1", SECOND)
    assert console.subscribe(every_unit("windsor", Kind.ALERT)) == 1
    console.close()
    unit = client(town, "main-street", FIRST)
    for number in range(50):
        assert unit.publish(topic("windsor", "main-street", Kind.ALERT), b"%d" % number) == 0
    cluster("kill", nodes, "2")
    console = client(town, "car-1", THIRD)
    due = {b"%d" % number for number in range(50)}
    until(lambda: due <= {payload for _, payload in console.heard}, what="what waited")
    cluster("start", nodes, "2")
    console.close()
    unit.close()


def test_what_the_broker_exports_is_what_the_roster_says(nodes: Path, town: PaperTown) -> None:
    """The running cluster's own definitions, held against the roster: no right too many or few."""
    cluster("ctl", nodes, "1", "-q", "export_definitions", "/srv/node/now.json")
    found = read_definitions((nodes / "node1" / "now.json").read_text(), "the export")
    assert differences(town.access().rules(), found) == []


def test_a_later_revocation_counts_at_once(nodes: Path, town: PaperTown) -> None:
    """A new list on each node's disk and new definitions, with no restart: the unit is out."""
    standing = client(town, "elm-street")
    where = topic("windsor", "elm-street", Kind.ALERT)
    assert standing.publish(where) < 0x80
    town.town.revoke("elm-street", "stolen", PHRASE, town.town.roster().issued)
    for file in nodes.glob("node?/revoked/*.r0"):
        shutil.copy(town.town.folder / "revoked.pem", file)
    (nodes / "node1" / "new.json").write_text(write_definitions(town.access()))
    (nodes / "node1" / "new.json").chmod(0o644)
    cluster("ctl", nodes, "1", "-q", "import_definitions", "/srv/node/new.json")
    cluster("ctl", nodes, "1", "-q", "close_all_user_connections", "elm-street", "revoked")
    with pytest.raises(Refused):
        standing.publish(where)
    standing.close()
    for port in (FIRST, SECOND, THIRD):
        with pytest.raises(Refused):
            client(town, "elm-street", port)
    client(town, "main-street").close()


def _let(town: PaperTown, name: str, act: Callable[[Client], int], client_id: str = "") -> bool:
    """Say whether *act* is let, each time by a connection of its own."""
    try:
        one = client(town, name, client_id=client_id)
    except Refused:
        return False
    try:
        return act(one) < 0x80
    except Refused:
        return False
    finally:
        one.close()
