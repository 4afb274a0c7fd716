"""A console's own acts stand on its chain beside those of its officers."""

from pathlib import Path
from typing import Any

from edge.config import load
from edge.messages.acts import check_act
from edge.services.console_record import ConsoleRecord, open_console_record
from edge.services.orders import Taken
from edge.store.console import ConsoleStore
from tests.fakes import FakeClock
from tests.keys.cast import roster_of, rosters_of


def rows(store: ConsoleStore) -> list[tuple[str, dict[str, Any]]]:
    """Return what stands on the chain, each row held against its model."""
    found = [(link.kind, payload or {}) for link, payload in store.audit.told()]
    for kind, payload in found:
        check_act(kind, payload)
    return found


def test_a_consoles_life_is_on_the_record(tmp_path: Path) -> None:
    """Settings once, each start and end, the roster, orders, and the clock."""
    clock, settings = FakeClock(), load([]).settings
    with ConsoleStore(tmp_path, "car-12", clock) as store:
        for number in (3, 4):
            rosters = rosters_of(roster_of(sequence=number))
            record = open_console_record(settings, store, rosters, clock)
            record.step()
            record.order(
                Taken(
                    "ab" * 32, "archive", taken=True, sentence=f"taken: {number}", kinds=("roster",)
                )
            )
            record.end()
            assert record.problem == ""
        kinds = [kind for kind, _ in rows(store)]
        life = ["started", "roster", "order", "ended"]
        assert kinds == ["settings", *life, *life]
        starts = [payload for kind, payload in rows(store) if kind == "started"]
        assert [(one["process"], one["roster"]) for one in starts] == [
            ("console", 3),
            ("console", 4),
        ]
        assert [one["new_epoch"] for one in starts] == [True, False]
        orders = [payload["kinds"] for kind, payload in rows(store) if kind == "order"]
        assert orders == [["roster"], ["roster"]]


def test_a_broken_past_is_told_on_the_page(tmp_path: Path) -> None:
    """A console whose record was changed goes on, and says so."""
    clock, rosters = FakeClock(), rosters_of(roster_of())
    with ConsoleStore(tmp_path, "car-12", clock) as store:
        open_console_record(load([]).settings, store, rosters, clock).end()
        store._db.execute("UPDATE audit SET at = '2020-01-01T00:00:00.000Z' WHERE number = 2")
        record = open_console_record(load([]).settings, store, rosters, clock)
        for _ in range(3):
            record.step()
        assert "row 2 was changed" in record.problem
        assert isinstance(record, ConsoleRecord)
        assert [payload["number"] for kind, payload in rows_left(store) if kind == "chain"] == [2]


def rows_left(store: ConsoleStore) -> list[tuple[str, dict[str, Any]]]:
    """Return the rows whose payload is intact."""
    return [(link.kind, payload) for link, payload in store.audit.told() if payload]
