"""Rows leave the outbox only on a receipt that counts; live alerts go first."""

from pathlib import Path

import pytest

from edge.messages.envelope import digest
from edge.messages.letter import Letter
from edge.store import OutboxRow, Store, open_outgoing
from edge.store.db import Database
from edge.store.outbox import _DUE, _UNSENT
from edge.store.schema import KEEPING, OUTGOING
from tests.alerts import an_alert
from tests.fakes import FakeClock
from tests.store.letters import a_receipt, plain

OTHERS = [
    "SELECT count(*) FROM outbox WHERE received_ns IS NULL",
    "SELECT min(kept_from_ns) FROM outbox WHERE received_ns IS NULL",
    "SELECT row FROM outbox WHERE received_ns IS NULL AND kept_from_ns <= ? LIMIT 5",
]


def _commit(store: Store, count: int) -> None:
    for _ in range(count):
        store.commit_alert(an_alert(), plain)


def _numbers(rows: list[OutboxRow]) -> list[tuple[int, int]]:
    return [(row.alert_id.sequence, row.revision) for row in rows]


def test_newest_unsent_goes_first(store: Store, clock: FakeClock) -> None:
    """What is live does not wait behind a backlog, a fresh revision of an old alert neither."""
    _commit(store, 3)
    assert _numbers(store.outbox.pending(clock.now(), 10)) == [(3, 0), (2, 0), (1, 0)]
    second = store.outbox.pending(clock.now(), 3)[1]
    store.commit_alert(an_alert(revises=second.alert_id), plain)
    assert _numbers(store.outbox.pending(clock.now(), 10)) == [(2, 0), (2, 1), (3, 0), (1, 0)]
    assert _numbers(store.outbox.pending(clock.now(), 2, [second.row])) == [(2, 1), (3, 0)]


def test_sent_row_is_due_again_after_doubling_waits(store: Store, clock: FakeClock) -> None:
    """Without a receipt a row is sent again, ever more rarely, with the same bytes."""
    _commit(store, 1)
    waits, bodies = [], set()
    for _ in range(10):
        (row,) = store.outbox.pending(clock.now(), 10)
        bodies.add(row.body)
        store.outbox.sent([row], clock.now(), 30.0)
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
        store.outbox.sent([row], clock.now(), 1.0)
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
        store.outbox.sent([row], clock.now(), 3600.0)
    assert store.outbox.pending(clock.now(), 10) == []
    store.outbox.hurry()
    assert sorted(_numbers(store.outbox.pending(clock.now(), 10))) == [(1, 0), (2, 0)]


def test_clock_put_back_does_not_hold_a_row(store: Store, clock: FakeClock) -> None:
    """A row whose next trial was set by a clock a year ahead is due at once."""
    clock.advance(365 * 86_400)
    _commit(store, 1)
    (row,) = store.outbox.pending(clock.now(), 1)
    store.outbox.sent([row], clock.now(), 30.0)
    clock.advance(-365 * 86_400)
    assert _numbers(store.outbox.pending(clock.now(), 1)) == [(1, 0)]


def test_receipt_empties_the_outbox_on_the_record(store: Store, clock: FakeClock) -> None:
    """A named receiver with the right digest ends a row's wait, and the chain says who it was."""
    _commit(store, 2)
    row = store.outbox.pending(clock.now(), 1)[0]
    assert store.outbox.acknowledge([a_receipt(row)], ["archive"], clock.now()) == [True]
    assert _numbers(store.outbox.pending(clock.now(), 10)) == [(1, 0)]
    assert store.outbox.depth() == 1
    head = store.audit.head()
    assert head is not None
    payload = store.audit.payload(head.number)
    assert payload is not None
    assert (head.kind, payload["receiver"], payload["digest"]) == ("receipt", "archive", row.digest)


def test_second_receipt_changes_nothing(store: Store, clock: FakeClock) -> None:
    """A receiver that answers twice, or two receivers, leave one row in the chain."""
    _commit(store, 1)
    (row,) = store.outbox.pending(clock.now(), 1)
    both = ["archive", "console"]
    assert store.outbox.acknowledge([a_receipt(row)], both, clock.now()) == [True]
    assert store.outbox.acknowledge([a_receipt(row)], both, clock.now()) == [True]
    assert store.outbox.acknowledge([a_receipt(row, "console")], both, clock.now()) == [True]
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
    store: Store, clock: FakeClock, changes: dict[str, str]
) -> None:
    """An unnamed receiver, other bytes or another store's epoch leave the row and are counted."""
    _commit(store, 1)
    (row,) = store.outbox.pending(clock.now(), 1)
    judged = store.outbox.acknowledge([a_receipt(row, **changes)], ["archive"], clock.now())
    assert judged == [False]
    assert store.outbox.depth() == 1
    assert store.outbox.refused == 1
    assert store.audit.count("receipt") == 0


def test_receipt_to_another_unit_does_not_count(store: Store, clock: FakeClock) -> None:
    """A receipt names the unit that it goes to."""
    _commit(store, 1)
    (row,) = store.outbox.pending(clock.now(), 1)
    other = a_receipt(row).model_copy(update={"unit": "bridge-9"})
    assert store.outbox.acknowledge([other], ["archive"], clock.now()) == [False]
    assert store.outbox.depth() == 1


def test_each_revision_needs_its_own_receipt(store: Store, clock: FakeClock) -> None:
    """The receipt of a revision says nothing of the one before it."""
    first = store.commit_alert(an_alert(), plain)
    store.commit_alert(an_alert(revises=first), plain)
    rows = store.outbox.pending(clock.now(), 10)
    assert store.outbox.acknowledge([a_receipt(rows[1])], ["archive"], clock.now()) == [True]
    assert _numbers(store.outbox.pending(clock.now(), 10)) == [(1, 0)]


def test_age_of_the_oldest(store: Store, clock: FakeClock) -> None:
    """Health learns how long the oldest row has waited; an empty outbox has no age."""
    assert store.outbox.oldest_age(clock.now()) is None
    _commit(store, 1)
    clock.advance(90)
    _commit(store, 1)
    assert store.outbox.oldest_age(clock.now()) == pytest.approx(90)
    for row in store.outbox.pending(clock.now(), 10):
        store.outbox.acknowledge([a_receipt(row)], ["archive"], clock.now())
    assert store.outbox.oldest_age(clock.now()) is None


def test_a_burst_of_receipts_is_one_transaction(store: Store, clock: FakeClock) -> None:
    """Good, bad, known and doubled receipts of one burst are each judged, and settled together."""
    _commit(store, 4)
    rows = store.outbox.pending(clock.now(), 10)
    store.outbox.acknowledge([a_receipt(rows[0])], ["archive"], clock.now())
    watcher = store.changes()
    burst = [
        a_receipt(rows[0]),
        a_receipt(rows[1]),
        a_receipt(rows[1]),
        a_receipt(rows[2], "stranger"),
        a_receipt(rows[3]),
    ]
    judged = store.outbox.acknowledge(burst, ["archive"], clock.now())
    assert judged == [True, True, True, False, True]
    assert _numbers(store.outbox.pending(clock.now(), 10)) == [_numbers([rows[2]])[0]]
    assert store.audit.count("receipt") == 3
    assert store.outbox.refused == 1
    assert store.changes() == watcher, "only this connection has written"
    store.check()


def test_a_picture_travels_beside_its_words(store: Store, clock: FakeClock) -> None:
    """Body and picture come back as they were put, and the digest is of the body alone."""
    alert = an_alert()
    store.commit_alert(alert, plain)
    store.commit_alert(an_alert(crop_jpeg=b""), plain)
    bare, row = store.outbox.pending(clock.now(), 10)
    assert (bare.picture, row.picture) == (b"", alert.crop_jpeg)
    assert row.digest == digest(row.body)


def test_a_store_of_another_kind_of_sender(tmp_path: Path, clock: FakeClock) -> None:
    """A console's outcomes wait, are settled and are counted by the same parts, in its own file."""
    db = Database(
        tmp_path / "console.db", 0x45504354, (OUTGOING + KEEPING + "; CREATE TABLE own (x);",)
    )
    db.open()
    parts = open_outgoing(db, "car-7", setting="a", keep_sent_s=1.0, keep_unsent_s=9.0)
    with db.transaction():
        number = parts.number(clock.now())
        outcome = Letter(b"an outcome")
        audit = ("outcome", {"outcome": "confirmed"})
        parts.post("verdict", number, outcome, clock.now(), trusted=True, audit=audit)
    (row,) = parts.outbox.pending(clock.now(), 5)
    assert (row.kind, str(row.alert_id)) == ("verdict", f"car-7/{parts.epoch}/1")
    assert parts.outbox.newest(5) == []
    assert parts.outbox.newest(5, "verdict") == [row]
    assert parts.outbox.acknowledge([a_receipt(row)], ["archive"], clock.now()) == [True]
    parts.check()
    db.close()
