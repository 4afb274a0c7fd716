"""Who can see what on a real RabbitMQ: its management is asked, before a rogue user and after."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.clock import SystemClock
from edge.config import load
from edge.delivery.brokers.rabbitmq import write_definitions
from edge.errors import DeliveryError
from edge.policy.who import Drift, Sight, Word
from edge.services.broker import broker_access
from edge.services.who import look
from tests.broker.test_cluster import FIRST, cluster
from tests.broker.town import NOW, PARTIES, PaperTown
from tests.broker.tries import Client
from tests.brokers import until

pytestmark = [
    pytest.mark.machine,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("rabbitmq"),  # its ports
]
PORT = 18899
PLUGINS = "[rabbitmq_mqtt,rabbitmq_auth_mechanism_ssl,rabbitmq_management]."
LISTENER = f"""
management.ssl.port = {PORT}
management.ssl.ip = 127.0.0.1
management.ssl.cacertfile = /srv/node/ca.pem
management.ssl.certfile = /srv/node/broker.pem
management.ssl.keyfile = /srv/node/broker.key
"""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> PaperTown:
    return PaperTown(tmp_path_factory.mktemp("town"), PARTIES)


@pytest.fixture(scope="module")
def nodes(town: PaperTown, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the folder of a running cluster whose first node has a management."""
    folder, papers = tmp_path_factory.mktemp("cluster"), town.town.folder
    shutil.copy(papers / "authority.pem", folder / "ca.pem")
    shutil.copy(papers / "revoked.pem", folder / "revoked.pem")
    for ending in ("pem", "key"):
        shutil.copy(papers / f"certificates/broker.{ending}", folder / f"broker.{ending}")
    (folder / "definitions.json").write_text(write_definitions(broker_access(papers, NOW)))
    (folder / "plugins").write_text(PLUGINS)
    for number in (1, 2, 3):
        port = f"{PORT + number - 1}"
        (folder / f"more{number}.conf").write_text(LISTENER.replace(str(PORT), port))
    try:
        cluster("start", folder)
        cluster("ctl", folder, "1", "-q", "add_user", "watcher", "what-only-it-knows")
        cluster("ctl", folder, "1", "-q", "set_user_tags", "watcher", "administrator")
        yield folder
    finally:
        cluster("stop", folder)


def test_a_rogue_user_and_a_rogue_client_are_named(
    nodes: Path, town: PaperTown, tmp_path: Path
) -> None:
    """Clean first; then a client that reads everything, by its rule and by its connection."""
    secret, site = tmp_path / "password", tmp_path / "site.toml"
    secret.touch(mode=0o600)
    secret.write_text("what-only-it-knows\n")
    keys = town.town.folder
    site.write_text(
        f'[keys]\nfolder = "{keys}"\n[delivery]\nca_file = "{keys / "authority.pem"}"\n'
        f'[sharing]\nbroker = "rabbitmq"\nurl = "https://localhost:{PORT}"\nuser = "watcher"\n'
        f'password_file = "{secret}"\n'
    )

    def seen() -> Sight:
        return look(load([site]).settings, SystemClock("always"))

    def drift() -> list[Drift]:
        return list(seen().drift)

    assert drift() == []
    car = Client(FIRST, "car-1", town.context("car-1"))
    until(lambda: seen().said == ("1 connected",), what="the connection in the management")
    assert drift() == []
    cluster("ctl", nodes, "1", "-q", "add_user", "guest2", "x")
    cluster("ctl", nodes, "1", "-q", "set_permissions", "guest2", ".*", ".*", ".*")
    assert [(one.word, one.who) for one in drift()] == [(Word.WIDE, "guest2")]
    cluster("ctl", nodes, "1", "-q", "delete_user", "guest2")
    assert drift() == []
    right = ("^$", "^edge.*$")
    cluster(*("ctl", nodes, "1", "-q", "set_topic_permissions", "fitter", "amq.topic", *right))
    assert [(one.word, one.who) for one in drift()] == [(Word.WIDE, "fitter")]
    car.close()
    secret.write_text("wrong\n")
    with pytest.raises(DeliveryError, match="answers 401"):
        drift()
