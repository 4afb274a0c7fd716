"""A store over its budget gives up its oldest pictures, never an alert; its file stops growing."""

from pathlib import Path

import pytest

from edge.store import Store, open_store
from edge.store.budget import _OLDEST, _RECEIVED, Budget
from tests.alerts import UNIT, a_jpeg, an_alert, store_section
from tests.fakes import FakeClock
from tests.store.letters import a_receipt, plain

MB = 1024 * 1024


def _small(folder: Path, clock: FakeClock) -> Store:
    return open_store(store_section(folder, budget_mb=2), UNIT.name, clock)


def _fill(store: Store, clock: FakeClock, count: int, size: int = 60_000) -> None:
    for number in range(count):
        store.commit_alert(an_alert(crop_jpeg=a_jpeg(size=size, seed=number)), plain)
        clock.advance(1)


def _pictured(store: Store, clock: FakeClock) -> list[bool]:
    """Say of each alert that waits, the oldest first, whether it has its picture."""
    rows = store.outbox.pending(clock.now(), 1000)
    return [bool(row.picture) for row in sorted(rows, key=lambda row: row.row)]


def test_the_oldest_pictures_go_and_every_alert_stays(tmp_path: Path, clock: FakeClock) -> None:
    """Five times the budget comes in: the file stays small, new pictures and all words stay."""
    with _small(tmp_path, clock) as store:
        _fill(store, clock, 150)
        assert store.budget.used() < 2.1 * MB
        assert (tmp_path / "edge.db").stat().st_size < 2.2 * MB
        had = _pictured(store, clock)
        assert len(had) == 150
        assert had == sorted(had), "the oldest went first"
        assert 3 < sum(had) < 40
        dropped = [
            payload
            for link in store.audit.links()
            if link.kind == "pictures" and (payload := store.audit.payload(link.number))
        ]
        assert sum(one["dropped"] for one in dropped) == had.count(False) == store.budget.total()
        assert "reached its budget of 2 MB" in store.budget.problem()
        assert f"{had.count(False)} alerts wait" in store.budget.problem()
        store.check()


def test_without_the_rule_it_grows_beyond(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same alerts without the rule make a file of many times the budget."""
    monkeypatch.setattr(Budget, "over", lambda _: False)
    with _small(tmp_path, clock) as store:
        _fill(store, clock, 150)
        assert store.budget.used() > 9 * MB
        assert all(_pictured(store, clock))


def test_pictures_that_somebody_holds_go_first(tmp_path: Path, clock: FakeClock) -> None:
    """A received alert's picture makes room before one that nobody has, though it be newer."""
    with _small(tmp_path, clock) as store:
        _fill(store, clock, 20)
        rows = store.outbox.pending(clock.now(), 10)  # the newest ten
        store.outbox.acknowledge([a_receipt(row) for row in rows], ["archive"], clock.now())
        _fill(store, clock, 12)
        assert all(_pictured(store, clock)), "only received pictures had to go"
        assert store.budget.problem() == "", "nothing is missing that anybody waits for"
        assert store.budget.total() > 0
        _fill(store, clock, 30)
        assert not all(_pictured(store, clock))


def test_the_run_frees_some_room_ahead(tmp_path: Path, clock: FakeClock) -> None:
    """A budget that was lowered is kept by the next run, with room for the alerts after it."""
    with open_store(store_section(tmp_path), UNIT.name, clock) as store:
        _fill(store, clock, 100)
    size = (tmp_path / "edge.db").stat().st_size
    with _small(tmp_path, clock) as store:
        store.erase(clock.now())
        assert store.budget.used() < 2 * MB * 15 / 16
        before = store.budget.total()
        _fill(store, clock, 1)
        assert store.budget.total() == before
        _fill(store, clock, 80)
        assert (tmp_path / "edge.db").stat().st_size == size, "freed pages are used again"
        assert store.outbox.depth() == 181
        store.check()


def test_without_any_picture_left_health_says_so(tmp_path: Path, clock: FakeClock) -> None:
    """Words alone may pass the budget: they are kept, and a person is told what to do."""
    with _small(tmp_path, clock) as store:
        while not store.budget.over():
            _fill(store, clock, 20, size=100)
        store.erase(clock.now())
        assert "no picture left: alerts go on" in store.budget.problem()
        depth = store.outbox.depth()
        _fill(store, clock, 3)
        assert store.outbox.depth() == depth + 3


def test_a_dropped_picture_leaves_no_byte(tmp_path: Path, clock: FakeClock) -> None:
    """After the next run no file holds what was dropped, and the letter still has its words."""
    planted = b"QX7R2ZK-planted-in-a-picture"
    with _small(tmp_path, clock) as store:
        store.commit_alert(an_alert(crop_jpeg=a_jpeg() + planted), plain)
        assert any(planted in file.read_bytes() for file in tmp_path.iterdir())
        _fill(store, clock, 60)
        (oldest,) = [row for row in store.outbox.pending(clock.now(), 100) if row.row == 1]
        assert (oldest.picture, len(oldest.body) > 1000) == (b"", True)
        store.retention._clean = False
        assert store.erase(clock.now()).clean
        assert not any(planted in file.read_bytes() for file in tmp_path.iterdir())


@pytest.mark.parametrize("query", [_RECEIVED, _OLDEST])
def test_no_query_sorts_pictures(store: Store, query: str) -> None:
    """Thousands of pictures are found by an index, not read and sorted."""
    plan = [str(row[3]) for row in store._db.rows(f"EXPLAIN QUERY PLAN {query}", (5,))]
    assert not any("TEMP B-TREE" in step for step in plan), plan
