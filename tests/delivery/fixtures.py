"""Settings, links and a broker for the delivery tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.clock import SystemClock
from edge.config import load
from edge.config.delivery import DeliverySection
from edge.delivery.events import Event
from edge.delivery.mqtt import Link, Presence
from tests.brokers import Broker

STATUS = "edge/v1/town/unit-1/status"
RECEIPT = "edge/v1/town/unit-1/receipt"


def section(**changes: Any) -> DeliverySection:
    """Return the default settings with *changes*, checked as a file's would be."""
    fields = load([]).settings.delivery.model_dump()
    return DeliverySection.model_validate({**fields, **changes})


def wait_for(link: Link, kind: type[Event], seconds: float = 20.0) -> Any:
    """Return the next event of *kind*, dropping others."""
    for _ in range(round(seconds / 0.05)):
        event = link.take(0.05)
        if isinstance(event, kind):
            return event
    raise AssertionError(f"no {kind.__name__} within {seconds} s")


class Links:
    """Opens links to a broker and stops them at the test's end."""

    def __init__(self) -> None:
        self._open: list[Link] = []

    def open(self, chosen: DeliverySection, name: str = "unit-1", **more: Any) -> Link:
        presence = Presence(STATUS, lambda: b"online", lambda: b"offline", lambda: b"vanished")
        more = {"presence": presence if name == "unit-1" else None, **more}
        link = Link(chosen, name, [RECEIPT], SystemClock(), **more)
        link.start()
        self._open.append(link)
        return link

    def close(self) -> None:
        for link in self._open:
            link.stop()


@pytest.fixture
def links() -> Iterator[Links]:
    opened = Links()
    yield opened
    opened.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    started = Broker(tmp_path / "broker").start()
    yield started
    started.stop()
