"""How fast an archive takes chains and letters: opened, verified, synced, signed for.

Without a broker, in bursts as large as it hands out before the first is confirmed; both databases
sync at each commit.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from edge.archive.asking import Asking
from edge.archive.store import ArchiveStore
from edge.clock import SystemClock
from edge.delivery.events import Received
from edge.messages import pack
from edge.messages.chain import build_chain
from edge.messages.links import verify
from edge.messages.topics import Kind, parse_topic, topic
from edge.records import AlertId
from edge.services.archive_intake import Intake
from edge.services.keyring import Keyring
from tests.alerts import UNIT, a_jpeg, an_alert, sealed
from tests.archive.places import Place
from tests.archive.postgres import PASSWORD, Postgres, find
from tests.fakes import START
from tests.keys.cast import ROSTER, TOWN, keys_of, party_of, rosters_of
from tests.messages.chains import EPOCH, a_chain, a_head

_BURST: Final = 20  # messages that the broker hands out before the first is confirmed
_ROWS: Final = 20  # rows to an alert
_CROP: Final = 20_000  # bytes


def measure(folder: Path, alerts: int) -> dict[str, Any]:
    """Return rows and alerts a second on each database, and what they take on the disk."""
    messages = {
        "backlog": _batches(alerts * _ROWS, 200),
        "live": _batches(alerts * _ROWS // 10, 5),
        "alerts": _alerts(alerts),
    }
    found: dict[str, Any] = {"alerts": alerts, "rows": alerts * _ROWS}
    found["SQLite"] = _take(Place(folder / "sqlite"), messages)
    programs = find()
    if programs is None:
        return found
    server = Postgres(programs, fsync="on").start()
    try:
        found["PostgreSQL"] = _take(Place(folder / "server", server.make(), PASSWORD), messages)
    finally:
        server.stop()
    return found


def show(found: dict[str, Any], console: Console) -> None:
    """Print the figures side by side."""
    table = Table(title=f"{found['rows']} rows, {found['alerts']} alerts of {_CROP} bytes")
    names = [name for name in ("SQLite", "PostgreSQL") if name in found]
    for column in ("", *names):
        table.add_column(column, justify="left" if not column else "right")
    for what in found[names[0]]:
        table.add_row(what, *(f"{found[name][what]:,.0f}" for name in names))
    console.print(table)


def _take(place: Place, messages: dict[str, list[Received]]) -> dict[str, float]:
    clock = SystemClock("always")
    with place.store(clock) as store:
        intake = Intake(Keyring(keys_of("archive"), rosters_of(ROSTER)), store, Asking(), clock)

        def give(events: Sequence[Received]) -> float:
            begun = time.perf_counter()
            for first in range(0, len(events), _BURST):
                with store.transaction():
                    for event in events[first : first + _BURST]:
                        with store.attempt():
                            intake.take(parse_topic(event.topic), event)
            return time.perf_counter() - begun

        count = len(messages["alerts"])
        found = {
            "rows/s, a backlog in batches of 200": count * _ROWS / give(messages["backlog"]),
            "alerts/s": count / give(messages["alerts"]),
        }
        before = _size(store)
        found["rows/s, verified anew"] = _verified(store)
        found["acts/s, read for a report"] = _read(store)
        found["bytes of the database"] = before
    with _fresh(place).store(clock) as store:
        intake = Intake(Keyring(keys_of("archive"), rosters_of(ROSTER)), store, Asking(), clock)
        rate = count * _ROWS / 10 / _one_by_one(store, intake, messages["live"])
        found["rows/s, live: batches of 5, a commit each"] = rate
    return found


def _fresh(place: Place) -> Place:
    if not place.server:
        return Place(place.folder.with_name("fresh"))
    base, _, _ = place.server.rpartition("/")
    from sqlalchemy import create_engine, make_url, text  # noqa: PLC0415 - only where there is one

    url = make_url(f"{base}/postgres").set(password=place.password)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE fresh"))
    engine.dispose()
    return Place(place.folder, f"{base}/fresh", place.password)


def _one_by_one(store: ArchiveStore, intake: Intake, events: Sequence[Received]) -> float:
    begun = time.perf_counter()
    for event in events:
        with store.transaction():
            intake.take(parse_topic(event.topic), event)
    return time.perf_counter() - begun


def _verified(store: ArchiveStore) -> float:
    state = store.newest()[UNIT.name]
    return _rate(lambda: store.rows(UNIT.name, state.epoch), lambda rows: verify(rows, EPOCH))


def _read(store: ArchiveStore) -> float:
    return _rate(store.acts, lambda rows: sum(1 for _ in rows))


def _rate(rows: Callable[[], Iterator[Any]], use: Callable[[Iterator[Any]], object]) -> float:
    count = sum(1 for _ in rows())
    begun = time.perf_counter()
    use(rows())
    return count / (time.perf_counter() - begun)


def _size(store: ArchiveStore) -> float:
    from sqlalchemy import text  # noqa: PLC0415 - a bench looks behind the door

    pages = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    server = "SELECT pg_database_size(current_database())"
    return float(
        store.db.rows(text(server if store.db.where[:10] == "postgresql" else pages))[0][0]
    )


def _batches(rows: int, at_once: int) -> list[Received]:
    links, payloads = a_chain(rows)
    readers = [party_of("archive"), party_of("ada")]
    where = topic(TOWN, UNIT.name, Kind.CHAIN)
    found = []
    for first in range(0, rows, at_once):
        end = first + at_once
        head = a_head(links[:end], keys_of(UNIT.name))
        blob = build_chain(
            TOWN, UNIT.name, EPOCH, links[first:end], payloads[first:end], head, readers, START
        )
        found.append(Received(where, blob, 1, retained=False))
    return found


def _alerts(count: int) -> list[Received]:
    where = topic(TOWN, UNIT.name, Kind.ALERT)
    jpeg = a_jpeg(size=_CROP)
    found = []
    for number in range(1, count + 1):
        letter = sealed(an_alert(crop_jpeg=jpeg), AlertId(UNIT.name, EPOCH, number), 0, START)
        found.append(Received(where, pack(letter), 1, retained=False))
    return found
