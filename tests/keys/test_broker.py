"""A real broker believes the town's certificates, and no longer those that are revoked."""

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from edge.keys import edits
from edge.keys.holder import make_party
from edge.keys.request import read_request
from edge.keys.roles import Role
from edge.keys.town import Town, make_town
from tests.brokers import Broker, until

PHRASE = "five words drawn by dice"
NOW = datetime.now(UTC).replace(microsecond=0)
YEAR = timedelta(days=365)


class TownsBroker(Broker):
    """A mosquitto with the town's authority, its list of revoked ones and its server's key."""

    town: Town

    def _configure(self) -> None:
        super()._configure()
        file, folder = self.folder / "broker.conf", self.town.folder
        kept = [
            line
            for line in file.read_text().splitlines()
            if not line.startswith(("cafile", "certfile", "keyfile"))
        ]
        kept += [
            f"cafile {folder}/authority.pem",
            f"crlfile {folder}/revoked.pem",
            f"certfile {folder}/certificates/broker.pem",
            f"keyfile {folder}/certificates/broker.key",
        ]
        file.write_text("\n".join([*kept, ""]))


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """Return a town with two units, and certificates for them and for a broker."""
    made = make_town(tmp_path / "town", "windsor", PHRASE, NOW, cost=2**10)
    for name in ("main-street", "elm-street"):
        _, application = make_party(tmp_path / name, Role.UNIT, name, "windsor")
        request = read_request(application.read_bytes(), name)
        made.change(edits.added(made.draft(), request, NOW, NOW + YEAR), NOW)
        made.keep(request, application.read_bytes())
    made.sign(PHRASE, NOW)
    for name, hosts in (("main-street", []), ("elm-street", []), ("broker", ["localhost"])):
        made.certify(name, hosts, NOW + YEAR, PHRASE, NOW)
    return made


@pytest.fixture
def start(tmp_path: Path, town: Town) -> Iterator[Callable[[], Broker]]:
    """Start a broker with the town's files as they are now; the one before is stopped."""
    running: list[Broker] = []

    def begin() -> Broker:
        for broker in running:
            broker.stop()
        TownsBroker.town = town
        running[:] = [TownsBroker(tmp_path / "broker").start()]
        return running[0]

    yield begin
    for broker in running:
        broker.stop()


def test_a_revoked_certificate_is_refused_by_the_broker(
    start: Callable[[], Broker], town: Town, tmp_path: Path
) -> None:
    """Both units get in; after one is revoked the other alone does: the list is what refuses."""
    broker = start()
    assert lets_in(broker, town, tmp_path, "main-street")
    assert lets_in(broker, town, tmp_path, "elm-street")
    assert "u'main-street'" in (broker.folder / "broker.log").read_text()
    town.revoke("main-street", "stolen", PHRASE, NOW)
    broker = start()
    assert not lets_in(broker, town, tmp_path, "main-street")
    assert lets_in(broker, town, tmp_path, "elm-street")


def test_a_servers_certificate_opens_no_clients_door(
    start: Callable[[], Broker], town: Town, tmp_path: Path
) -> None:
    """The broker's own certificate, or another server's, is no client's: its use says so."""
    broker = start()
    (tmp_path / "broker-keys").mkdir()
    key = (town.folder / "certificates" / "broker.key").read_bytes()
    (tmp_path / "broker-keys" / "tls.key").write_bytes(key)
    (tmp_path / "broker-keys").rename(tmp_path / "impostor")
    certificate = town.folder / "certificates" / "impostor.pem"
    certificate.write_bytes((town.folder / "certificates" / "broker.pem").read_bytes())
    assert not lets_in(broker, town, tmp_path, "impostor")
    assert lets_in(broker, town, tmp_path, "main-street")


def lets_in(broker: Broker, town: Town, keys: Path, name: str) -> bool:
    """Say whether the broker accepts *name*'s certificate, hearing its own refusal if not."""
    context = ssl.create_default_context(cafile=str(town.folder / "authority.pem"))
    context.load_cert_chain(town.folder / "certificates" / f"{name}.pem", keys / name / "tls.key")
    accepted, ended = Event(), Event()
    client = paho.Client(CallbackAPIVersion.VERSION2, name, protocol=MQTTProtocolVersion.MQTTv5)
    client.tls_set_context(context)
    client.on_connect = lambda *_: (accepted.set(), ended.set())
    client.on_disconnect = lambda *_: ended.set()
    try:
        client.connect("localhost", broker.port, 30)
        client.loop_start()
        until(ended.is_set, what="an answer of the broker")
    except ssl.SSLError:
        return False
    finally:
        client.disconnect()
        client.loop_stop()
        client.on_connect = client.on_disconnect = None
    return accepted.is_set()
