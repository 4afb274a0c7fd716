"""What is erased is gone from every byte of every file, and the record says that it was erased."""

from dataclasses import replace
from pathlib import Path

import pytest

from edge.store import Store, open_store
from edge.store.db import PRAGMAS
from edge.store.retention import _FUTURE, _KEPT, _OUTLIVED, _SOON, _UNRECEIVED
from tests.alerts import UNIT, an_alert, an_entry, store_section
from tests.fakes import FakeClock
from tests.store.letters import a_receipt, plain

DAY = 86_400.0
PLANTED = "QX7R2ZK"


def _planted(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir() if PLANTED.encode() in file.read_bytes()]


def _fill(store: Store, count: int, text: str = PLANTED) -> None:
    """Commit alerts whose bodies are large enough for overflow pages, the plate at their end."""
    base = an_alert(text)
    entry = an_entry(text, reason=f"seen {text} near {text}")
    for _ in range(count):
        store.commit_alert(replace(base, hit=replace(base.hit, entry=entry)), plain)


def _receive_all(store: Store, clock: FakeClock) -> None:
    receipts = [a_receipt(row) for row in store.outbox.pending(clock.now(), 10_000)]
    assert all(store.outbox.acknowledge(receipts, ["archive"], clock.now()))


def test_received_alerts_leave_no_byte(store: Store, tmp_path: Path, clock: FakeClock) -> None:
    """A day after the receipt no file holds the plate any more; before, the search does find it."""
    _fill(store, 30)
    _receive_all(store, clock)
    assert store.erase(clock.now()).received == 0
    clock.advance(DAY - 1)
    assert store.erase(clock.now()).received == 0
    assert _planted(tmp_path)
    clock.advance(2)
    erased = store.erase(clock.now())
    assert (erased.received, erased.given_up, erased.clean) == (30, 0, True)
    assert _planted(tmp_path) == []
    assert store._db.rows("SELECT count(*) FROM pictures") == [(0,)]
    store.check()


def test_search_finds_what_plain_deletion_leaves(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without secure deletion the same search finds the plate, so the search works."""
    monkeypatch.setitem(PRAGMAS, "secure_delete", "OFF")
    with open_store(store_section(tmp_path), UNIT.name, clock) as store:
        _fill(store, 30)
        _receive_all(store, clock)
        clock.advance(2 * DAY)
        assert store.erase(clock.now()).received == 30
        assert _planted(tmp_path)


def test_numbers_are_not_used_again_after_a_purge(store: Store, clock: FakeClock) -> None:
    """The alert after a purge has the next number, and old alerts can still be revised in order."""
    first = store.commit_alert(an_alert(), plain)
    _fill(store, 4)
    _receive_all(store, clock)
    clock.advance(2 * DAY)
    store.erase(clock.now())
    assert store.commit_alert(an_alert(), plain).sequence == 6
    store.commit_alert(an_alert(revises=first), plain)
    newest = store.outbox.pending(clock.now(), 10)
    assert [(row.alert_id.sequence, row.revision) for row in newest] == [(1, 1), (6, 0)]


def test_unsent_alerts_are_given_up_on_the_record(
    store: Store, tmp_path: Path, clock: FakeClock
) -> None:
    """After their time alerts without a receipt are erased, each with a row in the chain."""
    _fill(store, 3)
    clock.advance(29 * DAY)
    _fill(store, 1, "NEWER12")
    assert store.erase(clock.now()).given_up == 0
    clock.advance(1 * DAY)
    erased = store.erase(clock.now())
    assert (erased.given_up, erased.clean) == (3, True)
    assert store.outbox.given_up() == 3
    assert store.outbox.given_up(clock.now().later(1)) == 0
    assert store.outbox.depth() == 1
    assert _planted(tmp_path) == []
    store.check()


def test_untrusted_clock_gives_nothing_up(store: Store, clock: FakeClock) -> None:
    """A clock that leaps forward before it is trusted erases no unsent alert."""
    _fill(store, 2)
    clock.advance(365 * DAY)
    clock.believed = False
    assert store.erase(clock.now()).given_up == 0
    assert store.outbox.depth() == 2


def test_alerts_stored_in_the_past_count_from_the_first_trusted_run(
    store: Store, clock: FakeClock
) -> None:
    """A unit that woke up a year back does not throw its alerts away when the clock is set."""
    clock.believed = False
    _fill(store, 2)
    clock.advance(365 * DAY)
    clock.believed = True
    assert store.erase(clock.now()).given_up == 0
    clock.advance(29 * DAY)
    assert store.erase(clock.now()).given_up == 0
    clock.advance(2 * DAY)
    assert store.erase(clock.now()).given_up == 2


def test_clock_set_back_does_not_keep_plates_longer(store: Store, clock: FakeClock) -> None:
    """Received alerts from a future that the clock has left are erased; the unsent wait on."""
    _fill(store, 3)
    _receive_all(store, clock)
    _fill(store, 1)
    clock.advance(-365 * DAY)
    erased = store.erase(clock.now())
    assert (erased.received, erased.given_up) == (3, 0)
    clock.advance(31 * DAY)
    assert store.erase(clock.now()).given_up == 1


def test_retention_says_when_a_reader_keeps_the_log(
    store: Store,
    tmp_path: Path,
    clock: FakeClock,
) -> None:
    """While another process reads, the run is not clean, and the next one cleans up."""
    with open_store(store_section(tmp_path), UNIT.name, clock) as reader:
        _fill(store, 3)
        _receive_all(store, clock)
        clock.advance(2 * DAY)
        store._db.rows("PRAGMA busy_timeout=50")
        with reader._db._lock:
            reader._db.execute("BEGIN")
            reader._db.rows("SELECT count(*) FROM outbox")
            assert store.erase(clock.now()).clean is False
            assert _planted(tmp_path)
            reader._db.execute("COMMIT")
    assert store.erase(clock.now()).clean is True
    assert _planted(tmp_path) == []


def test_big_purge_goes_in_short_transactions(store: Store, clock: FakeClock) -> None:
    """More rows than one batch are all erased, and the chain counts all of them."""
    _fill(store, 12)
    _receive_all(store, clock)
    clock.advance(2 * DAY)
    assert store.erase(clock.now()).received == 12
    counts = [
        payload["erased"]
        for link in store.audit.links()
        if link.kind == "retention" and (payload := store.audit.payload(link.number))
    ]
    assert counts == [5, 5, 2]


def test_received_hits_stay_for_the_days_of_their_category(
    store: Store, tmp_path: Path, clock: FakeClock
) -> None:
    """Received or not, an alert is held for its category's days and no day longer; then no byte."""
    for _ in range(2):
        store.commit_alert(an_alert(PLANTED), plain, keep_days=7.0)
        _receive_all(store, clock)
    store.commit_alert(an_alert(PLANTED), plain, keep_days=7.0)
    clock.advance(7 * DAY - 1)
    assert (store.erase(clock.now()).received, len(store.newest_alerts(9))) == (0, 3)
    clock.advance(2)
    erased = store.erase(clock.now())
    assert (erased.received, erased.given_up, erased.clean) == (2, 1, True)
    assert _planted(tmp_path) == []


def test_an_alert_that_nobody_keeps_is_still_delivered(store: Store, clock: FakeClock) -> None:
    """Zero days erase it after its receipt; without one it waits as long as any other message."""
    store.commit_alert(an_alert(), plain, keep_days=0.0)
    clock.advance(DAY - 1)
    assert store.erase(clock.now()).given_up == 0
    _receive_all(store, clock)
    assert store.erase(clock.now()).received == 1
    store.commit_alert(an_alert(), plain, keep_days=0.0)
    clock.advance(DAY + 1)
    assert store.erase(clock.now()).given_up == 1


def test_a_retracted_alert_goes_soon(store: Store, clock: FakeClock) -> None:
    """What was taken back is not kept for its days: all its revisions go a day after receipts."""
    first = store.commit_alert(an_alert(), plain, keep_days=7.0)
    store.commit_alert(an_alert(revises=first, retracts=True), plain, keep_days=7.0)
    _receive_all(store, clock)
    clock.advance(DAY + 1)
    assert store.erase(clock.now()).received == 2


def test_a_start_in_the_past_erases_no_kept_hit(store: Store, clock: FakeClock) -> None:
    """A clock that nobody has set may stand in 1970: hits stay, and count on once it is set."""
    store.commit_alert(an_alert(), plain, keep_days=7.0)
    _receive_all(store, clock)
    clock.advance(-50 * 365 * DAY)
    clock.believed = False
    assert store.erase(clock.now()).received == 0
    clock.advance(50 * 365 * DAY + 8 * DAY)
    clock.believed = True
    assert store.erase(clock.now()).received == 1


def test_a_believed_clock_set_back_keeps_no_hit_longer(store: Store, clock: FakeClock) -> None:
    """Received hits from a future that a believed clock has left go at once."""
    store.commit_alert(an_alert(), plain, keep_days=7.0)
    _receive_all(store, clock)
    clock.advance(-365 * DAY)
    assert store.erase(clock.now()).received == 1


def test_retention_finds_what_is_due_by_index(store: Store) -> None:
    """None of its questions walks through rows that thousands of kept alerts have."""
    for query in (_SOON, _KEPT, _FUTURE, _UNRECEIVED, _OUTLIVED):
        values = (0,) * query.count("?")
        plan = store._db.rows(f"EXPLAIN QUERY PLAN {query}", values)
        assert not [one for *_, one in plan if one.startswith("SCAN outbox")], plan
