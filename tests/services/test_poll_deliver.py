"""The delivering daemon polls beside its work: alerts never wait for lists."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.messages.health import parse_health
from tests.alerts import UNIT
from tests.brokers import Broker, Tap, until
from tests.hotlist.bundles import TOWN
from tests.services.delivering import Site
from tests.services.polling import Fleet


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    broker = Broker(tmp_path / "broker").start()
    made = Site(tmp_path, broker, health_every_s=0.2)
    yield made
    made.close()
    broker.stop()


def polls(site: Site, fleet: Fleet) -> None:
    """Set the unit's server of lists."""
    with site.config.open("a") as file:
        file.write(
            f'[hotlist]\nmanifest_url = "{fleet.web.url}"\npoll_s = 1.0\n'
            f'manifest_ca_file = "{fleet.authority.file}"\n'
            f'folder = "{fleet.stage.folder}"\ninbox = "{fleet.inbox}"\n'
        )


def test_alerts_go_on_while_lists_cannot_be_had(site: Site, tmp_path: Path):
    """With the server of lists away alerts are received, and health says what is wrong."""
    fleet = Fleet(tmp_path / "fleet")
    fleet.web.stop()
    polls(site, fleet)
    tap = Tap(site.broker, pattern="edge/v1/+/+/health")
    site.alert(2)
    deliver = site.deliver()
    site.listen("--jsonl")
    site.settled(2)
    until(lambda: "lists are not polled" in str(problems(tap)), what="word in health")
    tap.close()
    assert deliver.stop() == 0


def test_deliver_loads_what_is_published(site: Site, tmp_path: Path):
    """The daemon polls by itself, puts the list into the inbox, and ends within seconds."""
    fleet = Fleet(tmp_path / "fleet")
    fleet.publish(100, [fleet.town.full(10, "ABC1234")])
    polls(site, fleet)
    text = site.config.read_text().replace(f'"{UNIT.town}"', f'"{TOWN}"')
    site.config.write_text(text.replace(f'"{site.keys}"', f'"{fleet.keys}"'))
    deliver = site.deliver()
    until(lambda: bool(fleet.arrived()), what="a bundle in the inbox")
    fleet.install()
    assert fleet.stage.plates() == ["ABC1234"]
    assert deliver.stop() == 0
    fleet.web.stop()


def problems(tap: Tap) -> list[str]:
    """Return all problems that health has told."""
    return [one for body in tap.payloads("/health") for one in parse_health(body).payload.problems]
