"""The shipped bridge of a car: what is said waits for the town's broker, and all of it arrives."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.delivery.brokers.mosquitto import write_acl
from edge.keys.roles import Role
from edge.messages.access import topics_of
from tests.broker.town import CONFIGS, PaperTown, ShippedBroker, shipped
from tests.broker.tries import Client
from tests.brokers import Broker, until

PARTIES = {
    "car-12": Role.UNIT,
    "car-12-desk": Role.CONSOLE,
    "car-13": Role.UNIT,
    "archive": Role.ARCHIVE,
}
BRIDGE = (CONFIGS / "bridge.conf").read_text()
ALERT, RECEIPT = "edge/v1/windsor/car-12/alert", "edge/v1/windsor/car-12/receipt"


@dataclass
class Road:
    """The town's broker, and the car's with its bridge."""

    town: PaperTown
    centre: ShippedBroker
    car: Broker

    def at_centre(self, name: str) -> Client:
        return Client(self.centre.port, name, self.town.context(name))

    def in_car(self, name: str) -> Client:
        """Return a client of the car's own broker, which takes anybody on loopback."""
        return Client(self.car.port, name, None)


@pytest.fixture
def road(tmp_path: Path) -> Iterator[Road]:
    town = PaperTown(tmp_path, PARTIES)
    acl = tmp_path / "edge.acl"
    acl.write_text(write_acl(town.access()))
    centre = shipped(town, tmp_path / "centre", f"acl_file {acl}")
    centre.start()
    car = Broker(tmp_path / "car", login="open", extra=_bridge(town, centre.port))
    car.start()
    yield Road(town, centre, car)
    car.stop()
    centre.stop()


def test_each_of_its_topics_is_a_right_of_the_party_whose_certificate_it_bears() -> None:
    """No line goes wider than the table, none goes both ways, and none has a wildcard."""
    seen = set()
    for block in BRIDGE.split("\nconnection ")[1:]:
        name = block.split()[0]
        may = topics_of(PARTIES[name], "windsor", name)
        for topic, way in re.findall(r"(?m)^topic (\S+) (in|out) 1$", block):
            assert topic in (may.write if way == "out" else may.read), topic
            assert topic not in seen
            seen.add(topic)
    assert {ALERT, RECEIPT, "edge/v1/windsor/car-12-desk/verdict"} <= seen


def test_alerts_wait_in_the_car_for_the_centre_and_all_arrive(road: Road) -> None:
    """What the unit says while the centre is dead arrives once it is back; answers come in."""
    archive = road.at_centre("archive")
    archive.subscribe("edge/v1/windsor/+/alert")
    unit = road.in_car("car-12")
    for topic in (RECEIPT, RECEIPT.replace("receipt", "command")):
        unit.subscribe(topic)
    unit.publish(ALERT, b"before")
    until(lambda: archive.heard, what="an alert over the bridge")
    archive.close()
    road.centre.save()
    road.centre.kill()
    for number in range(300):
        assert unit.publish(ALERT, str(number).encode()) == 0
    road.centre.start()
    archive = road.at_centre("archive")
    archive.subscribe("edge/v1/windsor/+/alert")
    due = {str(number).encode() for number in range(300)}
    until(lambda: due <= {payload for _, payload in archive.heard}, what="all that waited")
    assert {payload for _, payload in archive.heard} <= due | {b"before"}
    archive.publish(RECEIPT, b"received")
    archive.publish(RECEIPT.replace("receipt", "command"), b"do")
    until(lambda: {p for _, p in unit.heard} == {b"received", b"do"}, what="words to the car")
    unit.close()
    archive.close()


def test_the_car_hears_and_says_nothing_but_its_own(road: Road) -> None:
    """What others of the town say does not come into the car, nor does anything forged go out."""
    archive = road.at_centre("archive")
    archive.subscribe("edge/v1/windsor/+/alert")
    inside = road.in_car("spy")
    inside.subscribe("#")
    other = road.at_centre("car-13")
    other.publish("edge/v1/windsor/car-13/alert", b"of another car")
    archive.publish("edge/v1/windsor/car-13/receipt", b"for another car")
    inside.publish("edge/v1/windsor/car-13/alert", b"forged")
    inside.publish(ALERT, b"own")
    until(lambda: len(archive.heard) >= 2, what="two alerts")
    assert {payload for _, payload in archive.heard} == {b"of another car", b"own"}
    archive.publish(RECEIPT, b"received")
    until(lambda: (RECEIPT, b"received") in inside.heard, what="the receipt")
    assert {p for _, p in inside.heard} == {b"forged", b"own", b"received"}
    for one in (archive, inside, other):
        one.close()


def _bridge(town: PaperTown, port: int) -> str:
    """Return the shipped file with this machine's paths, port and a quick return."""
    # by number: a name may have an IPv6 address too, and a bridge tries one alone
    text = BRIDGE.replace("broker.windsor.example:8883", f"127.0.0.1:{port}")
    text = text.replace("restart_timeout 1 60", "restart_timeout 1 2")
    text = text.replace("/etc/mosquitto/certs/ca.pem", str(town.town.folder / "authority.pem"))
    for name in ("car-12", "car-12-desk"):
        paper = town.paper(name)
        text = text.replace(f"/etc/mosquitto/certs/{name}.pem", str(paper.certificate))
        text = text.replace(f"/etc/mosquitto/certs/{name}.key", str(paper.key))
    assert "/etc/mosquitto" not in re.sub(r"(?m)^#.*$", "", text)
    return text
