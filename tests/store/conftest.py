"""A store on a real disk, and what a receiver would send back."""

import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from edge.messages import build_alert, build_receipt, parse_alert, parse_receipt
from edge.messages.receipt import ReceiptMessage
from edge.store import OutboxRow, Store, open_store
from tests.alerts import UNIT, store_section
from tests.fakes import START, FakeClock
from tests.store.power import COMPILER

BUILD = partial(build_alert, unit=UNIT, software="test")


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> Iterator[Store]:
    """Return an empty store in ``tmp_path``."""
    with open_store(store_section(tmp_path), UNIT.name, clock) as opened:
        yield opened


@pytest.fixture
def receipt() -> Callable[..., ReceiptMessage]:
    """Return a maker of receipts for outbox rows; *changes* falsify fields of the payload."""

    def make(row: OutboxRow, receiver: str = "archive", **changes: Any) -> ReceiptMessage:
        body = build_receipt(parse_alert(row.body), row.digest, receiver, START.later(60))
        message = parse_receipt(body)
        payload = message.payload.model_copy(update=changes)
        return message.model_copy(update={"payload": payload})

    return make


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the library that stands between SQLite and the disk."""
    library = tmp_path_factory.mktemp("shim") / "power.so"
    source = Path(__file__).with_name("power.c")
    command = [COMPILER, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"]
    subprocess.run(command, check=True)
    return str(library)
