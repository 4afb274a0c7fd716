"""The broker set-up in configs/broker lets in whom it should, and nobody else."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers import Broker, Tap, until

CONFIGS = Path(__file__).resolve().parents[2] / "configs" / "broker"
ALERT = "edge/v1/windsor/main-street/alert"
RECEIPT = "edge/v1/windsor/main-street/receipt"


class ShippedBroker(Broker):
    """A mosquitto with the shipped file; only port, paths and, as root, the user are put in."""

    def _configure(self) -> None:
        super()._configure()  # the scratch store's folder, and "user root" where it is needed
        user = [
            x for x in (self.folder / "broker.conf").read_text().splitlines() if "user root" in x
        ]
        text = (CONFIGS / "mosquitto.conf").read_text()
        for key, value in {
            "listener": f"{self.port} 127.0.0.1",
            "cafile": self.authority.file,
            "certfile": self.server.certificate,
            "keyfile": self.server.key,
            "acl_file": CONFIGS / "access.acl",
            "persistence_location": f"{self.folder}/store/",
        }.items():
            text, count = re.subn(rf"(?m)^{key} .*$", f"{key} {value}", text)
            assert count == 1, key
        (self.folder / "broker.conf").write_text("\n".join([text, "log_type all", *user, ""]))


@pytest.fixture
def shipped(tmp_path: Path) -> Iterator[ShippedBroker]:
    """Return the shipped broker, running."""
    broker = ShippedBroker(tmp_path)
    broker.start()
    yield broker
    broker.stop()


@pytest.mark.parametrize("topic", [ALERT, ALERT.replace("alert", "health")])
def test_the_archive_hears_the_units(shipped: ShippedBroker, topic: str) -> None:
    """What a unit says under its own name reaches the town's archive."""
    archive = Tap(shipped, "archive", "edge/v1/windsor/+/" + topic.rsplit("/", 1)[1])
    unit = Tap(shipped, "main-street", RECEIPT)
    unit.publish(topic, b"said")
    until(lambda: archive.messages, what="the message")
    archive.publish(RECEIPT, b"received")
    until(lambda: unit.messages, what="the receipt")
    archive.close()
    unit.close()


def test_others_hear_and_say_nothing(shipped: ShippedBroker) -> None:
    """A certificate of the town is not enough: another unit hears no alert and forges none."""
    archive = Tap(shipped, "archive", "edge/v1/windsor/+/alert")
    nosy = Tap(shipped, "elm-street", "#")
    unit = Tap(shipped, "main-street", RECEIPT)
    nosy.publish(ALERT, b"forged")
    nosy.publish(RECEIPT, b"forged")
    unit.publish(ALERT, b"true")
    until(lambda: archive.messages, what="the true alert")
    assert [payload for _, payload, _ in archive.messages] == [b"true"]
    assert nosy.messages == []
    assert unit.messages == []
    for tap in (archive, nosy, unit):
        tap.close()
