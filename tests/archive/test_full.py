"""A full disk: nothing is half kept, and there is room again once there is room."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from edge.archive.database import DATABASE
from edge.archive.store import ArchiveStore
from edge.errors import StoreFull
from edge.messages.letter import Letter
from edge.records import AlertId
from tests.archive.places import Place
from tests.archive.test_store import FACTS, keep
from tests.fakes import START

BIG = Letter(b"w" * 40_000, b"p" * 100_000)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[ArchiveStore]:
    """Return an archive whose database may grow by a megabyte, as on a disk that is nearly full."""
    with Place(tmp_path / "archive").store() as store:
        yield store


@contextmanager
def narrow(store: ArchiveStore, bytes_more: int) -> Iterator[None]:
    """Let the database grow by so many bytes and no more while the block runs."""
    engine = store.db._engine
    assert engine is not None
    pages = store.db.rows(text("PRAGMA page_count"))[0][0] + bytes_more // 4096

    def limit(raw: Any, _record: object) -> None:
        raw.execute(f"PRAGMA max_page_count={pages}").close()

    engine.dispose()
    event.listen(engine, "connect", limit)
    yield
    event.remove(engine, "connect", limit)
    engine.dispose()


def give_burst(store: ArchiveStore, first: int, count: int) -> None:
    with store.transaction():
        for number in range(first, first + count):
            facts = replace(FACTS, number=AlertId("bridge-2", FACTS.number.epoch, number))
            with store.attempt():
                store.letters.take(facts, BIG, START, trusted=True)
                store.record("ended", {"process": "archive", "why": ""})


def test_a_burst_is_kept_whole_or_not_at_all(small: ArchiveStore) -> None:
    """When the disk is full in the middle of a burst, nothing of it stays; later all of it does."""
    give_burst(small, 1, 2)
    with narrow(small, 400_000):
        with pytest.raises(StoreFull, match="no space left"):
            give_burst(small, 3, 8)
        assert len(list(small.letters.all())) == 2
        assert len(list(small.acts())) == 2
    give_burst(small, 3, 8)
    assert len(list(small.letters.all())) == 10
    small.check()


def test_an_act_that_does_not_fit_did_not_happen(small: ArchiveStore) -> None:
    """Short of space an act is refused with a sentence that names the file."""

    def fill() -> None:
        for _ in range(500):
            small.record("ended", {"process": "archive", "why": "w" * 300})

    with narrow(small, 0), pytest.raises(StoreFull, match=DATABASE):
        fill()
    own = small.own()
    assert own is None or own.number == len(list(small.acts()))
    small.check()


def test_letters_can_be_erased_when_nothing_fits(small: ArchiveStore) -> None:
    """A full archive is emptied by its retention: erasing needs no room of its own."""
    keep(small, letter=BIG)
    with narrow(small, 0):
        with small.transaction():
            assert small.letters.erase(FACTS.number) == 1
        assert small.letters.of(FACTS.number)[0].letter is None
