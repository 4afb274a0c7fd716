"""Holds keep what would be erased, purges erase what would be kept, and the chain holds."""

from pathlib import Path

import pytest

from edge.errors import StoreFull
from edge.records import AlertId
from edge.store import Store, open_store
from edge.store.holding import KeptHold
from edge.store.purges import KeptPurge
from tests.alerts import UNIT, an_alert, store_section
from tests.fakes import FakeClock
from tests.store.letters import a_receipt, plain
from tests.store.test_retention import DAY, PLANTED, _planted, _receive_all


def a_hold(alert: AlertId, until: str = "2026-03-01T00:00:00Z", number: str = "a" * 64) -> KeptHold:
    return KeptHold(number, str(alert), "26-114", "hit and run", until, "sue", ended=False)


def a_purge(alert: AlertId) -> KeptPurge:
    return KeptPurge(
        str(alert), f"car-12/{'cd' * 16}/3", "dana", "2026-01-01T10:05:00Z", done=False
    )


def _kinds(store: Store) -> list[str]:
    return [link.kind for link in store.audit.links()]


def _hit(store: Store, clock: FakeClock, days: float = 7.0) -> AlertId:
    alert_id = store.commit_alert(an_alert(PLANTED), plain, keep_days=days)
    _receive_all(store, clock)
    return alert_id


def test_a_hold_keeps_a_letter_until_its_end(
    store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    """Beyond its days a held alert stays, a second one goes; when the hold ends it goes as well."""
    held, _ = _hit(store, clock), _hit(store, clock)
    assert store.holds.begin(a_hold(held), clock.now()) is True
    assert store.holds.begin(a_hold(held), clock.now()) is False
    clock.advance(8 * DAY)
    assert store.erase(clock.now()).received == 1
    assert _planted(tmp_path)
    clock.advance(60 * DAY)
    erased = store.erase(clock.now())
    assert (erased.received, erased.clean, _planted(tmp_path)) == (1, True, [])
    assert _kinds(store).count("hold") == 2
    store.check()


def test_no_clock_but_a_believed_one_ends_a_hold(store: Store, clock: FakeClock) -> None:
    """A leap of a clock that nobody has set neither ends a hold nor erases what it holds."""
    held = _hit(store, clock)
    store.holds.begin(a_hold(held), clock.now())
    clock.advance(365 * DAY)
    clock.believed = False
    assert store.erase(clock.now()).received == 0
    assert store.holds.on(str(held)) is not None


def test_an_ended_hold_is_not_revived(store: Store, clock: FakeClock) -> None:
    """The order of a hold brought again after its end, or after an end that came first, is idle."""
    held = _hit(store, clock)
    store.holds.begin(a_hold(held), clock.now())
    assert store.holds.end("a" * 64, "ada", clock.now()) is True
    assert store.holds.end("a" * 64, "ada", clock.now()) is False
    assert store.holds.begin(a_hold(held), clock.now()) is False
    assert store.holds.end("b" * 64, "ada", clock.now()) is False
    assert store.holds.begin(a_hold(held, number="b" * 64), clock.now()) is False
    assert store.holds.standing() == []


def test_a_held_picture_does_not_make_room(tmp_path: Path, clock: FakeClock) -> None:
    """Over the budget pictures go, then received letters, and never those that a case holds."""
    with open_store(store_section(tmp_path, budget_mb=1), UNIT.name, clock) as store:
        held = _hit(store, clock)
        store.holds.begin(a_hold(held), clock.now())
        for _ in range(400):
            _hit(store, clock)
        store.erase(clock.now())
        assert store.budget.used() < 1024 * 1024
        letters = store.newest_alerts(1000)
        assert letters[0][0] == held
        assert letters[0][2].picture
        assert 1 < len(letters) < 401
        assert not any(letter.picture for _, _, letter in letters[1:])
        assert "retention" in _kinds(store)


def test_what_waits_for_its_receipt_makes_no_room(tmp_path: Path, clock: FakeClock) -> None:
    """Letters that nobody has received stay, however far the store is over its budget."""
    with open_store(store_section(tmp_path, budget_mb=1), UNIT.name, clock) as store:
        for _ in range(400):
            store.commit_alert(an_alert(), plain, keep_days=7.0)
        store.erase(clock.now())
        assert len(store.newest_alerts(1000)) == 400


def test_a_misread_leaves_the_count_alone(store: Store, clock: FakeClock, tmp_path: Path) -> None:
    """All revisions go at once, received or not; a later one is not kept, and numbers go on."""
    misread = _hit(store, clock)
    store.commit_alert(an_alert(PLANTED, revises=misread), plain)
    assert store.purges.take(a_purge(misread), clock.now()).done is True
    assert _planted(tmp_path) == []
    assert store.commit_alert(an_alert(PLANTED, revises=misread), plain) == misread
    store.purges.take(a_purge(misread), clock.now())
    assert store.newest_alerts(9) == []
    assert _kinds(store) == ["alert", "receipt", "alert", "purged"]
    assert store.commit_alert(an_alert(), plain).sequence == misread.sequence + 1
    assert (store.purges.covers(str(misread)), store.outbox.depth()) == (True, 1)
    store.check()


def test_a_receipt_for_what_was_purged_changes_nothing(store: Store, clock: FakeClock) -> None:
    """The receipt of a letter that was on its way is taken for known, not for a forgery."""
    misread = store.commit_alert(an_alert(), plain)
    row = store.outbox.pending(clock.now(), 1)[0]
    store.purges.take(a_purge(misread), clock.now())
    assert store.outbox.acknowledge([a_receipt(row)], ["archive"], clock.now()) == [True]
    store.outbox.sent([row], clock.now(), 10.0)
    assert store.outbox.refused == 0


def test_a_held_misread_is_purged_when_the_hold_ends(
    store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    """A case holds it against the purge; the first run after the end erases it."""
    misread = _hit(store, clock)
    store.holds.begin(a_hold(misread), clock.now())
    assert store.purges.take(a_purge(misread), clock.now()).done is False
    store.erase(clock.now())
    assert _planted(tmp_path)
    store.holds.end("a" * 64, "ada", clock.now())
    store.erase(clock.now())
    assert (_planted(tmp_path), store.purges.covers(str(misread))) == ([], True)


def test_another_units_alert_is_noted_and_erases_nothing_here(
    store: Store, clock: FakeClock
) -> None:
    """The number of another store, or of another epoch, touches no row of this one."""
    own = _hit(store, clock)
    for other in (AlertId("bridge-9", own.epoch, own.sequence), AlertId(own.unit, "0" * 32, 1)):
        store.purges.take(a_purge(other), clock.now())
    assert [alert_id for alert_id, _, _ in store.newest_alerts(9)] == [own]


def test_what_cannot_be_recorded_does_not_happen(
    store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without space for its row in the chain nothing is held, and nothing purged."""
    alert_id = _hit(store, clock)

    def full(*_: object) -> None:
        raise StoreFull("no space left")

    monkeypatch.setattr(type(store.audit), "append", full)
    with pytest.raises(StoreFull):
        store.holds.begin(a_hold(alert_id), clock.now())
    with pytest.raises(StoreFull):
        store.purges.take(a_purge(alert_id), clock.now())
    assert (store.holds.standing(), store.purges.newest(1)) == ([], [])
    assert len(store.newest_alerts(9)) == 1
