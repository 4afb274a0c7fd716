"""The shipped mosquitto with generated rules: the whole table of rights, by trying it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from edge.delivery.brokers.access import differences
from edge.delivery.brokers.mosquitto import read_acl, write_acl, write_dynsec
from edge.keys.roles import Role
from edge.messages.access import TUNNEL, Topics, topics_of
from edge.messages.topics import Kind, every_unit, topic
from tests.broker.town import PARTIES, PHRASE, PaperTown, ShippedBroker, shipped
from tests.broker.tries import Client, Refused
from tests.brokers import mosquitto, until

NO_SUBSCRIBER, NOT_AUTHORIZED = 0x10, 0x87
WIDE = (
    *("#", "edge/#", "edge/v1/+/+/alert", "edge/v1/windsor/#", "$SYS/#", "+/+/+/+/+"),
    every_unit("hartford", Kind.ALERT),
)
PLUGIN = Path("/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> PaperTown:
    return PaperTown(tmp_path_factory.mktemp("town"))


def _acl(town: PaperTown, folder: Path) -> str:
    file = folder / "edge.acl"
    file.write_text(write_acl(town.access()))
    return f"acl_file {file}"


def _dynsec(town: PaperTown, folder: Path) -> str:
    file = folder / "dynsec.json"
    file.write_text(write_dynsec(town.access()))
    plugin = next(iter(Path(mosquitto()).parents[1].rglob("mosquitto_dynamic_security.so")), PLUGIN)
    return f"plugin {plugin}\nplugin_opt_config_file {file}"


@pytest.fixture(scope="module")
def acl(town: PaperTown, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShippedBroker]:
    folder = tmp_path_factory.mktemp("acl")
    started = shipped(town, folder, _acl(town, folder))
    started.open_tunnels()
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def dynsec(town: PaperTown, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShippedBroker]:
    folder = tmp_path_factory.mktemp("dynsec")
    started = shipped(town, folder, _dynsec(town, folder))
    started.open_tunnels()
    started.start()
    yield started
    started.stop()


@pytest.fixture(params=["acl", "dynsec"])
def broker(request: pytest.FixtureRequest) -> ShippedBroker:
    """Return the shipped broker, running, with one and the other form of rules."""
    return request.getfixturevalue(request.param)


def test_the_whole_table_by_trying_it(broker: ShippedBroker, town: PaperTown) -> None:
    """Everybody says everything under every name: who is let, and who hears it, is the table's."""
    clients = {name: Client(broker.port, name, town.context(name)) for name in PARTIES}
    for client in clients.values():
        for pattern in WIDE:
            client.subscribe(pattern)  # an ACL file lets anybody subscribe, and delivers by right
        for kind in Kind:
            client.subscribe(every_unit("windsor", kind))
            for whose in PARTIES:
                client.subscribe(topic("windsor", whose, kind))
    said = [one for name, client in clients.items() for one in _say_everything(name, client)]
    assert [one for one in said if one.allowed != one.taken] == []
    for name, client in clients.items():
        client.subscribe("barrier")
        may = topics_of(PARTIES[name], "windsor", name).read
        due = {
            (one.where, one.who.encode()) for one in said if one.taken and _covers(may, one.where)
        }
        assert set(client.heard) == due, name
        client.close()


@pytest.mark.parametrize("name", PARTIES)
def test_dynamic_security_refuses_the_subscription_itself(
    dynsec: ShippedBroker, town: PaperTown, name: str
) -> None:
    """A filter that the table does not give is refused, and none reaches over the town's names."""
    may = topics_of(PARTIES[name], "windsor", name)
    client = Client(dynsec.port, name, town.context(name))
    for kind in Kind:
        for pattern in (topic("windsor", name, kind), every_unit("windsor", kind)):
            allowed = pattern in may.read or every_unit("windsor", kind) in may.read
            assert (client.subscribe(pattern) < 0x80) is allowed, pattern
    for pattern in WIDE:
        assert client.subscribe(pattern) >= 0x80, pattern
    client.close()


def test_a_role_without_rights_hears_nothing(broker: ShippedBroker, town: PaperTown) -> None:
    """A supervisor's certificate lets him in and no further; the archive hears the same alert."""
    assert topics_of(PARTIES["chief"], "windsor", "chief") == Topics((), ())
    deaf = Client(broker.port, "chief", town.context("chief"))
    archive = Client(broker.port, "archive", town.context("archive"))
    deaf.subscribe(every_unit("windsor", Kind.ALERT))
    assert archive.subscribe(every_unit("windsor", Kind.ALERT)) == 1
    unit = Client(broker.port, "main-street", town.context("main-street"))
    assert unit.publish(topic("windsor", "main-street", Kind.ALERT)) == 0
    until(lambda: archive.heard, what="the alert")
    deaf.subscribe("barrier")
    assert deaf.heard == []
    for one in (deaf, archive, unit):
        one.close()


def test_nobody_takes_over_anothers_session(broker: ShippedBroker, town: PaperTown) -> None:
    """A client that calls itself "archive" stays itself, and the archive's connection stands."""
    archive = Client(broker.port, "archive", town.context("archive"))
    assert archive.subscribe(every_unit("windsor", Kind.ALERT)) == 1
    thief = Client(broker.port, "elm-street", town.context("elm-street"), client_id="archive")
    assert thief.publish(topic("windsor", "elm-street", Kind.ALERT)) == 0
    until(lambda: archive.heard, what="the alert")
    assert thief.heard == []
    thief.close()
    archive.close()


def test_a_tunnel_stands_beside_the_daemon_and_may_nothing_else(
    broker: ShippedBroker, town: PaperTown
) -> None:
    """With one certificate both are in, at their own ports; neither pushes the other out.

    Control: a second client at the daemon's port does end the first.
    """
    inward, outward = (topic("windsor", "main-street", kind) for kind in sorted(TUNNEL))
    daemon = Client(broker.port, "main-street", town.context("main-street"))
    tunnel = Client(broker.tunnel_port, "main-street", town.context("main-street"))
    fitter = Client(broker.tunnel_port, "fitter", town.context("fitter"))
    other = Client(broker.tunnel_port, "elm-street", town.context("elm-street"))
    assert tunnel.subscribe(inward) == 1
    assert fitter.subscribe(outward) == 1
    other.subscribe(inward)
    for client in (daemon, tunnel, fitter):
        alert = client.publish(topic("windsor", "main-street", Kind.ALERT))
        assert (alert == NOT_AUTHORIZED) is (client is not daemon)
    assert fitter.publish(inward, b"ask") == 0
    assert tunnel.publish(outward, b"answer") == 0
    assert {other.publish(one) for one in (inward, outward)} == {NOT_AUTHORIZED}
    until(lambda: tunnel.heard and fitter.heard, what="both ways")
    other.subscribe("barrier")
    assert (tunnel.heard, fitter.heard) == ([(inward, b"ask")], [(outward, b"answer")])
    assert other.heard == []
    Client(broker.port, "main-street", town.context("main-street")).close()
    with pytest.raises(Refused):
        daemon.publish(topic("windsor", "main-street", Kind.ALERT))
    for one in (daemon, tunnel, fitter, other):
        one.close()


def test_a_revocation_counts_after_a_reload(tmp_path: Path) -> None:
    """A stolen unit that is connected may say nothing any more, and does not get in again."""
    town = PaperTown(tmp_path, {"main-street": Role.UNIT, "elm-street": Role.UNIT})
    broker = shipped(town, tmp_path / "broker", _acl(town, tmp_path))
    broker.start()
    stolen = Client(broker.port, "main-street", town.context("main-street"))
    where = topic("windsor", "main-street", Kind.ALERT)
    assert stolen.publish(where) == NO_SUBSCRIBER
    town.town.revoke("main-street", "stolen", PHRASE, town.town.roster().issued)
    old = read_acl((tmp_path / "edge.acl").read_text(), "old")
    assert f"main-street may write {where}, and must not" in differences(town.access().rules(), old)
    _acl(town, tmp_path)
    broker.reload()
    assert stolen.publish(where) == NOT_AUTHORIZED
    with pytest.raises(Refused):
        Client(broker.port, "main-street", town.context("main-street"))
    Client(broker.port, "elm-street", town.context("elm-street")).close()
    stolen.close()
    broker.stop()


@dataclass(frozen=True)
class Said:
    """One try to publish."""

    who: str
    where: str
    allowed: bool
    taken: bool


def _say_everything(name: str, client: Client) -> Iterator[Said]:
    may = topics_of(PARTIES[name], "windsor", name)
    for town_name, whose, kind in product(("windsor", "hartford"), PARTIES, Kind):
        where = topic(town_name, whose, kind)
        code = client.publish(where, name.encode())
        assert code in {0, NO_SUBSCRIBER, NOT_AUTHORIZED}
        yield Said(name, where, _covers(may.write, where), code != NOT_AUTHORIZED)


def _covers(filters: tuple[str, ...], where: str) -> bool:
    return where in filters or any(
        "+" in one
        and one.split("+")[0] == where[: one.index("+")]
        and one.split("/")[-1] == where.rsplit("/", maxsplit=1)[-1]
        for one in filters
    )
