"""The page's acts go on the chain through watch, or are not done; watch alone writes there."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.clock import Clock
from edge.errors import StoreError, StoreFull
from edge.messages.acts_unit import Minute, Tuned
from edge.services import act_door
from edge.services.act_door import MOST, SOCKET, ActDoor, Asked, Said, by_watch
from edge.services.glass_wire import send, take
from edge.services.local_door import LocalDoor
from edge.store import Store, open_store
from tests.alerts import store_section
from tests.brokers import until
from tests.fakes import FakeClock
from tests.services.recording import Line

KEPT = Minute(act="kept", officer="tess")
OVER = Minute(act="forgotten", officer="tess", why="asked")


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> Iterator[Store]:
    with open_store(store_section(tmp_path / "store"), "main-street", clock) as opened:
        yield opened


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Return settings that name this test's runtime folder."""
    file = tmp_path / "site.toml"
    file.write_text(f'[runtime]\nfolder = "{tmp_path}"\n')
    return [file]


def kinds(store: Store) -> list[str]:
    return [row.kind for row in store.audit.links()]


def test_an_act_is_on_the_chain_when_the_page_goes_on(
    tmp_path: Path, store: Store, files: list[Path]
) -> None:
    """Recorded by the line's thread, with every field; another process could write nothing."""
    tried = Tuned(act="tried", version=3, before=2, who="tess", why="night")
    with Line(tmp_path, store):
        by_watch(files)("tuned", tried)
        by_watch(files)("minute", KEPT)
    assert kinds(store) == ["tuned", "minute"]
    assert store.audit.payload(store.audit.numbers("tuned")[0]) == tried.model_dump(mode="json")


@pytest.mark.parametrize("there", [True, False], ids=["killed", "never there"])
def test_without_watch_the_act_is_refused_in_words(
    tmp_path: Path, files: list[Path], *, there: bool
) -> None:
    """A socket that nobody serves any more, or none: a sentence, and at once."""
    if there:
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(tmp_path / SOCKET))
    with pytest.raises(StoreError, match="so it is not done: is it running"):
        by_watch(files)("minute", KEPT)


def test_a_line_that_does_not_come_round_records_nothing_later(
    tmp_path: Path, store: Store, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page was told that it is not on the record: so it never will be."""
    monkeypatch.setattr(act_door, "_RECORD_S", 0.5)
    monkeypatch.setattr(act_door, "_TURN_S", 0.1)
    clock: Clock = FakeClock()
    door = ActDoor(tmp_path, clock, store.record)
    door.start()
    with pytest.raises(StoreError, match="cannot put this on its record now"):
        by_watch(files)("minute", KEPT)
    door.step()
    door.stop()
    assert kinds(store) == []


def test_a_full_disk_refuses_what_may_not_happen_and_takes_what_has(
    tmp_path: Path, store: Store, files: list[Path]
) -> None:
    """An end is written into the reserve; a begin is refused, and watch goes on."""

    def full(kind: str, payload: dict[str, Any], *, must: bool = False) -> object:
        if not must:
            raise StoreFull("no space is left on the disk")
        return store.record(kind, payload, must=must)

    with Line(tmp_path, store) as line:
        line.door._record = full
        with pytest.raises(StoreError, match="not done: no space is left"):
            by_watch(files)("minute", KEPT)
        by_watch(files)("minute", OVER)
    assert kinds(store) == ["minute"]


def test_nothing_else_can_be_put_on_the_chain(
    tmp_path: Path, store: Store, files: list[Path]
) -> None:
    """Neither another kind, nor a field more, nor noise; the control is taken after them."""
    bad: tuple[dict[str, Any], ...] = (
        {"kind": "started", "payload": {}},
        {"kind": "minute", "payload": {**OVER.model_dump(), "plate": "AB12345"}},
        {"kind": "tuned", "payload": OVER.model_dump()},
    )
    with Line(tmp_path, store):
        for row in bad:
            with socket.socket(socket.AF_UNIX) as door:
                door.settimeout(30.0)
                door.connect(str(tmp_path / SOCKET))
                send(door, Asked.model_construct(**row))
                try:
                    said, _ = take(door, Said)
                except ConnectionResetError:
                    continue  # not even understood
                assert said.refused
        assert kinds(store) == []
        by_watch(files)("minute", OVER)
    assert kinds(store) == ["minute"]


def test_a_page_that_has_gone_mad_does_not_fill_the_chain(
    tmp_path: Path, store: Store, files: list[Path]
) -> None:
    """So many within a minute, and no more until it is over."""
    clock = FakeClock()
    with Line(tmp_path, store, clock):
        for _ in range(MOST):
            by_watch(files)("minute", OVER)
        with pytest.raises(StoreError, match="wait a minute"):
            by_watch(files)("minute", OVER)
        clock.advance(61.0)
        by_watch(files)("minute", OVER)
    assert len(kinds(store)) == MOST + 1


def test_a_foreign_process_records_nothing(
    tmp_path: Path, store: Store, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user of this machine that is not of the unit's group is put out."""
    monkeypatch.setattr(LocalDoor, "_ours", lambda *_: False)
    with Line(tmp_path, store), pytest.raises(StoreError, match="so it is not done"):
        by_watch(files)("minute", OVER)
    assert kinds(store) == []


def test_an_end_of_watch_refuses_what_waits(
    tmp_path: Path, store: Store, files: list[Path]
) -> None:
    """Asked at the last moment: told that it is not on the record."""
    door = ActDoor(tmp_path, FakeClock(), store.record)
    door.start()
    told: list[str] = []

    def ask() -> None:
        try:
            by_watch(files)("minute", KEPT)
        except StoreError as error:
            told.append(str(error))

    asking = threading.Thread(target=ask)
    asking.start()
    until(lambda: not door._acts.empty(), 60.0, "the act at the door")
    door.stop()
    asking.join()
    door.step()
    assert "cannot put this on its record now" in told[0]
    assert kinds(store) == []
