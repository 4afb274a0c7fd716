"""Rows leave the outbox only on a receipt that counts; live alerts go first."""

from collections.abc import Callable

import pytest

from edge.messages import parse_alert
from edge.messages.receipt import ReceiptMessage
from edge.store import OutboxRow, Store
from edge.store.outbox import _DUE, _UNSENT
from tests.alerts import an_alert
from tests.fakes import FakeClock
from tests.store.conftest import BUILD

OTHERS = [
    "SELECT count(*) FROM outbox WHERE received_ns IS NULL",
    "SELECT min(kept_from_ns) FROM outbox WHERE received_ns IS NULL",
    "SELECT row FROM outbox WHERE received_ns IS NULL AND kept_from_ns <= ? LIMIT 5",
]
Receipt = Callable[..., ReceiptMessage]


def _commit(store: Store, count: int) -> None:
    for _ in range(count):
        store.commit_alert(an_alert(), BUILD)


def _numbers(rows: list[OutboxRow]) -> list[tuple[int, int]]:
    return [(row.alert_id.sequence, row.revision) for row in rows]


def test_newest_unsent_goes_first(store: Store, clock: FakeClock) -> None:
    """A live alert does not wait behind a backlog; revisions of one alert keep their order."""
    _commit(store, 3)
    second = parse_alert(store.outbox.pending(clock.now(), 3)[1].body)
    store.commit_alert(an_alert(revises=store.outbox.pending(clock.now(), 3)[1].alert_id), BUILD)
    assert second.sequence == 2
    assert _numbers(store.outbox.pending(clock.now(), 10)) == [(3, 0), (2, 0), (2, 1), (1, 0)]


def test_sent_row_is_due_again_after_doubling_waits(store: Store, clock: FakeClock) -> None:
    """Without a receipt a row is sent again, ever more rarely, with the same bytes."""
    _commit(store, 1)
    waits, bodies = [], set()
    for _ in range(10):
        (row,) = store.outbox.pending(clock.now(), 10)
        bodies.add(row.body)
        store.outbox.sent(row, clock.now(), 30.0)
        waited = 0
        while not store.outbox.pending(clock.now(), 10):
            clock.advance(30)
            waited += 30
        waits.append(waited)
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert len(bodies) == 1


def test_resent_rows_wait_behind_live_ones(store: Store, clock: FakeClock) -> None:
    """What was never sent goes before what is sent again, and the limit holds for both."""
    _commit(store, 3)
    for row in store.outbox.pending(clock.now(), 2):
        store.outbox.sent(row, clock.now(), 1.0)
        clock.advance(0.1)
    clock.advance(2)
    assert _numbers(store.outbox.pending(clock.now(), 10)) == [(1, 0), (3, 0), (2, 0)]
    assert _numbers(store.outbox.pending(clock.now(), 2)) == [(1, 0), (3, 0)]


@pytest.mark.parametrize("query", [_UNSENT, _DUE, *OTHERS])
def test_no_query_reads_the_whole_outbox(store: Store, query: str) -> None:
    """Thousands may wait, each with its picture: an index answers, and nothing is sorted."""
    values = (0,) * query.count("?")
    plan = [str(row[3]) for row in store._db.rows(f"EXPLAIN QUERY PLAN {query}", values)]
    assert all("USING" in step and "INDEX outbox_" in step for step in plan), plan


def test_hurried_rows_are_due_at_once(store: Store, clock: FakeClock) -> None:
    """When the broker has forgotten our session, nothing waits for its hour to pass."""
    _commit(store, 2)
    for row in store.outbox.pending(clock.now(), 2):
        store.outbox.sent(row, clock.now(), 3600.0)
    assert store.outbox.pending(clock.now(), 10) == []
    store.outbox.hurry()
    assert sorted(_numbers(store.outbox.pending(clock.now(), 10))) == [(1, 0), (2, 0)]


def test_clock_put_back_does_not_hold_a_row(store: Store, clock: FakeClock) -> None:
    """A row whose next trial was set by a clock a year ahead is due at once."""
    clock.advance(365 * 86_400)
    _commit(store, 1)
    (row,) = store.outbox.pending(clock.now(), 1)
    store.outbox.sent(row, clock.now(), 30.0)
    clock.advance(-365 * 86_400)
    assert _numbers(store.outbox.pending(clock.now(), 1)) == [(1, 0)]


def test_receipt_empties_the_outbox_on_the_record(
    store: Store, clock: FakeClock, receipt: Receipt
) -> None:
    """A named receiver with the right digest ends a row's wait, and the chain says who it was."""
    _commit(store, 2)
    row = store.outbox.pending(clock.now(), 1)[0]
    assert store.outbox.acknowledge(receipt(row), ["archive"], clock.now())
    assert _numbers(store.outbox.pending(clock.now(), 10)) == [(1, 0)]
    assert store.outbox.depth() == 1
    head = store.audit.head()
    assert head is not None
    payload = store.audit.payload(head.number)
    assert payload is not None
    assert (head.kind, payload["receiver"], payload["digest"]) == ("receipt", "archive", row.digest)


def test_second_receipt_changes_nothing(store: Store, clock: FakeClock, receipt: Receipt) -> None:
    """A receiver that answers twice, or two receivers, leave one row in the chain."""
    _commit(store, 1)
    (row,) = store.outbox.pending(clock.now(), 1)
    both = ["archive", "console"]
    assert store.outbox.acknowledge(receipt(row), both, clock.now())
    assert store.outbox.acknowledge(receipt(row), both, clock.now())
    assert store.outbox.acknowledge(receipt(row, "console"), both, clock.now())
    assert store.audit.count("receipt") == 1
    assert store.outbox.refused == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"receiver": "stranger"},
        {"digest": "0" * 64},
        {"epoch": "0" * 32},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_receipt_that_does_not_count(
    store: Store, clock: FakeClock, receipt: Receipt, changes: dict[str, str]
) -> None:
    """An unnamed receiver, other bytes or another store's epoch leave the row and are counted."""
    _commit(store, 1)
    (row,) = store.outbox.pending(clock.now(), 1)
    assert not store.outbox.acknowledge(receipt(row, **changes), ["archive"], clock.now())
    assert store.outbox.depth() == 1
    assert store.outbox.refused == 1
    assert store.audit.count("receipt") == 0


def test_receipt_to_another_unit_does_not_count(
    store: Store, clock: FakeClock, receipt: Receipt
) -> None:
    """A receipt names the unit that it goes to."""
    _commit(store, 1)
    (row,) = store.outbox.pending(clock.now(), 1)
    other = receipt(row).model_copy(update={"unit": "bridge-9"})
    assert not store.outbox.acknowledge(other, ["archive"], clock.now())
    assert store.outbox.depth() == 1


def test_each_revision_needs_its_own_receipt(
    store: Store, clock: FakeClock, receipt: Receipt
) -> None:
    """The receipt of a revision says nothing of the one before it."""
    first = store.commit_alert(an_alert(), BUILD)
    store.commit_alert(an_alert(revises=first), BUILD)
    rows = store.outbox.pending(clock.now(), 10)
    assert store.outbox.acknowledge(receipt(rows[1]), ["archive"], clock.now())
    assert _numbers(store.outbox.pending(clock.now(), 10)) == [(1, 0)]


def test_age_of_the_oldest(store: Store, clock: FakeClock, receipt: Receipt) -> None:
    """Health learns how long the oldest row has waited; an empty outbox has no age."""
    assert store.outbox.oldest_age(clock.now()) is None
    _commit(store, 1)
    clock.advance(90)
    _commit(store, 1)
    assert store.outbox.oldest_age(clock.now()) == pytest.approx(90)
    for row in store.outbox.pending(clock.now(), 10):
        store.outbox.acknowledge(receipt(row), ["archive"], clock.now())
    assert store.outbox.oldest_age(clock.now()) is None
